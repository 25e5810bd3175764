"""The figure of two players: a critic and a generator of notes that learn from each other.

Chapter: chapters/04-adversarial/01-adversarial-learning.ipynb

A note is one number, its pitch in octaves from 440 Hz. The real notes lie at three places. The
critic is a sum of bumps, the generator a curve from even numbers to notes; both are linear in their
weights, so that the gradients stand here in full, and each has an Adam. There is no chance in it:
the same settings play the same game. After each turn the weights are rounded to multiples of
2^-20. Otherwise the last bits of an exponential, which differ from machine to machine, would grow
until the page and Python played different games.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import matplotlib.figure
import numpy as np

from aigc_edu.teaching.figures import PALETTE, new_figure
from aigc_edu.teaching.interactive.controls import Control, Value, choice
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure
from aigc_edu.teaching.interactive.spectra import text

_RATE, _NOTE, _AFTER = 8000, 880, 12  # Hz; samples of a note; notes heard after the last turn
SHARES, PLACES, SPREAD = np.array([0.25, 0.5, 0.25]), np.array([-9, 0, 7]) / 12, 0.06
_NEAR = 0.2  # octaves within which a note is hit
_NOTES, _BUMPS, _WIDTH, _KNOTS, _REACH = 48, 21, 0.2, 13, 1.6
_EVERY = 8  # turns from one setting of the slider to the next
TURNS = tuple(range(0, 401, _EVERY))
_STEP, _BETA, _LEAST = 0.01, 0.9, 1e-3  # Adam's, with no momentum: Huang et al. 2024 choose so, too
_GAMMA, _LAMBDA, _MIXES = 0.02, 0.1, np.arange(9) / 8  # weights of the penalties; where slopes are
_GRID = 2.0**20

_CENTRES = np.linspace(-_REACH, _REACH, _BUMPS)
_Z = (np.arange(_NOTES) + 0.5) / _NOTES


def density(x: np.ndarray) -> np.ndarray:
    """Return the density of the real notes at x (N,)."""
    bells = np.exp(-0.5 * ((x[:, None] - PLACES) / SPREAD) ** 2) / SPREAD
    return bells @ SHARES / np.sqrt(2 * np.pi)


@cache
def real_notes() -> np.ndarray:
    """Return 48 real notes, evenly through their distribution and in order of pitch."""
    x = np.linspace(-1.5, 1.5, 3001)
    area = np.cumsum(density(x))
    return np.interp(_Z, area / area[-1], x)


def _bumps(x: np.ndarray) -> np.ndarray:
    """Return each bump's height at x (N,): (N, 21). The critic's score is this times weights."""
    return np.exp(-0.5 * ((x[:, None] - _CENTRES) / _WIDTH) ** 2)


def _slopes(x: np.ndarray) -> np.ndarray:
    """Return each bump's slope at x (N,): (N, 21)."""
    return -(x[:, None] - _CENTRES) / _WIDTH**2 * _bumps(x)


@cache
def _curve() -> np.ndarray:
    """Return what each weight of the generator adds to each note: (48, 13), rows that sum to 1."""
    bells = np.exp(-0.5 * ((_Z[:, None] - np.linspace(0, 1, _KNOTS)) * (_KNOTS - 1)) ** 2)
    return bells / bells.sum(axis=1, keepdims=True)


def _sigmoid(a: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-a))


def _softplus(a: np.ndarray) -> np.ndarray:
    return np.maximum(a, 0) + np.log1p(np.exp(-np.abs(a)))


# ---------------------------------------------------------------- what each player is paid for


def _critic_pull(loss: str, critic: np.ndarray, made: np.ndarray) -> np.ndarray:
    """Return the gradient (21,) of the critic's loss and penalty with respect to its weights."""
    real = real_notes()
    up, down = _bumps(real), _bumps(made)
    if loss == "logistic":
        return (down.T @ _sigmoid(down @ critic) - up.T @ _sigmoid(-(up @ critic))) / _NOTES
    if loss == "wasserstein":
        pull = (down - up).mean(axis=0)
        for mix in _MIXES:
            slopes = _slopes(mix * real + (1 - mix) * made)
            slope = slopes @ critic
            error = (np.abs(slope) - 1) * np.sign(slope)
            pull = pull + 2 * _LAMBDA * slopes.T @ error / (_NOTES * len(_MIXES))
        return pull
    weight = _sigmoid((down @ critic)[None] - (up @ critic)[:, None]) / _NOTES**2  # (real, made)
    pull = down.T @ weight.sum(axis=0) - up.T @ weight.sum(axis=1)
    for notes in (real, made):  # R1 and R2
        slopes = _slopes(notes)
        pull = pull + _GAMMA * slopes.T @ (slopes @ critic) / _NOTES
    return pull


def _generator_pull(loss: str, critic: np.ndarray, made: np.ndarray) -> np.ndarray:
    """Return the gradient (13,) of the generator's loss with respect to its weights."""
    scores, weight = _bumps(made) @ critic, np.ones(_NOTES)
    if loss == "logistic":
        weight = _sigmoid(-scores)
    elif loss == "relativistic":
        weight = _sigmoid((_bumps(real_notes()) @ critic)[:, None] - scores).mean(axis=0)
    return -_curve().T @ (weight * (_slopes(made) @ critic)) / _NOTES


def _losses(loss: str, critic: np.ndarray, made: np.ndarray) -> tuple[float, float]:
    """Return the critic's loss, without its penalty, and the generator's."""
    real, fake = _bumps(real_notes()) @ critic, _bumps(made) @ critic
    if loss == "logistic":
        own = _softplus(-fake).mean()
        return float(_softplus(-real).mean() + _softplus(fake).mean()), float(own)
    if loss == "wasserstein":
        return float(fake.mean() - real.mean()), float(-fake.mean())
    gaps = real[:, None] - fake
    return float(_softplus(-gaps).mean()), float(_softplus(gaps).mean())


# ---------------------------------------------------------------- the game


@dataclass
class _Player:
    """Weights, and the mean square of their gradients."""

    weights: np.ndarray
    square: np.ndarray | float = 0.0
    updates: int = 0

    def learn(self, pull: np.ndarray, rate: float) -> None:
        """Make one update of Adam, without momentum, and round."""
        self.updates += 1
        self.square = _BETA * self.square + (1 - _BETA) * pull**2
        size = np.sqrt(self.square / (1 - _BETA**self.updates)) + _LEAST
        self.weights = np.floor((self.weights - rate * pull / size) * _GRID + 0.5) / _GRID


@cache
def game(loss: str, ratio: float) -> dict[str, np.ndarray]:
    """Play 400 turns.

    Parameters
    ----------
    loss
        ``"logistic"`` (non-saturating, no penalty), ``"wasserstein"`` (with gradient penalty) or
        ``"relativistic"`` (with R1 and R2).
    ratio
        The critic's learning rate as a multiple of the generator's.

    Returns
    -------
    dict
        After 0, 8, 16, ... turns, (51, ...): ``critic`` (its weights), ``made`` (48 notes in
        octaves, in the order of z), ``losses`` (critic's and generator's) and ``distance``
        (Wasserstein, in octaves).
    """
    critic = _Player(np.zeros(_BUMPS))
    generator = _Player(0.15 * np.linspace(-1, 1, _KNOTS) - 0.3)
    seen: dict[str, list] = {"critic": [], "made": [], "losses": [], "distance": []}
    for turn in range(TURNS[-1] + 1):
        made = _curve() @ generator.weights
        if turn % _EVERY == 0:
            seen["critic"].append(critic.weights)
            seen["made"].append(made)
            seen["losses"].append(_losses(loss, critic.weights, made))
            seen["distance"].append(np.abs(np.sort(made) - real_notes()).mean())
        critic.learn(_critic_pull(loss, critic.weights, made), _STEP * ratio)
        generator.learn(_generator_pull(loss, critic.weights, made), _STEP)
    return {name: np.array(rows) for name, rows in seen.items()}


# ---------------------------------------------------------------- heard and seen


def _samples(turn: int, loss: str, ratio: float) -> np.ndarray:
    """Return a note for each eight turns that are left, then twelve of the last turn."""
    made, first = game(loss, ratio)["made"], TURNS.index(turn)
    count, n = len(TURNS) - 1 - first + _AFTER, np.arange(_NOTE)
    which = 19 * (first + np.arange(count)) % _NOTES  # all 48 once before one comes again
    notes = made[np.minimum(first + np.arange(count), len(TURNS) - 1), which]
    pitch = 440 * 2 ** np.clip(notes, -2, 2)[:, None]
    swell = 0.3 * np.sin(np.pi * n / _NOTE) ** 2
    return (swell * np.sin(2 * np.pi * pitch * n / _RATE)).ravel()


def _curves(turn: int, loss: str, ratio: float) -> Curves:
    played, now = game(loss, ratio), TURNS.index(turn)
    made, critic = played["made"][now], played["critic"][now]
    x, edges = np.linspace(-_REACH, _REACH, 161), np.linspace(-_REACH, _REACH, 65)
    counts, _ = np.histogram(made, edges)
    return {
        "x": x,
        "truth": density(x),
        "bins": edges[:-1],
        "made": counts / (_NOTES * 0.05),
        "score": _bumps(x) @ critic,
        "notes": made,
        "scores": _bumps(made) @ critic,
        "turns": np.array(TURNS[: now + 1], float),
        "losses": played["losses"][: now + 1].T,
        "distance": played["distance"][: now + 1],
        "hit": np.mean(np.abs(made - PLACES[:, None]) < _NEAR, axis=1),
    }


def _reading(v: Mapping[str, Value], c: Curves) -> str:
    low, middle, high = (text(100 * share) for share in c["hit"])
    critic, generator = (text(value, 2) for value in c["losses"][:, -1])
    return (
        f"Turn {v['turn']}: {low} % of the made notes are at the low place, {middle} % at the "
        f"middle one, {high} % at the high one (real: 25, 50 and 25 %). They lie "
        f"{text(c['distance'][-1], 2)} octaves off. Losses: critic {critic}, generator {generator}."
    )


def _draw(v: Mapping[str, Value], c: Curves) -> matplotlib.figure.Figure:
    figure, (upper, middle, lower) = new_figure(3, height=6.2)
    upper.bar(c["bins"], c["made"], 0.05, align="edge", color=PALETTE["blue"], label="made")
    upper.plot(c["x"], c["truth"], color=PALETTE["orange"], label="real")
    upper.set(xlabel="note in octaves from 440 Hz", ylabel="density", ylim=(0, 5))
    upper.legend(ncols=2)
    middle.plot(c["x"], c["score"], color=PALETTE["green"], label="critic")
    middle.plot(c["notes"], c["scores"], "o", color=PALETTE["blue"], label="made notes")
    middle.set(xlabel="note in octaves from 440 Hz", ylabel="score")
    middle.legend(ncols=2)
    lower.plot(c["turns"], c["losses"][0], color=PALETTE["green"], label="critic's loss")
    lower.plot(c["turns"], c["losses"][1], "--", color=PALETTE["blue"], label="generator's loss")
    lower.plot(c["turns"], c["distance"], ":", color=PALETTE["purple"], label="octaves off")
    lower.set(xlabel="turn", ylabel="loss", xlim=(0, TURNS[-1]))
    lower.legend(ncols=3)
    return figure


_LOSSES = {
    "non-saturating, no penalty": "logistic",
    "Wasserstein, gradient penalty": "wasserstein",
    "relativistic, R1 and R2": "relativistic",
}
_RATIOS = {"1/4": 0.25, "1/2": 0.5, "1": 1.0, "2": 2.0, "4": 4.0, "8": 8.0, "16": 16.0}

TWO_PLAYERS = InteractiveFigure(
    name="two_players",
    title="a critic and a generator at play",
    alt="Three panels: the density of the real notes and of the made ones; the critic's score with "
    "the made notes on it; both losses and the distance over the turns so far.",
    rate=_RATE,
    controls=(
        Control("turn", "Turn", "slider", TURNS, tuple(map(str, TURNS)), 40),
        choice("loss", "Losses", _LOSSES, "logistic"),
        Control(
            "ratio", "Critic's learning rate, times the generator's", "slider",
            tuple(_RATIOS.values()), tuple(_RATIOS), 1.0,
        ),
    ),
    samples=_samples,
    curves=_curves,
    reading=_reading,
    draw=_draw,
    height=600,
    once=True,
)  # fmt: skip
