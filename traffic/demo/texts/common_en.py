"""English turns of speech and word lists that several banks use."""

from __future__ import annotations

from traffic.demo.grammar import words

COMMON: dict[str, list[str]] = {
    "opener": ["", "", "", "", "Hi, ", "Hello! ", "Quick one: ", "Hey, ", "Morning. ", "Sorry if this is basic, but ", "Ok so ",
               "One more thing today: ", "New topic. ", "For work: ", "Not urgent, ", "I'm stuck. ", "Need a second pair of eyes. "],
    "please": ["please ", "", "", "could you ", "can you ", "I'd like you to ", "help me ", "I need you to ", "let's "],
    "thanks": ["", "", "", "", " Thanks!", " Thank you.", " Cheers.", " No rush.", " Appreciate it.", " Ta.", " Much obliged."],
    "person": words("Amara|Joel|Priya|Tomas|Ingrid|Mateo|Sofia|Hugo|Lena|Omar|Niamh|Kofi|Yuki|Elif|Bram|Noor|Pavel|Carla|Deniz"
                    "|Esme|Farah|Gus|Hana|Idris|Jonas|Katya|Liam|Mei|Nadia|Oskar|Petra|Quentin|Rosa|Samir|Tess|Uma|Viktor|Wanda"),
    "team": words("the finance team|our warehouse|the new interns|the parents' council|our board|the night shift|the design group"
                  "|two suppliers|the residents' association|our support desk|the regional office|the volunteers|my manager"
                  "|the sales people|a difficult client|the whole company|the maintenance crew|our landlord|the choir"),
    "thing": words("a garden shed|an espresso grinder|a second-hand van|the quarterly budget|a heat pump|a child's bicycle"
                   "|the loyalty scheme|a booking calendar|an old piano|a rain jacket|the returns policy|a bread oven|a standing desk"
                   "|the delivery route|a reading lamp|a noise complaint|the summer rota|a fishing permit|the tenancy agreement"
                   "|a wedding cake|the parking permit|a water filter|a website redesign|the stock count|a hiking trip"),
    "place": words("Lisbon|the Lake District|Ghent|Kyoto|the Dolomites|Valencia|Tartu|Nairobi|Porto|Ljubljana|Oaxaca|Bergen|Lecce"
                   "|the Azores|Gdansk|Split|Hanoi|Cork|Seville|Bologna|Quebec City|Tbilisi|Hobart|Aarhus|Riga|Cusco|Leuven"),
    "when": words("by Friday|before lunch|next Tuesday|at the end of the month|this afternoon|in two weeks|before the audit|tomorrow"
                  "|after the holidays|by the ninth|in the first week of October|over the weekend|as soon as the parts arrive"),
    "tone": words("friendly but firm|plain|warm|formal|a bit playful|short and direct|apologetic without grovelling|upbeat|matter-of-fact"
                  "|polite|confident|calm|professional|gentle|neutral|slightly dry|encouraging"),
    "length": words("under {#60-220} words|in one paragraph|in {#3-7} bullet points|as short as you can|half a page|in {#2-5} sentences"
                    "|no longer than a text message|about {#100-400} words|one page at most|in a small table"),
    "sure": words("Sure.|Of course.|Here is one way to do it.|Happy to help.|Here you go.|Certainly.|Good question.|Yes, that works."
                  "|Here's a draft.|Let's take it in order.|In short: it depends, but mostly yes.|Here is what I would do."),
    "close": ["", "", "", " Tell me if you want it shorter.", " Shall I adapt it for another reader?", " Let me know what to change.",
              " Adjust the numbers to your case.", " If something is unclear, ask.", " I left the date open.",
              " You may want to check the figures before you send it.", " I can also make a version in another tone."],
    "change": words("make it shorter|less formal please|can you add a line about the cost|use simpler words|turn it into bullet points"
                    "|I forgot to say that it is for {team}|mention {when}|now the same for {thing}|drop the last sentence"
                    "|what would you change if it were for {place}|give me two alternatives|why did you choose that order"
                    "|explain the second point|is there a risk I am missing|translate that into German|and in French?"
                    "|ok but {person} disagrees, what do I answer|can you check the grammar again|add an example with {thing}"
                    "|that is too long, {length}|make it {tone}"),
}  # fmt: skip

FOLLOW: dict[str, list[str]] = {
    "followup": ["{lead}{change}{also}{thanks}", "{lead}{change}{thanks}", "{change}{also}", "{ref} {change}{thanks}", "{lead}{ref} {change}",
                 "{change}, because {cause}{thanks}", "{cause}, so {change}{also}", "{ref} {cause}. {change}{thanks}"],
    "lead": words("Good. |Hm, |Almost. |Thanks, |ok, |Great, |And |Now |Right, |Better. |Nearly there. |{person} says: |Wait, |Yes, and ||||"),
    "also": words("||| and {change}|, and keep it {tone}|, {length}|, ready {when}| for {team}|, with {thing} in mind| -- {person} asked for that|, as in {place}"),
    "ref": words("About the {nth} point:|The part on {thing}:|Your {nth} sentence:|In line {#2-30}:|As for {person},|Regarding {place},|On {thing},|The bit after \"{tone}\":"),
    "nth": words("first|second|third|last|opening|longest|middle"),
    "cause": words("{team} will see it|{person} is picky|we only have until {when2}|it is for {place}|the budget is {#50-9000}|{thing} was mentioned twice|the tone should be {tone}|I have to print it"
                   "|there is room for {#20-200} words|{person} and {person} disagree|it goes out with {thing}|nobody in {place} knows the story|my screen shows {#3-40} lines"),
    "when2": words("noon|Friday|{#4-18} o'clock|the end of the week|the {#2-28}th|tonight"),
    "followup_reply": ["{sure} I kept the main point and changed the rest as you asked. {remark}{close}",
                       "{sure} {remark} The rest stays as it was.{close}", "Done. {remark}{close}",
                       "{sure} Two remarks. First, {remark} Second, keep the wording of the opening line.{close}"],
    "remark": words("The part about {thing} now comes first.|I named {person} as the contact.|It now says {when} in both places."
                  "|The tone is {tone} throughout.|I took out the repetition.|It is now {length}.|I added a line for {team}."
                  "|There is one open question: whether {person} agrees.|The figure in the middle needs a source."
                  "|I would not promise anything before {when}."),
}  # fmt: skip
