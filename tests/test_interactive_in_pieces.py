"""The figure of a word in pieces: in Python, and in a real browser."""

from __future__ import annotations

import numpy as np
import pytest
from test_interactive_browser import (  # noqa: F401
    assert_equal_to_numpy,
    assert_fits_a_phone,
    opened,
)

from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching import interactive
from aigc_edu.teaching.interactive.in_pieces import in_pieces_of

LENGTHS, NAMES = (20, 80, 2000), ("one", "other")


def some_pieces():
    """Return six tones of six pitches and lengths, and sentences; the longest comes first."""
    clips, sentences = {}, {}
    for n, length in enumerate(reversed(LENGTHS)):
        for m, name in enumerate(NAMES):
            count = 1600 + 100 * (2 * n + m)
            clips[length, name] = 0.4 * np.sin(0.2 * (1 + n + 0.5 * m) * np.arange(count))
            sentences[length, name] = f"{name} with {length} ms."
    return clips, sentences


def in_pieces():
    clips, sentences = some_pieces()
    return in_pieces_of(clips, 8000, sentences)


def test_each_setting_has_its_clip_and_sentence():
    (clips, sentences), figure = some_pieces(), in_pieces()
    for (length, name), x in clips.items():
        heard = figure.samples(memory=length, network=name)
        assert len(heard) == len(x) and np.abs(heard - x).max() < 1e-4
        assert figure.describe(memory=length, network=name).endswith(sentences[length, name])


def test_the_longest_memory_comes_first_and_is_never_lost():
    memory, network = in_pieces().controls
    assert memory.values == LENGTHS and memory.start == 2000
    assert memory.texts == ("20 ms", "80 ms", "never lost")
    assert network.values == NAMES


def test_a_missing_clip_or_sentence_is_refused():
    clips, sentences = some_pieces()
    for lost in (clips, sentences):
        kept = lost.pop((80, "other"))
        with pytest.raises(InvalidValueError, match="every memory"):
            in_pieces_of(clips, 8000, sentences)
        lost[80, "other"] = kept


def test_the_call_puts_it_on_the_page(monkeypatch):
    shown = []
    monkeypatch.setattr("aigc_edu.teaching.interactive.shown.display", shown.append)
    interactive.in_pieces(some_pieces()[0], 8000, some_pieces()[1], memory=20)
    assert shown[0].values == {"memory": 20, "network": "one"}


def test_samples_and_curves_equal_numpys_over_all_controls(opened):  # noqa: F811
    assert_equal_to_numpy(opened(in_pieces()), in_pieces())


def test_it_fits_a_phone_in_light_and_dark(opened):  # noqa: F811
    assert_fits_a_phone(opened, in_pieces())
