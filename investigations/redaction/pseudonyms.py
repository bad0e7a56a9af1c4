"""Names that stand for a person or customer in one case: keyed, so that nobody without the case's secret can try names."""

from __future__ import annotations

import hmac
from hashlib import sha256

TOKEN_DIGITS = 12  # 48 bits: two of a million names in one case share a token with a chance of 2 in 1000


def pseudonym(secret: bytes, label: str, value: str) -> str:
    """The token of a value in the case whose secret this is: the same value always has the same token there.

    Letter case and space at the ends do not make another person.

    >>> pseudonym(b"k" * 32, "PERSON", "Ada@Example.org") == pseudonym(b"k" * 32, "PERSON", " ada@example.org")
    True
    >>> pseudonym(b"k" * 32, "PERSON", "ada@example.org")
    'PERSON-8778C4DCAC9F'
    """
    message = f"casefile-pseudonym-v1\n{label}\n{' '.join(value.split()).casefold()}".encode()
    return f"{label}-{hmac.new(secret, message, sha256).hexdigest()[:TOKEN_DIGITS].upper()}"


def salted_digest(salt: str, value: str) -> str:
    """SHA-256 over salt and value, a line each: holds the value to its salt without letting anybody guess it.

    >>> salted_digest("00" * 32, "ada@example.org")[:16]
    '14fcd403030bcedf'
    """
    return sha256(f"casefile-redaction-v1\n{salt}\n{value}".encode("utf-8", "surrogatepass")).hexdigest()
