"""Evaluates a model: `python -m training.evaluation --model DIR --out DIR`.

Writes report.json, report.md and pictures. Needs nothing but the model and this repository; books
to score, further training texts and readers' feedback are taken where they are named.
"""

import argparse
import sys
from pathlib import Path

from training.evaluation.markdown import markdown
from training.evaluation.plots import draw
from training.evaluation.run import Sizes, Sources, evaluate_model
from training.evaluation.texts import NoTales
from training.own_tales import TALES


def main() -> None:
    arguments = parsed()
    sources = Sources(
        model=arguments.model,
        tales=arguments.tales,
        books=arguments.books,
        train_texts=arguments.train_texts,
        feedback=arguments.feedback,
    )
    sizes = Sizes(
        stories=arguments.stories,
        in_sample_texts=arguments.in_sample_texts,
        batch_size=arguments.batch_size,
        book_characters=arguments.book_characters,
    )
    try:
        report = evaluate_model(sources, sizes, tell)
    except NoTales as problem:
        sys.exit(str(problem))
    arguments.out.mkdir(parents=True, exist_ok=True)
    text = markdown(report)
    (arguments.out / "report.md").write_text(text, encoding="utf-8")
    draw(report, arguments.out, arguments.log)
    (arguments.out / "report.json").write_text(report.model_dump_json(indent=1), encoding="utf-8")
    sys.stdout.write(text)


def tell(doing: str) -> None:
    sys.stderr.write(f"{doing} ...\n")


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training.evaluation", description=__doc__)
    parser.add_argument(
        "--model", type=Path, default=Path("services/worker/checkpoints/fairytale-mini")
    )
    parser.add_argument("--out", type=Path, default=Path("var/training/evaluation"))
    parser.add_argument("--tales", type=Path, default=TALES, help="own tales, with their split")
    parser.add_argument(
        "--books", type=Path, help="a folder of raw books (*.txt), or prepared tales, to score"
    )
    parser.add_argument(
        "--train-texts",
        type=Path,
        nargs="+",
        default=[],
        help="what the model was trained on beside --tales: text, JSON lines, datasets, folders",
    )
    parser.add_argument("--feedback", type=Path, help="readers' judgements, JSON lines")
    parser.add_argument("--log", type=Path, help="training's CSV file or a trainer_state.json")
    sizes = Sizes()
    parser.add_argument("--stories", type=int, default=sizes.stories, help="for each condition")
    parser.add_argument("--in-sample-texts", type=int, default=sizes.in_sample_texts)
    parser.add_argument("--batch-size", type=int, default=sizes.batch_size)
    parser.add_argument("--book-characters", type=int, default=sizes.book_characters)
    return parser.parse_args()


if __name__ == "__main__":
    main()
