"""The `verify.py` of a bag: the modules of `verifying` joined into one file that needs the standard library alone."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

ORDER = ("ed25519", "envelopes", "bags", "contents", "chains", "signatures", "steps")
OWN = "investigations.casefile.verifying"
HEAD = '''#!/usr/bin/env python3
"""Checks a case file (a bag, or the zip it came in). Needs Python 3.11 and nothing else; openssl for time stamps.

    python3 -I verify.py CASE.zip --key signer.pub.pem --tsa-ca tsa-ca.pem

Exit status: 0 verified, 1 not verified, 3 nothing wrong but the signer was not established.
Trust the copy of this file that is published with the release, not the one that lies in the bag.
"""

from __future__ import annotations

'''


@cache
def verify_script() -> str:
    """The whole file, the same for every bag of this version."""
    folder = Path(__file__).with_name("verifying")
    imports: set[str] = set()
    bodies = []
    for name in ORDER:
        text = (folder / f"{name}.py").read_text(encoding="utf-8")
        text = re.sub(rf"^from {re.escape(OWN)}\.\w+ import (\([^)]*\)|[^\n]*)\n", "", text, flags=re.MULTILINE)
        imports |= set(re.findall(r"^(?:import|from) [^\n]+$", text, flags=re.MULTILINE))
        text = re.sub(r"^(?:import|from) [^\n]+\n", "", text, flags=re.MULTILINE)
        title, _, body = text.removeprefix('"""').partition('"""\n')
        bodies.append(f"# --- {title.rstrip()}\n\n{body.strip()}\n")
    plain = sorted(imports - {"from __future__ import annotations"}, key=lambda line: (line.startswith("from"), line))
    return HEAD + "\n".join(plain) + "\n\n\n" + "\n\n".join(bodies)
