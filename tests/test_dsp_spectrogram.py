"""The short-time transform, its inverse, phases: as mathematics, and against other libraries."""

from __future__ import annotations

import librosa
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from aigc_edu import dsp
from aigc_edu.errors import InvalidValueError

NAMES = {"hann": "hann", "hamming": "hamming", "blackman": "blackman", "rectangular": "boxcar"}
SIZES = [(64, 16), (256, 64), (256, 100), (400, 160), (1024, 256), (512, 512)]


def signal(length=5000, seed=0):
    return np.random.default_rng(seed).normal(scale=0.3, size=length)


def close(got, right, bar=1e-6):
    return got.shape == right.shape and np.abs(got - right).max() <= bar * np.abs(right).max()


# ---------------------------------------------------------------- there


@pytest.mark.parametrize("centre", [True, False])
@pytest.mark.parametrize(("frame", "hop"), SIZES)
@pytest.mark.parametrize("window", NAMES)
def test_stft_equals_librosas_and_torchs(window, frame, hop, centre):
    x = signal()
    X = dsp.stft(x, frame, hop, window, centre)
    assert X.dtype == np.complex128
    sizes = {"n_fft": frame, "hop_length": hop, "center": centre}
    assert close(X, librosa.stft(x, window=NAMES[window], pad_mode="constant", **sizes))
    g = torch.from_numpy(dsp.window(window, frame))
    ends = {"pad_mode": "constant", "return_complex": True}
    assert close(X, torch.stft(torch.from_numpy(x), window=g, **sizes, **ends).numpy())


def test_a_frame_is_the_transform_of_a_windowed_piece():
    x, g = signal(400), dsp.window("hann", 64)
    X = dsp.stft(x, 64, 16, centre=False)
    assert X.shape == (33, 1 + (400 - 64) // 16)
    for m in range(X.shape[1]):
        assert np.allclose(X[:, m], dsp.dft(g * x[16 * m : 16 * m + 64])[:33])


def test_centred_frames_have_their_middle_at_multiples_of_the_hop():
    """A click at the middle of a frame has the same magnitude in all bins, and real values."""
    x = np.zeros(1000)
    x[320] = 1
    X = dsp.stft(x, 128, 32)
    assert X.shape == (65, 1 + 1000 // 32)
    assert np.allclose(np.abs(X[:, 10]), 1) and np.abs(X).max(axis=0).argmax() == 10
    assert np.allclose(np.abs(X[:, 9]), np.abs(X[:, 11]))


def test_stft_leaves_its_input_alone():
    x = signal(300)
    kept, _ = x.copy(), x.setflags(write=False)
    dsp.istft(dsp.stft(x, 64, 16), 16)
    assert np.array_equal(x, kept)


# ---------------------------------------------------------------- and back


@pytest.mark.parametrize("centre", [True, False])
@pytest.mark.parametrize(("frame", "hop"), [s for s in SIZES if s[0] > s[1]])
@pytest.mark.parametrize("window", ["hann", "hamming", "blackman"])
def test_istft_equals_librosas_of_any_spectrogram(window, frame, hop, centre):
    """Not only of those that a signal has: then frames don't agree where they overlap."""
    random = np.random.default_rng(1)
    X = random.normal(size=(frame // 2 + 1, 12)) + 1j * random.normal(size=(frame // 2 + 1, 12))
    right = librosa.istft(X, hop_length=hop, window=NAMES[window], center=centre)
    got = dsp.istft(X, hop, window, centre=centre)
    if centre:
        assert close(got, right)
        longer = len(right) + frame // 4
        sizes = {"hop_length": hop, "window": NAMES[window], "length": longer}
        assert close(dsp.istft(X, hop, window, longer), librosa.istft(X, **sizes))
    else:  # near the ends the windows are tiny, and so is their square
        inside = slice(frame, -frame)
        assert got.shape == right.shape and close(got[inside], right[inside])


@settings(deadline=None, max_examples=60)
@given(
    st.integers(1, 3000),
    st.sampled_from([2, 16, 64, 200, 512]),
    st.floats(0.01, 0.5),
    st.sampled_from(["hann", "hamming", "blackman", "rectangular"]),
)
def test_the_inverse_gives_the_signal_back(length, frame, part, window):
    """With any hop up to half a frame, whether or not windows add up evenly."""
    x, hop = signal(length), max(1, int(part * frame))
    back = dsp.istft(dsp.stft(x, frame, hop, window), hop, window, length)
    assert np.abs(back - x).max() < 1e-6


@pytest.mark.parametrize("window", NAMES)
def test_without_centring_all_but_the_uncovered_ends_comes_back(window):
    x = signal(64 + 16 * 20)
    back = dsp.istft(dsp.stft(x, 64, 16, window, centre=False), 16, window, centre=False)
    assert len(back) == len(x)
    assert np.abs(back - x)[3:-3].max() < 1e-6
    assert abs(back[0] - (0 if dsp.window(window, 64)[0] < 1e-9 else x[0])) < 1e-9


def test_istft_is_the_least_squares_solution():
    """No other signal's transform is nearer, and the error is orthogonal to every change."""
    random = np.random.default_rng(2)
    X = random.normal(size=(33, 20)) + 1j * random.normal(size=(33, 20))
    y = dsp.istft(X, 16)
    twice = np.array([1] + [2] * 31 + [1])[:, None]
    X[[0, -1]] = X[[0, -1]].real  # of real signals, these are
    error = X - dsp.stft(y, 64, 16)
    for seed in range(5):
        change = dsp.stft(signal(len(y), seed), 64, 16)
        inner = np.sum(twice * (error * change.conj()).real)
        assert abs(inner) < 1e-9 * np.linalg.norm(error) * np.linalg.norm(change)


@pytest.mark.parametrize(
    ("window", "frame", "hop", "other"),
    [("hann", 64, 64, 63), ("hann", 64, 80, 63), ("rectangular", 64, 65, 64)],
)
def test_what_cannot_come_back_is_refused(window, frame, hop, other):
    X = dsp.stft(signal(1000), frame, hop, window)
    with pytest.raises(InvalidValueError, match=f"any weight.* hop of {other} would work"):
        dsp.istft(X, hop, window)
    dsp.check_nola(window, frame, other)


def test_a_length_beyond_the_last_frame_is_refused():
    X = dsp.stft(signal(1000), 64, 16)
    reach = 62 * 16 + 32
    assert len(dsp.istft(X, 16, length=reach)) == reach
    with pytest.raises(InvalidValueError, match=f"reach {reach} samples far, not {reach + 1}"):
        dsp.istft(X, 16, length=reach + 1)


# ---------------------------------------------------------------- adding up


@pytest.mark.parametrize("hop", range(1, 61))
@pytest.mark.parametrize("window", NAMES)
def test_check_cola_agrees_with_adding_up(window, hop):
    frame = 60
    total = dsp.overlap_add(np.tile(dsp.window(window, frame), (400, 1)), hop)[120:-120]
    constant = np.ptp(total) < 1e-9
    if constant:
        assert np.isclose(dsp.check_cola(window, frame, hop), total[0])
    else:
        with pytest.raises(InvalidValueError, match="don't add up") as caught:
            dsp.check_cola(window, frame, hop)
        other = int(str(caught.value).split("hop of ")[1].split()[0])
        dsp.check_cola(window, frame, other)
        assert other < hop


def test_known_hops_add_up():
    assert np.isclose(dsp.check_cola("hann", 64, 32), 1)
    assert np.isclose(dsp.check_cola("hann", 64, 16), 2)
    assert np.isclose(dsp.check_cola("hamming", 64, 32), 1.08)
    assert np.isclose(dsp.check_cola("rectangular", 64, 64), 1)
    with pytest.raises(InvalidValueError, match="hop of 16 would work"):
        dsp.check_cola("blackman", 64, 20)


def test_istft_needs_less_than_cola():
    x = signal(2000)
    with pytest.raises(InvalidValueError):
        dsp.check_cola("hann", 64, 40)
    dsp.check_nola("hann", 64, 40)
    x = x[: 40 * 49]
    assert np.abs(dsp.istft(dsp.stft(x, 64, 40), 40, length=len(x)) - x).max() < 1e-6


# ---------------------------------------------------------------- phases


@pytest.mark.parametrize("frequency", [437.3, 1000.0, 1003.9, 3210.77, 7000.1])
def test_the_turning_phase_tells_the_frequency(frequency):
    rate, hop = 16_000, 64
    X = dsp.stft(dsp.sine(frequency, 0.5, rate), 512, hop)
    found = dsp.instantaneous_frequency(X, hop, rate)
    assert found.shape == (257, X.shape[1] - 1)
    inside = slice(5, -6)
    k = np.abs(X[:, 60]).argmax()
    for bin_ in (k - 1, k, k + 1):  # within the main lobe, all bins see the same tone
        assert np.abs(found[bin_, inside] - frequency).max() < 0.1


def spectrogram(seed=0):
    return np.abs(dsp.stft(signal(4000, seed) * np.hanning(4000), 256, 64))


@pytest.mark.parametrize("momentum", [0, 0.5, 0.99])
def test_griffin_lim_equals_librosas(momentum):
    S = spectrogram()
    right = librosa.griffinlim(
        S,
        n_iter=20,
        hop_length=64,
        momentum=momentum,
        random_state=np.random.default_rng(3),
        pad_mode="constant",
    )
    assert close(dsp.griffin_lim(S, 64, 20, momentum, seed=3), right)
    zero = librosa.griffinlim(
        S, n_iter=20, hop_length=64, momentum=momentum, init=None, pad_mode="constant"
    )
    assert close(dsp.griffin_lim(S, 64, 20, momentum, phase=np.zeros(S.shape)), zero)


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 1000), st.sampled_from([32, 64, 100, 128]))
def test_without_momentum_it_never_gets_worse(seed, hop):
    S = np.random.default_rng(seed).exponential(size=(129, 15))  # of no signal at all
    history = []
    y = dsp.griffin_lim(S, hop, 25, momentum=0, seed=seed, history=history)
    history.append(dsp.spectral_convergence(S, dsp.stft(y, 256, hop)))
    assert len(history) == 26
    assert np.diff(history).max() <= 1e-12 and history[-1] < history[0]


def test_the_right_phases_are_left_alone():
    x = signal(64 * 40)
    X = dsp.stft(x, 256, 64)
    history = []
    for momentum in (0, 0.99):
        y = dsp.griffin_lim(np.abs(X), 64, 5, momentum, phase=np.angle(X), history=history)
        assert np.abs(y - x).max() < 1e-9
    assert max(history) < 1e-9
    assert np.allclose(dsp.griffin_lim(np.abs(X), 64, 0, phase=np.angle(X)), x)


def test_momentum_is_faster_and_seeds_differ():
    S, ends = spectrogram(), []
    for momentum in (0, 0.99):
        history = []
        dsp.griffin_lim(S, 64, 40, momentum, history=history)
        ends.append(history[-1])
    assert ends[1] < 0.8 * ends[0]
    one, same, other = (dsp.griffin_lim(S, 64, 3, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one, same) and not np.allclose(one, other)
    assert np.array_equal(dsp.griffin_lim(0 * S, 64, 3), np.zeros(64 * (S.shape[1] - 1)))


def test_spectral_convergence_is_the_distance_of_whole_spectra():
    S, T = spectrogram(0), spectrogram(1)
    both = [np.concatenate([v, v[1:-1][::-1]]) for v in (S, T)]  # with negative frequencies
    right = np.linalg.norm(both[0] - both[1]) / np.linalg.norm(both[0])
    assert np.isclose(dsp.spectral_convergence(S, T * np.exp(1j * S)), right)
    assert dsp.spectral_convergence(S, S) == 0
    assert np.isclose(dsp.spectral_convergence(S, 0 * S), 1)


# ---------------------------------------------------------------- refusals

X = dsp.stft(signal(1000), 64, 16)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: dsp.stft(signal(100), 63, 16), "frame must be even, got 63; take 64"),
        (lambda: dsp.stft(signal(100), 0, 16), "frame must be a whole number of at least 2"),
        (lambda: dsp.stft(signal(100), 64, 0), "hop must be a whole number of at least 1"),
        (lambda: dsp.stft(signal(100), 64, 2.5), "hop must be a whole number"),
        (lambda: dsp.stft(signal(100), 64, 16, "kaiser"), "window is one of"),
        (lambda: dsp.stft(signal(50), 64, 16, centre=False), "fewer than a frame"),
        (lambda: dsp.stft(signal(100) + 0j, 64, 16), "x must be real"),
        (lambda: dsp.stft(np.ones((2, 50)), 64, 16), r"x must have shape \(N,\)"),
        (lambda: dsp.stft([], 64, 16), r"x must have shape \(N,\)"),
        (lambda: dsp.stft([np.nan] * 99, 64, 16), "x holds NaN"),
        (lambda: dsp.istft(X[0], 16), r"shape \(bins, frames\)"),
        (lambda: dsp.istft(X * np.inf, 16), "X holds NaN or infinite"),
        (lambda: dsp.istft(X, 16, length=-1), "length must be a whole number"),
        (lambda: dsp.istft(X[:, :0], 16), r"at least \(2, 1\)"),
        (lambda: dsp.overlap_add(np.ones(5), 2), "pieces must have shape"),
        (lambda: dsp.check_cola("hann", 2, 2), "a hop of 1 would work"),
        (lambda: dsp.instantaneous_frequency(X[:, :1], 16, 8000), "two frames"),
        (lambda: dsp.instantaneous_frequency(np.abs(X), 16, 8000), "must be complex"),
        (lambda: dsp.instantaneous_frequency(X, 16, 0), "rate must be"),
        (lambda: dsp.griffin_lim(X, 16), "take np.abs"),
        (lambda: dsp.griffin_lim(-np.abs(X), 16), "take np.abs"),
        (lambda: dsp.griffin_lim(np.abs(X), 64), "without any weight"),
        (lambda: dsp.griffin_lim(np.abs(X), 16, -1), "iterations must be"),
        (lambda: dsp.griffin_lim(np.abs(X), 16, momentum=-0.5), "momentum must be"),
        (lambda: dsp.griffin_lim(np.abs(X), 16, phase=np.zeros(3)), "phase has the shape"),
        (lambda: dsp.spectral_convergence(np.abs(X), X[1:]), "magnitude has the shape"),
        (lambda: dsp.spectral_convergence(0 * np.abs(X), X), "zero everywhere"),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value")
def test_bad_arguments_are_named(call, message):
    with pytest.raises(InvalidValueError, match=message):
        call()
