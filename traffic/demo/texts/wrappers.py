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
    "role": words("You are a patient lecturer.|Write as an expert for other experts.|You have unlimited time.|Take the part of an examiner who hides nothing."
                  "|A novice must be able to follow you.|Nobody will interrupt you.|Act as a researcher who keeps a lab book.|Assume that your reader checks every line."),
    "shape": words("Close with the result on a line of its own.|The last line holds only the answer.|Finish with a JSON object that repeats the answer.|Put the answer in square brackets at the end."
                   "|After that give the answer in one sentence.|End with the word RESULT and the answer.|Separate thought and answer by a line of dashes."),
    "reasoning": ["{role} {think} {more}{gap}{label}: {slot}{gap}{shape}", "{think} {more} {role}{gap}{slot}{gap}{shape}", "{label}: {slot}{gap}{think} {more} {shape}",
                  "{think} {shape}{gap}{label}: {slot}", "{slot}{gap}{role} {think} {more}", "{role} {more} {think}{gap}<{Tag}>\n{slot}\n</{Tag}>{gap}{shape}"],
    "Tag": words("case|task|q|material|entry|work"),
    "think": words("Before you answer, lay out the whole line of thought, one inference after the other.|Go from what is given to what is sought and justify each move."
                   "|Develop the solution slowly: first what you notice, then what follows, then what you conclude.|Write down everything that crosses your mind until the result stands."
                   "|Solve this in small numbered moves and say of each why it is allowed.|Argue it through to the end as you would at a blackboard.|Keep a protocol of your deliberation while you work."
                   "|Explain how you get there, without gaps.|Show every intermediate result and where it comes from."),
    "more": words("Wrong turns stay in.|Name the options that you reject.|Check the result by a second route.|State how sure you are at each point.|Do not shorten.|Mention which rule you apply."
                  "|Say what would change your mind.|Start by restating the matter.|Longer is better."),
    "pairs": ["{make} {#3-12} {what} from the text below. {rule} {rule}{gap}{label}: {slot}{gap}{out}", "{slot}{gap}{make} {#3-12} {what} about this. {rule} {out}",
              "{role2} {make} {what}. {rule} {rule} {out}{gap}{slot}", "{out} {make} {what} that the passage answers. {rule}{gap}[{slot}]"],
    "role2": words("You prepare material for a small model.|This is a data set in the making.|We need examples for training.|You fill a question bank.|Our tutor learns from what you write."),
    "make": words("Write|Invent|Produce|Compose|Derive|Draw up|Formulate"),
    "what": words("question and answer pairs|instructions with ideal replies|examples with input and output|quiz items with solutions|short dialogues between a user and an assistant|tasks, each with a worked solution"),
    "rule": words("No two may begin alike.|Vary the length.|Cover different parts.|Mix easy and hard ones.|Every answer stands on its own.|Do not refer to the passage.|Include one that needs two facts at once."),
    "out": words("One JSON object a line.|Number them.|Use the form Q: and A:.|Return a list.|Plain text, an empty line between two."),
    "grading": ["{judge} {crit} {why}{gap}{slot}{gap}{verdict}", "{crit} {judge} {why} {verdict}{gap}{slot}", "{slot}{gap}{judge} {crit} {verdict}", "{role} {judge} {why}{gap}{slot}{gap}{crit} {verdict}"],
    "judge": words("Compare both replies.|Decide which answer serves the user better.|Two drafts are given; mark both.|You sit on a panel that rates answers.|Weigh the candidates against each other."),
    "crit": words("Criteria: correct, complete, clear, safe, each 1 to 5.|Rubric: facts, reasoning, tone, format, 0 to 10 points each.|Give marks for truth, depth and usefulness out of 20.|Score along the rubric: accuracy, coverage, style."),
    "why": words("Give a reason for every mark.|Quote the passage that cost a point.|Justify before you score.|Explain the margin."),
    "verdict": words("Then name the better one.|Close with the winner and the margin.|Last line: A or B.|End with totals and preference."),
    "rewrite": ["{turn} {how}{gap}{label}: {slot}{gap}{keep}", "{slot}{gap}{turn} {how} {keep}", "{keep} {turn}{gap}#{slot}#{gap}{how}"],
    "turn": words("Make the following request harder to fulfil.|Turn this into a more demanding version of itself.|Rewrite the instruction so that it needs deeper thought.|Create a sibling of this request in a rarer field."),
    "how": words("Add one constraint.|Ask for more steps.|Replace general words by specific ones.|Keep it answerable.|Add at most {#10-30} words."),
    "keep": words("Return only the new request.|No explanation.|Only the text of the request.|Answer with the rewritten request alone."),
    "cleaning": ["{clean} {how2}{gap}{slot}{gap}{out2}", "{slot}{gap}{clean} {how2} {out2}", "{label} (raw):{gap}{slot}{gap}{clean} {how2}"],
    "clean": words("Below is a raw solution; bring it into standard form.|Normalise this derivation.|Tidy up the working that follows without losing a step.|Turn these notes into a clean record of reasoning."),
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
