"""Infers from a passage the controls under which it would have been asked for.

Simple, honest rules on words: what is written into the prompt must be visible in the text.
"""

import re
from collections.abc import Mapping

from shared.schemas import Genre, PointOfView, Style
from training.lexicon import FAIRYTALE_COLLECTIONS, FIRST_PERSON
from training.tales import Tale

QUOTED = re.compile(r'"[^"]*(?:"|$)')

GENRE_WORDS: Mapping[Genre, re.Pattern[str]] = {
    genre: re.compile(rf"\b(?:{words})\b", re.I)
    for genre, words in {
        Genre.FANTASY: r"fair(?:y|ies)|magic\w*|enchant\w*|spells?|wizards?|dwarfs?|elves|elf"
        r"|mermaids?|goblins?|bewitched|transformed|wand|wishes",
        Genre.ADVENTURE: r"dragons?|giants?|swords?|battles?|army|ships?|sailed|robbers?|fought"
        r"|voyage|journey|armou?r|hunters?|knights?|captains?|islands?",
        Genre.ROMANCE: r"loved?|lovers?|marry|married|weddings?|brides?|bridegroom|kiss\w*|beloved"
        r"|heart|betrothed|sweetheart",
        Genre.MYSTERY: r"secrets?|mysterious\w*|strangers?|vanished|disappear\w*|thief|thieves"
        r"|stolen|stole|hidden|riddles?|footsteps|puzzled|clue",
        Genre.COMEDY: r"laugh\w*|fool\w*|silly|stupid|joke\w*|tricks?|merry|merrily|noodle|nonsense"
        r"|funny|simpleton|dance[sd]?|dancing",
        Genre.HORROR: r"ghosts?|devils?|graves?|skeletons?|bones|blood\w*|corpses?|demons?|ogres?"
        r"|ogress|witch(?:es)?|murder\w*|terror|horribl[ey]|dead|skulls?",
    }.items()
}
BEDTIME_BOOKS = re.compile(
    r"Nursery|Grandmother|Children|Wigwam_Evenings|Mother|Wonderwings|Favorite"
)
MODERN_BOOKS = re.compile(r"pg(778_|3536|4357|16865|32242|40573|21935|897|41921|11_|976|473)")
POETIC_BOOKS = re.compile(
    r"Happy_Prince|Pomegranates|North_Wind|Golden_Spears|Light_Princess|Rainbows"
)
FAIRYTALE_BOOKS = re.compile(r"Fairy|fairy")


def point_of_view(text: str) -> PointOfView | None:
    """Who narrates, judged outside quotations; None when pronouns or speech marks leave it open."""
    if any(paragraph.count('"') % 2 for paragraph in text.split("\n\n")):
        return None
    words = re.findall(r"[a-z']+", QUOTED.sub(" ", text).lower())
    if len(words) < 20:
        return None
    rate = sum(word in FIRST_PERSON for word in words) / len(words)
    if rate > 0.03:
        return PointOfView.FIRST
    return PointOfView.THIRD if rate < 0.006 else None


def genre(tale: Tale, text: str) -> Genre:
    if tale.collection == "aesop":
        return Genre.FABLE
    counts = {genre: len(pattern.findall(text)) for genre, pattern in GENRE_WORDS.items()}
    # Fantasy is the home of these tales: another genre has to be clearly stronger.
    counts[Genre.FANTASY] += 2
    return max(counts, key=lambda genre: counts[genre])


def style(tale: Tale) -> Style:
    if POETIC_BOOKS.search(tale.book):
        return Style.POETIC
    if MODERN_BOOKS.search(tale.book):
        return Style.MODERN
    if BEDTIME_BOOKS.search(tale.book):
        return Style.BEDTIME_STORY
    if tale.collection in FAIRYTALE_COLLECTIONS or FAIRYTALE_BOOKS.search(tale.book):
        return Style.CLASSIC_FAIRYTALE
    return Style.FOLK_TALE
