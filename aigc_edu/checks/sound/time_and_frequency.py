"""Checks of the exercises of the chapter *Time and frequency together*."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from aigc_edu import dsp
from aigc_edu.checks._compare import Mistakes, named_mistake
from aigc_edu.teaching.exercises import exercise

Function = Callable[..., np.ndarray]


def _noise(count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(scale=0.2, size=count)


def _shape_hint(got: np.ndarray, right: np.ndarray) -> str | None:
    if got.shape == right.shape:
        return None
    if got.shape == right.T.shape:
        return "bins are rows and frames are columns; yours are the other way round: transpose."
    return f"the shape should be {right.shape}, yours is {got.shape}."


def _same(got: np.ndarray, right: np.ndarray) -> bool:
    return got.shape == right.shape and np.allclose(got, right, rtol=1e-5, atol=1e-6)


# ---------------------------------------------------------------- the transform


@exercise("timefreq-stft")
def stft(answer: Function) -> str | None:
    """``answer(x, frame, hop)`` returns the magnitudes of frames that aren't centred."""
    for count, frame, hop in ((640, 64, 16), (700, 128, 50), (256, 256, 64)):
        x = _noise(count, seed=count)
        right = np.abs(dsp.stft(x, frame, hop, centre=False))
        got = np.asarray(answer(x.copy(), frame, hop))
        if _same(got, right) and not np.iscomplexobj(got):
            continue
        hint = "magnitudes are asked for: take np.abs of the complex numbers."
        if not np.iscomplexobj(got):
            hint = named_mistake(got, _stft_mistakes(x, frame, hop)) or (
                _shape_hint(got, right)
                or "frame 0 should be |rfft(g * x[:L])|; look where yours differs from it."
            )
        return f"With {count} samples, frame = {frame} and hop = {hop}: {hint}"
    return None


def _stft_mistakes(x: np.ndarray, frame: int, hop: int) -> Mistakes:
    right = np.abs(dsp.stft(x, frame, hop, centre=False))
    pieces = np.lib.stride_tricks.sliding_window_view(x, frame)[::hop]
    yield "bins are rows and frames are columns: transpose.", right.T
    yield "you return powers: leave out the square.", right**2
    yield (
        "the pieces aren't windowed: multiply each by dsp.window('hann', frame).",
        np.abs(dsp.stft(x, frame, hop, "rectangular", centre=False)),
    )
    yield (
        "that window touches zero at both ends, as np.hanning does; frames take the periodic "
        "one, dsp.window('hann', frame).",
        np.abs(np.fft.rfft(pieces * np.hanning(frame), axis=1)).T,
    )
    yield (
        "bins beyond frame / 2 repeat the others: use np.fft.rfft.",
        np.abs(np.fft.fft(pieces * dsp.window("hann", frame), axis=1)).T,
    )
    yield from _framing_mistakes(x, frame, hop, right)


def _framing_mistakes(x: np.ndarray, frame: int, hop: int, right: np.ndarray) -> Mistakes:
    yield (
        "the frames are centred here; the first should begin at the sample 0, without padding.",
        np.abs(dsp.stft(x, frame, hop)),
    )
    yield (
        "the last frame is missing. It begins at N - L, if that is a multiple of H, and a range "
        "excludes its end: use N - L + 1.",
        right[:, : len(range(0, len(x) - frame, hop))],
    )
    padded = np.append(x, np.zeros(frame))[: frame + hop * ((len(x) - 1) // hop)]
    yield (
        "there are frames that reach beyond the end; leave out what fills no whole frame.",
        np.abs(dsp.stft(padded, frame, hop, centre=False)),
    )


# ---------------------------------------------------------------- how long a frame


@exercise("timefreq-window")
def window(answer: Callable[[float, float], int]) -> str | None:
    """``answer(difference, rate)`` returns the shortest power of two that tells tones apart."""
    for difference, rate in ((60, 16_000), (30, 8000), (62.5, 16_000), (7, 44_100), (900, 22_050)):
        needed = 2 * rate / difference
        right = int(2 ** np.ceil(np.log2(needed)))
        got = float(answer(difference, rate))
        if got == right:
            continue
        if got != 2 ** round(np.log2(max(got, 1))):
            hint = "that is no power of two."
        elif got == 2 ** np.ceil(np.log2(needed / 2)):
            hint = "tones one bin apart are one hump under a Hann window; it takes two bins."
        elif got == 2 * right and right == needed:
            hint = f"{right} samples are just enough, and you ask for more: the rule includes them."
        elif got < needed:
            hint = f"that is shorter than the {needed:.0f} samples of the rule: round up."
        else:
            hint = f"that is longer than needed; half of it still has {needed:.0f} samples."
        return f"For tones {difference} Hz apart at {rate} Hz you return {got:g}: {hint}"
    return None


# ---------------------------------------------------------------- the inverse


@exercise("timefreq-inverse")
def inverse(answer: Function) -> str | None:
    """``answer(X, hop)`` returns the signal whose transform is nearest; frames are centred."""
    for frame, hop in ((64, 16), (128, 50), (64, 32)):
        X = dsp.stft(_noise(12 * hop, seed=hop), frame, hop)
        X[::3] *= 0.3  # no signal's transform any more
        right = dsp.istft(X, hop)
        got = np.asarray(answer(X.copy(), hop))
        if _same(got, right):
            continue
        hint = named_mistake(got, _inverse_mistakes(X, hop)) or (
            f"the shape should be {right.shape}, yours is {got.shape}."
            if got.shape != right.shape
            else "the numerator adds g[n] x_m[n], the denominator g[n]^2, both shifted by m H."
        )
        return f"With frames of {frame} and a hop of {hop}: {hint}"
    return None


def _inverse_mistakes(X: np.ndarray, hop: int) -> Mistakes:
    frame, count = 2 * (len(X) - 1), X.shape[1]
    g, pieces = dsp.window("hann", frame), np.fft.irfft(X.T, axis=1)
    inside = slice(frame // 2, frame // 2 + hop * (count - 1))
    once, twice = dsp.overlap_add(pieces, hop), dsp.overlap_add(g * pieces, hop)
    sums = [dsp.overlap_add(np.tile(g**p, (count, 1)), hop) for p in (1, 2)]
    yield "the pieces are added and not divided by anything.", once[inside]
    yield "the windowed pieces are added; now divide by the sum of g^2.", twice[inside]
    yield (
        "you add the pieces and divide by the sum of g. That is right for a transform that nobody "
        "has changed; for the nearest signal window each piece once more, and divide by g^2.",
        (once / np.maximum(sums[0], 1e-12))[inside],
    )
    yield (
        "pieces that are windowed twice need the sum of g squared below them.",
        (twice / np.maximum(sums[0], 1e-12))[inside],
    )
    yield (
        "you divide by the sum of g^2, but the pieces were windowed once: multiply them by g.",
        (once / np.maximum(sums[1], 1e-12))[inside],
    )
    yield from _ends_left(twice, sums[1], inside)


def _ends_left(y: np.ndarray, weight: np.ndarray, inside: slice) -> Mistakes:
    known = weight > 1e-10
    for unknown in (0, np.nan):
        ends = np.where(known, y, unknown) / np.where(known, weight, 1)
        hint = "the first frame has its middle at the sample 0: leave out half a frame at each end."
        yield hint, ends
        hint = "leave out half a frame at the beginning: the first frame has its middle at 0."
        yield hint, ends[: inside.stop - inside.start]
        yield "leave out half a frame at the end, too.", ends[inside.start :]


# ---------------------------------------------------------------- log-mel


@exercise("timefreq-mel")
def log_mel(answer: Function) -> str | None:
    """``answer(x, rate)`` returns decibels of 80 bands, at least -80."""
    for rate, count in ((16_000, 4000), (22_050, 6000)):
        x = _noise(count, seed=rate) * np.hanning(count)
        x[: count // 2] *= 1e-6  # something below the floor
        right = dsp.to_db(dsp.mel_spectrogram(x, rate, 1024, 256, 80), -80)
        with np.errstate(divide="ignore"):
            got = np.asarray(answer(x.copy(), rate), float)
        if got.shape == right.shape and np.allclose(got, right, atol=1e-3):
            continue
        hint = named_mistake(got, _mel_mistakes(x, rate), 1e-3) or (
            _shape_hint(got, right) or _mel_where(got, right)
        )
        return f"At {rate} Hz: {hint}"
    return None


def _mel_where(got: np.ndarray, right: np.ndarray) -> str:
    if not np.isfinite(got).all():
        return "there are infinite values: lift powers below 1e-8 to that before the logarithm."
    if got.min() < -80.001:
        return f"the lowest value is {got.min():.0f} dB; nothing should be below -80."
    b, m = np.unravel_index(np.abs(got - right).argmax(), right.shape)
    return f"band {b} of frame {m} should be {right[b, m]:.2f} dB, yours is {got[b, m]:.2f}."


def _mel_mistakes(x: np.ndarray, rate: float) -> Mistakes:
    magnitude = np.abs(dsp.stft(x, 1024, 256))
    F = dsp.mel_filterbank(rate, 1024, 80)
    M = F @ magnitude**2
    right = dsp.to_db(M, -80)
    yield "bands are rows and frames are columns: transpose.", right.T
    for factor in (1, 2):
        levels = np.maximum(factor * dsp.to_db(F @ magnitude, -80), -80)
        yield "you put magnitudes into the bands; they take powers, the squares.", levels
    yield from _decibel_mistakes(M, right)
    yield (
        "first the bands, then the logarithm: you add decibels up.",
        F @ dsp.to_db(magnitude**2, -80),
    )
    yield (
        "the frames should be centred; yours begin at the sample 0.",
        dsp.to_db(F @ np.abs(dsp.stft(x, 1024, 256, centre=False)) ** 2, -80),
    )
    yield (
        "your triangles are spaced on the other mel scale (htk=True); leave it at the default.",
        dsp.to_db(dsp.mel_filterbank(rate, 1024, 80, htk=True) @ magnitude**2, -80),
    )


def _decibel_mistakes(M: np.ndarray, right: np.ndarray) -> Mistakes:
    for floored in (np.maximum(2 * dsp.to_db(M, -200), -80), 2 * right):
        yield "of powers, decibels are 10 log10; 20 log10 is for amplitudes.", floored
    yield (
        "that is the natural logarithm; decibels are 10 log10.",
        np.log(np.maximum(M, 1e-8)),
    )
    yield "log10 gives bels: ten times that are decibels.", right / 10
    yield (
        "your floor is 80 dB below the loudest value; it should be -80 dB itself.",
        np.maximum(dsp.to_db(M, -200), right.max() - 80),
    )


# ---------------------------------------------------------------- Griffin and Lim


@exercise("timefreq-griffin")
def improve(answer: Function) -> str | None:
    """``answer(S, X, hop)`` returns the next guess."""
    for frame, hop, silent in ((64, 16, False), (128, 32, False), (64, 16, True)):
        random = np.random.default_rng(frame)
        S = random.exponential(size=(frame // 2 + 1, 9))
        X = S * np.exp(2j * np.pi * random.random(S.shape)) * (not silent)
        Y = dsp.stft(dsp.istft(X, hop), frame, hop)
        right = S * np.exp(1j * np.angle(Y))
        with np.errstate(invalid="ignore", divide="ignore"):
            got = np.asarray(answer(S.copy(), X.copy(), hop))
        if _same(got, right):
            continue
        hint = _improve_hint(got, S, X, Y)
        which = "an X that is all zeros" if silent else f"frames of {frame} and a hop of {hop}"
        return f"With {which}: {hint}"
    return None


def _improve_hint(got: np.ndarray, S: np.ndarray, X: np.ndarray, Y: np.ndarray) -> str:
    if got.ndim == 1:
        return "you return a sound; the next guess is a spectrogram, (bins, frames)."
    if np.isnan(got).any():
        return "there are NaNs, from dividing zero by zero: where Y is zero, take the angle 0."
    if not Y.any():
        return "where Y is zero, take the angle 0: then the guess is S itself."
    if got.shape != S.shape:
        return _shape_hint(got, S) or ""
    mistakes = (
        ("the magnitudes of Y are still there: replace them by S.", Y),
        ("X goes through unchanged: take the angles of stft(istft(X)).", X),
        ("Y must be divided by its magnitude before it is multiplied by S.", S * Y),
        ("the angles are gone, or turned round: S exp(i angle(Y)).", S * np.exp(-1j * np.angle(Y))),
        ("the angles are gone, or turned round: S exp(i angle(Y)).", S + 0j),
        ("you return magnitudes without their angles.", np.abs(Y) + 0j),
    )
    for hint, wrong in mistakes:
        if np.allclose(got, wrong, atol=1e-6):
            return hint
    return "Y is stft(istft(X)); the guess is S, times Y, divided by its magnitude."
