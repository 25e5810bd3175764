"""An extra that nobody needs: a public speech recogniser listens to what a checkpoint says.

Whisper (Radford et al. 2022, arXiv:2212.04356) has learned from 680,000 hours of other people's
speech, so it shares nothing with the course's judges. It is asked for the word that comes after a
list of the ten digits, and the most probable digit counts, if it has 5 % or more; else it heard
nothing. Real test clips show how well it hears single words at 8 kHz, which it was not made for.

``python benchmarks/public_recogniser.py --checkpoint wavenet-fsdd --each 50``

It takes a WaveNet or a WaveGAN that says digits.
"""

from __future__ import annotations

import argparse
from importlib.util import find_spec

import numpy as np

from aigc_edu import corpora
from aigc_edu.audio import resample
from aigc_edu.checkpoints import Trained, find_checkpoint, load_checkpoint
from aigc_edu.corpora import DIGITS
from aigc_edu.corpora.choosing import spread_evenly
from aigc_edu.errors import CourseError
from aigc_edu.evaluation import NOTHING, Judge, Verdicts, score_digits
from aigc_edu.kinds.catalogue import find_kind
from aigc_edu.models.wavegan import make_clips
from aigc_edu.models.wavenet import synthesise

RATE = 16_000  # Hz, of what Whisper hears
LEAST = 0.05  # of the probability; a digit with less counts as nothing
PAUSE = 0.25  # seconds of silence around a clip
FRAMES = 300  # of 10 ms, not the usual 3,000: ten times as fast, and no worse for single words


class Whisper:
    """A Whisper model as a judge, with the one method that a score needs."""

    def __init__(self, name: str) -> None:
        from faster_whisper import WhisperModel

        self.model = WhisperModel(name, device="cpu", compute_type="float32", cpu_threads=1)
        before = self._ids(" " + ", ".join(DIGITS) + ".")
        marks = ("<|startofprev|>", "<|startoftranscript|>", "<|notimestamps|>")
        first, *then = map(self.model.hf_tokenizer.token_to_id, marks)
        self.prompt = [first, *before, *then]
        self.tokens = [self._forms(d, word) for d, word in enumerate(DIGITS)]

    def recognise(self, clips: list[np.ndarray], rate: int) -> Verdicts:
        """Listen to clips of shape (N,) each, at ``rate`` Hz."""
        p = np.stack([self._shares(resample(clip, rate, RATE)) for clip in clips])
        labels = np.where(p.max(axis=1) < LEAST, NOTHING, p.argmax(axis=1))
        rest = 1 - p.sum(axis=1)
        return Verdicts(labels, p + rest[:, None] / 10, rest)

    def _ids(self, text: str) -> list[int]:
        return self.model.hf_tokenizer.encode(text, add_special_tokens=False).ids

    def _forms(self, digit: int, word: str) -> list[int]:
        """Return the tokens that are this digit as a whole, in letters or figures."""
        forms = [space + f for f in (word, word.capitalize(), str(digit)) for space in ("", " ")]
        found = [self._ids(form) for form in forms]
        return sorted({ids[0] for ids in found if len(ids) == 1})

    def _shares(self, x: np.ndarray) -> np.ndarray:
        """Return the probability of each digit as the first word, shape (10,)."""
        peak = np.abs(x).max()
        x = 0.7 * x / peak if peak > 0.01 else x  # a silent clip stays silent
        image = self.model.feature_extractor(np.pad(x, int(PAUSE * RATE)).astype(np.float32))
        missing = max(0, FRAMES - image.shape[1])
        image = np.pad(image, ((0, 0), (0, missing)), constant_values=image.min())[:, :FRAMES]
        result = self.model.model.generate(
            self.model.encode(image),
            [self.prompt],
            beam_size=1,
            max_length=len(self.prompt) + 1,
            return_logits_vocab=True,
            suppress_blank=False,
            suppress_tokens=[],
        )
        logits = np.asarray(result[0].logits[0][0], np.float64).ravel()
        p = np.exp(logits - logits.max())
        return np.array([p[tokens].sum() for tokens in self.tokens]) / p.sum()


def _load(name: str) -> Trained:
    _, description = load_checkpoint(find_checkpoint(name))
    return find_kind(description["kind"]).load(name)


def said(
    model: Trained, asked: list[int], seed: int, temperature: float | None
) -> tuple[list[np.ndarray], list[str] | None]:
    """Return clips of digits, and whose voice each was asked to have, if one was asked for."""
    if model.description["kind"] == "wavegan":
        if temperature is not None:
            raise SystemExit("a WaveGAN has no temperature: leave --temperature out")
        return make_clips(model, asked, seed), None
    voices = model.description["speakers"]
    clips = synthesise(model, asked, len(asked), seed, temperature=temperature)
    return clips, [voices[(seed + i) % len(voices)] for i in range(len(asked))]


def main() -> None:
    """Generate, listen and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--checkpoint", default="wavenet-fsdd")
    parser.add_argument("--each", type=int, default=50, help="clips of each digit")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--temperature", type=float, help="default: the checkpoint's own")
    parser.add_argument("--whisper", default="tiny.en", help="a name, fetched once, or a folder")
    options = parser.parse_args()
    if find_spec("faster_whisper") is None:
        raise SystemExit("this benchmark needs faster-whisper: pip install faster-whisper")
    model = _load(options.checkpoint)
    name = model.description["corpus"]
    judges = {"whisper": Whisper(options.whisper)}
    judges |= {
        f"{kind}-{name}": Judge.load(f"{kind}-{name}") for kind in ("recogniser", "listener")
    }
    asked = [digit for digit in range(10) for _ in range(options.each)]
    clips, turns = said(model, asked, options.seed, options.temperature)
    score = score_digits(clips, asked, model.description["rate"], judges, turns)
    print(f"{options.checkpoint}: {score}")
    labels = [heard.labels for heard in score.heard.values()]
    for other, theirs in zip(list(judges)[1:], labels[1:], strict=True):
        print(f"  the same from whisper and {other}: {np.mean(labels[0] == theirs):.1%}")
    try:
        test = spread_evenly(corpora.load(name).split("official").test, 100)
    except CourseError as error:
        raise SystemExit(f"real clips: not measured ({error})") from error
    real = score_digits([c.samples for c in test], [c.label for c in test], test.rate, judges)
    print(f"real test clips: {real}")


if __name__ == "__main__":
    main()
