"""One way to write marks, and what must stay as it is."""

import pytest

from training.preprocess.normalisation import double_quoted, plain_marks


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("“Come in,” she said. ‘Well!’", "\"Come in,\" she said. 'Well!'"),
        ("Once upon--a time – and — so -- on", "Once upon—a time — and — so—on"),
        ("a well-known step-mother", "a well-known step-mother"),
        ("the ﬁsh and the ﬂute", "the fish and the flute"),
        ("and then . . . . nothing….", "and then ... nothing..."),
        ("``Come in,'' he said", '"Come in," he said'),
        ("schÃ¶n", "schön"),
        ("½ a crown", "1⁄2 a crown"),
    ],
)
def test_marks_are_written_in_one_way(raw: str, clean: str) -> None:
    assert plain_marks(raw) == clean


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("he said, 'Come in,' and 'Sit down.'", 'he said, "Come in," and "Sit down."'),
        ("'She said \"no\" to me,' he said. 'Ah!'", '"She said \'no\' to me," he said. "Ah!"'),
        ("'I saw 'em; 'tis true,' he said, 'all.'", '"I saw \'em; \'tis true," he said, "all."'),
        ("'_Never!_' cried 'one.'", '"_Never!_" cried "one."'),
        ("the king's son didn't know", "the king's son didn't know"),
        ("\"I say 'yes,'\" he said", "\"I say 'yes,'\" he said"),
    ],
)
def test_speech_stands_in_double_marks_throughout(raw: str, clean: str) -> None:
    assert double_quoted(raw) == clean
