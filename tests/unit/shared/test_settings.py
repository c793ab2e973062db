"""Settings from the environment: told in one line each when they are not valid."""

import pytest
from pydantic import Field
from sqlalchemy import make_url

from shared.broker import queue_name
from shared.settings import LibraryPlace, Settings, load_settings, model_name


class Example(Settings):
    slots: int = Field(default=1, ge=1)


def test_each_bad_value_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLOTS", "0")
    monkeypatch.setenv("LOG_LEVEL", "loud")
    with pytest.raises(SystemExit) as ended:
        load_settings(Example)
    lines = str(ended.value).splitlines()
    assert [line.partition(":")[0] for line in lines[1:]] == ["LOG_LEVEL", "SLOTS"]


def test_empty_value_means_the_default_and_case_does_not_matter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SLOTS", "")
    monkeypatch.setenv("LOG_LEVEL", "debug")
    settings = load_settings(Example)
    assert (settings.slots, settings.log_level) == (1, "DEBUG")


def test_folder_of_the_library_may_have_any_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("DATA_DIR", "/what? 100%25 #1")
    assert make_url(load_settings(LibraryPlace).database_url).database == "/what? 100%25 #1/once.db"


@pytest.mark.parametrize(
    ("model", "name"),
    [("openai-community/gpt2", "gpt2"), ("/models/tiny/", "tiny"), ("tiny", "tiny")],
)
def test_model_is_asked_for_by_its_last_part(model: str, name: str) -> None:
    assert model_name(model) == name


def test_queue_name_is_one_name_for_celery() -> None:
    assert "," not in queue_name("my,model")
    assert queue_name("my,model") != queue_name("my-model")
