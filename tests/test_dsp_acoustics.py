"""Levels, hearing, pitch and rooms against tables, exact cases and each other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_edu import dsp
from aigc_edu.dsp.acoustics import SPEED_OF_SOUND
from aigc_edu.errors import InvalidValueError

ROOM, SOURCE, LISTENER = (5.0, 4.0, 3.0), (1.0, 1.5, 1.2), (3.5, 2.5, 1.6)


@given(st.floats(-200, 200))
def test_decibels_and_ratios_undo_each_other(level):
    assert dsp.amplitude_to_db(dsp.db_to_amplitude(level)) == pytest.approx(level, abs=1e-9)
    assert dsp.power_to_db(dsp.db_to_power(level)) == pytest.approx(level, abs=1e-9)
    assert dsp.db_to_amplitude(level) ** 2 == pytest.approx(dsp.db_to_power(level))


def test_known_decibels():
    assert dsp.amplitude_to_db(10) == 20 and dsp.power_to_db(10) == 10
    assert dsp.amplitude_to_db(0) == -np.inf
    assert np.allclose(dsp.amplitude_to_db([1, 2]), [0, 6.0206], atol=1e-4)
    with pytest.raises(InvalidValueError, match="at least 0"):
        dsp.power_to_db([1, -1])


def test_levels_add_as_the_powers_of_noises_do():
    random = np.random.default_rng(0)
    parts = [10 ** (level / 20) * random.standard_normal(400_000) for level in (0, -3, -10)]
    measured = dsp.power_to_db(np.mean(sum(parts) ** 2))
    assert dsp.add_levels([0, -3, -10]) == pytest.approx(measured, abs=0.05)
    assert dsp.add_levels([60, 60]) == pytest.approx(60 + 10 * np.log10(2))


def test_a_weighting_is_that_of_the_standard_s_table():
    table = {31.5: -39.4, 63: -26.2, 125: -16.1, 250: -8.6, 500: -3.2, 1000: 0.0}
    table |= {2000: 1.2, 4000: 1.0, 8000: -1.1, 16_000: -6.6}
    exact = 10 ** (3 + 0.3 * np.arange(-5, 5))  # the table's names of them are rounded
    assert np.allclose(dsp.a_weighting(exact), list(table.values()), atol=0.06)


def test_the_ear_is_keenest_between_three_and_four_kilohertz():
    f = np.arange(100, 15_000, 10.0)
    assert 3000 < f[np.argmin(dsp.hearing_threshold(f))] < 4000
    assert dsp.hearing_threshold(1000.0) == pytest.approx(3.64 - 6.5 * np.exp(-3.174) + 1e-3)
    assert dsp.critical_bandwidth(1000.0) == pytest.approx(132.6, abs=0.1)  # by hand


def test_notes_and_cents():
    assert dsp.midi_to_hz(69) == 440 and dsp.midi_to_hz(57) == 220
    assert np.allclose(dsp.hz_to_midi(dsp.midi_to_hz(np.arange(128.0))), np.arange(128))
    assert dsp.cents(880, 440) == 1200
    assert dsp.cents(dsp.midi_to_hz(61), dsp.midi_to_hz(60)) == pytest.approx(100)
    with pytest.raises(InvalidValueError, match="above 0"):
        dsp.hz_to_midi(0)


def place(distance, rate):
    return round(distance / SPEED_OF_SOUND * rate)


def test_the_direct_sound_and_the_first_reflections_are_where_geometry_puts_them():
    rate = 48_000
    h = dsp.room_impulse_response(ROOM, SOURCE, LISTENER, 0.8, rate, 0.05, highpass=0)
    direct = np.linalg.norm(np.subtract(LISTENER, SOURCE))
    first = np.flatnonzero(h)[0]
    assert first == place(direct, rate)
    assert h[first] == pytest.approx(1 / (4 * np.pi * direct))
    for axis in range(3):  # the six walls, one mirror each
        for wall in (0.0, ROOM[axis]):
            image = np.array(SOURCE)
            image[axis] = 2 * wall - image[axis]
            distance = np.linalg.norm(image - LISTENER)
            assert h[place(distance, rate)] >= 0.8 / (4 * np.pi * distance) - 1e-12


def test_without_reflection_only_the_direct_sound_remains():
    h = dsp.room_impulse_response(ROOM, SOURCE, LISTENER, 0.0, 16_000, 0.2, highpass=0)
    assert np.count_nonzero(h) == 1


def test_source_and_listener_can_change_places():
    there = dsp.room_impulse_response(ROOM, SOURCE, LISTENER, 0.7, 16_000, 0.2)
    back = dsp.room_impulse_response(ROOM, LISTENER, SOURCE, 0.7, 16_000, 0.2)
    assert np.allclose(there, back)


def test_in_a_long_time_every_image_counts_that_geometry_allows():
    """The number of images within c t is the volume of that sphere over the room's volume."""
    duration = 0.3
    h = dsp.room_impulse_response(ROOM, SOURCE, LISTENER, 0.999999, 1000, duration, highpass=0)
    radius = SPEED_OF_SOUND * np.arange(len(h)) / 1000
    images = np.sum(h * 4 * np.pi * np.maximum(radius, 1))
    sphere = 4 / 3 * np.pi * (SPEED_OF_SOUND * duration) ** 3
    assert images == pytest.approx(sphere / np.prod(ROOM), rel=0.02)


def test_reverberation_time_of_an_exponential_decay_is_exact():
    rate = 8000
    t = np.arange(2 * rate) / rate
    assert dsp.reverberation_time(10 ** (-3 * t / 0.4), rate) == pytest.approx(0.4, rel=1e-3)
    noise = np.random.default_rng(0).standard_normal(len(t)) * 10 ** (-3 * t / 0.7)
    assert dsp.reverberation_time(noise, rate) == pytest.approx(0.7, rel=0.03)


def test_a_box_decays_about_as_sabine_says():
    room, absorption = (6.0, 5.0, 4.0), 0.15
    h = dsp.room_impulse_response(
        room, (1.3, 1.7, 1.1), (4.1, 3.2, 2.3), np.sqrt(1 - absorption), 8000, 1.2
    )
    measured = dsp.reverberation_time(h, 8000)
    assert measured == pytest.approx(dsp.sabine(room, absorption), rel=0.25)
    assert dsp.sabine((2, 2, 2), 0.5) == pytest.approx(0.161 * 8 / (24 * 0.5), rel=2e-3)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"room": (5, 4)}, "three numbers"),
        ({"source": (6, 1, 1)}, "inside of the room"),
        ({"listener": SOURCE}, "same place"),
        ({"reflection": 1.0}, "less than 1"),
        ({"duration": 0}, "duration"),
        ({"highpass": 5000}, "below rate / 2"),
        ({"source": (np.nan, 1, 1)}, "three numbers"),
    ],
)
def test_impossible_rooms_are_refused(change, says):
    good = {"room": ROOM, "source": SOURCE, "listener": LISTENER, "reflection": 0.8}
    with pytest.raises(InvalidValueError, match=says):
        dsp.room_impulse_response(**(good | {"rate": 8000, "duration": 0.1} | change))


def test_too_short_a_response_has_no_reverberation_time():
    with pytest.raises(InvalidValueError, match="fall by 25 dB"):
        dsp.reverberation_time(np.ones(100), 8000)
    with pytest.raises(InvalidValueError, match="silent"):
        dsp.decay_curve(np.zeros(10))
