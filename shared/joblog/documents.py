"""What a worker publishes about its model, so that who has no model can know it.

Kept under the hash of the weights, for as long as a worker that has them lives, and a day longer.
"""

from enum import StrEnum

from shared.joblog import keys
from shared.joblog.command import Command

KEPT_SECONDS = 24 * 3600


class Document(StrEnum):
    TOKENIZER = "tokenizer"
    """As JSON, in the form of the `tokenizers` library."""
    REPORT = "report"
    """The evaluation report, as JSON; not every model has one."""


def renew(model_sha256: str, document: Document) -> Command[bool]:
    """Keep it a day longer. False if it is not there."""
    return Command(("EXPIRE", keys.document(model_sha256, document), KEPT_SECONDS), bool)


def publish(model_sha256: str, document: Document, content: str) -> Command[bool]:
    key = keys.document(model_sha256, document)
    return Command(("SET", key, content, "EX", KEPT_SECONDS), bool)


def read(model_sha256: str, document: Document) -> Command[str | None]:
    return Command(("GET", keys.document(model_sha256, document)), _text)


def _text(answer: str | None) -> str | None:
    return answer
