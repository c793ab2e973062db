"""The seed's main noun: the head of its first noun phrase, found by rule and without a tagger.

A phrase begins at an article, a possessive, a number, or a word written as a name; the pronouns,
question words and prepositional openings before it are passed over. It ends before punctuation, a
small word (`who`, `of`, `is`), a name after a noun (`the tailor Ignac`), and what looks like a verb
after a noun (`the rope breaks`). Its last word is the head. Where no phrase begins, the first
word that carries meaning stands in. `the ferry bells ring` is read as `the ferry`: a plural after
`the` cannot be told from a verb without grammar, and seeds are written in the present tense.
"""

import re

from training.evaluation.words import SMALL_WORDS, content_stems, stems
from training.lexicon import ADJECTIVES, word_set

TOKENS = re.compile(r"[A-Za-zÀ-ÿ]+(?:[-'’][A-Za-zÀ-ÿ]+)*|[^\w\s]")
OPENERS = word_set("""
    a an the my our your his her its their this that these those each every some another no
    one two three four five six seven eight nine ten eleven twelve many twenty hundred
""")
ONE = word_set("a an this that each every another one")
VERBS = word_set("""
    went came fell found lost had saw took made set sat ran told began leave vanish say see must
    stood heard knew grew flew got let put kept gave met slept woke sang rode read wrote broke
    bought brought built caught sold sent left lay led rang rose shut spoke stole swam threw won
    walk talk count follow climb sell want keep live meet find go come lose hid held hung tore try
    turn smell
""")
TITLES = word_set("mr mrs dr st")


def main_noun(seed: str) -> str:
    """Lower case, in the form in which `stems` counts; never empty for a seed with a word."""
    words = TOKENS.findall(seed.replace("’", "'"))
    for at, word in enumerate(words):
        if word.lower() in OPENERS:
            phrase = _phrase(words[at + 1 :], one=word.lower() in ONE)
        elif _is_name(word, first=at == 0):
            phrase = _names(words[at:])
        else:
            continue
        if phrase:
            return _stem(phrase[-1])
    return next(iter(content_stems(seed) or stems(seed) or [seed]))


def _phrase(words: list[str], *, one: bool) -> list[str]:
    """The words after an article up to the head."""
    taken = list[str]()
    for word in words:
        plain = word.lower()
        if not word[0].isalpha() or (plain in SMALL_WORDS and plain not in OPENERS):
            break
        if plain in OPENERS and taken:
            break
        has_noun = any(_may_be_noun(before) for before in taken)
        if has_noun and (word[0].isupper() or _is_verb(plain, one=one, before=taken[-1])):
            break
        taken.append(word)
    return [word for word in taken if word.lower() not in OPENERS]


def _names(words: list[str]) -> list[str]:
    """`Princess Ottilie will` gives both names; a name's possession gives what it possesses."""
    taken = list[str]()
    for at, word in enumerate(words):
        if word == "." and taken and taken[-1].lower() in TITLES:
            continue
        if word.lower().endswith("'s"):
            return _phrase(words[at + 1 :], one=False) or [*taken, word]
        if not word[0].isupper():
            break
        taken.append(word)
    return taken


def _is_name(word: str, *, first: bool) -> bool:
    """The first word is upper-case anyway: there it is whatever is no small word."""
    plain = word.lower().removesuffix("'s")
    return word[0].isupper() and plain not in SMALL_WORDS and not (first and plain.endswith("ly"))


def _may_be_noun(word: str) -> bool:
    return word.lower() not in ADJECTIVES and not word.endswith(("'s", "s'"))


def _is_verb(word: str, *, one: bool, before: str) -> bool:
    if word in VERBS or word.endswith(("ed", "ing", "ly")):
        return True
    return word.endswith("s") and not word.endswith(("ss", "'s")) and (one or before[-1] != "s")


def _stem(word: str) -> str:
    return (stems(word) or [word.lower()])[-1]
