"""The real recordings that ship: they are there, they are heard, and they are what they say."""

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from aigc_edu.corpora import DIGITS, RECORDING_RATE, CorpusError, recording, recordings

FSDD = Path(os.environ.get("AIGC_EDU_DATA", "nowhere")) / "fsdd" / "recordings"


def test_there_are_ten_digits_of_one_voice_and_one_digit_of_six():
    found = recordings()
    assert {word for word, speaker in found if speaker == "george"} == set(DIGITS)
    assert len({speaker for word, speaker in found if word == "seven"}) == 6


@pytest.mark.parametrize(("word", "speaker"), recordings())
def test_each_is_a_word_at_a_level_that_is_heard(word, speaker):
    x = recording(word, speaker)
    assert x.dtype == np.float64 and x.ndim == 1
    assert 0.2 < len(x) / RECORDING_RATE < 1.5
    assert np.abs(x).max() > 0.02


def test_a_digit_can_be_named_by_its_number():
    assert np.array_equal(recording(7), recording("seven", "george"))


@pytest.mark.parametrize("digit", [10, -1, "eleven", 7.0])
def test_what_is_not_there_is_told_with_what_is(digit):
    with pytest.raises(CorpusError, match="seven by theo"):
        recording(digit)


@pytest.mark.skipif(not FSDD.is_dir(), reason="the data set is not at hand")
@pytest.mark.parametrize(("word", "speaker"), recordings())
def test_each_is_a_take_of_the_test_part_sample_by_sample(word, speaker):
    takes = [FSDD / f"{DIGITS.index(word)}_{speaker}_{take}.wav" for take in range(5)]
    wanted = recording(word, speaker)
    assert any(np.array_equal(sf.read(path)[0], wanted) for path in takes if path.is_file())
