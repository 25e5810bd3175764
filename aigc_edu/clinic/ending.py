"""What all runs of the clinic do at their end: they train, and say what is left of it.

Chapter: chapters/06-product/03-clinic.ipynb
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from aigc_edu.clinic.anchors import Anchors
from aigc_edu.clinic.evidence import Evidence, heard, rounded, thinned
from aigc_edu.training import Trainer
from aigc_edu.training.updates import DivergedError

LN2 = math.log(2)


def run_to_the_end(trainer: Trainer) -> str:
    """Go on where the folder's last training ended; return why it ended early, if it did."""
    trainer.resume()
    try:
        trainer.run(progress=False)
    except DivergedError as error:
        return str(error).split(":")[0]
    return ""


def in_bits(
    name: str,
    model: str,
    trainer: Trainer,
    began: float,
    at: Anchors,
    speak: Callable[[Any], np.ndarray],
    ended: str = "",
) -> Evidence:
    """Return the evidence of a model of codes, whose losses are in nats.

    Parameters
    ----------
    name, model, ended
        As in :class:`Evidence`.
    trainer
        After its training.
    began
        ``time.process_time()`` before it.
    at
        The anchors of what was learned.
    speak
        Makes a sound, (N,), of the trained network.
    """
    return Evidence(
        name,
        model,
        "bits",
        trainer.settings.steps,
        round(time.process_time() - began, 1),
        {
            "train": thinned([loss / LN2 for loss in trainer.losses]),
            "held out": rounded(trainer.validation),
        },
        {"guess": at.guess, "histogram": at.histogram, "previous": at.previous},
        heard(speak(trainer.model.eval())),
        ended,
    )
