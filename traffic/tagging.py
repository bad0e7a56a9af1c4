"""Task tags: what a request asks the model to produce, read from its prompt and system prompt by printed rules.

A tag is an observation about wording, not a finding: evaluators, teachers and licensed synthetic-data users ask for the
same things. Each rule is an RE2 pattern a group of languages, so that one pass is linear in the text and the matched words
can be shown; the wording itself is in `traffic.tag_rules`. Before the rules stand gates: a rule is tried only where words
occur without which it cannot match.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from traffic.tag_rules import ENGLISH, EUROPEAN, OTHER

TAGGING_VERSION = 3
SPANS_A_RULE = 20


@dataclass(frozen=True, slots=True)
class TagRule:
    """One task tag: its bit in the mask, its version, what it means and the wording it looks for, by languages."""

    name: str
    bit: int
    version: int
    meaning: str

    @property
    def patterns(self) -> tuple[str, ...]:
        """English, other European languages, Chinese with Japanese, Korean and Russian; what a group lacks is left out."""
        return tuple(group[self.name] for group in (ENGLISH, EUROPEAN, OTHER) if self.name in group)

    @property
    def pattern(self) -> str:
        """The whole wording as one pattern, as a case file prints it."""
        return "|".join(self.patterns)


@dataclass(frozen=True, slots=True)
class TaggedSpan:
    """Where a rule matched, in characters of the text."""

    rule: str
    version: int
    start: int
    end: int


RULES: tuple[TagRule, ...] = (
    TagRule("step_by_step_rationale", 0, 3, "asks for the reasoning on the way to the answer"),
    TagRule("rubric_grading", 1, 2, "uses the model as a grader, with a rubric or for the score alone"),
    TagRule("preference_pair", 2, 2, "asks which of several answers is preferred, or for a chosen and a rejected one"),
    TagRule("generate_instructions", 3, 2, "asks for many different instructions, tasks or questions"),
    TagRule("self_instruct", 4, 2, "asks for instruction, input and output triples, or training examples"),
    TagRule("rewrite_instruction", 5, 2, "asks to make a given prompt or task harder, longer or more specific"),
    TagRule("tool_trace", 6, 2, "asks for made-up tool calls, agent runs or their transcripts"),
    TagRule("self_qa", 7, 2, "asks the model to make questions and answer them itself"),
    TagRule("trace_cleaning", 8, 2, "asks to clean, shorten or restyle a reasoning trace"),
    TagRule(
        "reasoning_extraction",
        9,
        1,
        "asks for the model's hidden reasoning or instructions, in tags, in a set language or for a finished answer",
    ),
)
BY_NAME = {rule.name: rule for rule in RULES}

# Words without which no English rule of a group can match: a text without any is done in one pass.
_GATES: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("step_by_step_rationale", "trace_cleaning", "reasoning_extraction"),
        (
            r"step|debug|thought|monologue|reason|rationale|thinking|scratchpad|your (?:\w+ ){0,2}working|(?:all the|full|complete|detailed"
            r"|intermediate|its) (?:\w+ ){0,2}working|think|backtracking|false starts|dead ends|reflection|deliberation|your (?:\w+ ){0,2}"
            r"memory|system (?:prompt|message)|hidden context|inner_monologue|solution[ -](?:trace|step|process|chain|path|log)|transcript|trace"
        ),
    ),
    (
        ("rubric_grading", "preference_pair"),
        (
            r"rubric|scale|criteri|out of \d|(?:from|between) \d|score|rating|grade|judge|evaluator|reward model|better|best|prefer|helpful"
            r"|harmless|reject|losing|(?:responses|answers|completions|outputs|replies|candidates)\b|worse"
        ),
    ),
    (
        ("generate_instructions", "self_instruct", "rewrite_instruction", "self_qa"),
        r"instruction|task|prompt|question|quer(?:y|ies)|problem|exercises|training|tuning|synthetic|pairs?\b|ask yourself",
    ),
    (("tool_trace",), r"tool|function|api|simulate|agent|thought:"),
)
_ANY = "|".join(gate for _, gate in _GATES)
# A function word of German, French, Spanish, Italian or Portuguese that English has not, or what the rules turn on anyway;
# and a word without which no rule of that group can match.
_EDGE = r"[\s.,;:!?()\"'«»¿¡]"
_EUROPEAN_GATE = (
    rf"(?:^|{_EDGE})(?:der|das|dem|ein|eine[nrms]?|und|für|zu|mit|les|une|et|est|pour|dans|el|los|las|una|y|il|gli|che|della|os|uma|para"
    rf"|com|não|em|por|tu|su|seu|votre|ton|deine?|ihre?|nur|solo|sólo|mir)(?:{_EDGE}|$)"
    r"|schritt für|gedankenkette|étape par|paso a paso|passo|chaîne de|cadena de|catena di|cadeia de|trainings|raisonnement"
    r"|razonamiento|ragionamento|raciocínio|questions et|de \d|entre \d|ausschließlich|uniquement|exclusivement|únicamente"
    r"|exclusivamente|esclusivamente|soltanto|apenas|somente|antwort|réponse|respuesta|rispost|resposta|tareas|instrucciones|preguntas"
    r"|compiti|istruzion|domand|tarefas|instruç|perguntas|tâches|consigne|aufgaben|anweisung|fragen"
)
_EUROPEAN_WORDS = (
    r"schritt|gedanken|überleg|denkprozess|rechenweg|denkschritt|lösungsweg|begründ|\bdenk|étape|raisonn|pensée|paso a paso|passo"
    r"|pensamiento|pensier|pensamento|razon|ragion|raciocí|réfléchi|\bpens|piens"
    r"|skala|kriterien|bewertungsraster|échelle|\d (?:bis|à|et|a|al|y|e) \d|critères|grille|escala|criterios|rúbrica|scala|criteri\b"
    r"|griglia|critérios|rubrica|antwort|réponse|respuesta|rispost|resposta|aufgabe|anweisung|frage|instruktion|prompt|tâche"
    r"|instru|consigne|question|tarea|pregunta|compit|istruzion|domand|tarefa|pergunta|trainings|entraînement|entrenamiento"
    r"|addestramento|treinamento"
)
_SCRIPTS = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Cyrillic}]"


def folded(pattern: str) -> str:
    """The pattern without regard to case, as RE2 takes it."""
    return f"(?i){pattern}"


def tagging_sql(column: str) -> str:
    """The mask of a text column as SQL for DuckDB. Null has no tag."""
    english = " | ".join(_when(_found(column, gate), _each(column, ENGLISH, names)) for names, gate in _GATES)
    european, other = (_each(column, group, tuple(group)) for group in (EUROPEAN, OTHER))
    wide = f"strlen({column}) <> length({column}) AND {_found(column, _SCRIPTS)}"
    near = f"{_found(column, _EUROPEAN_GATE)} AND {_found(column, _EUROPEAN_WORDS)}"
    return (
        f"CASE WHEN {column} IS NULL THEN 0 ELSE {_when(_found(column, _ANY), english)}"
        f" | {_when(near, european)} | {_when(wide, other)} END"
    )


def _each(column: str, group: Mapping[str, str], names: tuple[str, ...]) -> str:
    # one pattern a rule: all rules in one alternation outgrow RE2's state cache and take a hundred times as long
    return " | ".join(_when(_found(column, group[name]), str(1 << BY_NAME[name].bit)) for name in names)


def _when(test: str, value: str) -> str:
    return f"(CASE WHEN {test} THEN {value} ELSE 0 END)"


def quoted(text: str) -> str:
    """The text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def _found(column: str, pattern: str) -> str:
    return f"regexp_matches({column}, {quoted(folded(pattern))})"


def tag_names(mask: int) -> tuple[str, ...]:
    """The names of the tags in a mask.

    >>> tag_names(0b11)
    ('step_by_step_rationale', 'rubric_grading')
    """
    return tuple(rule.name for rule in RULES if mask >> rule.bit & 1)


def tag_mask(*names: str) -> int:
    """The mask of some tags.

    >>> tag_mask("rubric_grading", "preference_pair")
    6
    """
    return sum(1 << BY_NAME[name].bit for name in set(names))


def tag_text(text: str) -> int:
    """The mask of one text.

    >>> tag_names(tag_text("Come up with 20 diverse task instructions."))
    ('generate_instructions',)
    """
    return sum(1 << rule.bit for rule in RULES if _matches(text, rule))


def matched_spans(text: str) -> list[tuple[int, int, str]]:
    """Every place that a rule matched, as (start, end, tag) in characters, by start: what a page highlights.

    At most SPANS_A_RULE a rule; spans of different rules may overlap.
    """
    found = []
    for rule in RULES:
        for pattern in rule.patterns:
            at = 0
            for _ in range(SPANS_A_RULE):
                span = _first(text, pattern, at)
                if span is None:
                    break
                found.append((*span, rule.name))
                at = span[1]
    return sorted(found)


def find_spans(text: str) -> tuple[TaggedSpan, ...]:
    """Where each rule matches first in the text, by rule: enough to say which words carried a tag."""
    first: dict[str, tuple[int, int, str]] = {}
    for span in matched_spans(text):
        first.setdefault(span[2], span)
    return tuple(TaggedSpan(r.name, r.version, *first[r.name][:2]) for r in RULES if r.name in first)


def _first(text: str, pattern: str, at: int) -> tuple[int, int] | None:
    # what was searched before becomes one line end: no word runs over it, as none runs over the end of a match
    rest, shift = ("\n" + text[at:], at - 1) if at else (text, 0)
    column = pa.array([rest])
    place = pc.find_substring_regex(column, folded(pattern))[0].as_py()
    if place < 0:
        return None
    hit = pc.extract_regex(column, f"(?P<hit>{folded(pattern)})")[0].as_py()["hit"]
    start = len(rest.encode()[:place].decode()) + shift
    return max(start, at), start + len(hit)


def _matches(text: str, rule: TagRule) -> bool:
    column = pa.array([text])
    return any(pc.match_substring_regex(column, folded(pattern))[0].as_py() for pattern in rule.patterns)
