"""Codes of errors that the writing room itself finds, beside those of client and service."""

from enum import StrEnum


class UiCode(StrEnum):
    INVALID_INPUT = "invalid_input"
    FORGOTTEN = "forgotten"
