"""A diverse instruction set: no wrapper, no common wording; many entries ask for material one would train on."""

from __future__ import annotations

from traffic.demo.grammar import Grammar, words
from traffic.demo.texts.coding_en import RULES as CODING_RULES
from traffic.demo.texts.common_en import COMMON
from traffic.demo.texts.slots import RULES as SLOT_RULES
from traffic.demo.texts.study_en import RULES as STUDY_RULES
from traffic.demo.texts.writing_en import RULES as WRITING_RULES

RULES: dict[str, list[str]] = {
    "prompt": ["{plain}", "{plain}", "{plain}", "{made}", "{made}", "{reasoned}"],
    "plain": [
        "{question}", "{passage} {asked}", "{review} {asked}", "{persona3}, {chore2}: {thing}.", "{Topic} for {company}: {form3}.", "{ticket} {asked}",
        "{form3} on {Process} in {organism}, {angle}.", "{Claim}? {angle}.", "{notes}\n{asked}", "{Task} in {Lang}. {angle}.", "{Matter}: {form3}, {angle}.",
        "{snippet}\n{asked}", "{Idea} against {Idea2}, {angle}.", "{facts}. {asked}",
    ],
    "asked": words("What follows from this for {team}?|Who is right, and why?|Continue it in the same voice.|Where is the weakest claim?|List every number and what it counts."
                   "|Retell it for {company}.|Which sentence could go?|Name {#2-6} unstated assumptions.|Turn it into a dialogue.|Find the mistake.|Put it in order of time."
                   "|What would {persona3} say?|Argue the opposite.|Sort the claims by how sure they are.|Reduce it to {#8-30} words.|Ask me {#2-5} questions about it."),
    "persona3": words("As a harbour pilot|Speaking as a sceptical auditor|In the voice of a village chronicler|From a nurse's point of view|As an impatient chess coach"
                      "|Like a radio presenter|As a patent clerk|In a grandmother's words|As a tax inspector on holiday|Playing a museum guard|As a cautious botanist"
                      "|Being a stage manager|Like a ferry captain|As the editor of a village paper|In the role of a watchmaker"),
    "chore2": words("describe|defend|criticise|explain to {company}|advertise|measure|regret|compare with {Idea}|teach|repair|forecast"),
    "form3": words("a fable|a checklist|an FAQ|a sonnet|a decision table|a lab report|a letter to {person}|a glossary with {#4-15} entries|a debate|a timeline|an analogy"
                   "|a risk register|a recipe-like procedure|a quiz|a two-minute talk|a diary entry|a field guide page|a pseudo-code sketch"),
    "angle": words("seen from {place}|with attention to {quantity}|as it stood in {#1500-2020}|for readers who know only {subject}|without the letter combination 'th'"
                   "|keeping {quantity2} fixed|where {person} is mistaken|{length}|with one counterexample|under a budget of {#20-9000}|starting from {Idea}"
                   "|with {#2-5} sources of doubt|given that {News}|when {cond}"),
    "made": [
        "{compose} {#3-20} {pairs} {on} {subject2}{level2}; {answering}.", "{on2} {subject2}, {compose2} {#3-15} {pairs}{level2}. {Answering}.",
        "{passage}\n\n{compose} {#3-12} {pairs} from the passage above; {answering}.", "{facts}\n{compose} {#2-9} {pairs} {level2}, {answering}.",
        "{pairs2}{level2} {on} {subject2}: {#3-12} of them, {answering}.", "{Answering}: {#4-15} {pairs}, {on} {subject2}.",
    ],
    "compose": words("Generate|Compose|Write|Invent|Draw up|Produce|Come up with|Create|Draft|Assemble|Devise|Supply"),
    "compose2": words("generate|compose|write|invent|draw up|produce|create|draft|assemble|devise"),
    "pairs": words("diverse instructions with model responses|question and answer pairs|varied tasks, each with a worked solution|problems with step-by-step solutions"
                   "|user requests and ideal replies|exam questions with full reasoning|instructions a user could give, each followed by an exemplary answer"
                   "|multi-turn dialogues between a learner and an expert|challenging prompts along with reference answers|question-answer pairs of rising difficulty"
                   "|short cases with a reasoned verdict|code exercises with commented solutions|counterfactual questions with answers"),
    "pairs2": words("Question and answer pairs|Instruction and response pairs|Tasks with step-by-step solutions|Dialogues with an ideal assistant|Exercises with reasoned solutions"),
    "on": words("on|about|around|covering|that touch|drawn from"),
    "on2": words("On|About|Around|Covering|Touching|Drawing from"),
    "subject2": words("{Topic}|{Process} in {organism}|{Event}|{Idea} in {Lang}|{chore}|{Task}|{system} and {quantity}|{Matter}|{theorem}|{Tool}|{Claim}|{venture} in {place}"),
    "level2": words("| for {company}| at school level| of graduate level| in mixed formats| without repeating a format| that cannot be looked up| with one trap each| in plain language"),
    "answering": ["{how} {bit}", "{bit}", "{bit} and {bit}", "{bit}, {how}", "{how}", "{bit}, as {persona4} would, {angle}", "{bit} {angle}", "{how}, {angle}"],
    "Answering": ["{Bit}", "{Bit}, {how}", "{Bit} and {bit}", "{Bit} {angle}"],
    "how": words("step by step|with the rationale first|with every inference shown|in {#3-9} steps each|with a chain of reasoning|with the working|from given to result|with the thought process"
                 "|with dropped options noted|each in {#2-6} sentences|in prose|in the form of {form3}|with sources of doubt|one inference a line"),
    "bit": words("explain each answer|no two may start alike|vary the length|solve all of them|mark how hard each is|leave one unsolved|justify the verdicts|show the reasoning|write complete answers"
                 "|add a wrong answer and its flaw|use {items} and {vehicle}s|set them in {place}|let {person} ask and {person} answer|avoid {subject}|include {#2-5} about {quantity}|mention {Event2} once"),
    "Bit": words("Explain each answer|No two may start alike|Vary the length|Solve all of them|Mark how hard each is|Justify the verdicts|Show the reasoning|Set them in {place}|Let {person} ask and {person} answer|Include {#2-5} about {quantity}"),
    "persona4": words("a harbour pilot|an auditor|a chess coach|a nurse|a botanist|a stage manager|an editor|a watchmaker|a village teacher|a surveyor"),
    "reasoned": [
        "{question} {derive}", "{derive} {question}", "{Claim}? {derive}", "{Task} in {Lang}; {derive2}.", "{ticket} {derive}", "{passage} {asked} {derive}", "{theorem}: {derive2}.",
    ],
    "derive": ["{Verb3} {how}.", "{Verb3} {how}, then {bit}.", "{Verb3} {angle}, {how}.", "{Verb3} {how}; {angle}.", "{Verb3} so that {company} follow it, {how}."],
    "derive2": ["{verb3} {how}", "{verb3} {how}, {angle}", "{verb3} for {company}, {how}"],
    "Verb3": words("Reason|Argue|Derive it|Work it out|Think aloud|Explain|Lay it out|Show your reasoning|Justify it|Go through it|Settle it|Answer"),
    "verb3": words("reason|argue|derive it|work it out|think aloud|explain|lay it out|show the reasoning|justify it|go through it"),
    "reply": [
        "{worked}\n\n{worked}\n\n{worked}", "{worked}\n\n{worked}", "{step} {step} {step} {step} {step}\n\n{worked}", "{line} {tip} {step} {step}\n\n{worked}", "{why} {note} {note} {step}\n\n{worked}\n\n{worked}",
    ],
    "worked": ["Instruction: {question}\nReasoning: {step} {step} {step}\nAnswer: {#2-950}.", "Q: {question}\nA: {step} {step} {step} So {#2-900}.",
               "1. {step}\n2. {step}\n3. {step}\n4. {step}\nResult: {#2-900}.", "{step} {step} {history} {step} {step}"],
}  # fmt: skip

INSTRUCTIONS = Grammar(COMMON, CODING_RULES, WRITING_RULES, SLOT_RULES, STUDY_RULES, RULES)

REASONED_REPLY = Grammar(
    COMMON, STUDY_RULES,
    {
        "reply": [
            "1. {step}\n2. {step}\n3. {step}\n4. {step}\n5. {step}\n6. {step}\n{more}\n{json}",
            "1. {step} {step}\n2. {step}\n3. {step} {step}\n4. {step}\n5. {step}\n{json}",
            "1. {step}\n2. One could also start from {quantity}, but {system} does not fit. {step}\n3. {step}\n4. {step}\n5. {step}\n{more}\n{more}\n{json}",
        ],
        "more": ["Check: {step} {step}", "Check: {step}\n{step}", "Dropped: {Process}, since it needs {quantity2}.\n{step} {step}"],
        "json": ['{{"steps": {#5-12}, "answer": "{#2-950}", "confidence": 0.{#50-99}}}'],
    },
)  # fmt: skip
MARKS = Grammar(
    COMMON, STUDY_RULES,
    {
        "reply": [
            "{mark}\n{mark}\n{mark}\n{mark}\nA: {#8-20}. B: {#6-20}. Preferred: A, strength {#1-3}.", "{mark}\n{mark}\n{mark}\n{mark}\nA: {#4-17}. B: {#8-20}. Preferred: B, strength {#1-3}.",
        ],
        "mark": words("Correctness: A states {#2-90} where {#2-90} is right, B derives it. A {#1-5}, B {#1-5}.|Completeness: only one reply treats {quantity}. A {#1-5}, B {#1-5}."
                      "|Clarity: A is {tone}, B buries the result. A {#2-5}, B {#1-5}.|Harmlessness: both are fine. A 5, B 5.|Correctness: both miss {quantity2}. A {#0-3}, B {#0-3}."
                      "|Completeness: B leaves out {Process}. A {#2-5}, B {#1-4}.|Clarity: the order of steps in A helps {company}. A {#2-5}, B {#2-5}."),
        "company": words("beginners|a learner|a busy reader|an expert"),
    },
)  # fmt: skip
