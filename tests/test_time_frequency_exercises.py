"""The checks of *Time and frequency together* accept right answers and name typical mistakes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from aigc_edu import dsp
from aigc_edu.teaching import check

# ---------------------------------------------------------------- the transform


def cut(x, frame, hop, end=1):
    return np.array([x[s : s + frame] for s in range(0, len(x) - frame + end, hop)])


def magnitudes(x, frame, hop, g=None, transform=np.fft.rfft, end=1):
    g = dsp.window("hann", frame) if g is None else g
    return np.abs(transform(g * cut(x, frame, hop, end), axis=1)).T


def by_torch(x, frame, hop):
    x, g = torch.tensor(x), torch.hann_window(frame, dtype=torch.float64)
    return torch.stft(x, frame, hop, window=g, center=False, return_complex=True).abs().float()


def beyond_the_end(x, frame, hop):
    x, count = np.append(x, np.zeros(frame)), len(x)
    pieces = [x[s : s + frame] for s in range(0, count, hop)]
    return np.abs(np.fft.rfft(dsp.window("hann", frame) * pieces, axis=1)).T


# ---------------------------------------------------------------- how long a frame


def frame_for(difference, rate):
    return 2 ** int(np.ceil(np.log2(2 * rate / difference)))


def frame_beyond(difference, rate):
    frame = 1
    while frame <= 2 * rate / difference:
        frame *= 2
    return frame


# ---------------------------------------------------------------- the inverse


def invert(X, hop, again=1, below=2, cut=True, division=True):
    frame, g = 2 * (len(X) - 1), dsp.window("hann", 2 * (len(X) - 1))
    pieces = np.fft.irfft(X.T, frame, axis=1)
    y = dsp.overlap_add(pieces * g**again, hop)
    weight = dsp.overlap_add(np.tile(g**below, (len(pieces), 1)), hop)
    y = y / np.where(weight > 1e-12, weight, 1) if division else y
    return y[frame // 2 : -(frame // 2)] if cut else y


def unshifted(X, hop):
    return invert(X, hop, cut=False)[: hop * (X.shape[1] - 1)]


def uncut_end(X, hop):
    return invert(X, hop, cut=False)[len(X) - 1 :]


# ---------------------------------------------------------------- log-mel


def log_mel(x, rate, power=2, factor=10, floor=1e-8, log=np.log10, centre=True, **options):
    X = np.abs(dsp.stft(x, 1024, 256, centre=centre)) ** power
    M = dsp.mel_filterbank(rate, 1024, 80, **options) @ X
    return factor * log(np.maximum(M, floor))


def sum_of_levels(x, rate):
    levels = dsp.to_db(np.abs(dsp.stft(x, 1024, 256)) ** 2, -80)
    return dsp.mel_filterbank(rate, 1024, 80) @ levels


def floor_below_the_top(x, rate):
    levels = log_mel(x, rate, floor=1e-20)
    return np.maximum(levels, levels.max() - 80)


# ---------------------------------------------------------------- Griffin and Lim


def rebuilt(S, X, hop):
    return dsp.stft(dsp.istft(X, hop), 2 * len(S) - 2, hop)


def improve(S, X, hop):
    Y = rebuilt(S, X, hop)
    return np.where(Y == 0, S, S * Y / np.where(Y == 0, 1, np.abs(Y)))


def divided(S, X, hop):
    Y = rebuilt(S, X, hop)
    return S * Y / np.abs(Y)


def with_a_tiny_number(S, X, hop):
    Y = rebuilt(S, X, hop)
    return S * Y / (np.abs(Y) + 1e-16)


RIGHT = {
    "timefreq-stft": [magnitudes, by_torch],
    "timefreq-window": [frame_for, lambda d, r: float(frame_for(d, r))],
    "timefreq-inverse": [
        invert,
        lambda X, hop: dsp.istft(X, hop).astype(np.float32),
        lambda X, hop: list(dsp.istft(X, hop)),
    ],
    "timefreq-mel": [log_mel, lambda x, r: np.maximum(log_mel(x, r, floor=1e-30), -80)],
    "timefreq-griffin": [improve, lambda S, X, h: S * np.exp(1j * np.angle(rebuilt(S, X, h)))],
}

WRONG = [
    ("stft", lambda x, L, H: magnitudes(x, L, H).T, "transpose"),
    ("stft", lambda x, L, H: magnitudes(x, L, H) ** 2, "powers"),
    ("stft", lambda x, L, H: dsp.stft(x, L, H, centre=False), "take np.abs"),
    ("stft", lambda x, L, H: magnitudes(x, L, H, 1), "aren't windowed"),
    ("stft", lambda x, L, H: magnitudes(x, L, H, np.hanning(L)), "np.hanning"),
    ("stft", lambda x, L, H: magnitudes(x, L, H, transform=np.fft.fft), "use np.fft.rfft"),
    ("stft", lambda x, L, H: np.abs(dsp.stft(x, L, H)), "centred here"),
    ("stft", lambda x, L, H: magnitudes(x, L, H, end=0), "last frame is missing"),
    ("stft", beyond_the_end, "beyond the end"),
    ("stft", lambda x, L, H: magnitudes(x, L, H)[:, :2], "the shape should be"),
    ("stft", lambda x, L, H: magnitudes(x, L, H) + 1, "frame 0 should be"),
    ("window", lambda d, r: 2 * r / d, "no power of two"),
    ("window", lambda d, r: 2 ** int(np.ceil(np.log2(r / d))), "two bins"),
    ("window", frame_beyond, "just enough"),
    ("window", lambda d, r: 2 ** int(np.floor(np.log2(2 * r / d))), "two bins"),
    ("window", lambda d, r: 2 ** round(np.log2(2 * r / d)), "two bins"),
    ("window", lambda d, r: frame_for(d, r) // 8, "shorter than"),
    ("window", lambda d, r: frame_for(d, r) * 4, "longer than needed"),
    ("inverse", lambda X, h: invert(X, h, again=0, division=False), "not divided by anything"),
    ("inverse", lambda X, h: invert(X, h, division=False), "now divide"),
    ("inverse", lambda X, h: invert(X, h, again=0, below=1), "nobody has changed"),
    ("inverse", lambda X, h: invert(X, h, below=1), "sum of g squared"),
    ("inverse", lambda X, h: invert(X, h, again=0), "windowed once"),
    ("inverse", lambda X, h: invert(X, h, cut=False), "half a frame at each end"),
    ("inverse", unshifted, "half a frame at the beginning"),
    ("inverse", uncut_end, "half a frame at the end, too"),
    ("inverse", lambda X, h: invert(X, h)[:-1], "the shape should be"),
    ("inverse", lambda X, h: invert(X, h) * 2, "the numerator adds"),
    ("mel", lambda x, r: log_mel(x, r).T, "transpose"),
    ("mel", lambda x, r: log_mel(x, r, power=1), "they take powers"),
    ("mel", lambda x, r: np.maximum(log_mel(x, r, power=1, factor=20), -80), "they take powers"),
    ("mel", lambda x, r: log_mel(x, r, factor=20), "20 log10 is for amplitudes"),
    ("mel", lambda x, r: log_mel(x, r, factor=20, floor=1e-4), "20 log10 is for amplitudes"),
    ("mel", lambda x, r: log_mel(x, r, factor=1, log=np.log), "natural logarithm"),
    ("mel", lambda x, r: log_mel(x, r, factor=1), "bels"),
    ("mel", floor_below_the_top, "below the loudest"),
    ("mel", sum_of_levels, "you add decibels up"),
    ("mel", lambda x, r: log_mel(x, r, centre=False), "should be centred"),
    ("mel", lambda x, r: log_mel(x, r, htk=True), "other mel scale"),
    ("mel", lambda x, r: log_mel(np.append(x[: len(x) // 2] * 0, x), r, floor=0), "shape"),
    ("mel", lambda x, r: np.log10(0 * log_mel(x, r)), "infinite values"),
    ("mel", lambda x, r: log_mel(x, r, floor=1e-30), "nothing should be below -80"),
    ("mel", lambda x, r: log_mel(x, r) + 1, "should be"),
    ("griffin", lambda S, X, h: dsp.istft(X, h), "you return a sound"),
    ("griffin", divided, "NaNs"),
    ("griffin", with_a_tiny_number, "take the angle 0"),
    ("griffin", lambda S, X, h: improve(S, X, h).T, "transpose"),
    ("griffin", rebuilt, "still there"),
    ("griffin", lambda S, X, h: X, "goes through unchanged"),
    ("griffin", lambda S, X, h: S * rebuilt(S, X, h), "divided by its magnitude before"),
    ("griffin", lambda S, X, h: S * np.exp(-1j * np.angle(rebuilt(S, X, h))), "turned round"),
    ("griffin", lambda S, X, h: S, "turned round"),
    ("griffin", lambda S, X, h: np.abs(rebuilt(S, X, h)), "without their angles"),
    ("griffin", lambda S, X, h: improve(S, X, h) * 2, "Y is stft"),
]


@pytest.mark.parametrize(
    ("name", "answer"), [(name, answer) for name, answers in RIGHT.items() for answer in answers]
)
def test_right_answers_pass(name, answer):
    verdict = check(name, answer)
    assert verdict.passed, verdict.hint


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("name", "answer", "hint"), WRONG)
def test_typical_mistakes_are_named(name, answer, hint):
    verdict = check(f"timefreq-{name}", answer)
    assert not verdict.passed and hint in verdict.hint, verdict.hint
