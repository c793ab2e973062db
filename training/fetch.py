"""Gets the catalogue's books: `python -m training.fetch`, or `--from DIR` for a folder of yours.

One file at a time with a pause between them; what is there already, and whole, is not asked for
again. A manifest beside the books says what they are.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tqdm import tqdm

from training.catalogue import CATALOGUE, CatalogueBook, read_catalogue
from training.download import MIRROR, AskedToLeave, Mirror, NotToBeHad
from training.local_books import local_books
from training.manifest import Manifest, Step, replace_file, sha256, sha256_of

PAUSE_SECONDS = 2.0
MANIFEST = "manifest.json"


@dataclass(slots=True)
class Outcome:
    counts: Counter[str] = field(default_factory=Counter)
    """How many books were kept, there before or changed."""
    problems: list[str] = field(default_factory=list)
    kept: set[Path] = field(default_factory=set)
    """The files that were written."""


class Changed(Exception):
    """The publisher revises files: this one is not the catalogue's."""


def keep(book: CatalogueBook, content: bytes, path: Path, *, accept_changed: bool) -> bool:
    """Write a book whole or not at all; True if it is not the one that the catalogue knows."""
    changed = sha256_of(content) != book.sha256
    if changed and not accept_changed:
        raise Changed(
            f"{book.number} {book.title}: {len(content)} bytes with SHA-256 {sha256_of(content)}, "
            f"the catalogue has {book.size} with {book.sha256}; --accept-changed keeps it"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, content)
    return changed


def fetch(
    books: Iterable[CatalogueBook], mirror: Mirror, out: Path, *, accept_changed: bool
) -> Outcome:
    done = Outcome()
    accepted = accepted_before(out)
    for book in tqdm(list(books), desc="books", unit="book", disable=None):
        path = out / book.collection / book.file_name
        if path.is_file() and sha256(path) in accepted | {book.sha256}:
            done.counts["there before"] += 1
            continue
        try:
            changed = keep(book, mirror.get(book), path, accept_changed=accept_changed)
        except (Changed, NotToBeHad) as problem:
            done.problems.append(str(problem))
            if isinstance(problem, AskedToLeave):
                break
            continue
        done.kept.add(path)
        done.counts["fetched"] += 1
        done.counts["changed"] += changed
    return done


def accepted_before(out: Path) -> set[str]:
    """The sums of what an earlier run kept, revised files among them."""
    manifest = out / MANIFEST
    return set(Manifest.read(manifest).outputs.values()) if manifest.is_file() else set()


def take(
    books: Sequence[CatalogueBook], folder: Path, out: Path, *, accept_changed: bool
) -> Outcome:
    """Take a local folder's books; those that the catalogue does not know are taken too."""
    done = Outcome()
    for source, book, collection, name in local_books(folder, books):
        content = source.read_bytes()
        target = out / collection / name
        if book is None:
            target.parent.mkdir(parents=True, exist_ok=True)
            replace_file(target, content)
            done.kept.add(target)
            done.counts["not in the catalogue"] += 1
            continue
        try:
            done.counts["changed"] += keep(book, content, target, accept_changed=accept_changed)
        except Changed as problem:
            done.problems.append(str(problem))
            continue
        done.kept.add(target)
        done.counts["taken"] += 1
    return done


def sound(out: Path, catalogue: Iterable[CatalogueBook], kept: set[Path]) -> list[Path]:
    """What may be recorded: a damaged file in the manifest would pass for an accepted one."""
    known = accepted_before(out) | {book.sha256 for book in catalogue}
    return [path for path in sorted(out.rglob("*.txt")) if path in kept or sha256(path) in known]


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m training.fetch", description=__doc__)
    made.add_argument("--out", type=Path, default=Path("var/training/books"))
    made.add_argument("--catalogue", type=Path, default=CATALOGUE)
    made.add_argument("--from", dest="folder", type=Path, help="a folder of .txt files instead")
    made.add_argument("--mirror", default=MIRROR, help="address with {number} in it")
    made.add_argument("--only", type=int, nargs="+", metavar="NUMBER")
    made.add_argument("--pause", type=float, default=PAUSE_SECONDS, help="seconds between files")
    made.add_argument("--accept-changed", action="store_true", help="keep revised files")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    catalogue = read_catalogue(options.catalogue)
    books = [book for book in catalogue if not options.only or book.number in options.only]
    step = Step.begin(
        options.out / MANIFEST,
        name="fetch",
        version=1,
        settings={"only": options.only, "accept_changed": options.accept_changed},
        inputs=[options.catalogue],
    )
    if options.folder:
        done = take(books, options.folder, options.out, accept_changed=options.accept_changed)
    else:
        with Mirror(options.mirror, pause=options.pause) as mirror:
            done = fetch(books, mirror, options.out, accept_changed=options.accept_changed)
    step.finish(outputs=sound(options.out, catalogue, done.kept), counts=done.counts)
    counts = [f"{count} {name}" for name, count in done.counts.items() if count]
    sys.stdout.write(", ".join(counts) + "\n")
    sys.stderr.writelines(f"{problem}\n" for problem in done.problems)
    return 1 if done.problems else 0


if __name__ == "__main__":
    sys.exit(main())
