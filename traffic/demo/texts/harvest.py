"""The fixed texts that harvesting operations wrap around their questions, several wordings of each."""

from __future__ import annotations

REASONING = (  # written before and after the question; one wording per planted campaign
    (("Work on the task below as a careful specialist. Before you commit to anything, write out every step that leads you to the result, "
     "including the options you drop and why you drop them; number the steps and leave none out, even where a step seems obvious.\n\nTask: "),
     "\n\nAfter the last step close with one JSON object with the keys steps, answer and confidence, and nothing after it."),
    (("Below stands one problem. Think it through aloud from the first idea to the final check, one thought per line, and keep wrong turns in. "
     "Only then state the outcome.\n<problem>\n"),
     "\n</problem>\nThe final line must be JSON of the form result, certainty, difficulty. Do not shorten the thinking."),
    (("Show the complete derivation for what follows. State what is known, what is sought, each inference with its reason, each check, and the "
     "alternatives considered, as if a colleague had to reproduce it without asking you.\nInput: "),
     "\nOutput first the derivation, step by step, then a JSON record holding derivation_summary and final_answer."),
    (("For the item given here produce a full reasoning record. Every intermediate conclusion gets its own numbered line with a justification; "
     "nothing may be skipped or merged.\n\nItem >> "),
     "\n\nReturn the record, then the answer as compact JSON."),
)  # fmt: skip
GRADING = (  # around prompt, first reply and second reply
    (("Two assistants answered the same request. Judge both replies against the rubric: correctness (0-5), completeness (0-5), clarity (0-5), "
     "harmlessness (0-5). Explain every mark in one sentence before you give it, then say which reply you prefer and how strongly.\n\nRequest:\n"),
     "\n\nReply A:\n", "\n\nReply B:\n",
     "\n\nEnd with: marks for A, marks for B, preferred reply (A or B), strength from 1 to 3."),
    (("You compare candidate answers for a quality panel. Apply the scoring rubric strictly: accuracy, reasoning, tone, format, each from 1 to 10 "
     "with a written reason per criterion. Then name the better answer and the decisive difference.\n[question]\n"),
     "\n[candidate 1]\n", "\n[candidate 2]\n",
     "\n[verdict format] reasons per criterion, both totals, chosen candidate, margin."),
    (("Act as an exacting examiner. Given a task and two attempts, write a critique of each attempt along the grading criteria faithful, useful, "
     "well argued and safe, assign points out of 20, and rank the attempts with a rationale.\nTask: "),
     "\nAttempt one: ", "\nAttempt two: ",
     "\nFinish with the ranking, the point difference, and what would have made the loser win."),
)  # fmt: skip
OPEN_KIT_SYSTEM = "You write training items for small language models. Items must follow from the passage alone, cover different parts of it, and vary in form."
OPEN_KIT = (
    (
        "### PairForge prompt v2 (open source, see the project page)\nRead the passage and generate {n} question and answer pairs about it. "
        "Questions must be self-contained, answers at most two sentences. Mix factual, inferential and counterfactual questions. "
        "Return one JSON object per line with the keys question and answer.\n\nPassage:\n"
    ),
    "\n\nPairs:",
)
