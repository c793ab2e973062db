"""A list of one's own instead of the one that is shipped."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shared import content

Rule = Callable[..., None]
_CACHES = (
    content.ruled,
    content._phrases_ending_in,
    content._is_obscene,
    content._is_ruled_out,
)


@pytest.fixture
def rule_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rule]:
    """Call it with the phrases that are ruled out from then on, instead of all others."""

    def rule(*phrases: str) -> None:
        path = tmp_path / "list.toml"
        quoted = ", ".join(f"'{phrase}'" for phrase in phrases)
        path.write_text(f'version = "t"\nphrases = [{quoted}]\nhashed_words = []\n')
        monkeypatch.setattr(content, "LIST", path)
        _forget()

    yield rule
    monkeypatch.undo()
    _forget()


def _forget() -> None:
    for cache in _CACHES:
        cache.cache_clear()
