"""Everything that decides who comes in, made once for an application."""

from dataclasses import dataclass

from services.api.admission.keyring import Keyring
from services.api.admission.settings import AdmissionSettings
from services.api.admission.stream_tokens import StreamTokens
from services.api.admission.streams import OpenStreams
from services.api.db.database import Database


@dataclass(frozen=True, slots=True)
class Doors:
    development: bool
    keyring: Keyring
    stream_tokens: StreamTokens
    streams: OpenStreams


def make_doors(settings: AdmissionSettings, database: Database) -> Doors:
    signing_key = settings.stream_token_key
    assert signing_key is not None, "validated: given, or drawn in development"
    return Doors(
        settings.development,
        Keyring(database),
        StreamTokens(signing_key.get_secret_value()),
        OpenStreams(settings.streams_per_key, settings.streams_per_process),
    )
