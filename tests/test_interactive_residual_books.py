"""The figure of residual quantisation: in Python, and in a browser that adds entries up."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pytest
from test_interactive_browser import (  # noqa: F401
    assert_equal_to_numpy,
    assert_fits_a_phone,
    opened,
)

from aigc_edu import dsp
from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching import interactive
from aigc_edu.teaching.interactive.residual_books import residual_books_of

RATE, HOP, COUNT, BANDS, FRAMES = 8000, 200, 3, 10, 24
SIZES, COUNTS = (4, 16), (1, 3)


@cache
def parts():
    random = np.random.default_rng(0)
    frames = random.normal(-30, 15, (FRAMES, BANDS)).round(1)
    coded, sounds = {}, {}
    for size in SIZES:
        rest, codes, entries = frames, [], []
        for _ in range(COUNT):
            book = rest[random.permutation(FRAMES)[:size]]
            codes.append(((rest[:, None] - book) ** 2).sum(axis=2).argmin(axis=1))
            entries.append(book)
            rest = rest - book[codes[-1]]
        coded[size] = np.array(codes), np.array(entries)
        for count in COUNTS:
            tone = dsp.sine(100 * size + count, FRAMES * HOP / RATE, RATE)
            sounds[size, count] = 0.4 * tone
    return frames, coded, sounds


@cache
def figure():
    return residual_books_of(*parts(), RATE, HOP)


def test_frames_are_the_sums_of_the_first_books_entries():
    frames, coded, _ = parts()
    for size in SIZES:
        codes, entries = coded[size]
        for count in COUNTS:
            curves = figure().curves(books=count, entries=size)
            right = sum(entries[i][codes[i]] for i in range(count))
            assert np.abs(curves["kept"] - right).max() < 1, "8 bits a level are near enough"
            assert np.abs(curves["kept"] + curves["left"] - frames).max() < 0.4
    left = [np.std(figure().curves(books=n, entries=16)["left"]) for n in COUNTS]
    assert left[1] < left[0]


def test_it_says_the_price_and_what_is_left():
    said = figure().describe(books=3, entries=16)
    assert "3 books of 16 entries: 12 bits a frame, 480 bits a second. 48 entries" in said
    off = np.sqrt(np.mean(figure().curves(books=3, entries=16)["left"] ** 2))
    assert float(re.search(r"left over: ([\d.]+) dB", said)[1]) == pytest.approx(off, abs=0.051)
    assert "1 book of 4 entries: 2 bits" in figure().describe(books=1, entries=4)


def test_each_setting_has_its_own_sound():
    _, _, sounds = parts()
    for (size, count), x in sounds.items():
        heard = figure().samples(books=count, entries=size)
        assert np.abs(heard - x).max() < dsp.mu_law_error_bound(np.array([0.4]), 255)[0] + 1e-9


def test_the_figure_is_drawn():
    v = figure().settings(books=3, entries=4)
    drawn = figure().draw(v, figure().curves(**v))
    assert drawn.axes[0].images[0].get_extent() == pytest.approx([0, 0.6, 0, BANDS])


def test_what_is_missing_or_does_not_fit_is_refused():
    frames, coded, sounds = parts()
    with pytest.raises(InvalidValueError, match="every size and every number"):
        residual_books_of(frames, coded, {(4, 1): sounds[4, 1]}, RATE, HOP)
    with pytest.raises(InvalidValueError, match="don't fit"):
        residual_books_of(frames[1:], coded, sounds, RATE, HOP)


def test_one_call_puts_it_on_the_page(monkeypatch):
    shown = []
    monkeypatch.setattr("aigc_edu.teaching.interactive.shown.display", shown.append)
    interactive.residual_books(*parts(), RATE, HOP, books=3)
    assert shown[0].figure.name == "residual_books" and shown[0].values["books"] == 3
    assert "residual_books" in interactive.FED


# ---------------------------------------------------------------- in the browser


def test_the_pages_samples_and_levels_equal_pythons(opened):  # noqa: F811
    assert_equal_to_numpy(opened(figure()), figure())


def test_it_fits_a_phone_in_light_and_dark(opened):  # noqa: F811
    assert_fits_a_phone(opened, figure())
