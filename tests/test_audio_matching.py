"""Clips made equally loud, and what DNSMOS says where it isn't there."""

from __future__ import annotations

import sys
import types

import numpy as np
import pytest

from aigc_edu import dsp
from aigc_edu.audio import loudness, match_loudness, peak_db
from aigc_edu.errors import InvalidValueError, MissingPackageError
from aigc_edu.evaluation.dnsmos import dnsmos

RATE = 16_000


def clips():
    random = np.random.default_rng(0)
    click = np.zeros(RATE)
    click[4000:12000:500] = 1.0
    return [dsp.sine(440, 1.0, RATE), 0.01 * random.normal(size=3000), click]


def test_all_have_one_loudness_and_none_is_clipped():
    made = match_loudness(clips(), RATE, -30.0)
    levels = [loudness(x, RATE, short="whole") for x in made]
    assert np.ptp(levels) < 0.01 and all(np.abs(x).max() <= 1 for x in made)
    assert [len(x) for x in made] == [len(x) for x in clips()]


def test_where_a_peak_would_be_cut_all_become_softer():
    made = match_loudness(clips(), RATE, 0.0)
    levels = [loudness(x, RATE, short="whole") for x in made]
    assert np.ptp(levels) < 0.01 and levels[0] < -10
    assert max(peak_db(x) for x in made) == pytest.approx(0, abs=1e-6)


def test_silence_is_refused_by_its_number():
    with pytest.raises(InvalidValueError, match="clip 1 is silent"):
        match_loudness([np.ones(RATE), np.zeros(RATE)], RATE)
    with pytest.raises(InvalidValueError):
        match_loudness([], RATE)
    with pytest.raises(InvalidValueError, match="expected 3 rates"):
        match_loudness(clips(), [RATE, RATE])


def test_dnsmos_says_what_is_missing_and_asks_the_package_if_it_is_there(monkeypatch):
    monkeypatch.setitem(sys.modules, "speechmos", None)
    with pytest.raises(MissingPackageError, match="pip install speechmos onnxruntime"):
        dnsmos(np.zeros(100), RATE)
    with pytest.raises(InvalidValueError):
        dnsmos(np.array([0.0, 1.5]), RATE)
    asked = []

    def run(x, rate):
        asked.append((x.dtype, len(x), rate))
        return {"ovrl_mos": 3.5, "sig_mos": 3.75, "bak_mos": 4.0}

    fake = types.SimpleNamespace(dnsmos=types.SimpleNamespace(run=run))
    monkeypatch.setitem(sys.modules, "speechmos", fake)
    found = dnsmos(np.zeros(800), 8000)
    assert found == {"overall": 3.5, "speech": 3.75, "background": 4.0}
    assert asked == [(np.float32, 1600, RATE)]
