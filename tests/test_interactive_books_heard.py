"""The figure of a codec's books: in Python, and in a real browser."""

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
from aigc_edu.teaching.interactive.books_heard import books_heard_of

COUNTS, NAMES = (1, 2, 4), ("this", "that")


def some_copies():
    """Return six tones of six pitches and lengths, and sentences; the most books come first."""
    clips, sentences = {}, {}
    for n, count in enumerate(reversed(COUNTS)):
        for m, name in enumerate(NAMES):
            length = 1500 + 200 * (2 * n + m)
            clips[count, name] = 0.4 * np.sin(0.2 * (1 + n + 0.5 * m) * np.arange(length))
            sentences[count, name] = f"{name} from {count}."
    return clips, sentences


def books_heard():
    clips, sentences = some_copies()
    return books_heard_of(clips, 8000, sentences)


def test_each_setting_has_its_clip_and_sentence():
    (clips, sentences), figure = some_copies(), books_heard()
    for (count, name), x in clips.items():
        heard = figure.samples(books=count, heard=name)
        assert len(heard) == len(x) and np.abs(heard - x).max() < 1e-4
        assert figure.describe(books=count, heard=name).endswith(sentences[count, name])
    books, heard = figure.controls
    assert books.values == COUNTS and books.texts == ("1", "2", "4") and heard.values == NAMES


def test_a_missing_clip_or_sentence_is_refused():
    clips, sentences = some_copies()
    for lost in (clips, sentences):
        kept = lost.pop((2, "that"))
        with pytest.raises(InvalidValueError, match="every number"):
            books_heard_of(clips, 8000, sentences)
        lost[2, "that"] = kept
    with pytest.raises(InvalidValueError, match="every number"):
        books_heard_of({}, 8000, {})


def test_the_call_puts_it_on_the_page(monkeypatch):
    shown = []
    monkeypatch.setattr("aigc_edu.teaching.interactive.shown.display", shown.append)
    interactive.books_heard(*some_copies()[:1], 8000, some_copies()[1], books=4)
    assert shown[0].values == {"books": 4, "heard": "this"}


def test_samples_and_curves_equal_numpys_over_all_controls(opened):  # noqa: F811
    assert_equal_to_numpy(opened(books_heard()), books_heard())


def test_it_fits_a_phone_in_light_and_dark(opened):  # noqa: F811
    assert_fits_a_phone(opened, books_heard())
