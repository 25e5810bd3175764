"""Effects: the same seed, the same sound; another seed, another take of the same thing."""

import itertools

import numpy as np
import pytest

from aigc_edu import dsp
from aigc_edu.dsp import effects
from aigc_edu.dsp.effects import making, parts, weather
from aigc_edu.dsp.effects.things import MINNAERT, STROUHAL
from aigc_edu.errors import InvalidValueError

RATE = 16_000
EVENTS = [name for name, one in effects.EFFECTS.items() if not one.lasting]
TEXTURES = [name for name, one in effects.EFFECTS.items() if one.lasting]
SHORT = {"brush": {"seconds": 0.4}, "engine": {"seconds": 0.5}, "door": {"creak": 0.3}}


def made(name, seed=0, rate=RATE, **settings):
    one = effects.effect(name)
    settings = {**SHORT.get(name, {}), **settings}
    if one.lasting:
        settings.setdefault("seconds", 0.7)
    return effects.make(name, seed, rate, **settings)


def likeness(a, b):
    """Return the largest correlation of two sounds at any shift, 0 ... 1."""
    size = 2 * max(len(a), len(b))
    together = np.fft.irfft(np.fft.rfft(a, size) * np.fft.rfft(b, size).conj(), size)
    return np.abs(together).max() / np.sqrt(np.sum(a**2) * np.sum(b**2))


@pytest.mark.parametrize("name", effects.EFFECTS)
def test_a_seed_fixes_the_sound_and_another_one_makes_another(name):
    x = made(name, 3)
    assert x.dtype == np.float64 and np.isfinite(x).all() and np.abs(x).max() <= 0.95
    assert np.array_equal(x, made(name, 3))
    assert likeness(x, made(name, 4)) < 0.985 and not np.array_equal(x, made(name, 4))
    assert likeness(x, 0.3 * np.pad(x, (50, 0))) == pytest.approx(1), "a copy is found out"


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_begins_and_ends_at_nothing_and_is_as_loud_as_others(name):
    peaks = []
    for seed in range(4):
        x = made(name, seed)
        assert abs(x[0]) < 1e-9 and abs(x[-1]) < 0.02
        peaks.append(np.abs(x).max())
    assert all(0.3 < peak < 0.8 for peak in peaks) and len(set(peaks)) == 4


@pytest.mark.parametrize("name", TEXTURES)
def test_a_texture_is_as_long_and_as_loud_as_it_is_to_be(name):
    x = made(name)
    assert len(x) == round(0.7 * RATE)
    assert 0.06 < np.sqrt(np.mean(x**2)) <= 0.1


@pytest.mark.parametrize("name", effects.EFFECTS)
def test_every_parameter_is_heard_at_both_its_ends(name):
    one = effects.effect(name)
    for key, parameter in one.parameters.items():
        if key == "seconds":
            continue
        ends = parameter.choices or (parameter.low, parameter.high)
        heard = [made(name, 1, **{key: value}) for value in (ends[0], ends[-1])]
        assert all(np.isfinite(x).all() and np.abs(x).max() > 0.01 for x in heard), key
        same = len(heard[0]) == len(heard[1]) and np.allclose(*heard)
        assert not same, f"{name}: {key} does nothing"


@pytest.mark.parametrize("rate", [8000, 48_000])
def test_another_rate_is_the_same_kind_of_sound(rate):
    for name in ("footstep", "drip", "rain"):
        x = made(name, 2, rate)
        assert len(x) / rate == pytest.approx(len(made(name, 2)) / RATE, abs=0.15)


def features(x):
    """Return the levels of a step in 16 mel bands and 4 quarters of a second, in dB."""
    x = np.pad(x, (0, max(0, RATE - len(x))))[:RATE]
    mel = dsp.mel_spectrogram(x, RATE, 512, 256, 16)
    quarters = np.array_split(mel, 4, axis=1)
    return np.concatenate([10 * np.log10(q.mean(axis=1) + 1e-8) for q in quarters])


def test_takes_on_one_floor_are_nearer_to_each_other_than_to_other_floors():
    floors = ("wood", "stone", "gravel", "snow")
    steps = {f: effects.variations("footstep", 5, 0, RATE, floor=f) for f in floors}
    rows = [(f, features(x)) for f in floors for x in steps[f]]
    for number, (floor, row) in enumerate(rows):
        far = [
            np.linalg.norm(row - other) if n != number else np.inf
            for n, (_, other) in enumerate(rows)
        ]
        assert rows[int(np.argmin(far))][0] == floor
    for takes in steps.values():
        assert max(likeness(a, b) for a, b in itertools.combinations(takes, 2)) < 0.95


def test_the_drops_of_the_rain_add_up_to_the_rain():
    """Volume times number times speed, over all sizes, is the depth of water in an hour."""
    d = np.linspace(0.01, 12, 4000)
    for rain in (2.0, 10.0, 40.0):
        volume = np.pi / 6 * d**3 * 1e-9  # cubic metres
        fallen = volume * weather.drops_in_air(d, rain) * weather.falling_speed(d)
        depth = np.sum(fallen) * (d[1] - d[0]) * 3600 * 1000  # mm an hour
        assert depth == pytest.approx(rain, rel=0.25)


def test_more_rain_is_louder_and_denser():
    heavy = {i: making.texture("rain", 0, RATE, 1.0, intensity=i) for i in (1, 10, 100)}
    sizes = [np.sqrt(np.mean(x**2)) for x in heavy.values()]
    assert sizes[0] < sizes[1] < sizes[2]
    kurtosis = [np.mean(x**4) / np.mean(x**2) ** 2 for x in heavy.values()]
    assert kurtosis[0] > kurtosis[2] > 2.5, "few drops are single, many a noise"


def peak_of(x, low, high):
    """Return the frequency between two where the smoothed spectrum is highest."""
    f = np.fft.rfftfreq(len(x), 1 / RATE)
    power = np.convolve(np.abs(np.fft.rfft(x)) ** 2, np.ones(15), "same")
    inside = (f > low) & (f < high)
    return f[inside][np.argmax(power[inside])]


def test_a_wire_howls_where_strouhal_has_it():
    x = making.texture("wind", 1, RATE, 3.0, speed=20.0, gusts=0.0, wire=3.0)
    assert peak_of(x, 700, 3000) == pytest.approx(STROUHAL * 20 / 0.003, rel=0.06)
    calm, storm = (making.texture("wind", 1, RATE, 1.0, speed=v) for v in (5.0, 20.0))
    assert np.std(storm) > 8 * np.std(calm)


def test_a_swing_is_highest_where_it_is_fastest():
    x = made("whoosh", 2, speed=60.0, thickness=10.0, seconds=1.0)
    loudest = np.argmax(np.convolve(x**2, np.ones(1600), "same"))
    middle = x[loudest - 1200 : loudest + 1200] * np.hanning(2400)
    assert peak_of(middle, 300, 4000) == pytest.approx(STROUHAL * 60 / 0.01, rel=0.25)


def test_an_engine_fires_as_often_as_its_cylinders_say():
    x = made("engine", 0, cylinders=6.0, rpm=2000.0, rpm_end=2000.0, seconds=1.5, pipe=0.5)
    envelope = np.abs(np.fft.rfft(x - x.mean()))
    f = np.fft.rfftfreq(len(x), 1 / RATE)
    fired = 2000 / 60 * 6 / 2
    near = (f > 0.96 * fired) & (f < 1.04 * fired)
    beside = (f > 1.06 * fired) & (f < 1.12 * fired)
    assert envelope[near].max() > 4 * envelope[beside].max()


def test_a_bubble_sings_at_minnaerts_pitch_and_rises():
    found = []
    for seed in range(8):
        x = made("drip", seed, radius=2.0)
        found.append(peak_of(x, 500, 5000))
    assert np.median(found) == pytest.approx(MINNAERT / 0.002, rel=0.2)


@pytest.mark.parametrize("name", ["drip", "bird"])
def test_what_is_too_high_for_the_rate_does_not_come_back_lower(name):
    high = {"drip": {"radius": 0.4}, "bird": {"pitch": 7000.0}}[name]
    wide, narrow = (made(name, 1, rate, **high) for rate in (48_000, 8000))
    f = np.fft.rfftfreq(len(wide), 1 / 48_000)
    assert f[np.argmax(np.abs(np.fft.rfft(wide)))] > 4500, "nothing of its pitch is left"
    power = np.abs(np.fft.rfft(narrow)) ** 2
    assert name == "drip" or not np.any(power), "silence"
    assert parts.heard_share(3500.0, 8000) == 1 and parts.heard_share(4000.0, 8000) == 0


def test_a_brush_is_as_loud_as_it_is_fast():
    x = made("brush", 0, seconds=0.8)
    middle, ends = x[len(x) // 3 : 2 * len(x) // 3], np.concatenate([x[:800], x[-800:]])
    assert np.std(middle) > 3 * np.std(ends)


def test_a_bird_keeps_its_motif():
    own = [features(made("bird", seed, individual=5)) for seed in range(3)]
    other = features(made("bird", 0, individual=9))
    apart = [np.linalg.norm(a - b) for a, b in itertools.combinations(own, 2)]
    assert max(apart) < np.linalg.norm(own[0] - other)


def test_small_sounds_are_strewn_as_often_as_asked():
    rng, kernel = np.random.default_rng(0), [np.array([1.0])]
    for events in (20.0, 3000.0):  # added one by one, and by spectra
        x = parts.strew(rng, events, kernel, 20.0, 1000, spread=0.0)
        assert np.sum(x**2) == pytest.approx(20 * events, rel=0.1)
    few = parts.strew(np.random.default_rng(5), 10.0, [np.arange(1.0, 5)], 2.0, 8000, 0.3)
    again = np.random.default_rng(5)
    number = again.poisson(20.0)
    places = np.searchsorted(np.cumsum(np.full(16_000, 10.0)) / 8000, 20 * again.random(number))
    assert set(np.flatnonzero(few)) <= {int(p) + k for p in places for k in range(4)}


def test_peaks_are_rounded_off_and_soft_samples_left():
    x = np.array([0.0, 0.1, -0.1, 3.0, -40.0])
    y = making.rounded(x)
    assert np.allclose(y[:3], x[:3], atol=5e-4) and np.all(np.abs(y) <= 0.95)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: effects.make("footsteps"), "did you mean 'footstep'"),
        (lambda: effects.make("footstep", flo0r="wood"), "did you mean 'floor'"),
        (lambda: effects.make("footstep", floor="gravle"), "did you mean 'gravel'"),
        (lambda: effects.make("footstep", weight=5), "from 20 to 200 .kilograms"),
        (lambda: effects.make("footstep", weight="heavy"), "is a number"),
        (lambda: effects.make("footstep", weight=True), "is a number"),
        (lambda: effects.make("footstep", seconds=2.0), "leave seconds out"),
        (lambda: effects.make("rain", seconds=0), "seconds"),
        (lambda: effects.make("rain", seed=-1), "seed"),
        (lambda: effects.make("rain", rate=4000), "8000 Hz or more"),
        (lambda: making.texture("drip", 0, RATE, 1.0), "is an event"),
        (lambda: effects.variations("drip", 0), "count"),
    ],
)
def test_what_makes_no_sense_is_refused(call, message):
    with pytest.raises(InvalidValueError, match=message):
        call()
