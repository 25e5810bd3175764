"""The command ``timbre``: a recording with the timbre of another one, or by other instruments.

Chapter: chapters/06-product/14-style-and-timbre.ipynb
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from aigc_edu.audio import read, write
from aigc_edu.audio.formats import format_of
from aigc_edu.audio.placing import keep_others
from aigc_edu.corpora.recipes.notes import FAMILIES
from aigc_edu.corpora.recipes.playing import RATE, instrument_player
from aigc_edu.errors import InvalidValueError
from aigc_edu.evaluation.transcribing import transcribe
from aigc_edu.music import write_midi
from aigc_edu.restyling.melodies import replayed, score_of
from aigc_edu.restyling.recordings import like_another


def add_timbre(parser: argparse.ArgumentParser) -> None:
    """Add what ``timbre`` can be told."""
    parser.description = (
        "Give a recording another timbre: the spectral envelope of another recording (--like), or, "
        "for a melody of one note at a time, another player (--by), who leaves a MIDI file as well."
    )
    parser.add_argument("recording", type=Path, help="the sound file to change")
    parser.add_argument("--like", type=Path, help="a sound file whose timbre is wanted")
    parser.add_argument(
        "--by", help=f"who plays instead: {', '.join(FAMILIES)}, or an instrument's name"
    )
    parser.add_argument(
        "--amount", type=float, default=1.0, help="with --like, 0 to 1 (default: %(default)s)"
    )
    parser.add_argument("--out", type=Path, required=True, help="sound file to write")
    parser.add_argument("--replace", action="store_true", help="take other files' places")
    parser.set_defaults(run=run_timbre)


def run_timbre(options: argparse.Namespace) -> None:
    """Write the recording with its other timbre, and with ``--by`` its notes beside it."""
    _check(options)
    if options.like is not None:
        x, rate = _sounding(options.recording)
        made = like_another(x, rate, *_sounding(options.like), options.amount)
        print(write(options.out, made, rate))
        return
    player = instrument_player(options.by)
    x, rate = _sounding(options.recording, RATE)
    notes = transcribe(x, rate)
    if not notes:
        raise InvalidValueError(f"{options.recording}: no notes were heard in it")
    print(write(options.out, replayed(x, rate, notes, player), rate))
    family = options.by.split("_synthetic")[0]
    print(write_midi(_notes_of(options), score_of(notes), (family, "bass")))


def _check(options: argparse.Namespace) -> None:
    """Raise before the work, not after it."""
    if (options.like is None) == (options.by is None):
        raise InvalidValueError("say either --like FILE or --by INSTRUMENT")
    if not 0 <= options.amount <= 1:
        raise InvalidValueError(f"--amount lies from 0 to 1, got {options.amount:g}")
    format_of(options.out)
    made = [options.out] if options.by is None else [options.out, _notes_of(options)]
    keep_others(made, options.replace)


def _notes_of(options: argparse.Namespace) -> Path:
    """Return where the notes of a melody go: beside the sound."""
    return options.out.with_suffix(".mid")


def _sounding(path: Path, rate: int | None = None) -> tuple[np.ndarray, int]:
    """Read a sound; InvalidValueError names a file that is silent or too short."""
    x, rate = read(path, rate)
    if len(x) < 0.1 * rate or not np.abs(x).max() > 1e-4:
        raise InvalidValueError(f"{path}: is silent, or shorter than a tenth of a second")
    return x.astype(np.float64), rate
