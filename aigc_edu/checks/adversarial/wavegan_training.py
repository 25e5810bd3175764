"""Checks of the exercises of the chapter *WaveGAN: training*."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping

import numpy as np
import torch
from torch import Tensor, nn

from aigc_edu.checks._compare import hint_for, one_of
from aigc_edu.checks._tensors import to_array
from aigc_edu.teaching.exercises import exercise, written
from aigc_edu.training.adversarial import (
    relativistic_critic_loss,
    relativistic_generator_loss,
)

# ---------------------------------------------------------------- a penalty now and then


@exercise("wavegan-lazy")
def lazy(answer: Callable[[int, int], np.ndarray]) -> str | None:
    """``answer(updates, every)``: how often the penalty counts in each of the critic's updates."""
    for updates, every in ((10, 4), (8, 8), (5, 1), (7, 3)):
        got = to_array(written(answer(updates, every)))
        n = np.arange(updates)
        right = np.where(n % every == 0, float(every), 0.0)
        hint = hint_for(got, right, _lazy_mistakes(n, every), _LAZY)
        if hint:
            return f"For {updates} updates and a penalty at every {every}: {hint}"
    return None


_LAZY = (
    "it counts `every` times in the updates 0, every, 2 every, ..., and not at all in the others."
)


def _lazy_mistakes(n: np.ndarray, every: int) -> Iterator[tuple[str, np.ndarray]]:
    now = n % every == 0
    yield (
        "counted once at every so many updates, the penalty is too weak by that number: it stands "
        "for the updates without one, too.",
        np.where(now, 1.0, 0.0),
    )
    yield "this makes the rare penalty even weaker; multiply.", np.where(now, 1 / every, 0.0)
    late = np.where((n + 1) % every == 0, float(every), 0.0)
    yield "the first update has a penalty, so the critic is held from the beginning.", late
    yield "in the updates between there is none.", np.full(len(n), 1.0)


# ---------------------------------------------------------------- the moving average


@exercise("wavegan-average")
def average(answer: Callable[[np.ndarray, float], np.ndarray]) -> str | None:
    """``answer(weights, most)``: the moving average (P,) after the last of weights (N, P)."""
    random = np.random.default_rng(0)
    for count, most in ((1, 0.999), (40, 0.7), (4, 0.999), (300, 0.9)):
        w = np.cumsum(random.standard_normal((count, 3)), axis=0) + 2.0
        got = to_array(written(answer(w.copy(), most)))
        hint = hint_for(got, _average(w, most), _average_mistakes(w, most), _AVERAGE, 1e-9)
        if hint:
            return f"For {count} steps and a factor of {most} at most: {hint}"
    return None


_AVERAGE = (
    "begin with the weights after the first step, number 0; then for n = 1, 2, ... keep the share "
    "f_n of the average and take 1 - f_n of the weights after step n."
)


def _ramp(n: int, most: float) -> float:
    return min(most, (1 + n) / (10 + n))


def _average(
    w: np.ndarray, most: float, factor: Callable[[int, float], float] = _ramp
) -> np.ndarray:
    mean = w[0].copy()
    for n in range(1, len(w)):
        f = factor(n, most)
        mean = f * mean + (1 - f) * w[n]
    return mean


def _average_mistakes(w: np.ndarray, most: float) -> Iterator[tuple[str, np.ndarray]]:
    yield "these are the weights after the last step, and no average.", w[-1]
    yield "this is the plain mean of all steps; the old ones should fade.", w.mean(axis=0)
    yield (
        "the factor must be smaller in the beginning, or the first weights, which know nothing, "
        "are kept for ever.",
        _average(w, most, lambda n, f: f),
    )
    yield (
        "most of the average is kept, and a little of the new weights taken: not the reverse.",
        _average(w, most, lambda n, f: 1 - _ramp(n, f)),
    )
    yield (
        "the factor is the smaller of the two numbers.",
        _average(w, most, lambda n, f: max(f, (1 + n) / (10 + n))),
    )
    yield "steps are counted from 0.", _average(w, most, lambda n, f: _ramp(n + 1, f))
    yield "steps are counted from 0.", _average(w, most, lambda n, f: _ramp(n - 1, f))
    zero = _average(np.concatenate([np.zeros_like(w[:1]), w]), most, lambda n, f: _ramp(n - 1, f))
    yield "the average begins with the first weights, not with zeros.", zero


# ---------------------------------------------------------------- two updates, and what they move

FAULTS = ("none", "leaks", "cut", "drags")
Step = Callable[[nn.Module, nn.Module, Tensor, Tensor], None]


def updates(fault: str) -> tuple[Step, Step]:
    """Return an update of the critic and one of the generator, with a fault or without.

    Both take (generator, critic, real clips (B, T), noise (B, Z)) and change weights in place.

    Parameters
    ----------
    fault
        ``"none"``; ``"leaks"``: the critic's update changes the generator, too; ``"cut"``: the
        generator is cut off from its own loss, and does not learn; ``"drags"``: the generator's
        update changes the critic, too.
    """

    def of_critic(generator: nn.Module, critic: nn.Module, x: Tensor, z: Tensor) -> None:
        made = generator(z) if fault == "leaks" else generator(z).detach()
        moved = [critic, generator] if fault == "leaks" else [critic]
        _descend(relativistic_critic_loss(critic(x), critic(made)), generator, critic, moved)

    def of_generator(generator: nn.Module, critic: nn.Module, x: Tensor, z: Tensor) -> None:
        made = generator(z).detach() if fault == "cut" else generator(z)
        moved = [generator, critic] if fault == "drags" else [generator]
        _descend(relativistic_generator_loss(critic(x), critic(made)), generator, critic, moved)

    return of_critic, of_generator


def _descend(loss: Tensor, generator: nn.Module, critic: nn.Module, moved: list) -> None:
    for network in (generator, critic):
        network.zero_grad()
    loss.backward()
    with torch.no_grad():
        for network in moved:
            for p in network.parameters():
                if p.grad is not None:
                    p -= 0.1 * p.grad


@exercise("wavegan-step")
def step(fault: Callable[[Step, Step, nn.Module, nn.Module, Tensor, Tensor], str]) -> str | None:
    """``fault(of_critic, of_generator, generator, critic, x, z)`` names what is wrong."""
    for seed in range(2):
        for right in FAULTS:
            torch.manual_seed(seed)
            generator, critic = nn.Linear(3, 8), nn.Sequential(nn.Linear(8, 1), nn.Flatten(0))
            x, z = torch.randn(5, 8), torch.randn(5, 3)
            got = written(fault(*updates(right), copy.deepcopy(generator), critic, x, z))
            if got != right:
                return _step_hint(right, got)
    return None


_SIGNS = {
    "leaks": "the generator's weights before and after the *critic's* update",
    "cut": "the generator's weights before and after its own update",
    "drags": "the critic's weights before and after the *generator's* update",
}


def _step_hint(right: str, got: object) -> str:
    if got not in FAULTS:
        return one_of(FAULTS, got)
    if right == "none":
        return (
            f'a pair of updates is right, and you call it "{got}". Copy the weights (`p.clone()`) '
            "before an update; `p` itself changes with it."
        )
    return f'a pair is "{right}", not "{got}". Compare {_SIGNS[right]}.'


# ---------------------------------------------------------------- five trainings without a name

STATES = {
    "A": "critic too weak",
    "B": "healthy",
    "C": "memorising",
    "D": "diverged",
    "E": "critic too strong",
}


@exercise("wavegan-states")
def states(named: Mapping[str, str]) -> str | None:
    """``named``: the state of each of the figure's runs, by its letter."""
    named = {letter: written(state) for letter, state in dict(named).items()}
    missing = sorted(set(STATES) - set(named))
    if missing:
        return f"name every run; {', '.join(missing)} is missing."
    unknown = sorted({str(s) for s in named.values()} - set(STATES.values()))
    if unknown:
        return f"the states are {', '.join(sorted(STATES.values()))}, not {unknown[0]!r}."
    for letter, state in STATES.items():
        if named[letter] != state:
            return _state_hint(letter, state, named[letter])
    return None


_TELLS = {
    "critic too weak": "whether the distance falls, and how near to ln 2 both losses lie",
    "healthy": "whether both losses stay near those of a critic that can't tell",
    "memorising": "the critic's scores of clips that it has not learned from",
    "diverged": "whether the curves reach the last step",
    "critic too strong": "where the critic's loss ends, and whether the generator's rises",
}


def _state_hint(letter: str, state: str, got: str) -> str:
    return f'run {letter} is not "{got}". Look at {_TELLS[state]}.'
