"""What stands beside a question so that its content can be compared, and that tells nobody what the key is.

A plain hash over question and key would: of four options one tries four.  So the hash is keyed, with a key of the
site.  Fingerprints of one site are comparable with one another, never with those of another site.
"""

from __future__ import annotations

from examsite.encryption import fingerprint_key, keyed_digest
from question_bank.questions.model import Key, Question, canonical_hash, content_hash, key_as_document


def fingerprint(question: Question, key: Key) -> str:
    """Of what a question and its key mean: 64 hexadecimal digits, kept in `question_versions.content_hash`."""
    return fingerprint_of_hash(content_hash(question, key))


def fingerprint_of_key(key: Key) -> str:
    """Of a key's document alone: the first 16 digits, by which a score says which key it was given by."""
    return fingerprint_of_hash(canonical_hash(key_as_document(key)))[:16]


def fingerprint_of_hash(plain: str) -> str:
    """The fingerprint whose `content_hash` is this."""
    return keyed_digest(plain, key=fingerprint_key())
