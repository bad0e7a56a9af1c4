"""How products word their own templates: each organisation's own, composed once and then kept."""

from __future__ import annotations

from dataclasses import dataclass

from traffic.demo.draws import Draws
from traffic.demo.grammar import Grammar, words
from traffic.demo.texts.slots import KINDS

RULES: dict[str, list[str]] = {
    "system": ["{role} {rule} {rule2} {form}", "{role} {form} {rule}", "{rule2} {role} {rule}", "{role} {rule} {rule2} {rule3} {form}", "{role} {rule3}", "{rule3} {role} {rule2} {form}"],
    "role": ["You {work} for {brand}, {trade}.", "{brand} ({trade}) uses you to {work}.", "Act as the {persona} of {brand}.", "You are {persona2} at {brand}, {trade}.",
             "This is the {persona} service of {brand}.", "As {persona2} of {brand} you {work}."],
    "trade": words("a garden centre|a chain of hostels|a maker of kitchen tools|a regional carrier|a language school|a dental practice|a mail-order shop|a toy library"
                   "|a housing co-operative|an outdoor outfitter|a bicycle dealer|a theatre|a museum shop|a print house|a pet supplier|a seed bank|a ferry line|a clinic group"
                   "|a county archive|a furniture maker|a bakery chain|a sports club|a tax adviser|an energy co-op|a music school|a travel desk|a lighting studio"),
    "rule": words("Stay {manner} and never promise a date.|Use only what the text says.|If something is missing, write \"unknown\".|Never name prices above {#100-900}.|Keep customer names out of the answer."
                  "|Write for readers who are in a hurry.|Prefer short words.|Refer legal questions to a colleague.|Ignore greetings and signatures.|Ask back once if the request is unclear."
                  "|Treat every number as given.|Mention our opening hours only when asked.|Avoid superlatives.|Correct spelling silently.|Do not guess the brand."),
    "rule2": words("Answer in the language of the customer.|Limit yourself to {#40-200} words.|Two sentences are enough.|Our house style is {manner}.|Use metric units.|Dates look like 2026-09-30."
                   "|Round amounts to whole euros.|Say where in the text you found it.|Put the most urgent point first.|Skip anything about competitors.|Quote at most {#1-3} phrases.|Use British spelling."),
    "rule3": words("When in doubt choose the milder label.|Flag anything about safety with SAFETY.|Escalate threats to the duty manager.|Returned goods are handled by team {#2-9}."
                   "|Staff read your answer before it is sent.|Children may read this.|The output feeds our {thing2}, so keep the format.|Our customers are mostly {folk}."),
    "thing2": words("inventory screen|weekly report|help desk|web shop|ticket board|ledger|mailing tool|timetable"),
    "folk": words("retired people|students|tradespeople|parents|tourists|farmers|musicians|commuters|nurses"),
    "manner": words("warm|dry|brief|formal|cheerful|patient|neutral|down to earth|courteous"),
    "form": words("Return JSON only.|Answer as plain text.|Give a list with {#3-7} points.|One line, no punctuation at the end.|Use the keys name, count and note.|Give a heading and a paragraph.||No markdown."),
    "head": ["{verb} the following {what} {purpose}.", "{what2} below. {verb} it {purpose}.", "{verb} this {what}:", "Task: {verb} one {what} {purpose}. {extra}", "{extra} {verb} the {what}.",
             "{brand} {what} desk. {verb} {purpose}. {extra}", "New {what} for {brand}. {extra}"],
    "what": words("customer text|entry|record|document|message|item|report|submission|case|form|note|piece"),
    "what2": words("Customer text|Entry|Record|Document|Message|Item|Report|Submission|Case|Form"),
    "purpose": words("for our {thing2}|so that {folk} understand it|for the {persona}|before it goes to the {thing2}|as agreed with the {persona}|for the shift change|in the usual form"),
    "extra": words("Length: at most {#2-9} lines.|Keep {manner}.|Do not repeat the input.|Mark doubts with (?).|Name the main point first.|Use our list of {#5-40} topics.|Skip private details."),
    "tail": ["", "", "{extra}", "{extra} {rule}", "{form}", "End with a line for the {persona}.", "{rule2} {form}"],
}  # fmt: skip
TRADES: dict[str, tuple[str, str, str]] = {  # what is asked about -> the work, who does it, how one asks for it
    "review": ("label feedback|sort reviews|read what buyers say", "feedback reader|quality desk|listening post", "Classify|Label|Rate|Sort"),
    "ticket": ("answer complaints|prepare replies|settle claims", "returns clerk|service desk|claims desk", "Answer|Reply to|Draft an answer to"),
    "invoice": ("read delivery papers|key in invoices|check bills", "accounts assistant|bookkeeper's helper|goods-in clerk", "Read|Extract the fields of|Key in"),
    "facts": ("write shop texts|describe goods|fill the catalogue", "copy desk|catalogue editor|copywriter", "Describe|Turn into a short text|Advertise"),
    "notes": ("condense meetings|keep the minutes|write up talks", "minute taker|secretary|clerk of the board", "Condense|Summarise|Shorten"),
    "cv": ("screen applications|read letters of applicants|prepare interviews", "hiring assistant|personnel clerk|front office", "Summarise|Read|Condense"),
    "passage": ("set reading tests|write quiz cards|prepare lessons", "quiz writer|reading tutor|exam setter", "Turn into questions|Write questions about|Examine"),
    "logline": ("watch server logs|triage alarms|explain outages", "night watch|duty engineer|shift lead", "Explain|Check|Triage"),
    "question2": ("explain homework|tutor pupils|check exercises", "patient tutor|homework helper|study coach", "Explain|Answer|Solve"),
    "message": ("answer guests|sort incoming mail|keep the chat window", "concierge|front desk|mail room", "Answer|Reply to|Respond to"),
}  # fmt: skip
FENCES = (
    ("\n\n", "\n\n"),
    ("\n---\n", "\n---\n"),
    ('\n\n"""\n', '\n"""\n\n'),
    ("\nText: ", "\n"),
    ("\n\n<input>\n", "\n</input>\n"),
    (" >> ", " << "),
)


@dataclass(frozen=True, slots=True)
class App:
    """One product's template: what stands around the slot, and what kind of text fills it."""

    system: str | None
    prefix: str
    suffix: str
    slot: str
    reply: str

    def prompt(self, filled: str) -> str:
        """The user turn with its slot filled."""
        return f"{self.prefix}{filled}{self.suffix}".strip()


def make_app(draws: Draws, brand: str) -> App:
    """A template of that brand's own, worded once."""
    slot = draws.pick(list(KINDS))
    work, persona, verb = (options.split("|") for options in TRADES[slot])
    own = {
        "brand": [brand],
        "work": work,
        "persona": persona,
        "persona2": [f"the {who}" for who in persona],
        "verb": verb,
    }
    grammar = Grammar(RULES, own)
    style = draws.unit()
    opening, ending = draws.pick(FENCES)
    system = grammar.expand("system", draws, {}) if style < 0.8 else None
    if style < 0.35:
        return App(system, "", "", slot, KINDS[slot])
    head, tail = grammar.expand("head", draws, {}), grammar.expand("tail", draws, {})
    return App(system, f"{head}{opening}", f"{ending}{tail}", slot, KINDS[slot])
