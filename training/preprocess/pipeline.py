"""The steps as files: what each reads, what it writes, and when it need not run again."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import JsonValue

from training.catalogue import held_out_numbers
from training.family_filter import LIST, FamilyFilter
from training.manifest import Step
from training.preprocess.concatenation import tales_of
from training.preprocess.delimiter import delimited
from training.preprocess.metadata import sections_of
from training.preprocess.normalisation import normalise
from training.preprocess.reading import read_book
from training.preprocess.records import Book, ChosenTale, Section, read_records, write_records
from training.preprocess.saving import save
from training.preprocess.selection import VALIDATION_PERCENT, select
from training.preprocess.whitespace import unwrapped
from training.tales import Split, Tale

Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Places:
    books: Path
    out: Path
    catalogue: Path

    def between(self, step: str) -> Path:
        """What a step hands on to the next."""
        return self.out / "preprocess" / f"{step}.jsonl"


@dataclass(frozen=True, slots=True)
class Stage:
    """`run` does the work and returns its counts and outputs."""

    name: str
    version: int
    inputs: Callable[[Places], Sequence[Path]]
    run: Callable[[Places], tuple[Counts, Sequence[Path]]]
    settings: Mapping[str, JsonValue] = field(default_factory=dict)


def run_stage(stage: Stage, places: Places) -> Counts | None:
    """None where the work was done already."""
    step = Step.begin(
        places.out / "preprocess" / f"{stage.name}.manifest.json",
        name=stage.name,
        version=stage.version,
        settings=stage.settings,
        inputs=stage.inputs(places),
    )
    if step.is_current():
        return None
    counts, outputs = stage.run(places)
    step.finish(outputs=outputs, counts=counts)
    return counts


def book_files(places: Places) -> list[Path]:
    return sorted(places.books.rglob("*.txt"))


def reading(places: Places) -> tuple[Counts, Sequence[Path]]:
    out = places.between("reading")
    return {"books": write_records(out, map(read_book, book_files(places)))}, [out]


def normalisation(places: Places) -> tuple[Counts, Sequence[Path]]:
    out = places.between("normalisation")
    books = read_records(places.between("reading"), Book)
    return {"books": write_records(out, map(normalise, books))}, [out]


def metadata(places: Places) -> tuple[Counts, Sequence[Path]]:
    out = places.between("metadata")
    books = read_records(places.between("normalisation"), Book)
    sections = (section for book in books for section in sections_of(book))
    return {"sections": write_records(out, sections)}, [out]


def whitespace(places: Places) -> tuple[Counts, Sequence[Path]]:
    out = places.between("whitespace")
    sections = read_records(places.between("metadata"), Section)
    return {"sections": write_records(out, map(unwrapped, sections))}, [out]


def concatenation(places: Places) -> tuple[Counts, Sequence[Path]]:
    out = places.between("concatenation")
    sections = read_records(places.between("whitespace"), Section)
    return {"tales": write_records(out, tales_of(sections))}, [out]


def selection(places: Places) -> tuple[Counts, Sequence[Path]]:
    out = places.between("selection")
    tales = list(read_records(places.between("concatenation"), Tale))
    chosen, counts = select(tales, held_out_numbers(places.catalogue), FamilyFilter.load())
    write_records(out, chosen)
    return counts, [out]


def delimiter(places: Places) -> tuple[Counts, Sequence[Path]]:
    tales = list(read_records(places.between("selection"), ChosenTale))
    outputs = list[Path]()
    for split in Split:
        path = places.out / f"{split}.txt"
        path.write_text(delimited(tale.text for tale in tales if tale.split == split), "utf-8")
        outputs.append(path)
    return Counter(f"stories: {tale.split}" for tale in tales), outputs


def saving(places: Places) -> tuple[Counts, Sequence[Path]]:
    tales = list(read_records(places.between("selection"), ChosenTale))
    return Counter(f"rows: {tale.split}" for tale in tales), save(tales, places.out)


def after(step: str) -> Callable[[Places], Sequence[Path]]:
    return lambda places: [places.between(step)]


def selected_from(places: Places) -> Sequence[Path]:
    return [places.between("concatenation"), places.catalogue, LIST]


STAGES = (
    Stage("reading", 1, book_files, reading),
    Stage("normalisation", 1, after("reading"), normalisation),
    Stage("metadata", 1, after("normalisation"), metadata),
    Stage("whitespace", 1, after("metadata"), whitespace),
    Stage("concatenation", 1, after("whitespace"), concatenation),
    Stage("selection", 1, selected_from, selection, {"validation_percent": VALIDATION_PERCENT}),
    Stage("delimiter", 1, after("selection"), delimiter),
    Stage("saving", 1, after("selection"), saving),
)
"""In the order that the data needs, which is not the order in which such steps are often listed.

Normalisation comes before the removal of metadata, whose rules are then written for one kind of
dash and quotation mark; whitespace after it, because headings are known by the blank lines around
them; selection is the pipeline's own, and needs whole texts.
"""
