"""English study questions: maths, science, history, language; also the questions that harvesters feed into a wrapper."""

from __future__ import annotations

from traffic.demo.grammar import Grammar, words
from traffic.demo.texts.common_en import COMMON, FOLLOW

RULES: dict[str, list[str]] = {
    "prompt": [
        "{question}", "{question}", "{opener}{question}{thanks}", "{opener}I have an exam on {Topic}. {question}",
        "{opener}{please}check my answer. {question} I got {#2-900}.{thanks}", "Explain {Topic} like I'm {#9-30}. {style}",
        "{opener}make me a summary of {Topic} for {team}. {style}{thanks}", "Homework: {question} {style}",
        "{question} {style}", "what are common mistakes about {Topic}? {style}", "{opener}{question} And why is {Topic} important here?",
    ],
    "question": [
        "A {vehicle} leaves {place} at {#5-11}:{#10-55} at {#40-120} km/h and another follows {#10-90} minutes later at {#60-180} km/h. {when2}",
        "{person} has {#12-90} {items} and gives {#2-9} to each of {#2-8} friends, then buys {#3-40} more. How many {items} are left?",
        "A {shape} has {side} {#3-60} cm and {side2} {#2-45} cm. Find its {measure}.",
        "If {#2-9} {workers} need {#3-30} days to build {built}, how long do {#2-20} need?",
        "Solve for x: {#2-19}x {sign} {#3-80} = {#20-400}.", "Differentiate {func} and find where the slope is {#0-9}.",
        "Find the integral of {func} from {#0-3} to {#4-12}.",
        "How many ways can {#3-9} {items} be arranged on {#2-6} {holders} if {cond}?",
        "A bag holds {#3-20} {colour} and {#2-15} {colour} {items}. Two are drawn. What is the chance that {event}?",
        "Why did {Event} lead to {outcome}? Name {#2-4} causes.", "What would have changed if {Event} had failed in {place}?",
        "Explain how {Process} works in {organism}.", "What happens to {quantity} when {quantity2} is {changed} in {system}?",
        "A {body} of {#2-90} kg moves at {#2-30} m/s and {fate}. What is its {quantity}?",
        "Balance the reaction of {chem} with {chem} and give the mass of product from {#2-90} g.",
        "Is it possible that {Claim}? Give an argument for and against.", "Which is older, {Event} or {Event2}, and by how much?",
        "Write the {tense} of \"{verb}\" and use it in a sentence about {thing}.",
        "A shop in {place} sells {items} at {#3-60} each with {#5-40} % off and {#5-22} % tax. What do {#2-30} cost?",
        "In a class of {#18-34}, {#6-17} like {subject}, {#5-16} like {subject} and {#2-5} like both. How many like neither?",
        "The sequence starts {#1-9}, {#10-19}, {#20-39}. Give the next {#2-5} terms and a rule, with {cond}.",
        "What is the pH after mixing {#10-90} ml of {chem} with {#10-90} ml of {chem}?",
        "A {animal} population of {#40-900} grows by {#2-19} % a year in {place}. When does it pass {#1000-9000}?",
        "Prove that {theorem}.", "Given {#3-9} {holders} and {#20-90} {items}, show that {cond} cannot hold for all of them.",
    ],
    "vehicle": words("train|cyclist|ferry|lorry|tram|runner|barge|bus|glider|postal van|steam engine|rowing boat"),
    "when2": words("When do they meet?|How far from {place} does it catch up?|How long is the gap after {#1-5} hours?"
                   "|What is the mean speed of both?|When are they {#5-80} km apart?"),
    "items": words("marbles|stamps|apples|tickets|pencils|postcards|eggs|beads|candles|seed packets|tiles|lemons|buttons|shells|keys|coins"),
    "shape": words("cylinder|trapezium|rhombus|cone|right triangle|kite|prism|regular hexagon|sector|pyramid|parallelogram"),
    "side": words("a base of|a radius of|a height of|an edge of|a diagonal of"),
    "side2": words("a second side of|a slant of|a depth of|a smaller side of|a distance to the centre of"),
    "measure": words("area|volume|perimeter|surface|largest angle|centre of mass|diagonal|circumscribed circle"),
    "workers": words("masons|painters|printers|robots|gardeners|bakers|pumps|carpenters|weavers|clerks"),
    "built": words("a wall|{#3-40} chairs|a fence of {#40-400} m|a small bridge|{#100-900} bricks|a boat|a catalogue"),
    "sign": words("+|-|- 2x +|+ 3x -"),
    "func": words("x^{#2-7} + {#2-19}x|{#2-9} sin(x)|e^({#2-5}x)|ln({#2-9}x + 1)|(x + {#1-9})^{#2-5}|x / (x^2 + {#1-20})|sqrt({#2-30} - x)"),
    "holders": words("shelves|boxes|rows|tables|hooks|drawers|teams|plates|lanes|benches"),
    "cond": words("no two neighbours match|the first is fixed|each gets at least {#1-3}|order does not matter|the sum is even|{person} comes last"
                  "|none stays empty|two of them must be together|the product is {#12-90}"),
    "colour": words("red|blue|green|white|black|yellow|striped|purple|orange|grey"),
    "event": words("both match|the second is {colour}|at least one is {colour}|they differ|neither is {colour}"),
    "Event": words("the fall of Constantinople|the enclosure of the commons|the invention of movable type|the Hanseatic League|the Black Death"
                   "|the Meiji Restoration|the Congress of Vienna|the opening of the Suez Canal|the spinning jenny|the Treaty of Westphalia"
                   "|the Silk Road trade|the printing of the first atlas|the abolition of the corn laws|the eruption of Tambora"),
    "Event2": words("the Magna Carta|the first census of {place}|the compass in Europe|the Edict of Nantes|the potato in Ireland|the steamship"
                    "|the first university in {place}|the Gregorian calendar|the metric system"),
    "outcome": words("higher grain prices|new sea routes|migration to cities|a stronger parliament|religious wars|cheaper books|a banking crisis"
                     "|a change of borders|the rise of {place}|new schools|a shortage of labour"),
    "Process": words("photosynthesis|osmosis|meiosis|the immune response|digestion|nerve conduction|fermentation|gene expression|homeostasis"
                     "|nitrogen fixation|blood clotting|transpiration|echolocation"),
    "organism": words("a fern|yeast|a bat|a salmon|a honeybee|an oak|a human kidney|algae|a cactus|a newt|a mushroom|a barn owl"),
    "quantity": words("pressure|kinetic energy|momentum|resistance|wavelength|temperature|acceleration|the force|the current|frequency|density"),
    "quantity2": words("volume|the mass|the voltage|the length|friction|the amplitude|the distance|the concentration|altitude"),
    "changed": words("doubled|halved|kept constant|raised by {#5-80} %|removed|reversed|tripled"),
    "system": words("a sealed piston|a pendulum|a series circuit|a solar panel|a hot-air balloon|a spring|a lens|a river lock|a guitar string"),
    "body": words("sledge|cart|ball|satellite|lift|curling stone|swimmer|crate|comet|trolley"),
    "fate": words("stops within {#2-60} m|hits a wall|slides up a ramp of {#5-40} degrees|sticks to another of {#1-40} kg|falls {#2-80} m"),
    "chem": words("sodium hydroxide|sulphuric acid|calcium carbonate|magnesium|ethanol|copper oxide|ammonia|iron|potassium iodide|zinc|acetic acid"),
    "Claim": words("a map is never accurate|free will needs chance|every promise binds|beauty is learned|a heap has no first grain"
                   "|numbers exist|history repeats itself|animals have rights|all knowledge comes from {subject}|a copy can be better"),
    "tense": words("past perfect|subjunctive|passive|future perfect|conditional|present participle|imperative"),
    "verb": words("to swim|to lay|to forget|to bring|to choose|to rise|to weave|to seek|to strive|to lend"),
    "subject": words("chess|biology|drawing|history|football|chemistry|music|geography|Latin|swimming|physics|poetry|economics"),
    "animal": words("red deer|rabbit|heron|otter|vole|hedgehog|swift|toad|beaver|lynx"),
    "theorem": words("the sum of two odd numbers is even|there are infinitely many primes of the form {#3-5}k + {#1-2}|sqrt({#2-47}) is irrational"
                     "|every tree with {#4-40} nodes has a leaf|a graph with {#5-30} nodes has two of equal degree"
                     "|{#3-9}^n - 1 is divisible by {#2-8}|the diagonals of a rhombus are perpendicular"),
    "Topic": words("{Process}|{Event}|probability|vectors|the carbon cycle|supply and demand|Newton's laws|sonnets|logarithms|plate tectonics"
                   "|redox reactions|matrices|cell division|the French Revolution|statistics|electric circuits|rhetoric|inflation|genetics"),
    "style": words("Keep it short.|With an example from {place}.|Use a table.|I only know {subject}.|{length}.|No formulas.|||With a picture in words."
                   "|Give me {#2-6} practice questions after it."),
    "reply": [
        "{step} {step} {step} The answer is {#2-950}.", "{step} {step} So the result is {#2-950}, which fits the units.{close}",
        "{sure} {step} {step}{close}", "In short, {Topic} is about {quantity} and how it changes. {step} {step} {step}{close}",
        "{step}\n\n{step}\n\n{step}\n\nAnswer: {#2-950}", "{#2-950}. {step}", "{step} {step} {step} {step}{close}",
    ],
    "step": words("Start from what is given, {#2-90} and {#3-400}.|Write the relation between {quantity} and {quantity2}.|Divide both sides by {#2-19}."
                  "|That leaves {#2-300}.|The second condition removes {#2-12} of the cases.|In {organism} this takes place in stages."
                  "|Trade moved to {place} because of {Event}.|Multiply by {#2-40} to get {#20-900}.|Check: {#2-20} times {#2-40} is close."
                  "|Compare it with {system}, where {quantity} is {changed}.|Collect the terms and simplify.|By symmetry both parts are equal."
                  "|Historians still argue about {Event2}.|The remaining step is a subtraction: {#100-900} minus {#2-99}."),
}  # fmt: skip

STUDY = Grammar(COMMON, FOLLOW, RULES)
