"""Settings from files: `REDIS_URL_FILE=/run/secrets/redis_url` stands for REDIS_URL.

So a secret is in no process listing, no `docker inspect` and no log of an environment.
"""

import os
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

SUFFIX = "_FILE"


class SecretFiles(PydanticBaseSettingsSource):
    """Reads the file that `<NAME>_FILE` names, without the newline at its end."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        path = os.environ.get(field_name.upper() + SUFFIX)
        return (_read(Path(path)) if path else None), field_name, False

    def __call__(self) -> dict[str, Any]:
        found = {
            name: self.get_field_value(field, name)[0]
            for name, field in self.settings_cls.model_fields.items()
        }
        return {name: value for name, value in found.items() if value is not None}


class FileSettings(BaseSettings):
    """From the environment, then from `.env`; an empty variable counts as not set.

    Every value may also come from a file; the variable itself goes first.
    """

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings, env_settings, SecretFiles(settings_cls), dotenv_settings)


def _read(path: Path) -> str:
    """Raises SystemExit if there is no such file: to go on without a secret would be worse."""
    try:
        return path.read_text().rstrip("\r\n")
    except OSError as error:
        raise SystemExit(f"A secret's file cannot be read: {error}") from None
