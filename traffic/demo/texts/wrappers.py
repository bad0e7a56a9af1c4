"""Wrappers around a slot, worded anew for whoever uses one: harvesters, evaluators and publishers of open prompts alike."""

from __future__ import annotations

from dataclasses import dataclass

from traffic.demo.draws import Draws
from traffic.demo.grammar import Grammar, words
from traffic.demo.texts.everyday import OTHERS
from traffic.demo.texts.instructions_en import INSTRUCTIONS, MARKS, REASONED_REPLY
from traffic.demo.texts.slots import SLOTS
from traffic.demo.texts.study_en import STUDY

SLOT = "\x01"  # where the varying text goes; stands in no text of the demo
ENGLISH: dict[str, list[str]] = {
    "slot": [SLOT],
    "label": words("Task|Question|Problem|Case|Input|Item|Exercise|Matter at hand|Brief|Prompt"),
    "gap": words("\n\n|\n|\n---\n|\n\n"),
    "role": ["You are {a_kind} lecturer.", "Write as {a_kind} {trade} for other {trade}s.", "You have {much} time and {much} room.", "Take the part of {a_kind} {trade} who hides nothing.",
             "{someone} must be able to follow you {without}.", "Nobody will {interrupt} you.", "Act as {a_kind} {trade} who keeps a {book}.", "Assume that {someone2} {checks} every {line1}."],
    "a_kind": words("a patient|a strict|an experienced|a careful|a stubborn|a slow and thorough|a modest|a pedantic|a generous|an old-fashioned"),
    "trade": words("expert|researcher|examiner|engineer|teacher|reviewer|solicitor|surveyor|analyst|tutor"),
    "much": words("unlimited|plenty of|more than enough|all the|as much as you like of"),
    "someone": words("A novice|Your reader|A colleague from another field|The youngest in the room|A sceptic|An auditor|Whoever inherits this"),
    "someone2": words("a novice|your reader|a colleague from another field|a sceptic|an auditor|the editor|your successor"),
    "without": words("without asking|without a book|at first reading|from the first line on|with school knowledge"),
    "interrupt": words("interrupt|hurry|correct|stop|distract"), "book": words("lab book|diary|ledger|logbook|journal"),
    "checks": words("checks|recalculates|doubts|repeats|initials"), "line1": words("line|claim|figure|word|move"),
    "shape": ["{Close} with the {result} on a line of its own.", "The {last} line holds {only} the {result}.", "{Close} with a JSON {object} that {repeats} the {result}.", "Put the {result} in {brackets} at the {end}.",
              "{Then} give the {result} in {one} sentence.", "{Close} with the word {mark} and the {result}.", "{Separate} thought and {result} by {a_line}."],
    "Close": words("Close|Finish|End|Conclude|Wind up"), "result": words("result|answer|outcome|solution|conclusion|finding"), "last": words("last|final|closing|bottom|concluding"),
    "only": words("only|nothing but|just|no more than"), "object": words("object|record|line|block"), "repeats": words("repeats|holds|states|restates|carries"), "brackets": words("square brackets|double angle brackets|bold type|curly braces|quotation marks"),
    "end": words("end|very end|bottom|close"), "Then": words("Then|After that|Afterwards|Only then|Thereupon"), "one": words("one|a single|one plain|one short|a complete"),
    "mark": words("RESULT|FINAL|ANSWER|OUTCOME|THEREFORE|CONCLUSION"), "Separate": words("Separate|Divide|Keep apart|Set apart"), "a_line": words("a line of dashes|an empty line|three stars|a rule|a heading"),
    "reasoning": ["{role} {think} {more}{gap}{label}: {slot}{gap}{shape}", "{think} {more} {role}{gap}{slot}{gap}{shape}", "{label}: {slot}{gap}{think} {more} {shape}",
                  "{think} {shape}{gap}{label}: {slot}", "{slot}{gap}{role} {think} {more}", "{role} {more} {think}{gap}<{Tag}>\n{slot}\n</{Tag}>{gap}{shape}"],
    "Tag": words("case|task|q|material|entry|work"),
    "think": ["{Prior}, {lay} the {whole} {course}, one {piece} after the other.", "{Go} from {given} to {sought} and {justify} {each_} {move}.", "{Develop} the solution {slowly}: first what you {notice}, then what {follows}, then what you {conclude}.",
              "{Lay} {everything} that {crosses} until the {result} {stands}.", "{Solve} this in {small} {move}s and {justify} {each_} one {before}.", "{Argue} it {through} as you would {at_board}, {piece} by {piece}.",
              "{Keep} a {book} of your {course} while you {work_}; {lay} {each_} {piece}.", "{Explain} how you {arrive} at the {result}, {nogaps}.", "{Show} {each_} intermediate {result} and {wherefrom}."],
    "Prior": words("Before you answer|Ahead of any answer|Prior to committing yourself|To begin with|Before you settle on anything|First of all"), "lay": words("lay out|set down|write out|unfold|put on paper|spell out|record"),
    "Lay": words("Write down|Set down|Put on paper|Note|Record|Spell out"), "whole": words("whole|entire|complete|full|unabridged"), "course": words("line of thought|course of your reasoning|train of thought|deliberation|chain of ideas|way there"),
    "piece": words("inference|idea|remark|consequence|thought|step"), "Go": words("Go|Proceed|Walk|Work your way|Move|Advance"), "given": words("what is given|the data|the premises|what we know|the starting point"), "sought": words("what is sought|the goal|what is asked|the unknown|the end"),
    "justify": words("justify|give the reason for|defend|motivate|explain|account for"), "each_": words("each|every single|every|each and every"), "move": words("move|turn|transition|stage|stride"), "Develop": words("Develop|Build|Grow|Unroll|Work out"), "slowly": words("slowly|at leisure|in full view|with care|bit by bit"),
    "notice": words("notice|see|observe|read off|spot"), "follows": words("follows|results|is implied|must hold|comes of it"), "conclude": words("conclude|decide|settle on|hold for true"), "everything": words("everything|whatever|all|each thing"), "crosses": words("crosses your mind|occurs to you|you consider|you try|comes up"),
    "stands": words("stands|is certain|is beyond doubt|is found|holds"), "Solve": words("Solve|Crack|Settle|Treat|Handle|Work"), "small": words("small numbered|tiny|short lettered|single|modest"), "before": words("before the next|as it comes|on the spot|in a clause"), "Argue": words("Argue|Reason|Talk|Think"), "through": words("through|to the end|out|through aloud"),
    "at_board": words("at a blackboard|before a jury|in front of a class|in a seminar|to a friend"), "Keep": words("Keep|Maintain|Write|Hold"), "work_": words("work|go|proceed|ponder"), "Explain": words("Explain|Tell|Describe|Reveal|Narrate"), "arrive": words("arrive|get|land|end up"), "nogaps": words("without gaps|leaving nothing out|from the ground up|in full|holding nothing back"),
    "Show": words("Show|Present|Display|Report|State"), "wherefrom": words("where it comes from|what it rests on|how you got it|which rule gave it|why it may be used"),
    "more": words("Wrong turns stay in.|Name the options that you reject.|Check the result by a second route.|State how sure you are at each point.|Do not shorten.|Mention which rule you apply."
                  "|Say what would change your mind.|Start by restating the matter.|Longer is better."),
    "pairs": ["{make} {#3-12} {what} from the text below. {rule} {rule}{gap}{label}: {slot}{gap}{out}", "{slot}{gap}{make} {#3-12} {what} about this. {rule} {out}",
              "{role2} {make} {what}. {rule} {rule} {out}{gap}{slot}", "{out} {make} {what} that the passage answers. {rule}{gap}[{slot}]"],
    "role2": words("You prepare material for a small model.|This is a data set in the making.|We need examples for training.|You fill a question bank.|Our tutor learns from what you write."),
    "make": ["{Verb} {freely}", "{Verb}", "{From} {verb2}", "Please {verb2}", "{Verb} {freely}"],
    "Verb": words("Write|Invent|Produce|Compose|Derive|Draw up|Formulate|Devise|Supply"), "verb2": words("write|invent|produce|compose|derive|draw up|formulate|devise|supply"), "freely": words("with care|from scratch|in your own words|as if for print|in good order|without haste"),
    "From": words("For our collection|For the next round|For a lesson|To fill the bank|For beginners|On behalf of the team"),
    "what": words("question and answer pairs|instructions with ideal replies|examples with input and output|quiz items with solutions|short dialogues between a user and an assistant|tasks, each with a worked solution"),
    "rule": words("No two may begin alike.|Vary the length.|Cover different parts.|Mix easy and hard ones.|Every answer stands on its own.|Do not refer to the passage.|Include one that needs two facts at once."),
    "out": words("One JSON object a line.|Number them.|Use the form Q: and A:.|Return a list.|Plain text, an empty line between two."),
    "grading": ["{judge} {crit} {why}{gap}{slot}{gap}{verdict}", "{crit} {judge} {why} {verdict}{gap}{slot}", "{slot}{gap}{judge} {crit} {verdict}", "{role} {judge} {why}{gap}{slot}{gap}{crit} {verdict}"],
    "judge": ["{Weigh_} both {replies} {fairly}.", "{Decide} which {reply1} {serves} the user {better}.", "Two {replies} are given; {mark_} both {fairly}.", "You sit on a {panel} that {rates} {replies} {fairly}.", "{Weigh_} the {replies} against each other {fairly}."],
    "Weigh_": words("Weigh|Compare|Contrast|Hold up|Judge"), "replies": words("replies|answers|drafts|candidates|responses|versions"), "reply1": words("reply|answer|draft|response|version"), "fairly": words("fairly|without favour|line by line|as a stranger would|strictly|on their merits|coldly"),
    "Decide": words("Decide|Determine|Say|Establish|Rule"), "serves": words("serves|helps|satisfies|informs|advances"), "better": words("better|more|best|further"), "mark_": words("mark|grade|score|assess|rate"), "panel": words("panel|board|jury|committee|desk"), "rates": words("rates|grades|ranks|marks|examines"),
    "crit": words("Criteria: correct, complete, clear, safe, each 1 to 5.|Rubric: facts, reasoning, tone, format, 0 to 10 points each.|Give marks for truth, depth and usefulness out of 20.|Score along the rubric: accuracy, coverage, style."),
    "why": words("Give a reason for every mark.|Quote the passage that cost a point.|Justify before you score.|Explain the margin."),
    "verdict": words("Then name the better one.|Close with the winner and the margin.|Last line: A or B.|End with totals and preference."),
    "rewrite": ["{turn} {how}{gap}{label}: {slot}{gap}{keep}", "{slot}{gap}{turn} {how} {keep}", "{keep} {turn}{gap}#{slot}#{gap}{how}"],
    "turn": ["{Make} the following {request} {harder} to fulfil.", "{Make} this {request} into a {harder} {kin} of itself.", "{Recast} the {request} so that it needs {deeper} {thinking_}.", "{Recast} this as a {kin} in a {rarer} field."],
    "Make": words("Make|Turn|Work|Raise|Bend"), "request": words("request|instruction|order|prompt|assignment|wish"), "harder": words("harder|more demanding|trickier|stricter|richer"), "kin": words("version|sibling|cousin|relative|variant"), "Recast": words("Rewrite|Recast|Rework|Reshape|Redraft"),
    "deeper": words("deeper|longer|more|several layers of"), "thinking_": words("thought|planning|knowledge|calculation|judgement"), "rarer": words("rarer|stranger|narrower|more technical|neighbouring"),
    "how": words("Add one constraint.|Ask for more steps.|Replace general words by specific ones.|Keep it answerable.|Add at most {#10-30} words."),
    "keep": words("Return only the new request.|No explanation.|Only the text of the request.|Answer with the rewritten request alone."),
    "cleaning": ["{clean} {how2}{gap}{slot}{gap}{out2}", "{slot}{gap}{clean} {how2} {out2}", "{label} (raw):{gap}{slot}{gap}{clean} {how2}"],
    "clean": ["Below is a {raw} solution; {bring} it into {standard} form.", "{Normalise} this {raw} {notes}.", "{Normalise} the {notes} that {follow_} without losing a {piece}.", "{Normalise} these {notes} into a {standard} record of {thinking_}."],
    "raw": words("raw|rough|first|messy|hurried"), "bring": words("bring|put|press|turn"), "standard": words("standard|clean|final|uniform|orderly"), "Normalise": words("Normalise|Tidy up|Straighten|Clean|Edit|Condition"), "notes": words("derivation|working|notes|solution path|scratch work"), "follow_": words("follows|comes next|stands below|is appended"),
    "how2": words("Merge repetitions.|Split long steps.|Remove asides.|Keep all numbers.|One claim a line."),
    "out2": words("Return steps and answer as JSON.|Number the steps.|Mark doubtful steps with a question mark.|Give the cleaned text only."),
}  # fmt: skip
FOREIGN: dict[str, dict[str, list[str]]] = {
    "de": {
        "slot": [SLOT], "gap": words("\n\n|\n|\n---\n"),
        "reasoning": ["{bitte} {denk} {zusatz}{gap}{name}: {slot}{gap}{schluss}", "{slot}{gap}{denk} {zusatz} {schluss}", "{denk} {schluss}{gap}{slot}"],
        "bitte": words("Du bist eine geduldige Fachfrau.|Nimm dir so viel Platz wie nötig.|Schreib für jemanden, der jede Zeile nachrechnet.|Stell dir ein Tafelbild vor."),
        "denk": words("Leg den ganzen Gedankengang offen, Schluss für Schluss.|Geh vom Gegebenen zum Gesuchten und begründe jeden Zug.|Schreib auf, was dir durch den Kopf geht, bis das Ergebnis feststeht.|Löse es in kleinen, nummerierten Schritten."),
        "zusatz": words("Auch Irrwege bleiben stehen.|Nenne, was du verwirfst.|Kürze nichts.|Prüfe am Ende auf zweitem Weg.|Sag jeweils, wie sicher du bist."),
        "name": words("Aufgabe|Frage|Fall|Eingabe|Stoff"),
        "schluss": words("Die letzte Zeile enthält nur die Antwort.|Schließe mit einem JSON-Objekt.|Danach die Antwort in einem Satz.|Trenne Überlegung und Antwort durch Striche."),
    },
    "es": {
        "slot": [SLOT], "gap": words("\n\n|\n|\n---\n"),
        "reasoning": ["{papel} {piensa} {extra}{gap}{nombre}: {slot}{gap}{fin}", "{slot}{gap}{piensa} {extra} {fin}", "{piensa} {fin}{gap}{slot}"],
        "papel": words("Eres una profesora con mucha paciencia.|Escribe para quien va a comprobar cada línea.|No hay límite de espacio.|Imagina que estás ante una pizarra."),
        "piensa": words("Expón todo el hilo de tus ideas, una inferencia tras otra.|Ve de lo dado a lo buscado y justifica cada paso.|Anota lo que se te ocurra hasta llegar al resultado.|Resuélvelo en pasos cortos y numerados."),
        "extra": words("Deja también los errores.|Nombra lo que descartas.|No abrevies.|Comprueba el final por otra vía.|Di cuán seguro estás en cada punto."),
        "nombre": words("Tarea|Pregunta|Caso|Entrada|Texto"),
        "fin": words("La última línea lleva solo la respuesta.|Termina con un objeto JSON.|Después da la respuesta en una frase.|Separa ideas y respuesta con guiones."),
    },
    "fr": {
        "slot": [SLOT], "gap": words("\n\n|\n|\n---\n"),
        "reasoning": ["{role} {pense} {plus}{gap}{nom} : {slot}{gap}{fin}", "{slot}{gap}{pense} {plus} {fin}", "{pense} {fin}{gap}{slot}"],
        "role": words("Tu es une enseignante patiente.|Écris pour un lecteur qui vérifie chaque ligne.|Prends toute la place voulue.|Fais comme au tableau noir."),
        "pense": words("Déroule tout le fil de tes idées, une déduction après l'autre.|Va du connu vers l'inconnu et justifie chaque pas.|Note ce qui te vient jusqu'au résultat.|Résous en petites étapes numérotées."),
        "plus": words("Garde les fausses pistes.|Dis ce que tu écartes.|N'abrège rien.|Vérifie par une autre voie.|Dis à chaque point ton degré de certitude."),
        "nom": words("Tâche|Question|Cas|Entrée|Texte"),
        "fin": words("La dernière ligne ne porte que la réponse.|Termine par un objet JSON.|Puis donne la réponse en une phrase.|Sépare les idées de la réponse par des tirets."),
    },
}  # fmt: skip
KINDS = ("reasoning", "pairs", "grading", "rewrite", "cleaning")
_ENGLISH = Grammar(ENGLISH)
_FOREIGN = {language: Grammar(rules) for language, rules in FOREIGN.items()}


@dataclass(frozen=True, slots=True)
class Wrapper:
    """A fixed text before and after the slot, what kind of work it asks for, and its language."""

    kind: str
    language: str
    before: str
    after: str

    def prompt(self, filled: str) -> str:
        """The request with its slot filled."""
        return f"{self.before}{filled}{self.after}".strip()


def compose(draws: Draws, kind: str, language: str = "en") -> Wrapper:
    """One wording of that kind of work; another draw gives another wording. Other languages have reasoning alone."""
    grammar = _ENGLISH if language == "en" else _FOREIGN[language]
    kind = kind if language == "en" else "reasoning"
    before, _, after = grammar.expand(kind, draws, {}).partition(SLOT)
    return Wrapper(kind, language, before, after)


def phrase(draws: Draws) -> str:
    """One sentence that asks for the way to the answer, to be put before or after a free question."""
    return _ENGLISH.expand("think", draws, {})


def fill(draws: Draws, wrapper: Wrapper) -> tuple[str, str]:
    """A slot of that wrapper and what the model would say to it."""
    memo: dict[str, str] = {}
    if wrapper.language != "en":
        bank = OTHERS[wrapper.language]
        return bank.expand("prompt", draws, memo), bank.expand("reply", draws, memo)
    if wrapper.kind == "pairs":
        return SLOTS.expand("passage", draws, memo), SLOTS.expand("qa", draws, memo)
    if wrapper.kind == "grading":
        left, right = STUDY.expand("reply", draws, {}), STUDY.expand("reply", draws, {})
        request = STUDY.expand("question", draws, memo)
        return f"Request: {request}\nA: {left}\nB: {right}", MARKS.expand("reply", draws, memo)
    if wrapper.kind == "rewrite":
        return INSTRUCTIONS.expand("prompt", draws, memo), INSTRUCTIONS.expand("prompt", draws, {})
    if wrapper.kind == "cleaning":
        return REASONED_REPLY.expand("reply", draws, memo), REASONED_REPLY.expand("reply", draws, {})
    return STUDY.expand("question", draws, memo), REASONED_REPLY.expand("reply", draws, memo)


def fresh_fill(draws: Draws, wrapper: Wrapper, seen: set[str]) -> tuple[str, str]:
    """A slot that was not asked before, as far as the bank has one; a harvester does not pay twice for one answer."""
    for _ in range(8):
        slot, reply = fill(draws, wrapper)
        if slot not in seen:
            break
    seen.add(slot)
    return slot, reply
