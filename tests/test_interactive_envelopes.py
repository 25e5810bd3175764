"""Harmonics under an envelope between two instruments: in Python, and in a browser."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from test_interactive_browser import (  # noqa: F401
    assert_equal_to_numpy,
    assert_fits_a_phone,
    opened,
)

from aigc_edu.errors import InvalidValueError
from aigc_edu.evaluation.notes import cents_off
from aigc_edu.teaching import interactive
from aigc_edu.teaching.interactive.envelopes import LEVEL, envelopes_of

RATE = 16_000
BINS = np.arange(129) * RATE / 256


@cache
def pair():
    dull = np.exp(-BINS / 600)
    formant = 0.02 + np.exp(-(((BINS - 1500) / 300) ** 2))
    return dull, formant


@cache
def figure():
    return envelopes_of(*pair(), RATE, ("dull", "nasal"))


def test_the_tone_has_its_pitch_and_one_loudness():
    for pitch in (48, 60, 76):
        for amount in (0, 100):
            x = figure().samples(pitch=pitch, amount=amount, way="stays")
            if not amount:  # under a formant YIN hears an octave
                assert abs(cents_off([x], [pitch], RATE)[0]) < 15
            assert np.sqrt(np.mean(x[1000:-1000] ** 2)) == pytest.approx(LEVEL, rel=0.02)
            assert np.abs(x).max() < 1


def test_an_envelope_stays_or_moves():
    def peak(**v):
        c = figure().curves(amount=100, **v)
        return c["frequency"][np.argmax(c["curve"])]

    assert peak(pitch=48, way="stays") == peak(pitch=72, way="stays")
    assert peak(pitch=72, way="moves") == pytest.approx(2 * 1500, abs=70)
    assert peak(pitch=60, way="moves") == peak(pitch=60, way="stays")
    half = figure().curves(pitch=60, amount=50, way="stays")["curve"]
    ends = [figure().curves(pitch=60, amount=a, way="stays")["curve"] for a in (0, 100)]
    inside = (ends[0] > -69) & (ends[1] > -69)
    assert np.allclose(half[inside], np.mean(ends, axis=0)[inside], atol=0.01)


def test_what_it_shows_is_said_and_drawn():
    assert "number 1 is the strongest" in figure().describe()
    assert figure().controls[1].label == "From dull to nasal"
    v = figure().settings(amount=100)
    assert len(figure().draw(v, figure().curves(**v)).axes) == 1


@pytest.mark.parametrize("wrong", [(np.ones(9), np.ones(8)), (np.ones(9), np.zeros(9))])
def test_what_is_no_pair_of_envelopes_is_refused(wrong):
    with pytest.raises(InvalidValueError, match="envelopes"):
        envelopes_of(*wrong, RATE, ("a", "b"))


def test_one_call_puts_it_on_the_page(monkeypatch):
    shown = []
    monkeypatch.setattr("aigc_edu.teaching.interactive.shown.display", shown.append)
    interactive.envelopes(*pair(), RATE, ("dull", "nasal"), amount=50)
    assert shown[0].figure.name == "envelopes" and shown[0].values["amount"] == 50
    assert "envelopes" in interactive.FED


# ---------------------------------------------------------------- in the browser


def test_the_pages_samples_and_curves_equal_pythons(opened):  # noqa: F811
    assert_equal_to_numpy(opened(figure()), figure())


def test_it_fits_a_phone_in_light_and_dark(opened):  # noqa: F811
    assert_fits_a_phone(opened, figure())
