"""Score WaveNets that say digits, beside real clips: heard as asked, bits, Fréchet distance.

Two judges listen to generated clips (twenty of each digit by default, the voices taking turns): how
often does each hear the digit that was asked for? The recogniser of the corpus may have chosen a
model's temperature; the listener has chosen nothing. The Fréchet distance from the real test clips
is in the recogniser's features; real training clips, as many, show what distance is left between
real clips. Bits per sample are of the test clips by a model's voices.

``AIGC_EDU_DATA=FOLDER python benchmarks/wavenet_digits.py --checkpoint wavenet-fsdd FILE``
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np

from aigc_edu import corpora
from aigc_edu.checkpoints import Trained
from aigc_edu.corpora import Corpus
from aigc_edu.corpora.choosing import by_known_voices, generation_split, spread_evenly
from aigc_edu.errors import CourseError
from aigc_edu.evaluation import Judge, frechet_distance, score_digits
from aigc_edu.kinds.wavenet_training import wavenet_bits
from aigc_edu.models.wavenet import load_wavenet, synthesise


def shares(groups: dict[object, float]) -> str:
    """Return the share of each group, as a text."""
    return ", ".join(f"{name} {share:.0%}" for name, share in groups.items())


class Bench:
    """Judges and, where the corpus is at hand, its real clips by all voices."""

    def __init__(self, model: Trained, judges: Sequence[str]) -> None:
        name = model.description["corpus"]
        names = judges or [f"recogniser-{name}", f"listener-{name}"]
        self.judges = {judge: Judge.load(judge) for judge in names}
        try:
            self.split = generation_split(corpora.load(name))
        except CourseError as error:
            print(f"real clips: not measured ({error})")
            self.split = None

    def score(
        self, clips: list[np.ndarray], asked: list[int], voices: list[str], rate: int
    ) -> None:
        """Print what each judge hears, and the distance from the real test clips."""
        score = score_digits(clips, asked, rate, self.judges, voices)
        print(f"  {score.clips} clips, {score.silent} silent, {score.cut_off} cut off")
        for name, heard in score.heard.items():
            print(f"  {name}: {heard}")
            print(f"    {shares(heard.by_digit)}")
            print(f"    {shares(heard.by_voice)}")
        if self.split:
            first, *_ = self.judges.values()
            test = [clip.samples for clip in self.split.test]
            ours, real = (first.features(c, rate) for c in (clips, test))
            print(f"  Fréchet distance {frechet_distance(ours, real):.2f}")

    def score_real(self, part: Corpus) -> None:
        """Score real clips as if they had been generated."""
        asked, voices = [c.label for c in part], [c.speaker for c in part]
        self.score([c.samples for c in part], asked, voices, part.rate)

    def bits(self, model: Trained) -> None:
        """Print what a sample of the test clips by the model's voices costs."""
        known = by_known_voices(self.split.test, model.description["speakers"])
        if len(known):
            bits = wavenet_bits(model, known)
            print(f"  {bits:.3f} bits per sample on the {len(known)} test clips by its voices")


def generate(bench: Bench, model: Trained, options: argparse.Namespace) -> None:
    """Generate and score clips of one model at each temperature that is asked for."""
    asked = [digit for digit in range(10) for _ in range(options.each)]  # so that each digit
    voices = [options.speaker] if options.speaker else model.description["speakers"]  # in turn
    turns = [voices[(options.seed + i) % len(voices)] for i in range(len(asked))]
    for temperature in options.temperature:
        clips = synthesise(
            model,
            asked,
            len(asked),
            options.seed,
            temperature=temperature,
            speaker=options.speaker,
            top_p=options.top_p,
        )
        own = model.description.get("temperature", 1.0)
        print(f"  generated, temperature {own if temperature is None else temperature}:")
        bench.score(clips, asked, turns, model.description["rate"])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--checkpoint", nargs="+", default=["wavenet-fsdd"])
    parser.add_argument(
        "--judge", nargs="+", default=[], help="default: both judges of the first one's corpus"
    )
    parser.add_argument("--each", type=int, default=20, help="clips of each digit")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--speaker", help="one voice (default: all in turn)")
    parser.add_argument("--temperature", type=float, nargs="*", default=[None])
    parser.add_argument("--top-p", type=float, default=1.0)
    parser.add_argument("--no-bits", action="store_true", help="leave out bits per sample")
    options = parser.parse_args()
    models = {name: load_wavenet(name) for name in options.checkpoint}
    bench = Bench(next(iter(models.values())), options.judge)
    for name, model in models.items():
        print(f"{name}, {len(model.description['speakers'])} voice(s):")
        generate(bench, model, options)
        if bench.split and not options.no_bits:
            bench.bits(model)
    if bench.split:
        print("real test clips:")
        bench.score_real(bench.split.test)
        print("real training clips, as many of each digit as were generated:")
        each = [spread_evenly(bench.split.train.select(label=d), options.each) for d in range(10)]
        bench.score_real(sum(each[1:], start=each[0]))


if __name__ == "__main__":
    main()
