"""Checks of the exercises of the chapter *VITS: from durations to sound*."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from aigc_edu.checks._compare import hint_for, one_of
from aigc_edu.models.vits import VITS, VITSConfig
from aigc_edu.nn.alignment import path_of
from aigc_edu.nn.wave_critics import PERIODS
from aigc_edu.teaching.exercises import exercise, written

# ---------------------------------------------------------------- the way back through a flow

Shift = Callable[[np.ndarray], np.ndarray]


@exercise("vits-invert")
def invert(answer: Callable[[np.ndarray, Sequence[Shift]], np.ndarray]) -> str | None:
    """``answer(y, shifts)``: the latents (C, T) that the couplings have led to y."""
    random = np.random.default_rng(3)
    shifts = [_shift(random.normal(size=(3, 3))) for _ in range(3)]
    z = random.normal(size=(6, 5))
    y = _through(z, shifts)
    got = np.asarray(written(answer(y.copy(), list(shifts))), float)
    rest = "the couplings, applied to what you return, do not lead back to y."
    return hint_for(got, z, _invert_mistakes(y, shifts), rest)


def _shift(matrix: np.ndarray) -> Shift:
    return lambda a: np.tanh(matrix @ a)


def _through(z: np.ndarray, shifts: Sequence[Shift], sign: int = 1) -> np.ndarray:
    for shift in shifts:
        a, b = np.split(z, 2)
        z = np.concatenate([a, b + sign * shift(a)])[::-1]
    return z


def _back(y: np.ndarray, shifts: Sequence[Shift], sign: int = -1, flip: str = "before"):
    for shift in shifts:
        y = y[::-1] if flip == "before" else y
        a, b = np.split(y, 2)
        y = np.concatenate([a, b + sign * shift(a)])
        y = y[::-1] if flip == "after" else y
    return y


def _invert_mistakes(y: np.ndarray, shifts: Sequence[Shift]) -> Iterator[tuple[str, np.ndarray]]:
    last = shifts[::-1]
    yield "undo the last coupling first: go through `shifts` backwards.", _back(y, shifts)
    yield (
        "a coupling reverses the channels at its end, so they are put back first, not last.",
        _back(y, last, flip="after"),
    )
    yield "the channels are reversed after each coupling: put them back.", _back(y, last, flip="")
    yield "the shift was added: subtract it.", _back(y, last, sign=1)
    yield "that goes through the flow once more, not back.", _through(y, shifts)
    yield (
        "that goes through with the signs changed: the order counts, too.",
        _through(y, shifts, -1),
    )


# ---------------------------------------------------------------- a wave, folded

RATE = 16_000


def buzzing(period: int, seed: int = 0) -> np.ndarray:
    """Return 0.8 s of a sound, (12800,), in which every ``period``-th sample is a little too high.

    The sound itself is a slowly swelling noise, the high part of it damped.
    """
    random = np.random.default_rng(seed)
    x = np.convolve(random.normal(size=12_803), np.full(4, 0.25), "valid")
    x *= 0.12 * (1 + 0.5 * np.sin(2 * np.pi * np.arange(12_800) / 6400))
    x[int(random.integers(period)) :: period] += 0.06
    return x - x.mean()


BUZZES = {
    name: buzzing(period, 40 + period) for name, period in zip("ABC", (7, 2, 11), strict=True)
}


@exercise("vits-period")
def period(answer: Callable[[np.ndarray], int]) -> str | None:
    """``answer(x)``: by which of the critics' periods a buzz in x repeats itself."""
    rights = [p for p in PERIODS for _ in range(3)]
    sounds = [buzzing(right, seed) for seed, right in enumerate(rights)]
    got = [written(answer(x.copy())) for x in sounds]
    wrong = [pair for pair in zip(rights, got, strict=True) if pair[0] != pair[1]]
    return _period_hint(sounds, got, wrong[0]) if wrong else None


def _period_hint(
    sounds: Sequence[np.ndarray], got: Sequence[object], wrong: tuple[int, object]
) -> str:
    right, other = wrong
    if other not in PERIODS:
        return f"return one of {PERIODS}, not {other!r}."
    if got == [_unevenest(x, lambda p: (p, -1), 1) for x in sounds]:
        return (
            "x.reshape(p, -1) cuts x into p long pieces. Folding puts samples p apart below each "
            "other: reshape(-1, p)."
        )
    if got == [_unevenest(x, lambda p: (-1, p), 1) for x in sounds]:
        return "look down the columns, not along the rows: the mean is over axis=0."
    return (
        f"a buzz of period {right} was taken for one of {other}. Compare the means of the columns."
    )


def _unevenest(x: np.ndarray, shape: Callable[[int], tuple[int, int]], axis: int) -> int:
    """Return the period whose means differ most, if x is cut to such a shape."""
    means = {p: x[: len(x) // p * p].reshape(shape(p)).mean(axis=axis) for p in PERIODS}
    return max(PERIODS, key=lambda p: np.ptp(means[p]))


# ---------------------------------------------------------------- a slice of both


@exercise("vits-slice")
def slices(answer: Callable[..., tuple[np.ndarray, np.ndarray]]) -> str | None:
    """``answer(z, x, start, length, hop)``: frames of z (C, T), and their samples of x (T hop,)."""
    random = np.random.default_rng(5)
    for start, length, hop in ((4, 3, 8), (0, 5, 4), (9, 2, 6)):
        z, x = random.normal(size=(2, 12)), random.normal(size=12 * hop)
        pair = written(answer(z.copy(), x.copy(), start, length, hop))
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            return "return two arrays: the frames, and the samples."
        frames, samples = (np.asarray(written(one), float) for one in pair)
        call = f"Of 12 frames, {length} from {start} on, {hop} samples each: "
        hint = hint_for(frames, z[:, start : start + length], (), "these are not the frames.")
        hint = hint or hint_for(
            samples,
            x[start * hop : (start + length) * hop],
            _slice_mistakes(x, start, length, hop),
            "these are not the samples of the frames.",
        )
        if hint:
            return call + hint
    return None


def _slice_mistakes(
    x: np.ndarray, start: int, length: int, hop: int
) -> Iterator[tuple[str, np.ndarray]]:
    begin, size = start * hop, length * hop
    for hint, at, many in (
        ("`start` counts frames: the samples begin at start * hop.", start, size),
        ("a frame stands for hop samples: there are length * hop of them.", begin, length),
        ("start and length count frames, samples are hop times as many.", start, length),
        ("that is one hop too late: frame 0 has the samples from 0 on.", begin + hop, size),
        ("that is one hop too early: frame 0 has the samples from 0 on.", begin - hop, size),
        ("half a hop too early: a frame's samples begin at its start.", begin - hop // 2, size),
        ("half a hop too late: a frame's samples begin at its start.", begin + hop // 2, size),
        ("the last sample is missing: a slice ends before its stop.", begin, size - 1),
    ):
        if at >= 0:
            yield hint, x[at : at + many]


# ---------------------------------------------------------------- a voice with a fault

FAULTS = ("none", "hasty", "hoarse", "skipped", "forwards")
NOISE = 0.667


@dataclass(frozen=True)
class Run:
    """What a voice did to say one text, in NumPy.

    Attributes
    ----------
    log_durations, durations
        What the predictor said (N,), and the frames that were made of it (N,).
    mean, log_scale
        Of the prior, for each symbol (C, N).
    z_p, z
        What was drawn from the prior (C, T), and what the decoder was given (C, T).
    flow
        Maps latents (C, T) to where the prior is (C, T), as in training.
    """

    log_durations: np.ndarray
    durations: np.ndarray
    mean: np.ndarray
    log_scale: np.ndarray
    z_p: np.ndarray
    z: np.ndarray
    flow: Callable[[np.ndarray], np.ndarray]


@torch.inference_mode()
def run_of(model: VITS, symbols: torch.Tensor, fault: str = "none", seed: int = 0) -> Run:
    """Return how a VITS says symbols (N,), perhaps with a fault.

    Parameters
    ----------
    model
        A VITS in evaluation mode.
    symbols
        Its input, int64.
    fault
        ``"none"``; ``"hasty"``: log-durations are taken for durations; ``"hoarse"``: the noise is
        three times as strong as asked for; ``"skipped"``: the flow is left out; ``"forwards"``:
        the flow is run forwards, as in training, and not backwards.
    seed
        Of the noise.
    """
    seen = torch.ones(1, len(symbols), dtype=torch.bool)
    h, mean, log_scale = model.text(symbols[None], seen)
    log_d = model.deterministic(h, seen[:, None].to(h))
    durations = (log_d if fault == "hasty" else log_d.exp()).round().clamp(1, 500).long()
    path = path_of(durations, int(durations.sum()))
    random = torch.Generator().manual_seed(seed)
    noise = torch.randn(1, mean.shape[1], path.shape[2], generator=random)
    scale = 3 * NOISE if fault == "hoarse" else NOISE
    z_p = mean @ path + scale * noise * (log_scale @ path).exp()
    mask = torch.ones_like(z_p[:, :1])
    ways = {"skipped": lambda y, _: y, "forwards": model.flow}
    z = ways.get(fault, model.flow.inverse)(z_p, mask)

    def flow(latents: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return model.flow(torch.as_tensor(latents)[None].float(), mask)[0].numpy()

    parts = (log_d, durations, mean, log_scale, z_p, z)
    return Run(*(part[0].numpy() for part in parts), flow)


def trial_voice(seed: int) -> VITS:
    """Return a small VITS with weights by chance, whose flow does something."""
    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        config = VITSConfig(
            hidden=8, layers=1, filter=8, posterior_layers=1, flow_steps=2, flow_layers=1,
            duration_filter=8, decoder="spectral", decoder_channels=8, decoder_blocks=1,
        )  # fmt: skip
        model = VITS(config, posterior=False).eval()
        for coupling in model.flow.couplings:
            torch.nn.init.normal_(coupling.end.weight, 0.0, 0.5)
        torch.nn.init.constant_(model.deterministic.project.bias, 1.6)
    return model


@exercise("vits-broken")
def broken(answer: Callable[[Run], str]) -> str | None:
    """``answer(run)`` names what is wrong with the way that a voice said something."""
    for seed in range(3):
        model = trial_voice(seed)
        symbols = torch.randint(1, 90, (30,), generator=torch.Generator().manual_seed(seed))
        for right in FAULTS:
            got = written(answer(run_of(model, symbols, right, seed)))
            if got != right:
                return _broken_hint(right, got)
    return None


def _broken_hint(right: str, got: object) -> str:
    if got not in FAULTS:
        return one_of(FAULTS, got)
    called = f'a run that is "{right}" was called "{got}". '
    return (
        called
        + {
            "none": "Its durations are the rounded exponentials, at least 1; its noise has the "
            "scale 0.667 in units of the prior's deviation; and the flow leads from z to z_p, up "
            "to rounding.",
            "hasty": "Compare the durations with the exponentials of the log-durations.",
            "hoarse": "How far is z_p from the prior's mean, in units of its deviation? Spread the "
            "symbols over the frames with np.repeat.",
            "skipped": "Its z is z_p itself.",
            "forwards": "Its z is not z_p, but the flow doesn't lead from z to z_p.",
        }[right]
    )
