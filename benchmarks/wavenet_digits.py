"""Measure whether the asked-for digit is heard, and what a sample costs in bits.

``AIGC_EDU_DATA=FOLDER python benchmarks/wavenet_digits.py --checkpoint wavenet-fsdd`` generates
clips (twenty of each digit by default), lets the recogniser of the same corpus listen to them and,
where the corpus is at hand, to its real test clips.
"""

from __future__ import annotations

import argparse

import numpy as np

from aigc_edu import corpora
from aigc_edu.errors import CourseError
from aigc_edu.evaluation import Judge
from aigc_edu.training import generation_split, load_wavenet, synthesise, wavenet_bits
from aigc_edu.training.wavenet import by_known_voices


def heard(judge: Judge, clips: list[np.ndarray], asked: list[int], rate: int) -> str:
    """Return the share of clips in which the digit was heard, in all and for each digit."""
    labels = judge.recognise(clips, rate).labels
    asked = np.array(asked)
    each = " ".join(f"{d}:{(labels[asked == d] == d).mean():.0%}" for d in range(10))
    return f"{(labels == asked).mean():.1%} of {len(clips)}   {each}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", default="wavenet-fsdd")
    parser.add_argument("--judge", help="default: the recogniser of the checkpoint's corpus")
    parser.add_argument("--each", type=int, default=20, help="clips of each digit")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--temperature", type=float, nargs="*", default=[None])
    parser.add_argument("--no-bits", action="store_true", help="leave out bits per sample")
    options = parser.parse_args()
    model = load_wavenet(options.checkpoint)
    rate, name = model.description["rate"], model.description["corpus"]
    judge = Judge.load(options.judge or f"recogniser-{name}")
    asked = list(range(10)) * options.each
    for temperature in options.temperature:
        clips = synthesise(model, asked, len(asked), options.seed, temperature)
        used = model.description.get("temperature", 1.0) if temperature is None else temperature
        print(f"generated, temperature {used}: {heard(judge, clips, asked, rate)}")
    try:
        test = generation_split(corpora.load(name)).test
    except CourseError as error:
        print(f"real: not measured ({error})")
        return
    print(f"real: {heard(judge, [c.samples for c in test], [c.label for c in test], rate)}")
    if not options.no_bits:
        known = by_known_voices(test, model.description["speakers"])
        bits = wavenet_bits(model, known)
        print(f"{bits:.3f} bits per sample on the {len(known)} test clips by its voices")


if __name__ == "__main__":
    main()
