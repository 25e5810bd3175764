"""The checks of the chapter on instantaneous frequency name the mistake that was made."""

import numpy as np
import pytest

from aigc_edu.checks.adversarial.instantaneous_frequency import _noise_ratio
from aigc_edu.teaching import check


def half_turns(f, hop, rate):
    return (2 * f * hop / rate + 1) % 2 - 1


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda f, h, r: 2 * f * h / r, "take whole turns away"),
        (lambda f, h, r: f * h / r, "whole turns"),
        (lambda f, h, r: (f * h / r + 0.5) % 1 - 0.5, "count half turns"),
        (lambda f, h, r: (2 * f * h / r) % 2, "looks like one of -0.5"),
        (lambda f, h, r: np.pi * half_turns(f, h, r), "radians"),
        (lambda f, h, r: 2 * f * h / r if f < 100 else (2 * f * h / r) % 1, "2 at a time"),
        (lambda f, h, r: 0.123, "not 0.1230"),
        (lambda f, h, r: ..., "not written yet"),
    ],
)
def test_half_turns_names_the_mistake(answer, hint):
    assert check("if-half-turns", half_turns).passed
    assert hint in check("if-half-turns", answer).hint


def back(n, t):
    return np.exp(n + 1j * np.pi * np.cumsum(t, axis=1))


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda n, t: np.exp(n + 1j * np.pi * t), "added up along time"),
        (lambda n, t: np.exp(n + 1j * np.pi * np.cumsum(t, axis=0)), "over bins"),
        (lambda n, t: np.exp(n + 1j * np.pi * np.cumsum(t).reshape(t.shape)), "all places"),
        (lambda n, t: np.exp(n + 1j * np.cumsum(t, axis=1)), "multiply by pi"),
        (lambda n, t: np.exp(n + 2j * np.pi * np.cumsum(t, axis=1)), "not 2 pi"),
        (lambda n, t: n * np.exp(1j * np.pi * np.cumsum(t, axis=1)), "take np.exp"),
        (lambda n, t: 10**n * np.exp(1j * np.pi * np.cumsum(t, axis=1)), "powers of ten"),
        (lambda n, t: back(n, -t), "other way round"),
        (lambda n, t: back(0 * n, t), "magnitude is missing"),
        (lambda n, t: np.exp(n), "complex"),
        (lambda n, t: back(n, t).T, "the shape should be (2, 4, 6)"),
        (lambda n, t: back(n, t + 0.3), "it isn't exp"),
    ],
)
def test_back_names_the_mistake(answer, hint):
    assert check("if-back", back).passed
    assert hint in check("if-back", answer).hint


def test_noise_wants_a_prediction_and_a_measurement():
    times = _noise_ratio()
    assert times > 2
    right = {"predicted": "IF", "nearer": "phase", "times": times}
    assert check("if-noise", right).passed and check("if-noise", right | {"predicted": "phase"})
    for change, hint in (
        ({"nearer": "IF"}, "smaller one is nearer"),
        ({"times": 1 / times}, "divide the larger"),
        ({"times": 1.0}, "same noise"),
        ({"predicted": "both"}, "may be wrong"),
        ({"predicted": None}, "not written yet"),
    ):
        assert hint in check("if-noise", right | change).hint
    assert "Give" in check("if-noise", {}).hint


def band_turn(power, turned):
    return np.angle(power @ np.exp(1j * np.pi * turned)) / np.pi


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda p, t: t.mean(), "without the powers"),
        (lambda p, t: p @ t / p.sum(), "as numbers"),
        (lambda p, t: band_turn(np.ones(len(p)), t), "powers are missing"),
        (lambda p, t: band_turn(np.sqrt(p), t), "not by its root"),
        (lambda p, t: band_turn(p**2, t), "not by its square"),
        (lambda p, t: np.pi * band_turn(p, t), "divide by pi"),
        (lambda p, t: band_turn(p, t / np.pi), "points at the angle pi t"),
        (lambda p, t: band_turn(p, 2 * t), "not 2 pi t"),
        (lambda p, t: 0.5, "not 0.5000"),
    ],
)
def test_band_turn_names_the_mistake(answer, hint):
    assert check("if-band", band_turn).passed
    assert hint in check("if-band", answer).hint
