"""Two ears on a ball: delays and shadows against their formulas."""

import numpy as np
import pytest

from aigc_edu.dsp import SPEED_OF_SOUND, head
from aigc_edu.errors import InvalidValueError

RATE = 48_000
c, a = SPEED_OF_SOUND, head.RADIUS


def test_woodworths_time_differences():
    assert head.time_difference(0) == 0
    assert head.time_difference(90) == pytest.approx(a / c * (np.pi / 2 + 1))
    assert head.time_difference(90) == pytest.approx(656e-6, abs=1e-6)
    assert head.time_difference(-40) == pytest.approx(-head.time_difference(40))
    assert head.time_difference(140) == pytest.approx(head.time_difference(40)), "behind as ahead"


@pytest.mark.parametrize("azimuth", [-170, -90, -35, 0, 20, 90, 130, 180])
def test_the_ways_to_both_ears_differ_by_woodworths_time(azimuth):
    left, right = head.ways(azimuth, 10.0)
    assert (left - right) / c == pytest.approx(float(head.time_difference(azimuth)), abs=1e-12)


def test_a_shadow_lets_lows_pass_and_weighs_highs():
    for angle, alpha in ((0, 2.0), (150, 0.1), (90, 1.05 + 0.95 * np.cos(0.6 * np.pi))):
        assert head.shadow_gain(angle) == pytest.approx(alpha)
        assert head.shadow_response(0.0, angle) == pytest.approx(1)
        assert abs(head.shadow_response(1e9, angle)) == pytest.approx(alpha, rel=1e-5)
    assert head.shadow_gain(180) > head.shadow_gain(150), "the bright spot behind a ball"


@pytest.mark.parametrize("azimuth", [0, 30, 90, -60, 135])
def test_what_arrives_is_late_weak_and_dull_as_the_formulas_say(azimuth):
    click = np.zeros(1536)
    click[0] = 1
    heard = head.Ears(RATE).hear(click, azimuth, 2.0)
    f, n = np.array([150.0, 600, 2000, 4000]), np.arange(1536)
    ways, angles = head.ways(azimuth, 2.0), head.angles_to_ears(azimuth)
    for y, way, angle in zip(heard, ways, angles, strict=True):
        found = (y * np.exp(-2j * np.pi * f[:, None] * n / RATE)).sum(axis=1)
        wanted = head.shadow_response(f, angle) * np.exp(-2j * np.pi * f * way / c) / way
        assert np.abs(found / wanted - 1).max() < 0.03


def test_in_blocks_or_whole_standing_or_moving_it_is_the_same():
    rng = np.random.default_rng(0)
    x = rng.standard_normal(4000)
    azimuth, distance = np.linspace(-80, 200, 4000), np.linspace(1, 4, 4000)
    whole = head.Ears(16_000).hear(x, azimuth, distance)
    ears, blocks = head.Ears(16_000), []
    for part in np.array_split(np.arange(4000), [100, 1000, 1001, 2500]):
        blocks.append(ears.hear(x[part], azimuth[part], distance[part]))
    assert np.allclose(np.concatenate(blocks, axis=1), whole, atol=1e-12)
    still = head.Ears(16_000).hear(x, 33.0, 1.5)
    moving = head.Ears(16_000).hear(x, np.full(4000, 33.0), np.full(4000, 1.5))
    assert np.allclose(still, moving, atol=1e-12)


def test_right_and_left_are_mirror_images():
    x = np.random.default_rng(1).standard_normal(2000)
    right, left = head.binaural(x, RATE, 50.0), head.binaural(x, RATE, -50.0)
    assert np.allclose(right, left[::-1])
    assert np.sum(right[1] ** 2) > 4 * np.sum(right[0] ** 2)
    behind = head.binaural(x, RATE, 130.0)
    assert np.allclose(behind, right, atol=1e-9), "a ball can't tell behind from ahead"


def test_a_source_that_comes_nearer_is_higher():
    t = np.arange(RATE) / RATE
    speed = 17.15  # a twentieth of that of sound
    tone = np.sin(2 * np.pi * 1000 * t)
    heard = head.binaural(tone, RATE, np.zeros(RATE), 20 - speed * t)[0]
    late = heard[RATE // 4 : 3 * RATE // 4] * np.hanning(RATE // 2)
    peak = np.argmax(np.abs(np.fft.rfft(late, 4 * RATE))) / 4
    assert peak == pytest.approx(1000 * (1 + 0.05), rel=0.002)  # where it is when one hears it


def test_places_become_angles():
    azimuth, distance = head.polar(np.array([0, 1, 0, -2, 0]), np.array([1, 0, -1, 0, 0]))
    assert np.allclose(np.abs(azimuth), [0, 90, 180, 90, 0]) and azimuth[3] == -90
    assert np.allclose(distance, [1, 1, 1, 2, head.NEAREST])


def test_a_source_inside_of_the_head_or_out_of_reach_is_refused():
    for distance in (0.05, 500.0, float("nan")):
        with pytest.raises(InvalidValueError, match="away"):
            head.binaural(np.ones(10), RATE, 0.0, distance)
    with pytest.raises(InvalidValueError, match="8000 Hz or more"):
        head.Ears(4000)
