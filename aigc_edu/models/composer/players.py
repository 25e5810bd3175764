"""Networks of the course as players: a GANSynth with one latent, a flow with one family.

Chapter: chapters/06-product/12-composer.ipynb
"""

from __future__ import annotations

from functools import cache

import numpy as np
from torch import Tensor

from aigc_edu.checkpoints import Trained
from aigc_edu.errors import InvalidValueError, did_you_mean
from aigc_edu.models import flowmatching, gansynth
from aigc_edu.music import Player, cut_to, folded


def gansynth_player(trained: Trained, z: Tensor) -> Player:
    """Return a player of a GANSynth, at its rate.

    Its notes are a second long: one that is to be held for longer ends by itself. Pitches are moved
    by octaves to where the network has keys; the force is how loud a note is.

    Parameters
    ----------
    trained
        See :func:`aigc_edu.models.gansynth.load_gansynth`.
    z
        The timbre, shape (latent,).
    """
    config = trained.model.config

    @cache
    def note(pitch: int) -> np.ndarray:
        return gansynth.play(trained, z, [pitch])[0]

    return _player(note, config.lowest, config.pitches, config.rate)


def flow_player(trained: Trained, family: str, seed: int = 0) -> Player:
    """Return a player of a flow-matching model, at its rate; it holds notes as a GANSynth does.

    Parameters
    ----------
    trained
        See :func:`aigc_edu.models.flowmatching.load_flowmatching`.
    family
        One of the families that it has learned.
    seed
        Of the noise that its notes begin as: the same for all, so that they sound alike.
    """
    config, names = trained.model.config, trained.description["labels"]
    if family not in names:
        hint = did_you_mean(family, names) or f"there are {', '.join(names)}"
        raise InvalidValueError(f"there is no family {family!r}; {hint}")

    @cache
    def note(pitch: int) -> np.ndarray:
        return flowmatching.play(trained, [names.index(family)], [pitch], seed=seed)[0]

    return _player(note, config.lowest, config.pitches, config.rate)


def _player(note: Player, lowest: int, pitches: int, rate: int) -> Player:
    def play(pitch: int, seconds: float, force: float) -> np.ndarray:
        x = note(folded(pitch, lowest, lowest + pitches - 1))
        return force * cut_to(x, seconds, rate)

    return play
