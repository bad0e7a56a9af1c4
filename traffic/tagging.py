"""Task tags: what a request asks the model to produce, read from its prompt and system prompt by printed rules.

A tag is an observation about wording, not a finding: evaluators, teachers and licensed synthetic-data users ask for the
same things. Each rule is an RE2 pattern, so that one pass is linear in the text and the matched words can be shown.
Patterns stay within one sentence (`[^.?!\\n]*`), which keeps a rule readable and free of counters.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

TAGGING_VERSION = 2


@dataclass(frozen=True, slots=True)
class TagRule:
    """One task tag: its bit in the mask, its version, the wording it looks for and what that means."""

    name: str
    bit: int
    version: int
    meaning: str
    pattern: str


@dataclass(frozen=True, slots=True)
class TaggedSpan:
    """Where a rule matched, in characters of the text."""

    rule: str
    version: int
    start: int
    end: int


_S = r"[^.?!\n]*"  # the rest of the sentence
_ASK = r"\b(?:come up with|generate|create|write|produce|propose|brainstorm|compose|devise|draft|suggest)\b"
_TASKS = r"(?:instructions?|tasks?|prompts?|questions?|queries|problems?|exercises?)\b"

RULES: tuple[TagRule, ...] = (
    TagRule(
        "step_by_step_rationale",
        0,
        2,
        "asks for the reasoning on the way to the answer",
        r"\bstep[ -]by[ -]step\b|\bchain[ -]of[ -]thoughts?\b|\bthought process\b|\binner monologue\b"
        r"|\b(?:show|write out|spell out|lay out|reveal|reconstruct|articulate|print)\b"
        + _S
        + r"\b(?:reasoning|rationale|working|thinking|thoughts|scratchpad)\b"
        r"|\b(?:show|write out|spell out|lay out|write down|number|list)\b"
        + _S
        + r"\b(?:every|each|all)(?: the| your| of the| of your)?(?: \w+)? steps?\b"
        r"|\bnumber (?:the|your) steps\b"
        r"|\b(?:explain|describe|justify)\b" + _S + r"\b(?:your|the) (?:reasoning|rationale|thinking)\b"
        r"|\breason(?:ing)? (?:out loud|aloud|carefully before)\b",
    ),
    TagRule(
        "rubric_grading",
        1,
        1,
        "uses the model as a grader, with a rubric or for the score alone",
        r"\brubrics?\b|\b(?:rate|score|grade|evaluate|judge|assess|mark)\b"
        + _S
        + r"\b(?:on a scale|scale of|from \d+ to \d+|between \d+ and \d+|out of \d+|criteria)\b"
        r"|\b(?:only|just|nothing but)\b" + _S + r"\b(?:score|rating|grade)\b"
        r"|\b(?:score|rating|grade) only\b"
        r"|\b(?:act as|you are|as) an? (?:\w+ ){0,2}(?:judge|grader|evaluator|reward model)\b",
    ),
    TagRule(
        "preference_pair",
        2,
        1,
        "asks which of several answers is preferred, or for a chosen and a rejected one",
        r"\bwhich\b"
        + _S
        + r"\b(?:response|answer|completion|output|reply|assistant|summary)\b"
        + _S
        + r"\b(?:better|best|prefer\w*|more helpful|more harmless)\b"
        r"|\b(?:chosen|preferred|winning)\b" + _S + r"\b(?:rejected|dispreferred|losing)\b"
        r"|\bcompare\b"
        + _S
        + r"\b(?:two|both|these|following|candidate|pair of)\b"
        + _S
        + r"\b(?:responses|answers|completions|outputs|replies)\b"
        r"|\b(?:better|worse)\b" + _S + r"\b(?:response|answer|completion) (?:a|b|1|2)\b"
        r"|\brank\b" + _S + r"\b(?:responses|answers|completions|outputs|candidates)\b",
    ),
    TagRule(
        "generate_instructions",
        3,
        1,
        "asks for many different instructions, tasks or questions",
        _ASK
        + _S
        + r"\b(?:diverse|different|varied|unique|distinct|new|novel|original)\b"
        + _S
        + r"\b"
        + _TASKS
        + r"|"
        + _ASK
        + r"[^.?!\n\d]*\b\d+ (?:\w+ ){0,3}"
        + _TASKS
        + r"|\b(?:list|set|batch|collection) of \d* ?(?:\w+ ){0,3}(?:instructions|tasks|prompts)\b",
    ),
    TagRule(
        "self_instruct",
        4,
        1,
        "asks for instruction, input and output triples, or training examples",
        r"\binstructions?\b" + _S + r"\binputs?\b" + _S + r"\boutputs?\b"
        r"|"
        + _ASK
        + _S
        + r"\b(?:training|fine[ -]?tuning|instruction[ -]tuning|synthetic)\b"
        + _S
        + r"\b(?:data|dataset|examples?|samples?|pairs?|conversations?)\b"
        r"|\b(?:instruction|prompt)[ -](?:response|output|completion)s? pairs?\b",
    ),
    TagRule(
        "rewrite_instruction",
        5,
        1,
        "asks to make a given prompt or task harder, longer or more specific",
        r"\b(?:rewrite|rephrase|evolve|transform|modify|turn|make|revise|adapt)\b"
        + _S
        + r"\b(?:prompt|instruction|question|task|problem|query)\b"
        + _S
        + r"\b(?:complex|complicated|difficult|harder|challenging|specific|concrete|constraints?|demanding)\b"
        r"|\b(?:increase|raise|add to|deepen)\b"
        + _S
        + r"\b(?:complexity|difficulty|depth)\b"
        + _S
        + r"\b(?:prompt|instruction|question|task|problem)\b"
        r"|\b(?:rewrite|rephrase|paraphrase)\b" + _S + r"\b(?:prompt|instruction)s?\b",
    ),
    TagRule(
        "tool_trace",
        6,
        1,
        "asks for made-up tool calls, agent runs or their transcripts",
        _ASK + _S + r"\b(?:tool|function|api)[ -]?(?:calls?|calling|use|usage)\b"
        r"|\bsimulate\b" + _S + r"\b(?:tool|function|terminal|shell|browser|agent|environment)\b"
        r"|\b(?:tool|function|agent|agentic)\b" + _S + r"\b(?:traces?|trajector(?:y|ies)|rollouts?|transcripts?)\b"
        r"|\bthought:" + _S + r"\s*action:",
    ),
    TagRule(
        "self_qa",
        7,
        1,
        "asks the model to make questions and answer them itself",
        _ASK + _S + r"\bquestions?\b" + _S + r"\b(?:answers?|solutions?|solve|solved)\b"
        r"|\bquestion[ -](?:and[ -])?answer(?:ing)? pairs?\b|\bq ?& ?a pairs?\b|\bqa pairs?\b"
        r"|\bask yourself\b" + _S + r"\banswer\b",
    ),
    TagRule(
        "trace_cleaning",
        8,
        1,
        "asks to clean, shorten or restyle a reasoning trace",
        r"\b(?:rewrite|clean|polish|edit|shorten|condense|compress|tidy|refine|normali[sz]e|restructure|summari[sz]e)\b"
        + _S
        + r"\b(?:reasoning|thought|thinking|solution|scratchpad|rationale)"
        r"(?:[ -](?:traces?|steps|process|chains?|paths?|logs?)|s?\b" + _S + r"\b(?:traces?|transcripts?))\b"
        r"|\b(?:remove|drop|delete)\b" + _S + r"\b(?:backtracking|false starts|dead ends|redundant steps)\b",
    ),
)
BY_NAME = {rule.name: rule for rule in RULES}


def folded(pattern: str) -> str:
    """The pattern without regard to case, as RE2 takes it."""
    return f"(?i){pattern}"


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


def find_spans(text: str) -> tuple[TaggedSpan, ...]:
    """Where each rule matches first in the text, so that a page can highlight the words that carried the tag."""
    found = []
    for rule in RULES:
        if not _matches(text, rule):
            continue
        column = pa.array([text])
        hit = pc.extract_regex(column, f"(?P<hit>{folded(rule.pattern)})")[0].as_py()["hit"]
        start = len(text.encode()[: pc.find_substring_regex(column, folded(rule.pattern))[0].as_py()].decode())
        found.append(TaggedSpan(rule.name, rule.version, start, start + len(hit)))
    return tuple(found)


def _matches(text: str, rule: TagRule) -> bool:
    return bool(pc.match_substring_regex(pa.array([text]), folded(rule.pattern))[0].as_py())
