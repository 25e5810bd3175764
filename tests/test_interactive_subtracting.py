"""The figure of a voice taken out of noise: in Python, and in a browser that does the same."""

from __future__ import annotations

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
from aigc_edu.evaluation.fidelity import si_sdr
from aigc_edu.teaching import interactive
from aigc_edu.teaching.interactive.packing import sixteen_bits
from aigc_edu.teaching.interactive.subtracting import subtracting_of

RATE, LEAD = 8000, 0.3


@cache
def parts():
    """A tone that swells after a pause, and white noise."""
    silent, t = round(LEAD * RATE), np.arange(6000) / RATE
    tone = 0.2 * np.sin(2 * np.pi * 500 * t) * np.sin(np.pi * t / t[-1])
    return np.r_[np.zeros(silent), tone], dsp.noise("white", LEAD + 0.75, RATE, rms=0.05)


@cache
def figure():
    return subtracting_of(*parts(), RATE, LEAD)


def settings(**told):
    return figure().settings(**told)


def test_left_and_taken_add_up_to_the_noisy_voice():
    left, taken, noisy = (
        figure().samples(**settings(heard=name, memory=0.9)) for name in ("left", "taken", "noisy")
    )
    assert np.allclose(left + taken, noisy) and np.abs(left).max() > 0.05
    assert si_sdr(parts()[0], noisy) == pytest.approx(5, abs=0.2)


def test_it_is_wieners_gain_that_is_shown_and_heard():
    speech, noise = (sixteen_bits(x) for x in parts())
    v = settings(ratio=10, memory=0.98, floor=-20)
    noise = dsp.at_ratio(speech, noise, 10)
    X, N = (dsp.stft(x, 256, 64) for x in (speech + noise, noise))
    level = (np.abs(N) ** 2).mean(axis=1, keepdims=True)
    gain = dsp.wiener_gain(np.abs(X) ** 2, level, 0.98, -20)
    assert np.allclose(figure().curves(**v)["gain"], 20 * np.log10(gain.T))
    assert np.allclose(
        figure().samples(**v), dsp.istft(gain * X, 64, length=len(speech)), atol=1e-4
    )


def test_the_sentence_tells_the_ratio_and_the_open_bins():
    calm, leaping = (figure().curves(**settings(memory=m))["told"] for m in (0.98, 0))
    assert calm[0] < 1 < 10 < leaping[0]
    v = settings(memory=0.98)
    ratio = si_sdr(parts()[0], figure().samples(**v))
    assert f"5 dB before, {ratio:.1f} dB after" in figure().describe(**v)


def test_the_figure_is_drawn():
    drawn = figure().draw(settings(), figure().curves(**settings()))
    assert len(drawn.axes) == 4 and drawn.axes[0].images[0].get_clim() == (-60, 0)


def test_what_does_not_fit_is_refused():
    speech, noise = parts()
    with pytest.raises(InvalidValueError, match="equally long"):
        subtracting_of(speech, noise[1:], RATE, LEAD)
    with pytest.raises(InvalidValueError, match="alone"):
        subtracting_of(speech, noise, RATE, 0.0)
    with pytest.raises(InvalidValueError, match="pass full scale"):
        subtracting_of(4.5 * speech, noise, RATE, LEAD)


def test_one_call_puts_it_on_the_page(monkeypatch):
    shown = []
    monkeypatch.setattr("aigc_edu.teaching.interactive.shown.display", shown.append)
    interactive.subtracting(*parts(), RATE, LEAD, memory=0.98)
    assert shown[0].figure.name == "subtracting" and shown[0].values["memory"] == 0.98
    assert "subtracting" in interactive.FED


# ---------------------------------------------------------------- in the browser


def test_the_pages_samples_and_pictures_equal_pythons(opened):  # noqa: F811
    assert_equal_to_numpy(opened(figure()), figure())


def test_it_fits_a_phone_in_light_and_dark(opened):  # noqa: F811
    assert_fits_a_phone(opened, figure())
