"""What is encoded is what was labelled last."""

import sys
from pathlib import Path

import pytest

from tests.unit.training.corpus import prepare
from training import encode, label
from training.own_tales import TALES
from training.tales import Split


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    prepare(tmp_path)
    for split in Split:
        (tmp_path / f"{split}.jsonl").touch()
    lines = TALES.read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "own.jsonl").write_text("".join(lines[:3]), encoding="utf-8")
    return tmp_path


def test_a_set_that_is_no_longer_wanted_is_not_trained_on(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def encoded(composed: int) -> set[str]:
        places = ["--tokenizer", str(corpus / "tokenizer"), "--out"]
        own = ["--tales", str(corpus), "--own", str(corpus / "own.jsonl")]
        labelled = [*own, "--composed", str(composed), *places, str(corpus / "examples")]
        monkeypatch.setattr(sys, "argv", ["label", *labelled])
        label.main()
        examples = ["--examples", str(corpus / "examples"), *places, str(corpus / "encoded")]
        monkeypatch.setattr(sys, "argv", ["encode", *examples])
        encode.main()
        return {path.name for path in (corpus / "encoded").iterdir() if path.is_dir()}

    before = encoded(4)

    assert "grammar" in before
    assert encoded(0) == before - {"grammar"}
    assert encoded(4) == before
