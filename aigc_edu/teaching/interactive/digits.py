"""The figure that speaks: choose a digit and a voice, and hear a trained network or a recording."""

from __future__ import annotations

from functools import cache

import numpy as np

from aigc_edu.corpora import recording
from aigc_edu.corpora.base import DIGITS
from aigc_edu.teaching.interactive.clips import Clips
from aigc_edu.teaching.interactive.controls import buttons
from aigc_edu.teaching.interactive.figure import InteractiveFigure

RATE, PEAK = 8_000, 0.6  # Hz; of every clip, so that all are about equally loud
TAKES = 4  # drawn for each digit and voice
_VOICES = ("george", "jackson", "theo")  # of the network; of George there are recordings, too
_SEED = 11


@cache
def say_a_digit_figure() -> InteractiveFigure:
    """Return the figure. Its clips are drawn now, from the checkpoint ``wavenet-fsdd``."""
    recorded = "A real recording: George says “{}”. The network never heard this take."
    rows = [_spoken(voice) for voice in _VOICES]
    rows.append([(recording(digit), recorded.format(DIGITS[digit])) for digit in range(10)])
    made = [clip for of_digit in zip(*rows, strict=True) for clip in of_digit]
    sounds = [PEAK * x / max(float(np.abs(x).max()), 0.05) for x, _ in made]
    voices = {f"network, as {voice.title()}": voice for voice in _VOICES}
    controls = (
        buttons("digit", "Say", {str(digit): digit for digit in range(10)}, 7),
        buttons("voice", "Who speaks", {**voices, "recording of George": "recording"}, "george"),
    )
    clips = Clips(controls, RATE, sounds, [words for _, words in made], coding="mu_law")
    return clips.figure(
        "Say a digit", "Waveform and spectrogram of a spoken digit, time to the right.", once=True
    )


def _spoken(voice: str) -> list[tuple[np.ndarray, str]]:
    """Return for each digit the take that a recogniser was surest of, and what is true of it."""
    from aigc_edu.models.wavenet import load_wavenet, synthesise

    asked = [digit for digit in range(10) for _ in range(TAKES)]
    network = load_wavenet("wavenet-fsdd")
    takes = synthesise(network, asked, len(asked), _SEED, speaker=voice)
    sure = _probabilities(takes)
    chosen = []
    for digit, first in enumerate(range(0, len(asked), TAKES)):
        own = sure[first : first + TAKES]  # (takes, digits and nothing)
        best = int(own[:, digit].argmax())
        hits = int((own.argmax(axis=1) == digit).sum())
        heard = int(own[best].argmax())
        chosen.append((takes[first + best], _sentence(voice.title(), digit, hits, heard)))
    return chosen


def _sentence(voice: str, digit: int, hits: int, heard: int) -> str:
    """Return what is said of a clip that a network has made."""
    made = f"Made by the network, asked for “{DIGITS[digit]}” in {voice}'s voice."
    if hits:
        return (
            f"{made} A recogniser heard the digit in {hits} of {TAKES} takes; this is the one "
            "that it was surest of."
        )
    other = f"“{DIGITS[heard]}”" if heard < len(DIGITS) else "no digit at all"
    failed = f"A failure: in none of {TAKES} takes was it heard"
    return f"{made} {failed}; here a recogniser hears {other}."


def _probabilities(clips: list[np.ndarray]) -> np.ndarray:
    """Return how sure ``recogniser-fsdd`` is of each answer, (clips, digits and nothing)."""
    import torch

    from aigc_edu.models.hearing import load_hearing

    model = load_hearing("recogniser-fsdd").model
    length = model.config.length
    rows = [np.pad(x[:length], (0, max(0, length - len(x)))) for x in clips]
    with torch.inference_mode():
        return torch.softmax(model(torch.from_numpy(np.stack(rows))), dim=1).numpy()
