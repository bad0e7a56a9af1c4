"""Invented organisations, domains, places and clients. None of them exists."""

from __future__ import annotations

from traffic.demo.draws import Draws
from traffic.demo.grammar import words

HEAD = words(
    "Harbor|Copper|Quiet|Lark|North|Silver|Tall|Fern|Blue|Old|Maple|Stone|Red|Paper|Lantern|Winding|Ember|Salt|Bright|Gorse"
    "|Hazel|Iron|Juniper|Kestrel|Lower|Moss|Nettle|Otter|Pebble|Quince|Rook|Sand|Thistle|Upper|Violet|Willow|Yarrow|Amber"
    "|Beech|Cobble|Dove|Elder|Fox|Grey|Hollow|Ink|Jackdaw|King's|Loam|Marigold|Plover|Quill|Ridge|Sorrel|Tide|Umber|Reed"
    "|Wren|Apple|Bramble|Cedar|Drift|East|Flint|Glass|Heather|Ivy|Kiln|Long|Mill|Cairn|Owl|Primrose|Rush|Sun|Turnstone"
)
TAIL = words(
    "Lane|Field|Mill|Rise|Gate|Birch|Pine|Hill|Kettle|Quarry|Wick|Bridge|Heron|Boat|Brook|Marsh|Cove|Common|Mere|Walk|Point"
    "|Meadow|Bank|Fold|Ford|Court|Tree|Yard|Piper|Down|Weir|Row|End|Wharf|Croft|Street|Cote|Grove|Glove|Oak|Well|Quay|Clay"
    "|Orchard|Way|Vale|Garth|Side|Loft|Line|House|Moor|Steps|Road|Acre|Pond|Barn|Light|Dial|Harbour|Spring|Stile|Green|Beacon"
)
SECOND = words(
    "Media|Works|Labs|Studio|Analytics|Software|Logistics|Translations|Learning|Health|Press|Systems|Retail|Foods"
    "|Travel|Insurance|Interiors|Robotics|Energy|Research|Legal|Tutors|Games|Mobility|Recruiting|Accounting|Design"
    "|Commerce|Publishing|Instruments|Consulting|Textiles|Gardens|Property|Audio|Optics|Freight|Clinics|Archives"
)
LEGAL = words("||||| GmbH| Ltd| SARL| SL| Co-op| Inc| BV| AB| Oy| KK| Pte")
FREE_MAIL = words(
    "postbox.example|quickmail.example|mailwagon.example|letterhouse.example|inboxly.example|fastpost.example"
)
COUNTRIES = {  # country: (offset from UTC in hours, share)
    "US": (-5, 22), "CA": (-5, 5), "GB": (1, 8), "DE": (2, 11), "FR": (2, 8), "ES": (2, 7), "MX": (-6, 4), "AR": (-3, 3),
    "BR": (-3, 4), "IN": (6, 7), "JP": (9, 5), "SG": (8, 4), "TW": (8, 3), "AU": (10, 4), "PL": (2, 4), "NL": (2, 4),
    "AT": (2, 2), "CH": (2, 2), "KE": (3, 2), "ZA": (2, 2),
}  # fmt: skip
LANGUAGE_OF = {
    "DE": "de", "AT": "de", "CH": "de", "FR": "fr", "ES": "es", "MX": "es", "AR": "es", "JP": "ja", "TW": "zh", "SG": "zh",
}  # fmt: skip
_WEIGHTED = [code for code, (_offset, share) in COUNTRIES.items() for _ in range(share)]
AGENTS_CODE = words(
    "python-requests/2.32.3|openai-python/1.51.0|openai-python/1.44.1|OpenAI/Python 1.35.7|node-fetch/3.3.2|axios/1.7.7"
    "|okhttp/4.12.0|Go-http-client/2.0|aiohttp/3.10.5|litellm/1.49.1|httpx/0.27.2|undici/6.19.8|Java-http-client/21.0.4"
    "|GuzzleHttp/7|langchain/0.3.1|reqwest/0.12.7|curl/8.9.1"
)
AGENTS_DESK = words(
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36"
    "|Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15"
    "|Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0"
    "|Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
    "|Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36"
    "|DeskChat/4.2 (macOS)|DeskChat/4.1 (Windows)|NotePilot/2.7.0|TermMate/0.19.3"
)


def organisation(draws: Draws) -> tuple[str, str]:
    """An invented organisation's name and its own e-mail domain."""
    first = f"{draws.pick(HEAD)} {draws.pick(TAIL)}"
    second, legal = draws.pick(SECOND), draws.pick(LEGAL)
    stem = "".join(c for c in f"{first} {second}".lower() if c.isalnum() or c == " ").replace(" ", "-")
    return f"{first} {second}{legal}", f"{stem.replace('--', '-')}.example"


def country(draws: Draws) -> tuple[str, int]:
    """A country and its offset from UTC in hours (whole hours, as in September)."""
    code = draws.pick(_WEIGHTED)
    return code, COUNTRIES[code][0]
