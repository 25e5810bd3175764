"""Measure how well the recogniser hears a speaker that it has never heard.

Trains one recogniser for each speaker of a corpus, without that speaker, and tests it on them.
``AIGC_EDU_DATA=FOLDER python benchmarks/recogniser_by_speaker.py --corpus fsdd``
"""

from __future__ import annotations

import argparse

import torch

from aigc_edu import corpora
from aigc_edu.corpora import Corpus
from aigc_edu.evaluation import Judge
from aigc_edu.kinds.hearing_training import recogniser_trainer
from aigc_edu.training import TrainingSettings


def accuracy_without(corpus: Corpus, speaker: str, settings: TrainingSettings) -> float:
    """Return the accuracy on a speaker of a recogniser trained on all the others."""
    others = [corpus.select(speaker=name) for name in corpus.speakers if name != speaker]
    train = sum(others[1:], start=others[0])
    trainer = recogniser_trainer(train, settings, device="cpu")
    trainer.run(progress=False)
    test = corpus.select(speaker=speaker)
    verdicts = Judge(trainer.model).recognise([clip.samples for clip in test], corpus.rate)
    return verdicts.accuracy([clip.label for clip in test])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", default="fsdd")
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--learning-rate", type=float, default=3e-3)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    corpus = corpora.load(options.corpus)
    settings = TrainingSettings(options.steps, options.learning_rate)
    scores = []
    for speaker in corpus.speakers:
        scores.append(accuracy_without(corpus, speaker, settings))
        print(f"{speaker}: {scores[-1]:.1%}", flush=True)
    print(f"mean: {sum(scores) / len(scores):.1%}")


if __name__ == "__main__":
    main()
