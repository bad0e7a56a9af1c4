"""What products put into their templates: reviews, tickets, invoices, notes, facts, passages; and what comes back."""

from __future__ import annotations

from traffic.demo.grammar import Grammar, words
from traffic.demo.texts.common_en import COMMON
from traffic.demo.texts.study_en import RULES as STUDY_RULES
from traffic.demo.texts.writing_en import RULES as WRITING_RULES

RULES: dict[str, list[str]] = {
    "review": ["{Verdict} {detail} {detail} {#1-5} stars.", "Bought {Product} for {company}. {detail} {Verdict}", "{detail} {Verdict} {detail} {detail}",
               "{Product}: {detail} but {detail} {Verdict}"],
    "ticket": ["{greeting} {Problem} {since}. {tried} {demand}", "{Problem}. Order {#10000-99999}. {demand}", "{greeting} {tried} Still {Problem} {since}. {detail}",
               "Re: {Product} -- {Problem}, {since}. {demand} {person}"],
    "invoice": ["{Firm}\nInvoice {#1000-9999} of {#1-28}.{#1-12}.2026\n{#1-40} x {Product} {#5-900}.{#10-99}\n{#1-9} x {material} {#2-90}.{#10-99}\nVAT {#5-25} %\nPayable {when}",
                "{Firm}, {Place}. Delivery note {#100-999}/{#10-99}: {#2-60} {Product}, {#1-9} pallets of {material}. Contact {person}. {when}."],
    "facts": ["{Product}; {material}; {#10-240} cm; {colour}; for {company}; from {Place}; {#5-900} EUR", "name={Product} | weight={#1-90} kg | made in {Place} | {material}, {colour} | warranty {#1-10} years",
              "{Product}, {colour} {material}, fits {company}, {#2-60} in stock, arrives {when}"],
    "notes": ["{person}: {News}. {person} asks about {Matter}. Decision: {chore}, {person}, {when}. Open: {Matter}.", "Present: {person}, {person}, {person}. {News}. {person} objects because {detail} Next meeting {when}.",
              "- {News}\n- {Matter}: {person} to check {when}\n- {detail}\n- budget {#100-9000}"],
    "cv": ["{person} {Surname}, {#20-60}, {job} in {Place} for {#1-30} years, before that {job}. Speaks {#2-4} languages. Likes {chore}. Available {when}.",
           "{job} ({#1-30} y), {job} ({#1-9} y). {Place}. Certificates: {material} handling, {subject}. Wants {#20-90}k. {person} {Surname}"],
    "passage": ["{Event} changed {Place}. {history} {history} {history}", "{history} In {place}, {Process} was first described by {person} {Surname}. {history} {history}",
                "The {animal} lives near {Place}. {history} Its {quantity} varies with {quantity2}. {history}"],
    "history": words("Traders brought {material} and {food} over the passes.|By {#1500-1950} about {#2-900} families lived there."
                     "|The town kept {#2-30} mills and a {job}s' guild.|A flood in {#1500-1950} destroyed {built}.|Records mention {items} and {items} as payment."
                     "|Later {Event2} moved the market elsewhere.|The {animal} was hunted until {#1800-1960}.|Its bridge of {material} still stands."
                     "|Most of the {job}s left for {Place}.|The oldest map shows {#2-40} wells.|Scholars dispute the date by {#5-90} years."),
    "logline": ["2026-09-{#10-28} {#10-23}:{#10-59} {level} {unit2}[{#100-9999}]: {symptom2}\n2026-09-{#10-28} {#10-23}:{#10-59} {level} {unit2}: {symptom2} after {#2-900} ms"],
    "level": words("WARN|ERROR|INFO|FATAL"),
    "unit2": words("mailer|gateway|scheduler|ledger|indexer|printer|router|thumbnailer|sync|auth"),
    "symptom2": words("queue length {#10-9000}|connection reset by {person}-host|disk at {#70-99} %|retry {#1-9} of {#5-12}|checksum differs for block {#1-900}"
                      "|slow query on {items}|token expired|no route to {Place}|worker {#1-64} lost|clock skew {#20-900} ms"),
    "question2": ["{question}"],
    "message": ["{greeting} {Problem}. {demand}", "{greeting} do you have {Product} in {colour}?", "{greeting} is {Place} included? We are {company}, {#2-9} people, {when}.",
                "where is {Product} that I ordered {since}?", "{greeting} {tried} {demand}", "can {person} come {when} instead? {greeting}"],
    "greeting": words("Hi,|Hello,|Good morning,|Hey there,||To whom it may concern,|Hi team,|Dear support,|Evening,|hello again,|Hi {person},"),
    "Problem": words("{Product} arrived with a crack|I was charged twice ({#10-900})|the app closes when I open {items}|my code {#1000-9999} is refused"
                     "|the {material} has a strange smell|two {items} are missing|the courier left it in {Place}|the invoice names {Firm}|I can't change my address"
                     "|the colour is {colour} instead of {colour}|{Product} makes a noise|delivery was promised {when}|the manual is in the wrong language"
                     "|it does not turn on|the discount of {#5-40} % is gone|I cannot reach {person}|the hinge is bent|the size is {#30-50}, not {#30-50}"),
    "since": words("since {#2-28} September|for {#2-9} days|since the update|since I moved to {Place}|after {#1-6} weeks|from the first day|since Monday|again"),
    "tried": words("I already restarted it.|I wrote to {person} {#2-5} times.|I checked the {material} and it is fine.|I waited {#10-90} minutes on the phone."
                   "|Nothing in the manual helps.|My {relative} tried too.|I sent photos of {Product}."),
    "demand": words("Please send a new one {when}.|I want my {#10-900} back.|What now?|Can I exchange it for {Product}?|Please call me {when}.|I'd like to cancel."
                    "|Who pays for the return?|Please confirm.|A short answer is enough.|I expect an answer {when}.|Can you look into it?"),
    "Product": words("walking boots|a kettle|the desk lamp Vega|a rain cover|the bread knife|a yoga mat|a cabin trolley|the tent Lofoten|a bath mat|a wall clock"
                     "|an air purifier|the stroller Mira|a cold frame|a bike rack|hand cream|a chess set|a coffee scale|noise filters|a dog bed|a bookshelf"
                     "|a wool blanket|the e-reader Folio|a hedge trimmer|garden shears|a lunch box|a pepper mill|a thermos|running socks|a label printer"),
    "detail": words("The {material} feels solid.|After {#2-40} washes it is still {colour}.|The lid does not close.|{company2} can use it at once.|It took {#2-20} days to come."
                    "|The instructions are {tone}.|It is {#2-30} cm shorter than shown.|Packed in too much paper.|{person} at the shop was {tone}.|It squeaks."
                    "|Good for {#10-90} minutes, then it gets warm.|The {colour} one looks better.|We use it for {food}.|Colour as in the picture."),
    "company2": words("My {relative}|A beginner|Even a child|My neighbour|The whole team|{person}"),
    "Verdict": words("Would buy again.|Not worth {#20-300}.|Does what it should.|Disappointed.|A pleasant surprise.|Sent it back.|Decent for the price.|Broke in week {#1-9}."
                     "|My {relative} loves it.|Average at best.|Best one so far.|I expected more from {Firm}."),
    "Firm": words("Harbor Lane Media|Fernhollow Retail|Copper Field Foods|Nettlefold Works|Paper Boat Press|Gorse Common Ltd|Stonebridge Yard|Kiln Road Textiles"
                  "|Jackdaw Instruments|Millpond Clinics|Rushlight Energy|Owl Barn Games|Longacre Freight|Sundial Property|Plover Travel|Inkwell Archives"),
    "Surname": words("Alderson|Brandt|Castellan|Dorsey|Eklund|Ferro|Grimaud|Hallam|Ito|Jansky|Kovac|Lindgren|Marek|Novotny|Okafor|Pellegrin|Quist|Rossi|Sandoval|Tanaka"),
    # what comes back
    "label": ['{{"sentiment": "{polarity}", "topic": "{topic2}", "score": {#1-5}}}', "{polarity}", "Category: {topic2}\nUrgency: {#1-4}\nLanguage: en", "{topic2}; {polarity}"],
    "polarity": words("positive|negative|neutral|mixed"),
    "topic2": words("delivery|quality|price|refund|account|fit|packaging|support|safety|other"),
    "fields": ['{{"supplier": "{Firm}", "number": "{#1000-9999}", "items": [{{"name": "{Product}", "count": {#1-40}}}], "total": {#20-9000}.{#10-99}, "due": "2026-10-{#10-28}"}}',
               "supplier: {Firm}\nplace: {Place}\ntotal: {#20-9000}.{#10-99}\ncontact: {person}"],
    "answer": ["{sure} {fix} {fix} {kind}", "I am sorry about that. {fix} {kind}", "Thank you for writing. {fix} {fix} {fix} {kind}", "{fix} {kind}"],
    "fix": words("We send you {Product} again today.|The amount of {#10-900} goes back to your card within {#2-9} days.|Please keep the {material} until the courier comes."
                 "|Your address is now changed.|I passed it on to {person}, who calls you {when}.|Hold the button for {#3-20} seconds, then try again.|The return is free."
                 "|A colleague checks the {items} in {Place}.|You can exchange it for another colour.|The parcel is in {Place} and arrives {when}."),
    "kind": words("Is there anything else?|Sorry again for the trouble.|Have a good day.|Just reply to this message.||We are here until {#16-20}:00."),
    "copy": ["Meet {Product}: {material} that lasts. {line2} {sell} {sell}", "{sell} {sell} {Product} comes in {colour} and is made for {company}.", "{sell}\n\n- {material}\n- {colour}\n- {#10-240} cm\n\n{sell}"],
    "sell": words("Light enough for {company}.|Made in {Place}, checked by hand.|Ready in {#2-20} minutes.|The {colour} finish hides every scratch.|For mornings with {food}."
                  "|It folds to {#10-60} cm.|Built around a frame of {material}.|Quiet, {tone} and easy to clean.|Two years of warranty, no small print."),
    "summary": ["{person} and {person} agreed that {News}. {Matter} stays open until {person} reports {when}.", "Summary: {News}. Actions: {chore} ({person}, {when}).", "- {News}\n- {Matter} open\n- next step: {person}, {when}"],
    "qa": ["Q: How many families lived there?\nA: About {#2-900}.\nQ: What destroyed {built}?\nA: A flood in {#1500-1950}.\nQ: What did traders bring?\nA: {material} and {food}.",
           "1. What changed {Place}? {Event}.\n2. Which material was used for the bridge? {material}.\n3. When did the hunting end? In {#1800-1960}."],
    "cause": ["{unit2} fails because of {symptom2}. Restart it and check {symptom2}.", "Likely cause: {symptom2}. Confidence {#40-95} %. Next: look at {unit2}."],
    "solution": STUDY_RULES["reply"],
}  # fmt: skip

SLOTS = Grammar(COMMON, STUDY_RULES, WRITING_RULES, RULES)
KINDS: dict[str, str] = {  # what is asked about -> what comes back
    "review": "label", "ticket": "answer", "invoice": "fields", "facts": "copy", "notes": "summary", "cv": "summary",
    "passage": "qa", "logline": "cause", "question2": "solution", "message": "answer",
}  # fmt: skip
