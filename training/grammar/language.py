"""The words and sentences that tales are composed of, read from the two files beside this one."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from shared.schemas import Genre, Style


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(Strict):
    heroes: list[str]
    natures: list[str]
    men: list[str]
    women: list[str]
    female: frozenset[str]
    male: frozenset[str]
    homes: list[str]
    sounds: list[str]
    odd: list[str]
    sources: list[str]
    things: list[str]
    looks: list[str]
    finding_places: list[str]
    creatures: list[str]
    wishes: list[str]
    verbs: list[tuple[str, str]]
    meetings: list[tuple[str, str]]


class Beats(Strict):
    home: list[str]
    resolves: list[str]
    helpers: list[str]
    advice: list[str]
    longings: list[str]
    longings_wish: list[str]
    recaps_third: list[str]
    recaps_first: list[str]
    recaps_wish_third: list[str]
    recaps_wish_first: list[str]
    events: dict[str, list[str]]
    found: dict[str, list[str]]
    openings: dict[Style, list[str]]
    closings: dict[Style, list[str]]
    trials: dict[Genre, list[str]]
    turns: dict[Genre, list[str]]


@dataclass(frozen=True, slots=True)
class Language:
    FILES: ClassVar = tuple(Path(__file__).with_name(f"{name}.toml") for name in ("words", "beats"))

    words: Words
    beats: Beats

    @classmethod
    def load(cls) -> "Language":
        words, beats = (tomllib.loads(file.read_text(encoding="utf-8")) for file in cls.FILES)
        return cls(Words.model_validate(words), Beats.model_validate(beats))
