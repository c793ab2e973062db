"""Writes the model card: `python -m training.evaluation.card --report FILE --model DIR`.

The words are those of `card.md` beside this module, the numbers and stories the report's, and what
cannot be computed (data, compute, limits) comes from a small file of facts beside the recipe.
"""

import argparse
import tomllib
from pathlib import Path
from string import Template

from shared.contract import Contract
from shared.prompts import TEMPLATE_VERSION
from training.evaluation import markdown
from training.evaluation.report import Condition, Report, Written

TEMPLATE = Path(__file__).with_name("card.md")
STORIES = 12


class Facts(Contract):
    """What only people know of a model. Markdown."""

    licence_id: str
    licence: str
    summary: str
    data: str
    recipe: str
    compute: str
    limits: str

    @classmethod
    def load(cls, path: Path) -> "Facts":
        return cls.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))


def card(report: Report, facts: Facts) -> str:
    served = report.conditions[0]
    shown = evenly(served.stories, STORIES)
    text = Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        {name: value.strip() for name, value in facts.model_dump().items()},
        name=report.model.name,
        facts=markdown.facts(report.model),
        template=TEMPLATE_VERSION,
        protocols=markdown.protocols(report.protocols),
        protocol_says="\n\n".join(
            f"**{one.name.capitalize()}.** {one.says}" for one in report.protocols
        ),
        foot=markdown.FOOT,
        adherence=markdown.adherence(report),
        judges=markdown.judges(report),
        differences=markdown.differences(report),
        variety=markdown.variety(report),
        books="\n\n".join(markdown.books(report)).replace("## ", "### "),
        feedback="\n\n".join(markdown.feedback(report.feedback)).replace("## ", "### "),
        rule=rule(served, len(shown)),
        stories="\n\n".join(map(markdown.story, shown)),
    )
    return "\n\n".join(filter(None, (block.strip("\n") for block in text.split("\n\n")))) + "\n"


def rule(served: Condition, shown: int) -> str:
    return (
        f"{shown} of the {len(served.stories)} stories written {served.name} ({served.says}) for "
        "prompts that were never trained on: taken at even distances from the evaluation's list, "
        "whatever they are like. The whole list is in the evaluation's report."
    )


def evenly(stories: list[Written], count: int) -> list[Written]:
    """At most `count`, at even distances, the first among them."""
    count = min(count, len(stories))
    return [stories[place * len(stories) // count] for place in range(count)]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.evaluation.card", description=__doc__)
    parser.add_argument("--report", type=Path, default=Path("var/training/evaluation/report.json"))
    parser.add_argument(
        "--model", type=Path, default=Path("services/worker/checkpoints/fairytale-mini")
    )
    parser.add_argument(
        "--facts", type=Path, default=Path("training/configs/fairytale-mini.card.toml")
    )
    arguments = parser.parse_args()
    report = Report.model_validate_json(arguments.report.read_text(encoding="utf-8"))
    text = card(report, Facts.load(arguments.facts))
    (arguments.model / "README.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
