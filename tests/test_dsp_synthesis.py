"""Synthesis does what its formulas say: lines where they belong, slopes, pitches, no aliases."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import freqz, lfilter
from scipy.special import jv

from aigc_edu import dsp
from aigc_edu.dsp import strings
from aigc_edu.errors import InvalidValueError

RATE = 16_000


def lines(x):
    """Return the amplitudes of whole frequencies in Hz of one second of sound, exactly periodic."""
    assert len(x) == RATE
    return 2 * np.abs(np.fft.rfft(x)) / len(x)


def cents(got, right):
    return 1200 * np.log2(got / right)


# ---------------------------------------------------------------- envelopes


def test_adsr_goes_through_its_corners():
    envelope = dsp.adsr(1.0, 1000, attack=0.1, decay=0.2, sustain=0.4, release=0.3)
    corners = {0: 0, 50: 0.5, 100: 1, 200: 0.7, 300: 0.4, 500: 0.4, 700: 0.4, 850: 0.2}
    for t, value in corners.items():
        assert envelope[t] == pytest.approx(value, abs=1e-9), t
    assert envelope[-1] == pytest.approx(0.4 / 300, abs=1e-9)


@given(*[st.floats(0, 0.1)] * 3, st.floats(0, 1))
def test_adsr_is_between_zero_and_one_without_jumps(attack, decay, release, sustain):
    envelope = dsp.adsr(0.5, 4000, attack, decay, sustain, release)
    assert envelope.shape == (2000,) and envelope.min() >= 0 and envelope.max() <= 1
    steepest = max(1 / max(part, 1 / 4000) for part in (attack, decay, release)) / 4000
    assert np.abs(np.diff(envelope)).max() <= steepest * (1 + 1e-9)


def test_adsr_without_ramps_is_flat():
    assert np.all(dsp.adsr(0.1, 1000, 0, 0, 1, 0) == 1)


# ---------------------------------------------------------------- partials


def test_partials_have_their_amplitudes_and_nothing_else_is_there():
    spectrum = lines(dsp.additive(200, [0.5, 0, 0.2, 0.1], 1, RATE, phases=[0, 1, 2, 3]))
    right = np.zeros_like(spectrum)
    right[[200, 600, 800]] = 0.5, 0.2, 0.1
    assert np.allclose(spectrum, right, atol=1e-10)


def test_one_partial_is_a_sine():
    x = dsp.additive(440, [0.3], 0.1, RATE, phases=0.4)
    assert np.allclose(x, dsp.sine(440, 0.1, RATE, 0.3, 0.4))


def test_partials_above_half_the_rate_are_left_out():
    spectrum = lines(dsp.additive(3000, [0.2, 0.2, 0.2, 0.2], 1, RATE))
    assert spectrum[3000] == pytest.approx(0.2) and spectrum[6000] == pytest.approx(0.2)
    spectrum[[3000, 6000]] = 0
    assert spectrum.max() < 1e-10  # 9 and 12 kHz would have come back at 7 and 4


def test_a_rising_tone_fades_out_below_half_the_rate():
    frequency = np.linspace(2000, 12_000, RATE)
    x = dsp.additive(frequency, [0.5], 1, RATE)
    assert np.all(x[frequency > RATE / 2] == 0)
    assert np.abs(np.diff(x)).max() <= 0.5 * 2 * np.pi / 2 + 0.02  # no click
    level = np.sqrt(np.convolve(x**2, np.ones(50) / 50, "same"))
    assert np.all(level[(frequency > 2500) & (frequency < 7500)] > 0.25)


def test_amplitudes_may_change_and_ratios_need_not_be_whole():
    fade = np.linspace(1, 0, RATE)
    x = dsp.additive(100, np.stack([fade, 0 * fade]), 1, RATE)
    assert np.allclose(x, fade * dsp.sine(100, 1, RATE))
    bell = lines(dsp.additive(200, [0.3, 0.2], 1, RATE, ratios=[1, 2.76]))
    assert bell[200] == pytest.approx(0.3) and bell[552] == pytest.approx(0.2)


def test_the_phase_never_jumps_where_the_frequency_does():
    frequency = np.repeat([200.0, 333.0, 150.0], 800)
    x = dsp.additive(frequency, [1.0], 0.15, RATE)
    assert np.abs(np.diff(x)).max() <= 2 * np.pi * 333 / RATE


@given(st.floats(30, 3000))
def test_a_constant_frequency_is_the_same_as_a_row_of_it(frequency):
    row = np.full(800, frequency)
    row[-1] *= 1 + 1e-12  # not constant for the code, but for the ear
    pair = [dsp.additive(f, [0.5, 0.2], 0.05, RATE) for f in (frequency, row)]
    assert np.allclose(*pair, atol=1e-8)


# ---------------------------------------------------------------- frequency modulation


@pytest.mark.parametrize(("carrier", "modulator"), [(3000, 100), (1000, 1010), (400, 150)])
@pytest.mark.parametrize("index", [0.0, 0.7, 2.4048, 5.0])
def test_sidebands_have_the_amplitudes_of_bessel(carrier, modulator, index):
    right = np.zeros(RATE // 2 + 1)
    for k in range(-60, 61):
        line = (carrier + k * modulator + RATE // 2) % RATE - RATE // 2  # -8000 ... 7999
        right[abs(line)] += np.sign(line) * jv(k, index)  # sin(-a) = -sin(a)
    assert np.allclose(lines(dsp.fm(carrier, modulator, index, 1, RATE)), np.abs(right), atol=1e-10)


def test_a_moving_index_and_amplitude_are_taken_sample_by_sample():
    index = np.linspace(3, 0, 1600)
    whole = dsp.fm(440, 220, index, 0.1, RATE, amplitude=index / 3)
    for t in (0, 700, 1599):
        still = dsp.fm(440, 220, index[t], 0.1, RATE, amplitude=index[t] / 3)
        assert whole[t] == pytest.approx(still[t], abs=1e-12)


# ---------------------------------------------------------------- noise


@pytest.mark.parametrize(
    ("colour", "slope"), [("white", 0.0), ("pink", -3.0103), ("brown", -6.0206)]
)
def test_colours_are_slopes(colour, slope):
    x = dsp.noise(colour, 30, RATE, seed=3)
    power, f = np.abs(np.fft.rfft(x)) ** 2, np.fft.rfftfreq(len(x), 1 / RATE)
    edges = 40 * 2.0 ** np.arange(8)  # octaves up to 5120 Hz
    centres = np.sqrt(2) * edges[:-1]
    bands = zip(edges[:-1], edges[1:], strict=True)
    # Each line over f^slope has one expectation; averaging the quotient leaves no bias of the band.
    level = [
        10 * np.log10(np.mean(power[band] * (f[band] / c) ** (-slope / 3.0103)))
        for (low, high), c in zip(bands, centres, strict=True)
        if (band := (f >= low) & (f < high)).any()
    ]
    fitted = np.polyfit(np.log2(centres), level, 1)[0]
    # The lowest octave has 1,200 lines, so its level is known to 4.3 / sqrt(1200) = 0.13 dB.
    assert fitted == pytest.approx(slope, abs=0.1)


@given(st.sampled_from(["white", "pink", "brown"]), st.integers(0, 99), st.integers(2, 500))
def test_noise_has_its_level_and_no_mean(colour, seed, count):
    x = dsp.noise(colour, count / RATE, RATE, seed, rms=0.2)
    assert x.shape == (count,)
    assert np.sqrt(np.mean(x**2)) == pytest.approx(0.2) and abs(x.mean()) < 1e-12
    assert np.array_equal(x, dsp.noise(colour, count / RATE, RATE, seed, rms=0.2))


def test_noise_repeats_without_a_seam():
    x = dsp.noise("brown", 1, RATE)
    assert abs(x[0] - x[-1]) < 6 * np.std(np.diff(x))


def test_seeds_are_noises_of_their_own():
    pair = [dsp.noise("white", 1, RATE, seed) for seed in (0, 1)]
    assert abs(np.corrcoef(pair)[0, 1]) < 4 / np.sqrt(RATE)


# ---------------------------------------------------------------- the plucked string


def measured_fundamental(x, frequency):
    """Return the frequency of the peak near one, from a long zero-padded spectrum."""
    size = 1 << 20
    power = np.abs(np.fft.rfft(x * np.hanning(len(x)), size))
    near = slice(int(0.9 * frequency / RATE * size), int(1.1 * frequency / RATE * size))
    i = near.start + int(np.argmax(power[near]))
    a, b, c = np.log(power[i - 1 : i + 2])
    return (i + 0.5 * (a - c) / (a - 2 * b + c)) * RATE / size


@given(st.floats(50, 1200), st.sampled_from([0.5, 0.3, 0.1]))
@settings(max_examples=30, deadline=None)
def test_a_string_has_the_pitch_that_was_asked_for(frequency, smoothing):
    x = dsp.karplus_strong(frequency, 1.5, RATE, smoothing=smoothing, decay=1.5)
    assert abs(cents(measured_fundamental(x, frequency), frequency)) < 1


@given(st.floats(50, 4000), st.floats(0.05, 0.5))
def test_one_round_takes_one_period(frequency, smoothing):
    """The delays of line, average and all-pass at the fundamental, by scipy's own responses."""
    line, loss, c = dsp.string_loop(frequency, RATE, smoothing)
    w = 2 * np.pi * frequency / RATE
    average = freqz([1 - smoothing, smoothing], 1, worN=[w])[1][0]
    allpass = freqz([c, 1], [1, c], worN=[w])[1][0]
    assert abs(allpass) == pytest.approx(1) and abs(c) < 1 and loss == 1
    delay = line - (np.angle(average) + np.angle(allpass)) / w
    assert delay == pytest.approx(RATE / frequency, abs=1e-9)


def test_the_loop_is_the_filter_that_its_equations_make():
    """Without w and v: y = x + z^-D rho (1 - S + S / z) (C + 1/z) / (1 + C/z) y, as one filter."""
    line, loss, c = dsp.string_loop(203.0, RATE, 0.3, decay=0.5)
    burst = np.random.default_rng(4).uniform(-1, 1, line)
    through = loss * np.convolve([0.7, 0.3], [c, 1])
    a = np.append([1, c], np.zeros(line + 1))
    a[line : line + 3] -= through  # these places are zero: the line is longer than 2
    x = np.append(burst - burst.mean(), np.zeros(4000 - line))
    right = lfilter([1, c], a, x)
    got = dsp.karplus_strong(203.0, 0.25, RATE, smoothing=0.3, decay=0.5, burst=burst)
    assert np.allclose(got, right / np.abs(right).max(), atol=1e-9)


def test_compiled_and_plain_loops_agree():
    x = np.append(np.random.default_rng(5).uniform(-1, 1, 71), np.zeros(900))
    arguments = (71, 0.45, 0.5, 0.2)
    assert np.allclose(strings._loop(x, *arguments), strings._compiled_loop()(x, *arguments))


@pytest.mark.parametrize("decay", [0.3, 1.0])
def test_the_fundamental_falls_by_sixty_decibels_in_the_decay(decay):
    x = dsp.karplus_strong(250, 1.2 * decay, RATE, decay=decay)
    turning = x * np.exp(-2j * np.pi * 250 * np.arange(len(x)) / RATE)
    level = np.abs(np.convolve(turning, np.ones(640) / 640, "valid"))  # ten periods
    start, stop = int(0.2 * decay * RATE), int(0.9 * decay * RATE)
    fall = 20 * np.log10(level[start] / level[stop]) / (stop - start) * RATE
    assert fall == pytest.approx(60 / decay, rel=0.01)


def test_nothing_constant_goes_round():
    x = dsp.karplus_strong(110, 2.0, RATE, seed=8)
    assert abs(np.mean(x[-1000:])) < 1e-3


def test_bursts_come_from_the_seed_or_the_caller():
    one, again, other = (dsp.karplus_strong(110, 0.1, RATE, seed=s) for s in (0, 0, 1))
    assert np.array_equal(one, again) and not np.allclose(one, other)
    line = dsp.string_loop(110, RATE).line
    given_burst = dsp.karplus_strong(110, 0.1, RATE, burst=np.hanning(line))
    assert np.argmax(given_burst) == np.argmax(np.hanning(line))
    assert np.abs(given_burst).max() == 1
    assert dsp.karplus_strong(110, 0.002, RATE).shape == (32,)  # less than a round


# ---------------------------------------------------------------- the voice


def rosenberg(u, opening, closing):
    if u < opening:
        return (1 - np.cos(np.pi * u / opening)) / 2
    return np.cos(np.pi * (u - opening) / (2 * closing)) if u < opening + closing else 0.0


def test_pulses_are_those_of_rosenberg():
    """With hundreds of harmonics the band-limited pulse is close to the formula everywhere."""
    x = dsp.glottal_pulses(50, 0.04, 96_000, 0.4, 0.16)
    right = [rosenberg(u, 0.4, 0.16) for u in np.arange(len(x)) * 50 / 96_000 % 1]
    assert np.abs(x - right).max() < 0.01


def test_pulses_have_no_aliases():
    """Between the harmonics is nothing, whereas plain samples of the formula do alias."""
    frequency = 1237  # not a divisor of the rate: each alias has a place of its own
    plain = np.array([rosenberg(u, 0.4, 0.16) for u in np.arange(RATE) * frequency / RATE % 1])
    for x, clean in ((dsp.glottal_pulses(frequency, 1, RATE), True), (plain, False)):
        spectrum = lines(x)
        spectrum[::frequency] = 0
        assert (spectrum.max() < 1e-9) == clean


def test_pulses_follow_a_moving_pitch():
    frequency = np.linspace(100, 200, RATE)
    flow = dsp.glottal_pulses(frequency, 1, RATE)
    starts = np.flatnonzero((flow[1:] >= 0.5) & (flow[:-1] < 0.5))
    assert len(starts) == 150  # the mean frequency times one second
    assert np.all(np.diff(np.diff(starts)) < 2)  # periods shorten


@pytest.mark.parametrize("symbol", ["ɑ", "ɛ", "i", "ɔ", "u"])
def test_a_vowel_is_the_product_of_source_lips_and_resonances(symbol):
    formants, frequency = dsp.PETERSON_BARNEY["man"][symbol], 100
    x = dsp.vowel(formants, frequency, 2, RATE)[RATE:]  # settled
    flow = dsp.glottal_pulses(frequency, 1, RATE)
    f = np.arange(frequency, 7500, frequency)
    gain = 2 * np.sin(np.pi * f / RATE)  # of the difference of neighbours
    for formant, bandwidth in zip(formants, (50, 70, 110), strict=True):
        b, a = dsp.resonator(formant, bandwidth, RATE)
        gain = gain * np.abs(freqz(b, a, worN=f, fs=RATE)[1])
    ratio = lines(x)[f] / (lines(flow)[f] * gain)
    assert np.allclose(ratio, ratio[0], rtol=1e-6)  # but for the scale to the amplitude
    assert np.abs(dsp.vowel(formants, frequency, 0.2, RATE, amplitude=0.3)).max() == 0.3


def test_the_table_of_formants_is_in_order():
    for group in dsp.PETERSON_BARNEY.values():
        assert len(group) == 10
        assert all(f1 < f2 < f3 for f1, f2, f3 in group.values())
    man, woman = dsp.PETERSON_BARNEY["man"], dsp.PETERSON_BARNEY["woman"]
    assert all(m < w for s in man for m, w in zip(man[s], woman[s], strict=True))  # shorter tract


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: dsp.adsr(0.1, RATE, 0.1, 0.1, 0.5, 0.1), r"fit into 0\.1 s"),
        (lambda: dsp.adsr(1, RATE, attack=-0.1), "must be 0 or more"),
        (lambda: dsp.adsr(1, RATE, attack=np.nan), "must be 0 or more"),
        (lambda: dsp.adsr(1, RATE, sustain=1.5), "sustain must lie"),
        (lambda: dsp.additive(0, [1.0], 0.1, RATE), "frequency must be above 0"),
        (lambda: dsp.additive([100, 200], [1.0], 0.1, RATE), "1600 samples, got 2"),
        (lambda: dsp.additive(100, np.ones((2, 3)), 0.1, RATE), "amplitudes must have"),
        (lambda: dsp.additive(100, [1.0], 0.1, RATE, ratios=[1, 2]), "but 2 ratios"),
        (lambda: dsp.additive(100, [1.0], 0.1, RATE, ratios=[-1.0]), "ratios must be"),
        (lambda: dsp.additive(100, [np.nan], 0.1, RATE), "amplitudes holds NaN"),
        (lambda: dsp.additive(100, [1.0, 1.0], 0.1, RATE, phases=[1, 2, 3]), "and 3 phases"),
        (lambda: dsp.fm(100, 0, 1, 0.1, RATE), "modulator must be"),
        (lambda: dsp.fm(100, 100, -1, 0.1, RATE), "index must be at least 0"),
        (lambda: dsp.fm(100, 100, [1, 2, 3], 0.1, RATE), "index must be a number"),
        (lambda: dsp.noise("grey", 1, RATE), "not 'grey'"),
        (lambda: dsp.noise("pink", 1 / RATE, RATE), "no spectrum"),
        (lambda: dsp.noise("pink", 1, RATE, rms=0), "rms must be"),
        (lambda: dsp.karplus_strong(5000, 1, RATE), "at most rate / 4"),
        (lambda: dsp.karplus_strong(100, 1, RATE, smoothing=0.7), "smoothing must lie"),
        (lambda: dsp.karplus_strong(100, 1, RATE, decay=0), "decay must be"),
        (lambda: dsp.karplus_strong(100, 1, RATE, burst=np.ones(159)), "not all alike"),
        (lambda: dsp.karplus_strong(100, 1, RATE, burst=np.arange(9.0)), "burst must have 159"),
        (lambda: dsp.glottal_pulses(100, 1, RATE, 0.8, 0.3), "at most 1 together"),
        (lambda: dsp.glottal_pulses(-5, 1, RATE), "frequency must be"),
        (lambda: dsp.vowel((700, 1200), 100, 1, RATE, bandwidths=[50]), "2 formants, but 1"),
        (lambda: dsp.vowel((9000,), 100, 1, RATE), "half the rate"),
        (lambda: dsp.vowel((), 100, 1, RATE), "N >= 1"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(InvalidValueError, match=message):
        call()
