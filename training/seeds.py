"""Makes story seeds out of a passage, in the forms in which people ask for a story."""

import random
import re
from collections import Counter
from itertools import pairwise

from training.lexicon import ADJECTIVES, HEROES, THINGS

WHO = re.compile(
    r"\b(?:was|lived|were|had) (?:once |upon a time |also |a long time ago |, )*"
    r"((?:an?|two|three) (?:[a-z]+ ){1,3}(?:who|that|whose|named|called) [^,.;:!?\"—]{8,60})"
)
TALE_OPENING = re.compile(
    r"^(?:once upon a time,?|once,?|long,? long ago,?|one day,?|many years ago,?|in olden times,?)"
    r"\s*"
    r"(?:there (?:was|were|lived)(?: once)?)?\s*",
    re.I,
)


def seed_for(passage: str, title: str | None, rng: random.Random) -> str:
    """A seed true to the passage; `title` only where the passage is told from the beginning."""
    forms = [form for form in (cast(passage, rng), opening(passage)) if form]
    if title and 1 < len(title.split()) <= 9:
        forms.append(plain_title(title))
    if match := WHO.search(passage[:600]):
        forms += [capital(match.group(1))] * 2
    return shortened(rng.choice(forms) if forms else capital(passage), 18)


def cast(passage: str, rng: random.Random) -> str | None:
    """`A poor fisherman and a golden fish`: the nouns that the passage speaks of most."""
    words = re.findall(r"[a-z]+", passage.lower())
    counts = Counter(word for word in words if word in HEROES)
    heroes = [word for word, _ in counts.most_common(rng.choice((1, 2, 2, 3)))]
    if not heroes:
        return None
    things = Counter(word for word in words if word in THINGS).most_common(2)
    thing = rng.choice(things)[0] if things and (len(heroes) == 1 or rng.random() < 0.4) else None
    named = [with_article(word, words) for word in [*heroes, *([thing] if thing else [])]]
    return capital(", ".join(named[:-1]) + " and " + named[-1] if len(named) > 1 else named[0])


def with_article(noun: str, words: list[str]) -> str:
    before = Counter(a for a, b in pairwise(words) if b == noun)
    adjective = next((word for word, _ in before.most_common() if word in ADJECTIVES), None)
    phrase = f"{adjective} {noun}" if adjective else noun
    return f"{'an' if phrase[0] in 'aeiou' else 'a'} {phrase}"


def opening(passage: str) -> str | None:
    sentence = re.split(r'(?<=[.!?;:])["\')]*\s', passage, maxsplit=1)[0]
    phrase = TALE_OPENING.sub("", sentence).strip(" \"'")
    return capital(shortened(phrase, 16)) if len(phrase.split()) >= 3 else None


def plain_title(title: str) -> str:
    """`XII. THE MAGIC BUNDLE` becomes `The magic bundle`."""
    title = re.sub(
        r"\(.*?\)|^[\W\d]*(?:[IVXLC]+\b[. ]+|chapter \S+ )?|[*.]+$", "", title, flags=re.I
    )
    return capital(title.lower() if title.isupper() else title)


def shortened(text: str, max_words: int) -> str:
    words = text.split()
    if len(words) <= max_words:
        return " ".join(words).rstrip(" ,.;:—")
    cut = words[:max_words]
    for index in range(len(cut) - 1, 5, -1):
        if cut[index][-1] in ",;:—":
            return " ".join(cut[: index + 1]).rstrip(",;:—")
    return " ".join(cut).rstrip(" ,.;:—") + "..."


def capital(text: str) -> str:
    text = text.strip(" \"'")
    return text[:1].upper() + text[1:]
