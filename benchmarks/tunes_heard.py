"""An extra that nobody needs: a public transcriber listens to a composer's tunes.

Basic Pitch (Bittner et al. 2022, arXiv:2203.09893) writes down the notes of any recording, several
at a time. It has learned from recordings that the course knows nothing of. It hears each tune as
the built-in instruments play it, melody and bass together. A note is right if its key is, and if it
begins within a tenth of a second of where it was written.

``python benchmarks/tunes_heard.py --each 4``

It needs ``pip install "basic-pitch[onnx]"``. ``--rules`` listens to held-out tunes by the rules
instead, which says what is to be had at best.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from aigc_edu import audio, corpora
from aigc_edu.corpora.recipes.playing import RATE, instrument_player
from aigc_edu.evaluation.tunes import notes_right
from aigc_edu.kinds.composer_scores import written
from aigc_edu.models.composer import Drawing, load_composer
from aigc_edu.music import BASS, MELODY, STYLES, Player, Score, perform

LOWEST, HIGHEST = 50.0, 2000.0  # Hz; no voice of ours goes lower or higher
PAUSE = 0.25  # seconds of silence before a tune


class Transcriber:
    """Basic Pitch; how long a note must last and how clear it must be are told once for all."""

    def __init__(self, onset: float, frame: float, shortest: float) -> None:
        from basic_pitch import FilenameSuffix, build_icassp_2022_model_path
        from basic_pitch.inference import Model

        self.model = Model(build_icassp_2022_model_path(FilenameSuffix.onnx))
        self.rules = (onset, frame, shortest, LOWEST, HIGHEST)

    def hear(self, x: np.ndarray) -> list[tuple[float, float]]:
        """Return beginning in seconds and MIDI number of each note of a tune at ``RATE`` Hz."""
        from basic_pitch.inference import predict

        with TemporaryDirectory() as folder:
            path = audio.write(Path(folder) / "tune.wav", np.pad(x, round(PAUSE * RATE)), RATE)
            _, _, notes = predict(path, self.model, *self.rules)
        return [(note[0] - PAUSE, float(note[2])) for note in notes]


def played(score: Score, voices: tuple[int, ...] = (MELODY, BASS)) -> list[tuple[float, float]]:
    """Return beginning in seconds and MIDI number of each note of some voices."""
    return [(e.start * score.step_seconds, e.pitch) for e in score.events if e.voice in voices]


def listened(
    tunes: list[Score], players: list[Player], transcriber: Transcriber
) -> Iterator[dict[str, Any]]:
    """Yield for each tune how many notes were right."""
    for tune in tunes:
        heard = transcriber.hear(perform(tune, players, RATE))
        precision, recall, f = notes_right(heard, played(tune))
        melody = notes_right(heard, played(tune, (MELODY,)))[1]
        told = {"precision": precision, "recall": recall, "F": f, "melody": melody}
        print(f"{tune.style or '':8} {len(tune):3} notes", _row(told), flush=True)
        yield told


def _row(told: dict[str, float]) -> str:
    return "  ".join(f"{name} {value:4.0%}" for name, value in told.items())


def main() -> None:
    """Compose, play, listen and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--checkpoint", default="composer-tunes")
    parser.add_argument("--rules", action="store_true", help="listen to tunes by the rules")
    parser.add_argument("--each", type=int, default=4, help="tunes of each style")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--temperature", type=float, default=0.9)
    parser.add_argument("--melody", default="reed", help="who plays it (default: %(default)s)")
    parser.add_argument("--bass", default="keyboard", help="(default: %(default)s)")
    parser.add_argument("--onset", type=float, default=0.5, help="Basic Pitch's own default")
    parser.add_argument("--frame", type=float, default=0.3, help="Basic Pitch's own default")
    parser.add_argument("--shortest", type=float, default=58.0, help="of a note, in ms")
    options = parser.parse_args()
    if find_spec("basic_pitch") is None:
        raise SystemExit('this benchmark needs Basic Pitch: pip install "basic-pitch[onnx]"')
    if options.rules:
        test = corpora.load("tunes").split("official").test
        chosen = [test.select(speaker=style)[: options.each] for style in STYLES]
        tunes = [clip.score for some in chosen for clip in some]
    else:
        model = load_composer(options.checkpoint).model
        tunes = written(model, options.each, Drawing(options.temperature, seed=options.seed))
    players = [instrument_player(name) for name in (options.melody, options.bass)]
    transcriber = Transcriber(options.onset, options.frame, options.shortest)
    told = list(listened([tune for tune in tunes if len(tune)], players, transcriber))
    means = {name: float(np.mean([row[name] for row in told])) for name in told[0]}
    print(f"{len(told)} tunes: {_row(means)}")


if __name__ == "__main__":
    main()
