"""From noise to data and back: the straight path, its velocity, and how it is followed.

Chapter: chapters/05-tokens/06-flow-matching.ipynb

Time is tau, the share of noise: 1 is noise, 0 is data. (Lipman et al. count the other way round,
t = 1 - tau.) Data have any shape (B, ...), and tau is (B,).

References
----------
- Y. Lipman et al. (2023), *Flow matching for generative modeling*, arXiv:2210.02747: the loss
  (equation 9) and the path of optimal transport (equations 20 to 23).
- J. Ho and T. Salimans (2022), *Classifier-free diffusion guidance*, arXiv:2207.12598, equation 6.
- Z. Geng et al. (2025), *Mean flows for one-step generative modeling*, arXiv:2505.13447.
- E. Hairer, S. P. Nørsett and G. Wanner (1993), *Solving ordinary differential equations I*,
  chapter II.1: Euler's method and the midpoint's.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from aigc_edu.errors import InvalidValueError

Field = Callable[[Tensor, Tensor], Tensor]  # x (B, ...) and tau (B,) to a velocity (B, ...)
MeanField = Callable[[Tensor, Tensor, Tensor], Tensor]  # a third one: how far it goes, (B,)
METHODS = ("euler", "midpoint")
SMALL = 1e-3  # keeps the weight of an error finite, as in Geng et al. 2025, section 4.3


def mixture(x: Tensor, noise: Tensor, tau: Tensor, least: float = 0.0) -> Tensor:
    """Return where the path from a noise to a clip is at time tau (Lipman et al. 2023, eq. 22).

    ``(1 - tau) x + (tau + (1 - tau) least) noise``, a straight line.

    Parameters
    ----------
    x, noise
        Shape (B, ...) each.
    tau
        Shape (B,), from 0 to 1.
    least
        Share of the noise that is left at tau = 0: the deviation around each clip.
    """
    tau = _aligned(tau, x)
    return (1 - tau) * x + (tau + (1 - tau) * least) * noise


def path_velocity(x: Tensor, noise: Tensor, least: float = 0.0) -> Tensor:
    """Return the derivative of :func:`mixture` by tau, the same at all times: (B, ...)."""
    return (1 - least) * noise - x


def matching_loss(velocity: Field, x: Tensor, noise: Tensor, tau: Tensor) -> Tensor:
    """Return the mean squared error of a velocity on the path (Lipman et al. 2023, equation 23).

    Parameters
    ----------
    velocity
        What learns.
    x, noise
        Data and noise, (B, ...) each.
    tau
        Shape (B,).
    """
    return (velocity(mixture(x, noise, tau), tau) - path_velocity(x, noise)).square().mean()


def mean_flow_loss(
    velocity: MeanField, x: Tensor, noise: Tensor, tau: Tensor, span: Tensor
) -> Tensor:
    """Return the error of a mean velocity over the last ``span`` before tau (Geng et al. 2025).

    The mean velocity u over the times from tau - span to tau fulfils ``u = v - span du/dtau``,
    where the end of the span stays and v is the path's velocity. The right-hand side, with the
    network's own derivative along the path, is what u is to become; no gradient goes through it.
    Where the span is 0, this is :func:`matching_loss`. A row's squared error is divided by itself,
    for the gradient of a few rows would outweigh all others (the paper's p = 1).

    Parameters
    ----------
    velocity
        What learns.
    x, noise
        Data and noise, (B, ...) each.
    tau, span
        Shape (B,) each, 0 <= span <= tau <= 1.
    """
    z, v = mixture(x, noise, tau), path_velocity(x, noise)
    ones = torch.ones_like(tau)
    u, along = torch.func.jvp(velocity, (z, tau, span), (v, ones, ones))
    wanted = (v - _aligned(span, x) * along).detach()
    errors = (u - wanted).square().flatten(1).mean(dim=1)  # (B,)
    return (errors / (errors.detach() + SMALL)).mean()


def guided(told: Tensor, untold: Tensor, weight: float) -> Tensor:
    """Go from what a velocity is without a condition to what it is with it, and beyond.

    ``untold + weight (told - untold)``: 0 hears no condition, 1 is the conditional velocity, more
    exaggerates. (The w of Ho and Salimans 2022, equation 6, is one less.)
    """
    return told if weight == 1 else untold + weight * (told - untold)


@torch.no_grad()
def follow(velocity: Field, x: Tensor, steps: int, method: str = "euler") -> Tensor:
    """Follow a velocity from tau = 1 to 0 in equal steps: noise becomes data.

    That is a solver of the ordinary differential equation (ODE) dx / dtau = velocity(x, tau).

    Parameters
    ----------
    velocity
        Maps x (B, ...) and tau (B,) to (B, ...).
    x
        Noise, (B, ...).
    steps
        How many, at least 1.
    method
        ``"euler"`` takes the velocity where a step begins; its error falls with the number of
        steps. ``"midpoint"`` takes that in the middle of the step, which costs a second evaluation,
        and its error falls with their square.

    Raises
    ------
    InvalidValueError
        If there is no step to do, or no such method.
    """
    if method not in METHODS:
        raise InvalidValueError(f"method must be {' or '.join(METHODS)}, got {method!r}")
    if steps < 1:
        raise InvalidValueError(f"steps must be at least 1, got {steps}")
    h = 1 / steps
    for n in range(steps, 0, -1):
        tau = x.new_full((len(x),), n * h)
        v = velocity(x, tau)
        if method == "midpoint":
            v = velocity(x - h / 2 * v, tau - h / 2)
        x = x - h * v
    return x


def _aligned(tau: Tensor, x: Tensor) -> Tensor:
    """Return tau (B,) with as many axes as x (B, ...)."""
    if tau.dim() != 1 or len(tau) != len(x):
        raise InvalidValueError(f"expected a time for each of {len(x)} rows, got {tau.shape}")
    return tau.reshape(-1, *[1] * (x.dim() - 1))
