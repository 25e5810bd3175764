"""Struck plates: modes where the formula has them, and blows that are as long as they are hard."""

import numpy as np
import pytest

from aigc_edu.dsp import reverberation_time
from aigc_edu.dsp.modal import (
    HARDEST,
    MATERIALS,
    SOFTEST,
    Modes,
    contact_pulse,
    plate_modes,
    ring,
    struck,
)
from aigc_edu.errors import InvalidValueError

RATE = 32_000


def test_the_lowest_mode_is_that_of_the_stiffness_of_the_plate():
    a, b, h = 0.4, 0.25, 0.003
    stiff, density, poisson, loss = MATERIALS["glass"]
    bending = stiff * h**3 / (12 * (1 - poisson**2))
    lowest = np.pi / 2 * np.sqrt(bending / (density * h)) * (1 / a**2 + 1 / b**2)
    modes = plate_modes("glass", (a, b), h)
    assert modes.frequencies[0] == pytest.approx(lowest)
    assert modes.seconds[0] == pytest.approx(np.log(1000) / (np.pi * loss * lowest))
    assert np.all(np.diff(modes.frequencies) >= 0) and modes.frequencies[-1] <= 10_000


def test_twice_as_large_is_two_octaves_lower_and_twice_as_thick_one_higher():
    few = {"most": 12, "highest": 20_000.0}
    plain = plate_modes("steel", (0.3, 0.2), 0.002, **few).frequencies
    large = plate_modes("steel", (0.6, 0.4), 0.002, **few).frequencies
    thick = plate_modes("steel", (0.3, 0.2), 0.004, **few).frequencies
    assert np.allclose(large, plain / 4) and np.allclose(thick, 2 * plain)


def test_a_blow_on_a_still_line_leaves_its_mode_silent():
    modes = plate_modes("steel", (0.3, 0.2), 0.002, strike=(0.5, 0.5), most=12)
    whole = plate_modes("steel", (0.3, 0.2), 0.002, strike=(0.31, 0.37), most=12)
    assert np.allclose(modes.frequencies, whole.frequencies)
    ratio = modes.frequencies / modes.frequencies[0] * (1 / 0.09 + 1 / 0.04)
    two_one = np.argmin(np.abs(ratio - (4 / 0.09 + 1 / 0.04)))
    assert abs(modes.gains[two_one]) < 1e-12 < abs(whole.gains[two_one])
    assert np.abs(modes.gains[0]) == pytest.approx(1)


def test_a_mode_falls_by_sixty_decibels_in_its_time():
    one = Modes(np.array([1000.0]), np.array([0.5]), np.array([1.0]))
    x = ring(one, RATE, 1.0)
    assert reverberation_time(x, RATE) == pytest.approx(0.5, rel=0.02)
    spectrum = np.abs(np.fft.rfft(x))
    assert np.argmax(spectrum) == pytest.approx(1000, abs=2)
    silent = Modes(np.array([RATE / 2 + 1.0]), np.array([0.5]), np.array([1.0]))
    assert not ring(silent, RATE, 0.1).any(), "above half the rate it would come back as another"


def test_a_softer_material_dies_away_sooner():
    times = {m: plate_modes(m, (0.3, 0.2), 0.005).seconds[0] for m in MATERIALS}
    assert times["steel"] > times["glass"] > times["stone"]
    assert times["wood"] > times["plastic"] or MATERIALS["wood"].loss < MATERIALS["plastic"].loss


@pytest.mark.parametrize("hardness", [0.0, 0.3, 0.7, 1.0])
def test_the_push_has_its_length_and_always_the_same_sum(hardness):
    push = contact_pulse(hardness, RATE)
    lasting = SOFTEST * (HARDEST / SOFTEST) ** hardness
    assert push.sum() == pytest.approx(1) and np.all(push >= 0)
    assert len(push) == int(np.ceil(lasting * RATE))
    gain = np.abs(np.fft.rfft(push, RATE))  # at 0, 1, 2 ... Hz
    assert gain[0] == pytest.approx(1) and gain[int(0.2 / lasting)] > 0.8
    if 3 / lasting < RATE / 2:
        assert gain[int(3 / lasting)] < 0.05, "little above 1 / T"


def test_a_hard_striker_is_brighter():
    modes = plate_modes("steel", (0.3, 0.2), 0.003)

    def centroid(x):
        power = np.abs(np.fft.rfft(x)) ** 2
        return np.sum(np.fft.rfftfreq(len(x), 1 / RATE) * power) / power.sum()

    soft, middle, hard = (centroid(struck(modes, h, RATE, 0.5)) for h in (0.1, 0.5, 0.9))
    assert soft < middle < hard


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: plate_modes("jelly", (1, 1), 0.01), "material is one of wood"),
        (lambda: plate_modes("wood", (1, 0), 0.01), "sides"),
        (lambda: plate_modes("wood", (1, 1), 0), "thickness"),
        (lambda: plate_modes("wood", (1, 1), 0.01, strike=(0.5, 1.2)), "two shares"),
        (lambda: contact_pulse(1.1, RATE), "hardness"),
        (lambda: contact_pulse(0.5, 0), "rate"),
    ],
)
def test_what_makes_no_sense_is_refused(call, message):
    with pytest.raises(InvalidValueError, match=message):
        call()
