"""Bytes to text, whatever the year in which the file was made."""

from pathlib import Path

import pytest

from training.preprocess.reading import read_book


@pytest.mark.parametrize(
    "raw",
    [
        "Märchen — fée\nein Wort\n".encode("utf-8-sig"),
        "Märchen — fée\r\nein Wort\r\n".encode(),
        "Märchen — fée\r\nein Wort\r\n".encode("cp1252"),
        "Märchen — fée\rein Wort\r".encode("cp1252"),
    ],
)
def test_every_file_format_gives_the_same_text(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "grimm" / "pg1_Tales.txt"
    path.parent.mkdir()
    path.write_bytes(raw)
    book = read_book(path)
    assert book.text == "Märchen — fée\nein Wort\n"
    assert (book.name, book.collection) == ("pg1_Tales", "grimm")


def test_a_byte_of_no_encoding_loses_one_letter_only(tmp_path: Path) -> None:
    path = tmp_path / "book.txt"
    path.write_bytes(b"M\x81rchen, f\xe9e")
    assert read_book(path).text == "M�rchen, fée"
