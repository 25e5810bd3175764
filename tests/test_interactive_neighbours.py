"""A map of sounds with a seed's neighbours: in Python, and in a browser."""

from __future__ import annotations

from dataclasses import replace
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
from aigc_edu.teaching.interactive import SoundMap
from aigc_edu.teaching.interactive.neighbours import neighbours_of

RATE = 8000


@cache
def sounds():
    rng, seeds = np.random.default_rng(0), ("organ", "flute")
    lists = {
        (by, seed): [n, *rng.permutation([k for k in range(12) if k != n])[:5]]
        for by in ("ear", "cepstrum")
        for n, seed in enumerate(seeds)
    }
    return SoundMap(
        {by: rng.standard_normal((12, 2)) for by in ("ear", "cepstrum")},
        lists,
        [n % 3 for n in range(12)],
        [f"sound {n}" for n in range(12)],
        {n: 0.3 * dsp.sine(200 + 40 * n, 0.1, RATE) for n in range(12)},
        RATE,
    )


@cache
def figure():
    return neighbours_of(sounds())


def test_each_place_plays_what_the_list_names():
    for (by, seed), row in sounds().lists.items():
        for place, n in enumerate(row):
            v = {"by": by, "seed": seed, "place": place}
            assert np.abs(figure().samples(**v) - sounds().sounds[n]).max() < 0.02
            assert f"sound {n}" in figure().describe(**v)
            assert figure().curves(**v)["now"] == [n]
    own = figure().curves(by="ear", seed="flute", place=0)["own"]
    assert own.tolist() == [float(n % 3 == 1) for n in range(12)]


def test_it_counts_the_seeds_own():
    row = sounds().lists["ear", "organ"]
    same = sum(n % 3 == 0 for n in row[1:])
    assert f"In all {same} of the 5" in figure().describe(by="ear", seed="organ", place=2)


def test_the_figure_is_drawn():
    v = figure().settings(place=1)
    assert len(figure().draw(v, figure().curves(**v)).axes[0].lines) == 4


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"names": ["a"]}, "a name and places"),
        ({"lists": {("ear", "organ"): [0, 1, 2, 3, 4, 5]}}, "every embedding and seed"),
        ({"sounds": {}}, "all of which are there"),
    ],
)
def test_what_is_missing_is_refused(changes, says):
    with pytest.raises(InvalidValueError, match=says):
        replace(sounds(), **changes)


def test_one_call_puts_it_on_the_page(monkeypatch):
    shown = []
    monkeypatch.setattr("aigc_edu.teaching.interactive.shown.display", shown.append)
    interactive.neighbours(sounds(), seed="flute")
    assert shown[0].figure.name == "neighbours" and shown[0].values["seed"] == "flute"
    assert "neighbours" in interactive.FED


# ---------------------------------------------------------------- in the browser


def test_the_pages_samples_and_maps_equal_pythons(opened):  # noqa: F811
    assert_equal_to_numpy(opened(figure()), figure())


def test_it_fits_a_phone_in_light_and_dark(opened):  # noqa: F811
    assert_fits_a_phone(opened, figure())
