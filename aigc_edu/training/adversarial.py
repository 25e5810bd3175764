"""Losses and penalties of a generator and a critic: what each is paid for.

Chapter: chapters/04-adversarial/01-adversarial-learning.ipynb

A critic maps examples (B, ...) to scores (B,), one a row, the higher the more real. The losses take
scores; the penalties take the critic itself, because they look at its slope.

References
----------
- M. Arjovsky, S. Chintala and L. Bottou (2017), *Wasserstein GAN*, arXiv:1701.07875.
- I. Gulrajani et al. (2017), *Improved training of Wasserstein GANs*, arXiv:1704.00028.
- L. Mescheder, A. Geiger and S. Nowozin (2018), *Which training methods for GANs do actually
  converge?*, arXiv:1801.04406: zero-centred penalties.
- A. Jolicoeur-Martineau (2019), *The relativistic discriminator*, arXiv:1807.00734.
- P. Khosla et al. (2020), *Supervised contrastive learning*, arXiv:2004.11362.
- Y. Huang et al. (2024), *The GAN is dead; long live the GAN! A modern baseline GAN*, R3GAN,
  arXiv:2501.05441.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from aigc_edu.errors import InvalidValueError

Critic = Callable[[Tensor], Tensor]

LARGEST = 1e5  # what no loss reaches in a training that goes well
# A gradient's norm that only an explosion reaches. The ways do not clip: a penalty that counts for
# the updates between, where it is not computed, has large gradients that are meant.
UNCLIPPED = 1e6


def wasserstein_critic_loss(real: Tensor, made: Tensor) -> Tensor:
    """Return minus the gap between mean scores: Arjovsky et al. 2017, equation 3.

    Under a critic whose slope is at most 1 everywhere, minus its least value is the Wasserstein
    distance. Add :func:`gradient_penalty` to hold the slope there.

    Parameters
    ----------
    real, made
        Scores (B,) of real and made rows. The two may differ in length.

    Returns
    -------
    Tensor
        A scalar, any real number; it falls below 0 as the critic learns.

    Raises
    ------
    InvalidValueError
        If one of them isn't one score a row.
    """
    _check_scores(real, made)
    return made.mean() - real.mean()


def wasserstein_generator_loss(made: Tensor) -> Tensor:
    """Return minus the mean score of what was made (B,): Arjovsky et al. 2017, section 3.

    Raises
    ------
    InvalidValueError
        If it isn't one score a row.
    """
    _check_scores(made)
    return -made.mean()


def relativistic_critic_loss(real: Tensor, made: Tensor) -> Tensor:
    """Return how wrongly the critic orders pairs: Huang et al. 2024, equation 2.

    The mean of ``softplus(made - real)``, row i of the one against row i of the other: ln 2 for a
    critic that can't tell them apart, near 0 where each real row scores far above its partner.

    Parameters
    ----------
    real, made
        Scores (B,) of real and made rows, as many of the one as of the other.

    Returns
    -------
    Tensor
        A scalar, 0 or more.

    Raises
    ------
    InvalidValueError
        If they are not one score a row each, or not equally many.
    """
    _check_pairs(real, made)
    return F.softplus(made - real).mean()  # -ln sigma(real - made)


def relativistic_generator_loss(real: Tensor, made: Tensor) -> Tensor:
    """Return the same with the roles exchanged: the mean of ``softplus(real - made)``.

    The generator is paid for each made row that scores above its real partner, not for a high score
    as such (Huang et al. 2024, section 2.1). Real scores do take part: they carry no gradient to
    the generator, yet they weigh the pairs.

    Raises
    ------
    InvalidValueError
        As :func:`relativistic_critic_loss`.
    """
    return relativistic_critic_loss(made, real)


def contrast(u: Tensor, who: Tensor, temperature: float = 0.2) -> Tensor:
    """Return how badly rows find their fellows among all others: Khosla et al. 2020, equation 2.

    Each row guesses at the others, ``softmax(u u' / temperature)``; the loss is the mean of
    ``-ln`` of what it gives to each of its fellows, over the rows that have any (the paper's is a
    sum). Rows that are all alike cost ``ln(B - 1)``.

    Parameters
    ----------
    u
        Shape (B, D), each row of length 1.
    who
        Shape (B,): rows with the same number are fellows. A row without any counts nothing.
    temperature
        Above 0; the smaller, the more the nearest strangers count.

    Returns
    -------
    Tensor
        A scalar, in float32 or better; a row with k fellows costs ``ln k`` at least.

    Raises
    ------
    InvalidValueError
        If there isn't one number a row.
    """
    if u.ndim != 2 or who.shape != u.shape[:1]:
        raise InvalidValueError(
            f"expected (B, D) and one number a row, got {tuple(u.shape)} and {tuple(who.shape)}"
        )
    itself = torch.eye(len(u), dtype=torch.bool, device=u.device)
    with torch.autocast(u.device.type, enabled=False):  # half the digits are too few near 1
        near = u @ u.T
    points = (near / temperature).masked_fill(itself, -torch.inf).log_softmax(dim=1)
    fellows = (who[:, None] == who) & ~itself
    count = fellows.sum(dim=1)
    costs = -torch.where(fellows, points, 0).sum(dim=1) / count.clamp(min=1)
    return costs.sum() / (count > 0).sum().clamp(min=1)


def gradient_penalty(critic: Critic, real: Tensor, made: Tensor, mix: Tensor) -> Tensor:
    """Return the mean of ``(|slope| - 1)^2`` between real and made: Gulrajani et al. 2017, eq. 3.

    The slope is the critic's gradient with respect to its input, at ``mix real + (1 - mix) made``.
    The result can be differentiated with respect to the critic's weights, and to nothing else. The
    paper adds it 10 times.

    Parameters
    ----------
    critic
        Maps (B, ...) to scores (B,). Its rows must not influence each other: with batch
        normalisation a row's slope isn't its own (section 4 of the paper).
    real, made
        As many rows of the one as of the other, (B, ...).
    mix
        Where between the two each row is looked at (B,), in [0, 1]; the paper draws it evenly.

    Returns
    -------
    Tensor
        A scalar, 0 or more.

    Raises
    ------
    InvalidValueError
        If shapes don't fit, or ``mix`` leaves [0, 1].
    """
    if real.shape != made.shape:
        raise InvalidValueError(
            f"real and made must have one shape, not {tuple(real.shape)} and {tuple(made.shape)}"
        )
    if mix.shape != real.shape[:1]:
        raise InvalidValueError(
            f"mix must be one number a row, ({len(real)},), not {tuple(mix.shape)}"
        )
    if bool((mix < 0).any()) or bool((mix > 1).any()):
        raise InvalidValueError("mix must lie in [0, 1]")
    mix = mix.reshape(-1, *[1] * (real.dim() - 1))  # (B, 1, ...)
    slope = _slopes(critic, mix * real.detach() + (1 - mix) * made.detach())
    return (torch.linalg.vector_norm(slope, dim=1) - 1).square().mean()


def zero_centred_penalty(critic: Critic, x: Tensor) -> Tensor:
    """Return the mean of ``|slope|^2`` at x: R1 on real rows, R2 on made ones.

    Mescheder et al. 2018, equations 9 and 10, where each is added ``gamma / 2`` times. The result
    can be differentiated with respect to the critic's weights, and to nothing else.

    Parameters
    ----------
    critic
        As in :func:`gradient_penalty`.
    x
        Rows (B, ...).

    Returns
    -------
    Tensor
        A scalar, 0 or more.

    Raises
    ------
    InvalidValueError
        If the critic doesn't return one score a row.
    """
    return _slopes(critic, x).square().sum(1).mean()


def _slopes(critic: Critic, x: Tensor) -> Tensor:
    """Return the gradient of each row's score with respect to that row, flat: (B, N)."""
    with torch.enable_grad():  # so that it can be measured while validating, too
        x = x.detach().requires_grad_()
        scores = critic(x)
        _check_scores(scores)
        if len(scores) != len(x):
            raise InvalidValueError(f"the critic gave {len(scores)} scores for {len(x)} rows")
        (slope,) = torch.autograd.grad(scores.sum(), x, create_graph=True)
    return slope.reshape(len(slope), -1)


def _check_scores(*groups: Tensor) -> None:
    for scores in groups:
        if scores.dim() != 1 or not len(scores):
            raise InvalidValueError(
                f"a critic's scores must be one number a row, (B,), not {tuple(scores.shape)}"
            )


def _check_pairs(real: Tensor, made: Tensor) -> None:
    _check_scores(real, made)
    if len(real) != len(made):
        raise InvalidValueError(
            f"scores are compared in pairs: {len(real)} real and {len(made)} made ones don't match"
        )


class MadeOnce:
    """What a generator makes of an update's noise: made once, for all losses that look at it.

    Parameters
    ----------
    shared
        Whether the generator learns from the very examples that the critic has learned from last;
        they are made with their graph then. Only where the critic learns once in a step: of its
        other updates the graph would be made in vain.
    """

    def __init__(self, shared: bool = True) -> None:
        self.shared = shared
        self.kept: tuple[Tensor, Tensor] | None = None  # noise, and what was made of it

    def shown(self, generator: Callable[..., Tensor], z: Tensor, *told: Tensor | None) -> Tensor:
        """Return what it makes of z, as a critic is shown it: without a graph."""
        if self.kept is None or not torch.equal(self.kept[0], z):
            with torch.set_grad_enabled(self.shared):
                self.kept = z, generator(z, *told)
        return self.kept[1].detach()

    def learned_from(
        self, generator: Callable[..., Tensor], z: Tensor, *told: Tensor | None
    ) -> Tensor:
        """Return what it makes of z, with a graph, which the update that follows uses up."""
        kept, self.kept = self.kept, None
        if kept is not None and kept[1].requires_grad and torch.equal(kept[0], z):
            return kept[1]
        return generator(z, *told)
