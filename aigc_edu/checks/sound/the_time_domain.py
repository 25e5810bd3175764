"""Checks of the exercises of the chapter *The time domain*."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from aigc_edu import dsp
from aigc_edu.checks._compare import Mistakes, named_mistake
from aigc_edu.teaching.exercises import exercise

Function = Callable[..., np.ndarray]

# ---------------------------------------------------------------- frames


@exercise("time-frames")
def frames(answer: Function) -> str | None:
    """``answer(x, frame, hop)`` returns the frames as rows."""
    for count, frame, hop in ((8, 8, 3), (20, 8, 3), (23, 5, 5), (11, 4, 6), (40, 6, 2)):
        x = np.arange(1.0, count + 1)
        right = dsp.frames(x, frame, hop)
        got, hint = _as_rows(answer(x.copy(), frame, hop))
        if got is not None and got.shape == right.shape and np.array_equal(got, right):
            continue
        if got is not None:
            hint = named_mistake(got, _frame_mistakes(x, frame, hop)) or (
                f"the shape should be {right.shape}, yours is {got.shape}."
                if got.shape != right.shape
                else f"frame 1 should begin with x[{hop}]; compare each row with x[m H + n]."
            )
        return f"With {count} samples, frame = {frame} and hop = {hop}: {hint}"
    return None


def _as_rows(rows: object) -> tuple[np.ndarray | None, str]:
    try:
        return np.asarray(rows, float), ""
    except ValueError:
        return None, (
            "your frames are not all of one length: stop at the last start that leaves room for "
            "a whole frame."
        )


def _frame_mistakes(x: np.ndarray, frame: int, hop: int) -> Mistakes:
    count = len(x)
    early = np.arange(0, count - frame, hop)
    yield (
        "the last frame is missing. It begins at N - L, if that is a multiple of H, and a range "
        "excludes its end: use N - L + 1.",
        x[early[:, None] + np.arange(frame)] if len(early) else np.zeros((0, frame)),
    )
    yield "the last frame is missing: range(0, N - L + 1, H) gives its start.", np.zeros(0)
    for ends in (np.arange(0, count, hop), np.arange(0, count - frame + hop, hop)):
        padded = np.append(x, np.zeros(frame + hop))
        yield (
            "there are frames that reach beyond the end and are filled up with zeros; leave out "
            "what fills no whole frame.",
            padded[ends[:, None] + np.arange(frame)],
        )
    every = np.lib.stride_tricks.sliding_window_view(x, frame)
    yield "the frames begin one sample apart: take every hop-th of them.", every
    yield (
        "the frames don't overlap: they should begin hop samples apart, not frame.",
        every[::frame],
    )
    yield "frames are rows, and yours are columns: transpose.", every[::hop].T
    if hop <= count:
        yield "frame and hop are exchanged.", dsp.frames(x, hop, frame)


# ---------------------------------------------------------------- zero crossings


@exercise("time-crossings")
def crossings(answer: Callable[[np.ndarray], float]) -> str | None:
    """``answer(x)`` returns the share of steps that change the sign."""
    random = np.random.default_rng(2)
    rounded = np.round(random.normal(size=60) * 1.5)  # many of them are exactly 0
    cases = [random.normal(size=50), rounded, np.array([0.0, 0.0, -1.0, 0.0, 2.0]), rounded[:7]]
    got = np.array([float(np.squeeze(answer(x.copy()))) for x in cases])
    right = np.array([dsp.zero_crossing_rate(x, len(x), 1)[0] for x in cases])
    if np.allclose(got, right, atol=1e-9):
        return None
    return named_mistake(got, _crossing_mistakes(cases, right)) or (
        f"The samples {cases[2].tolist()} change the sign in two of four steps, so the rate is "
        f"{right[2]:g}; your function returns {got[2]:g}."
    )


def _crossing_mistakes(cases: Sequence[np.ndarray], right: np.ndarray) -> Mistakes:
    def each(rate: Callable[[np.ndarray], float]) -> np.ndarray:
        return np.array([rate(x) for x in cases])

    lengths = each(len)
    yield (
        "You divide by the number of samples; between L samples there are L - 1 steps.",
        right * (lengths - 1) / lengths,
    )
    yield "This is the number of crossings; divide it by the L - 1 steps.", right * (lengths - 1)
    one_way = "Only crossings in one direction are counted. Both directions count."
    yield one_way, each(lambda x: np.mean((x[:-1] < 0) & (x[1:] >= 0)))
    yield one_way, each(lambda x: np.mean((x[:-1] >= 0) & (x[1:] < 0)))
    yield from _sign_mistakes(each)


def _sign_mistakes(each: Callable[[Callable], np.ndarray]) -> Mistakes:
    signs = each(lambda x: np.mean(np.abs(np.diff(np.sign(x)))))
    yield (
        "np.sign jumps by 2 at a crossing: your rate is doubled, and 0 has a sign of its own.",
        signs,
    )
    yield (
        "np.sign(0) is 0, so a crossing by way of a zero counts as two halves, and one that only "
        "touches zero counts as well. Compare x < 0.",
        signs / 2,
    )
    yield (
        "A product below 0 misses each crossing that passes an exact zero. Compare x < 0.",
        each(lambda x: np.mean(x[1:] * x[:-1] < 0)),
    )
    yield (
        "A sample of exactly 0 counts as positive; yours counts as negative.",
        each(lambda x: np.mean((x[1:] <= 0) != (x[:-1] <= 0))),
    )


# ---------------------------------------------------------------- envelopes


@exercise("time-transplant")
def transplant(answer: Function) -> str | None:
    """``answer(donor, carrier, rate)`` returns the carrier with the donor's envelope."""
    rate = 8000
    u = np.arange(rate // 2) / rate
    donor = (0.1 + 0.4 * (np.sin(2 * np.pi * 4 * u) > 0)) * dsp.sine(500, 0.5, rate)
    carrier = dsp.noise("white", 0.5, rate, seed=3) * np.exp(-3 * u)
    carrier[2400:2900] = 0.0  # there is nothing to flatten here
    with np.errstate(all="ignore"):
        got = np.asarray(answer(donor.copy(), carrier.copy(), rate), float)
    if got.shape != carrier.shape:
        return f"The carrier has the shape {carrier.shape}, your result {got.shape}."
    if not np.isfinite(got).all():
        return (
            "Where the carrier is silent, your result is NaN or infinite: its envelope is 0 there. "
            "Add a thousandth of the envelope's largest value before you divide."
        )
    sought, own = (dsp.amplitude_envelope(x, rate) for x in (donor, carrier))
    flat = carrier / (own + 1e-3 * own.max())
    if _near(got, sought * flat):
        return None
    for hint, wrong in _transplant_mistakes(donor, carrier, sought, own):
        if _near(got, wrong):
            return hint
    return (
        "The result should be the donor's envelope times the carrier divided by its own; it is "
        f"{_distance(got, sought * flat):.0%} off."
    )


def _distance(got: np.ndarray, right: np.ndarray) -> float:
    return float(np.linalg.norm(got - right) / max(np.linalg.norm(right), 1e-12))


def _near(got: np.ndarray, right: np.ndarray) -> bool:
    """Other ways to keep away from zero differ by little."""
    return _distance(got, right) < 0.03


def _transplant_mistakes(
    donor: np.ndarray, carrier: np.ndarray, sought: np.ndarray, own: np.ndarray
) -> Mistakes:
    floor = 1e-3 * own.max()
    flat = carrier / (own + floor)
    donor_flat = donor / (sought + 1e-3 * sought.max())
    yield (
        "The carrier's own envelope is still there: divide it out before you put the new one on.",
        sought * carrier,
    )
    yield (
        "You multiply the two waveforms. That shifts frequencies (ring modulation); multiply with "
        "the donor's envelope.",
        donor * carrier,
    )
    yield "You multiply with the donor itself; take its envelope.", donor * flat
    yield "Donor and carrier are exchanged.", own * donor_flat
    yield "The carrier is flat now, but the donor's envelope is missing.", flat
    yield (
        "You multiply with the carrier's envelope where you should divide by it.",
        (sought * carrier * (own + floor)),
    )
    yield (
        "You divide by the donor's envelope where you should multiply with it.",
        (flat / (sought + 1e-3 * sought.max())),
    )


# ---------------------------------------------------------------- YIN's normalising


@exercise("time-normalise")
def normalise(answer: Function) -> str | None:
    """``answer(d)`` returns the cumulative mean normalised difference."""
    d = np.append(0.0, np.random.default_rng(4).uniform(0.2, 3, 40))
    lags = np.arange(1, len(d))
    right = np.append(1.0, d[1:] * lags / np.cumsum(d[1:]))
    with np.errstate(all="ignore"):
        got = np.asarray(answer(d.copy()), float)
    if got.shape == right.shape and np.allclose(got, right, rtol=1e-6, atol=1e-9):
        return None
    if got.shape == (len(d) - 1,) and np.allclose(got, right[1:]):
        return "The values are right, but that of lag 0 is missing: begin with 1."
    if got.shape != right.shape:
        return f"d has the shape {d.shape}, your result {got.shape}."
    if np.allclose(got[1:], right[1:]):
        return f"Right at all lags but 0: there it is 1 by definition, not {got[0]:g}."
    # Only from lag 1 on, so that the value at lag 0 doesn't hide which mistake it is.
    return named_mistake(got[1:], _normalise_mistakes(d, lags)) or (
        f"At lag 2 it should be d[2] / ((d[1] + d[2]) / 2) = {right[2]:.4f}, yours is {got[2]:.4f}."
    )


def _normalise_mistakes(d: np.ndarray, lags: np.ndarray) -> Mistakes:
    rest, total = d[1:], np.cumsum(d[1:])
    yield (
        "You divide by the sum up to each lag; divide by the mean, that is, times l.",
        rest / total,
    )
    yield (
        "You count lag 0 among the values of the mean: it is the mean of d[1] ... d[l], l values.",
        rest * (lags + 1) / total,
    )
    yield (
        "The factor l is off by one: d[1] is the value of lag 1, and its factor is 1, not 0.",
        rest * (lags - 1) / total,
    )
    yield "You divide by one mean of all lags; take the mean up to each lag.", rest / rest.mean()
    yield "You divide by one mean of all lags; take the mean up to each lag.", rest / d.mean()
    yield "You divide by the largest value; take the mean up to each lag.", rest / d.max()
    yield "It is upside down: the difference stands above, its mean below.", total / lags / rest
    yield (
        "The mean goes up to the lag before; the lag itself belongs to it.",
        np.append(np.nan, rest[1:] * lags[:-1] / total[:-1]),
    )
