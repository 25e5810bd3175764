"""The recipe of the built-in spoken digits: ``python -m aigc_edu corpora build digits --out F``.

Every voice is an English accent combined with one of eSpeak NG's voice variants, without those
that whisper, growl or play a robot. It says the ten digits in three ways (pitch and speed), in a
process of its own, so that any voice can be made again without the others. Samples are resampled
to 16 kHz, cut to the speech, rounded to :data:`BITS` bits and joined into one FLAC file for each
part of the split.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soxr

from aigc_edu.corpora.base import DIGITS, CorpusError
from aigc_edu.corpora.places import place_for
from aigc_edu.corpora.recipes import speech

RATE = 16000  # Hz
BITS = 13  # of each sample; finer steps lie far below the voices' own noise
PEAK = 0.7  # of a voice's loudest clip; its other clips keep their level beside it
MARGIN = 0.02  # seconds kept before the first and after the last phoneme
STYLES = ((50, 165), (35, 190), (66, 215))  # pitch 0 ... 99, speed in words a minute
VARIANTS = {
    "en-us": "Alex Denis Jacky Nguyen david f4 john m2 marcelo pedro steph",
    "en": "Alicia Diogo Lee Reed aunty ed f5 klatt m3 max quincy travis",
    "en-gb-scotland": "Andrea Gene Marco RicishayMax belinda edward grandma m4 michel rob victor",
    "en-gb-x-rp": "Andy Gene2 Mario Storm benjamin f1 grandpa klatt4 m5 miguel robert zac",
    "en-029": "Annie Henrique Michael adam boris f2 gustave linda m6 norbert sandro",
    "en-us-nyc": "AnxiousAndy Hugo Mike anika f3 ian m1 m7 pablo shelby",
}
VOICES = tuple(f"{accent}+{v}" for accent, names in VARIANTS.items() for v in names.split())
# Held out are voices without a near-twin: of klatt and klatt4, say, both are in training.
VALIDATION = ("en-us+Nguyen", "en+aunty", "en-gb-scotland+Marco", "en-gb-x-rp+Andy")
VALIDATION += ("en-029+Annie", "en-029+sandro", "en-us-nyc+ian")
TEST = ("en-us+marcelo", "en+Reed", "en-gb-scotland+belinda", "en-gb-x-rp+zac")
TEST += ("en-029+f2", "en-us-nyc+pablo", "en-us-nyc+shelby")


def part_of(voice: str) -> str:
    """Return the part of the split that a voice belongs to."""
    return "validation" if voice in VALIDATION else "test" if voice in TEST else "train"


def speak(voice: str) -> list[dict[str, Any]]:
    """Make one voice's utterances in a fresh process.

    Returns
    -------
    list of dict
        For each style and digit the keys ``voice``, ``label``, ``style`` (index into
        :data:`STYLES`), ``samples`` (int16, 16 kHz) and ``phonemes`` ([symbol, start, stop], in
        samples of the clip).

    Raises
    ------
    CorpusError
        If espeakng-loader is not installed or does not know the voice.
    """
    jobs = [[word, voice, *style] for style in STYLES for word in DIGITS]
    samples, phonemes, rate = speech.say(jobs)
    gain = PEAK / max(np.abs(x.astype(int)).max() for x in samples)
    clips = []
    for i, (x, marks) in enumerate(zip(samples, phonemes, strict=True)):
        style, digit = divmod(i, len(DIGITS))
        about = {"voice": voice, "label": digit, "style": style, "part": part_of(voice)}
        clips.append(about | _finish(gain * x, marks, rate))
    return clips


def _finish(x: np.ndarray, marks: list[list[Any]], rate: int) -> dict[str, Any]:
    """Resample, cut and round x (within [-1, 1]); return int16 samples and the phonemes' rows."""
    scale = RATE / rate
    starts = [round(position * scale) for _, position in marks]
    sounds = [i for i, (symbol, _) in enumerate(marks) if symbol]
    first, last = starts[sounds[0]], starts[sounds[-1] + 1]  # a pause follows the last sound
    margin = round(MARGIN * RATE)
    begin, end = max(0, first - margin), last + margin
    whole = soxr.resample(x, rate, RATE, quality="VHQ")
    rows = [[marks[i][0], starts[i] - begin, starts[i + 1] - begin] for i in sounds]
    return {"samples": speech.rounded(_faded(whole[begin:end], margin), BITS), "phonemes": rows}


def _faded(x: np.ndarray, margin: int) -> np.ndarray:
    """Fade the margins in and out, so that no clip begins or ends with a click."""
    ramp = 0.5 - 0.5 * np.cos(np.pi * np.arange(margin) / margin)
    x = x.copy()
    x[:margin] *= ramp
    x[-margin:] *= ramp[::-1]
    return x


def build(out: str | Path, voices: Sequence[str] = VOICES) -> Path:
    """Make the corpus, or the part of it that some voices are, in the folder ``out``.

    An earlier making is replaced, each file whole or not at all; a folder that holds anything else
    is refused.

    Raises
    ------
    CorpusError
        If espeakng-loader is missing, a voice is not in :data:`VOICES`, or ``out`` cannot be
        written.
    """
    strangers = set(voices) - set(VOICES)
    if strangers or not voices:
        raise CorpusError(f"the recipe has no voice {', '.join(sorted(strangers)) or 'to make'}")
    out = place_for("digits", out, ("styles", "made_with"))  # before the work, not after it
    clips = [clip for voice in voices for clip in speak(voice)]
    styles = [{"pitch": pitch, "words_a_minute": speed} for pitch, speed in STYLES]
    head = {"rate": RATE, "labels": DIGITS, "styles": styles, "made_with": made_with()}
    return speech.write(out, clips, head, _row)


def made_with() -> dict[str, str]:
    """Return what the result depends on besides the recipe."""
    return speech.made_with("espeakng-loader", "soxr")


def _row(clip: dict[str, Any]) -> dict[str, Any]:
    return {key: clip[key] for key in ("voice", "label", "style")}
