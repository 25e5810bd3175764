"""The statistics of a corpus, against what these tests put into it."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_edu.corpora import (
    Clip,
    Corpus,
    Note,
    Phoneme,
    data_card,
    effective_number,
)
from aigc_edu.errors import InvalidValueError


def clip(key, amplitude, length, **more):
    x = np.full(length, amplitude, np.float32)
    return Clip(
        key, more.pop("label", None), more.pop("speaker", "a"), 1000, "train", lambda: x, **more
    )


def corpus(*clips, labels=()):
    return Corpus("mine", 1000, labels, clips, "CC0", "me2024")


def test_what_is_counted():
    marks = (Phoneme("", 0, 5), Phoneme("ˈa", 5, 9), Phoneme("a", 9, 12), Phoneme("b", 12, 20))
    card = data_card(
        corpus(
            clip("1", 0.5, 500, label=0, phonemes=marks, text="ab"),
            clip("2", 0.05, 1500, label=1, speaker="b"),
            clip("3", -1.0, 2000, label=1, note=Note(60, 100, "x", "organ", "synthetic")),
            labels=("yes", "no", "never"),
        )
    )
    assert card.durations.tolist() == [0.5, 1.5, 2.0] and card.seconds == 4.0
    assert np.allclose(card.levels, [-6.0206, -26.0206, 0], atol=1e-4)
    assert np.allclose(card.peaks, card.levels)  # of a constant, peak and power agree
    assert card.labels == {"yes": 1, "no": 2} and card.phonemes == {"a": 2, "b": 1}
    assert card.pitches == {60: 1} and card.texts == 1 and card.speakers == 2
    assert card.parts == {"train": 3, "validation": 0, "test": 0}
    text = str(card)
    assert "3 by 2" in text and "0.50 ... 2.00, half below 1.50" in text
    assert "0.1 minutes at 1,000 Hz" in text and "'no' (2), least 'yes' (1)" in text


def test_nothing_to_count():
    with pytest.raises(InvalidValueError, match="no clips of mine"):
        data_card(corpus())
    assert "none" in str(data_card(corpus(clip("1", 0.5, 10))))


@given(st.lists(st.integers(0, 10**6), min_size=1).filter(any))
def test_effective_number_lies_between_one_and_all(counts):
    number, there = effective_number(counts), sum(count > 0 for count in counts)
    assert 1 - 1e-9 <= number <= there * (1 + 1e-9)
    assert math.isclose(number, effective_number([3 * count for count in counts]))


@pytest.mark.parametrize("size", [1, 2, 7, 10])
def test_effective_number_of_equals_is_their_number(size):
    assert math.isclose(effective_number([5] * size), size)
    assert math.isclose(effective_number([5] * size + [0, 0]), size)


@pytest.mark.parametrize("counts", [[], [0, 0], [3, -1]])
def test_effective_number_refuses(counts):
    with pytest.raises(InvalidValueError, match="not all 0"):
        effective_number(counts)
