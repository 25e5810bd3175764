"""Statistics of textures: bands that add up, numbers that are known, and noise made to measure."""

import numpy as np
import pytest
import torch

from aigc_edu.dsp import effects
from aigc_edu.errors import InvalidValueError
from aigc_edu.models.textures import (
    Statistics,
    band_filters,
    centres_of,
    envelopes,
    farness,
    match,
    shaped_noise,
    statistics_of,
)
from aigc_edu.models.textures.bands import erb_frequency, erb_number, side_by_side
from aigc_edu.models.textures.statistics import POWER, RATE

FS = 8000


def noise(seed=0, seconds=2.0):
    return torch.from_numpy(np.random.default_rng(seed).standard_normal(int(seconds * FS)))


def test_the_ears_scale_has_critical_bands_one_apart():
    for f in (200.0, 1000.0, 4000.0):
        width = 24.7 * (4.37 * f / 1000 + 1)
        assert erb_number(f + width / 2) - erb_number(f - width / 2) == pytest.approx(1, rel=0.02)
        assert erb_frequency(erb_number(f)) == pytest.approx(f)


def test_the_bands_powers_are_the_sounds():
    f = np.linspace(0, FS / 2, 500)
    gains = band_filters(f, FS, 12)
    assert np.allclose(np.square(gains).sum(axis=0), 1)
    centres = centres_of(FS, 12)
    assert np.allclose(np.diag(band_filters(centres, FS, 12)), 1)
    assert np.count_nonzero(band_filters(np.array([centres[4]]), FS, 12) > 1e-6) == 1
    with pytest.raises(InvalidValueError, match="2 bands"):
        centres_of(FS, 1)
    octaves = side_by_side(np.array([-3.0, 0.5, 9.0]), np.arange(4.0))
    assert np.allclose(np.square(octaves).sum(axis=0), 1)


def test_the_envelope_of_a_tone_is_its_amplitude():
    centre = centres_of(FS, 12)[5]
    frequency = round(centre * 2) / 2  # a whole number of swings in two seconds
    t = torch.arange(2 * FS) / FS
    tone = 2 * torch.sin(2 * torch.pi * frequency * t.double())
    e = envelopes(tone, FS, 12)
    assert e.shape == (12, 2 * RATE)
    assert torch.allclose(e[5], torch.tensor(2.0**POWER).double(), rtol=1e-2)
    assert e[10].max() < 0.26, "a band far away hears next to nothing"


def test_a_slow_swell_is_found_among_the_changes():
    swell = 1 + 0.8 * torch.sin(2 * torch.pi * 8 * torch.arange(2 * FS) / FS)
    found = statistics_of(noise() * swell, FS).changes.mean(dim=0)
    plain = statistics_of(noise(), FS).changes.mean(dim=0)
    assert int((found - plain).argmax()) == 2, "2, 4, 8 Hz: the third"
    together = statistics_of(noise() * swell, FS).together
    off = ~torch.eye(len(together), dtype=torch.bool)
    assert together[off].mean() > 0.25 > 0.15 > statistics_of(noise(), FS).together[off].mean()


def test_correlations_are_correlations():
    found = statistics_of(noise(), FS)
    assert torch.allclose(found.together.diagonal(), torch.ones(len(found.mean)).double())
    assert torch.allclose(found.together, found.together.T) and found.together.abs().max() < 1.0001
    e = envelopes(noise() / noise().square().mean().sqrt(), FS).numpy()
    assert np.allclose(np.corrcoef(e), found.together.numpy(), atol=1e-6)
    assert np.allclose(e.var(axis=1) / e.mean(axis=1) ** 2, found.spread.numpy())
    skew = np.mean(((e.T - e.mean(axis=1)) / e.std(axis=1)) ** 3, axis=0)
    assert np.allclose(skew, found.skew.numpy(), atol=1e-6)


def test_the_level_does_not_count():
    first, second = statistics_of(noise(), FS), statistics_of(0.01 * noise(), FS)
    assert all(torch.allclose(a, b, atol=1e-9) for a, b in zip(first, second, strict=True))


def test_sparse_clicks_are_skewed_and_noise_is_not():
    clicks = torch.zeros(2 * FS).double()
    clicks[torch.randint(2 * FS, (12,), generator=torch.Generator().manual_seed(0))] = 1
    assert statistics_of(clicks + 1e-3 * noise(), FS).skew.mean() > 1.5
    assert abs(statistics_of(noise(), FS).skew.mean()) < 0.6


def test_farness_is_zero_of_itself_and_grows():
    here, there = statistics_of(noise(), FS), statistics_of(noise(5), FS)
    assert all(float(v) == 0 for v in farness(here, here).values())
    assert all(float(v) > 0 for v in farness(there, here).values())
    assert tuple(farness(here, there)) == Statistics._fields


def test_shaped_noise_has_the_spectrum_and_nothing_else():
    x = effects.make("fire", 1, FS, 2.0)
    made = shaped_noise(x, len(x), 3)
    assert np.sqrt(np.mean(made**2)) == pytest.approx(np.sqrt(np.mean(x**2)))
    off = farness(*(statistics_of(torch.from_numpy(y), FS) for y in (made, x)))
    assert off["mean"] < 0.15 and off["skew"] > 0.5


def test_matched_noise_has_the_statistics_and_is_another_sound():
    x = effects.make("fire", 1, FS, 1.0)
    found = match(x, FS, steps=25, bands=12)
    assert found.sound.shape == x.shape and len(found.losses) == 26
    assert found.losses[-1] < 0.15 * found.losses[0]
    assert sum(found.off.values()) == pytest.approx(found.losses[-1], rel=1e-3)
    assert np.sqrt(np.mean(found.sound**2)) == pytest.approx(np.sqrt(np.mean(x**2)))
    alike = np.abs(np.corrcoef(found.sound, x)[0, 1])
    assert alike < 0.2, "the statistics, not the samples"
    again = match(x, FS, steps=3, bands=12)
    assert again.losses[:3] == match(x, FS, steps=3, bands=12).losses[:3]


def test_only_what_is_asked_for_is_matched():
    x = effects.make("fire", 1, FS, 1.0)
    found = match(x, FS, steps=12, bands=12, kinds=("mean",))
    assert found.losses[-1] == pytest.approx(found.off["mean"], rel=1e-3)
    assert found.off["skew"] > 0.3


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: match(np.zeros(FS), FS), "isn't silent"),
        (lambda: match(np.ones(FS), FS, kinds=("kurtosis",)), "kinds are some of"),
        (lambda: envelopes(torch.ones(100), FS), "quarter of a second"),
        (lambda: envelopes(torch.ones(2, FS), FS), "shape"),
    ],
)
def test_what_makes_no_sense_is_refused(call, message):
    with pytest.raises(InvalidValueError, match=message):
        call()
