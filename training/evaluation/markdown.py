"""The report as a readable page: a table for each protocol, for adherence, books and feedback."""

from collections.abc import Iterable, Sequence

from shared.evaluation import LABELS, REFERENCE
from training.evaluation.intervals import Interval
from training.evaluation.report import (
    BookScore,
    FeedbackReport,
    ModelFacts,
    Protocol,
    Report,
    Written,
)

FOOT = (
    "Brackets hold 95 % bootstrap intervals (percentile, 2,000 resamples of the texts). The "
    "reference row's perplexity depends on its tokenizer and was taken in sample; only bits per "
    "byte compare across tokenizers, and only its authors know theirs."
)


def markdown(report: Report) -> str:
    blocks = [
        f"# How {report.model.name} tells",
        facts(report.model),
        "## Both protocols",
        protocols(report.protocols),
        *(f"**{one.name.capitalize()}.** {one.says}" for one in report.protocols),
        FOOT,
        "## Control adherence",
        adherence(report),
        judges(report),
        "### Against the first column, story by story",
        differences(report),
        "## Variety",
        variety(report),
        *books(report),
        *feedback(report.feedback),
        "## Stories for the fixed requests, unedited",
        *map(story, report.requests),
        f"Evaluated in {report.seconds / 60:.1f} minutes.",
    ]
    return "\n\n".join(blocks) + "\n"


def facts(model: ModelFacts) -> str:
    return (
        f"{model.parameters / 1e6:.1f} million parameters ({model.layers} layers, width "
        f"{model.width}, {model.heads} heads), context {model.context}, vocabulary "
        f"{model.vocabulary:,}, {model.megabytes:.1f} MB of weights; served as "
        f"{model.numeric_kind}. SHA-256 {model.sha256}."
    )


def protocols(found: Sequence[Protocol]) -> str:
    rows = list[list[str]]()
    for one in found:
        bleu, cost = one.overlap.bleu, one.perplexity
        rouges = (one.overlap.rouge1, one.overlap.rouge2, one.overlap.rougeL)
        rows.append(
            [
                f"ours, {one.name}",
                f"{cost.perplexity:.2f}",
                f"{cost.word_perplexity:.1f}",
                spread(one.bits_per_byte, 3),
                f"{bleu.bleu:.4f}",
                " / ".join(f"{100 * p:.1f}" for p in bleu.precisions),
                f"{bleu.brevity_penalty:.3f}",
                f"{bleu.length_ratio:.3f}",
                *(spread(rouge, 3) for rouge in rouges),
            ]
        )
    bleu = REFERENCE.bleu
    rows.append(
        [
            f"reference, in sample: {REFERENCE.name}",
            f"{REFERENCE.perplexity:.2f}",
            "",
            "",
            f"{bleu.bleu:.4f}",
            " / ".join(f"{100 * p:.1f}" for p in bleu.precisions),
            f"{bleu.brevity_penalty:.3f}",
            f"{bleu.length_ratio:.3f}",
            *(f"{rouge:.3f}" for rouge in (REFERENCE.rouge1, REFERENCE.rouge2, REFERENCE.rougeL)),
        ]
    )
    heads = "|perplexity|per word|bits per byte|BLEU|precisions 1–4, %|brevity penalty"
    return table(f"{heads}|length ratio|ROUGE-1|ROUGE-2|ROUGE-L".split("|"), rows)


def adherence(report: Report) -> str:
    found = report.conditions
    rows = [
        [label, *(percent(one.adherence.get(name)) for one in found)]
        for name, label in LABELS.items()
    ]
    prompts = len(found[0].stories)
    heads = ["", *(one.name for one in found)]
    said = "\n".join(f"- *{one.name}*: {one.says}" for one in found)
    return f"{prompts} prompts that were never trained on.\n\n{table(heads, rows)}\n\n{said}"


def judges(report: Report) -> str:
    return (
        "A story has the point of view asked for only if pronouns outside speech are plainly of "
        "that person; length classes are the token budgets of the service. The genre judge is "
        "naive Bayes on the words of the training tales; on the unseen tales of the test split it "
        f"is right in {percent(report.genre_judge)}, the rule words in "
        f"{percent(report.genre_rule)} (fables have none): go by the one that is right more often. "
        "Copied 8-grams are those of "
        f"{', '.join(report.copied_from)}."
    )


def differences(report: Report) -> str:
    found = report.differences
    rows = [
        [label, *(points(one.adherence.get(name)) for one in found)]
        for name, label in LABELS.items()
    ]
    return table(["percentage points", *(f"minus {one.theirs}" for one in found)], rows)


def variety(report: Report) -> str:
    names = list(type(report.conditions[0].variety).model_fields)
    rows = [
        [
            name.replace("_", " "),
            *(f"{getattr(one.variety, name):.3f}" for one in report.conditions),
        ]
        for name in names
    ]
    return table(["", *(one.name for one in report.conditions)], rows)


def books(report: Report) -> Iterable[str]:
    if report.books:
        yield "## Books by path"
        yield (
            "Tales as they stand in the books. The first three columns score bare text, as is "
            "usual; the fourth the same under the prompt under which a story goes on, as training "
            "reads books."
        )
        yield book_table(report.books)


def book_table(scores: Iterable[BookScore]) -> str:
    rows = [
        [
            one.book,
            f"{one.bare.perplexity:.2f}",
            f"{one.bare.word_perplexity:.1f}",
            f"{one.bare.bits_per_byte:.4f}",
            f"{one.prompted.bits_per_byte:.4f}",
            f"{one.bare.texts}",
            f"{one.bare.words:,}",
        ]
        for one in scores
    ]
    heads = "book|perplexity|per word|bits per byte|bits per byte, prompted|tales|words"
    return table(heads.split("|"), rows)


def feedback(found: FeedbackReport | None) -> Iterable[str]:
    if found is None:
        return
    yield "## What readers said"
    rows = [
        [one.model, spread(one.stars, 2) if one.stars else "–", percent(one.thumbs_up)]
        for one in found.opinions
    ]
    if rows:
        yield table(["model", "stars of 5", "thumbs up"], rows)
    if len(found.rankings) > 1:
        yield "Nobody compared models across these groups, so their strengths do not compare."
    for group in found.rankings:
        yield f"{', '.join(group.models)}: {group.comparisons} comparisons (Bradley–Terry)."
        if group.problem:
            yield f"No ranking: {group.problem}."
            continue
        strengths = [
            [one.model, f"{one.value:+.2f} [{one.low:+.2f}, {one.high:+.2f}]"]
            for one in group.strengths
        ]
        yield table(["model", "log strength"], strengths)


def story(one: Written) -> str:
    wanted = one.controls
    lines = "\n".join(f"> {line}".rstrip() for line in one.text.strip().split("\n"))
    return (
        f"### {one.seed}\n\n*{wanted.pov}, {wanted.length}, {wanted.genre}, {wanted.style}: "
        f"{one.tokens} tokens, ended by {one.finish}; {judged(one)}*\n\n{lines}"
    )


def judged(one: Written) -> str:
    pov = max(one.marks.get("first_person", 0), one.marks.get("third_person", 0))
    words = one.marks["seed_words"]
    return (
        f"point of view {'kept' if pov else 'not kept'}, main noun of the seed "
        f"{'in' if one.marks['main_noun'] else 'not in'} the story, {words:.0%} of its words"
    )


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def spread(interval: Interval, digits: int) -> str:
    low, high = f"{interval.low:.{digits}f}", f"{interval.high:.{digits}f}"
    return f"{interval.value:.{digits}f} [{low}, {high}]"


def percent(interval: Interval | None) -> str:
    if interval is None:
        return "–"
    value, low, high = (100 * one for one in (interval.value, interval.low, interval.high))
    return f"{value:.0f} % [{low:.0f}, {high:.0f}]"


def points(interval: Interval | None) -> str:
    if interval is None:
        return "–"
    value, low, high = (100 * one for one in (interval.value, interval.low, interval.high))
    return f"{value:+.0f} [{low:+.0f}, {high:+.0f}]"
