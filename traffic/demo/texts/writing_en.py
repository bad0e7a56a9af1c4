"""Everyday English requests: letters, plans, product copy, advice."""

from __future__ import annotations

from traffic.demo.grammar import Grammar, words
from traffic.demo.texts.common_en import COMMON, FOLLOW

RULES: dict[str, list[str]] = {
    "prompt": [
        "{opener}{please}write {Text} to {team} about {Matter}. {constraint}{thanks}",
        "{opener}{please}rewrite this so that it sounds {tone}: {draft}{thanks}",
        "{opener}I have to tell {team} that {News}. {ask}{thanks}",
        "{Text} for {thing}, {length}, {tone}. {constraint}",
        "{opener}what should I pack for {#3-14} days in {Place} with {company}? {constraint}{thanks}",
        "{opener}{please}plan {occasion} for {#4-60} people in {Place}. {constraint}{thanks}",
        "{draft} -- is this {tone} enough for {team}?{thanks}",
        "{opener}give me {#3-12} names for {venture} in {Place}{thanks}",
        "{opener}I cook for {#2-12} and have {food}, {food} and {food}. What can I make in {#20-90} minutes?{thanks}",
        "Compare {thing} and {thing} for {company}. {constraint}",
        "{person} wrote: \"{draft}\" {ask}{thanks}",
        "{opener}how do I {chore} without {worry}?{thanks}",
        "{ask} The situation: {News}, and {person} wants {Matter} settled {when}.",
        "{opener}proofread: {draft} {draft}{thanks}",
        "product text for {thing}: made of {material}, {#2-40} kg, for {company}. {constraint}",
        "{opener}my {relative} turns {#5-90} {when}. Ideas for {thing} or {occasion} in {Place}?{thanks}",
        "{venture}: what permits do I need in {Place}, and what does {chore} cost roughly?",
        "{opener}{please}summarise our talk for {team}. {draft} {News}. {draft} {constraint}{thanks}",
    ],
    "Text": words("an e-mail|a short letter|a notice|a reminder|an apology|an invitation|a reply|a speech|a toast|a press note|an agenda"
                  "|a memo|a cover letter|a review|a job advert|a newsletter item|a complaint|a thank-you card|a blog post|a handout"),
    "Matter": words("the broken lift|late deliveries|the new holiday rules|moving the stand-up to {#8-11}:{#10-50}|a price rise of {#2-14} %"
                    "|the missing invoice {#1000-9999}|the open day|a lost parcel|the changed menu|shared kitchen duties|the fire drill"
                    "|overtime in {Place}|the refund for {thing}|the school trip to {Place}|our new address|the leaking roof"
                    "|a double booking|the survey results|unpaid membership fees|the end of paper receipts|the photo permissions"),
    "News": words("the launch slips {when}|{person} is leaving|we ran out of {material}|the client cancelled {thing}|prices go up {when}"
                  "|our supplier in {Place} closed|we won the tender|the system was down for {#2-9} hours|the training is now mandatory"
                  "|{person} takes over {thing}|nobody ordered {food}|we have {#2-30} complaints about {thing}|the budget is {#3-20} % short"),
    "constraint": words("{length}.|Keep it {tone}.|Mention {person}.|No jargon.|It has to be ready {when}.|{length}, and {tone}."
                        "|Do not mention {thing}.|Use British spelling.|Our budget is {#50-4000}.|Leave room for a signature.||"
                        "|Avoid exclamation marks.|{person} will read it first.|Two versions please.|Start with the good news."),
    "ask": words("How do I put it?|What would you answer?|Is that fair?|What am I missing?|Draft something {tone}.|Should I call instead?"
                 "|Give me {#2-5} options.|How would {team} read that?|{length} please.|What is the polite way?"),
    "draft": words("we are sorry to hear about {thing} and will look into it {when}|as discussed with {person}, {Matter} is now closed"
                   "|I never got an answer about {Matter} and frankly I am tired of asking|thanks for coming to {Place}, it was lovely"
                   "|please find attached {thing}, kindly revert {when}|due to {Matter} we can't deliver before {#2-28} October"
                   "|our {thing} is the best choice for {company} since {#1950-2020}|{person} said it was fine but {team} say otherwise"
                   "|I have been working as a {job} for {#2-25} years and I am good at {chore}|the meeting with {team} went well, {News}"
                   "|we regret that {News}|nobody told me about {Matter}, and I had already paid for {thing}"),
    "job": words("nurse|joiner|bookkeeper|teacher|baker|dispatcher|florist|lab technician|tour guide|plumber|archivist|barista|welder"),
    "company": words("a family of {#3-6}|two toddlers|someone with a bad back|beginners|a small café|students|my parents|a dog"
                     "|commuters|people who hate cooking|night owls|a team of {#5-40}|first-time buyers|cyclists"),
    "occasion": words("a birthday lunch|an away day|a retirement party|a street fair|a workshop|a baby shower|a farewell drink"
                      "|a quiz night|a harvest supper|a charity run|a house concert|a study weekend|a flat-warming"),
    "venture": words("a bakery|a bicycle repair shop|a podcast on local history|a puppet theatre|a cleaning service|a plant nursery"
                     "|a language café|a pottery studio|a food truck|a board-game club|a choir for beginners|a repair café"),
    "food": words("leeks|red lentils|half a cabbage|stale bread|a tin of tomatoes|halloumi|smoked trout|two aubergines|rice|eggs"
                  "|chickpeas|a pumpkin|spinach|feta|mushrooms|barley|a cauliflower|yoghurt|pears|dried figs|noodles|beetroot"),
    "material": words("oak|recycled steel|felt|cork|linen|bamboo|cast iron|glass|merino wool|birch plywood|ceramic|canvas|brass"),
    "chore": words("descale a kettle|ask for a deposit back|repot a lemon tree|fix a squeaky floor|split a bill fairly|store bulbs over winter"
                   "|cancel {thing}|learn to juggle|clean {material}|write a will|negotiate the rent|register {venture}|paint a stairwell"),
    "worry": words("upsetting {person}|spending more than {#20-300}|losing the warranty|calling a professional|making a mess|a lawyer"
                   "|waking the neighbours|starting over|special tools|damaging {material}"),
    "relative": words("sister|grandfather|oldest friend|boss|nephew|neighbour|mother-in-law|twin|godchild|uncle|piano teacher"),
    "Place": COMMON["place"],
    "reply": [
        "{sure} {line} {line2} {tip} {tip}{close}", "{sure}\n\n{line} {line2}\n\n{tip}{close}",
        "{sure}\n\n- {tip}\n- {tip}\n- {tip}\n\n{line2}{close}", "{line} {tip} {line2} {tip} {tip}{close}",
        "{sure} {tip}{close}", "{line}\n\n1. {tip}\n2. {tip}\n3. {tip}\n4. {tip}\n\n{line2} {tip}{close}",
        "Dear all,\n\n{line} {line2}\n\n{tip} If you have questions, {person} will answer them {when}.\n\nKind regards",
    ],
    "line": words("The point that matters is {thing}, so it comes first.|We are writing about {thing} and what it means for {team}."
                  "|For {Place} I would plan a slow start and keep the second day free.|Here is the text, kept {tone}."
                  "|There are two honest ways to say this, and the shorter one is better.|Start from what {team} already know."
                  "|It is mostly a question of time: {when} is realistic.|I would keep {thing} and leave the rest for later."),
    "line2": words("That leaves enough room for changes {when}.|If {person} agrees, nothing else has to move.|The cost is about {#20-900}."
                   "|Say plainly what happens next and who decides.|Everything else is detail.|It reads {tone} without being cold."
                   "|In {Place} people usually expect that.|Keep a copy for {team}.|One sentence of thanks at the end is enough."),
    "tip": words("Put the date in the first line.|Name one contact, for example {person}.|Book {thing} early, since {when} fills up."
                 "|Bring {food} and something made of {material}.|Leave out the part about {thing}.|Allow {#10-60} minutes for it."
                 "|A smaller order of about {#5-80} is safer.|Ask {team} before you promise anything.|Use {material} where you can."
                 "|Check the rules in {place}, as they differ.|Read it aloud once.|Offer {thing} as an alternative."
                 "|Roast the {food} first, then add {food} and a little lemon.|Keep the receipt for {#2-6} months."
                 "|Write down what {person} said and when.|Split the work between two people.|Avoid the word \"unfortunately\"."),
}  # fmt: skip

WRITING = Grammar(COMMON, FOLLOW, RULES)
