"""The checks of *Hear it first* accept right answers and name the typical mistakes."""

from __future__ import annotations

import numpy as np
import pytest

from aigc_edu.checks.start import hear_it_first as checks
from aigc_edu.teaching import check


def softmax(logits):
    e = np.exp(logits - np.max(logits))
    return e / e.sum()


def loop(step=lambda logits, temperature: softmax(logits / temperature), *, feed=True, whole=True):
    """Build a sampling loop from the way in which it turns logits into probabilities."""

    def sample(next_logits, start, length, temperature, random):
        codes, new = list(start), []
        for _ in range(length):
            p = step(next_logits(codes if whole else codes[-1:]), temperature)
            new.append(int(random.choice(len(p), p=p)))
            if feed:
                codes.append(new[-1])
        return new

    return sample


def argmax_loop(next_logits, start, length, temperature, random):
    codes = list(start)
    for _ in range(length):
        codes.append(int(np.argmax(next_logits(codes) / temperature)))
    return codes[len(start) :]


def with_start(*arguments):
    return list(arguments[1]) + loop()(*arguments)


def one_short(next_logits, start, length, temperature, random):
    return loop()(next_logits, start, length - 1, temperature, random)


def own_generator(next_logits, start, length, temperature, random):
    return loop()(next_logits, start, length, temperature, np.random.default_rng())


def changes_start(next_logits, start, length, temperature, random):
    for code in loop()(next_logits, start, length, temperature, random):
        start.append(code)
    return start[-length:]


def shares(codes):
    p = np.bincount(codes) / len(codes)
    return p[p > 0]


RIGHT = {
    "hear-voices": [["jackson", "theo", "george"], ("Jackson", "Theo", "George")],
    "hear-real-time": [
        lambda samples, rate, channels, seconds: (
            rate * channels,
            seconds * rate * channels / samples,
        ),
    ],
    "hear-entropy": [
        lambda codes: -np.sum(shares(codes) * np.log2(shares(codes))),
        lambda codes: sum(-p * np.log(p) / np.log(2) for p in shares(codes)),
    ],
    "hear-sampling-loop": [
        loop(),
        loop(lambda logits, t: softmax((logits - logits.max()) / t)),
    ],
    "hear-families": [
        {1: "GAN", 2: "diffusion", 3: "autoregressive", 4: "flow", 5: "tokens", 6: "VAE"},
    ],
}

MISTAKES = [
    ("hear-real-time", lambda n, r, c, s: (r, s * r * c / n), "multiply by the channels"),
    ("hear-real-time", lambda n, r, c, s: (n / s, s * r * c / n), "not what playing it takes"),
    ("hear-real-time", lambda n, r, c, s: (r * c, n / (s * r * c)), "upside down"),
    ("hear-real-time", lambda n, r, c, s: (r * c, s * r / n), "sound together"),
    ("hear-real-time", lambda n, r, c, s: (r * c, s), "divide it by how long"),
    ("hear-real-time", lambda n, r, c, s: (r * c, 1000 * s * r * c / n), "milliseconds"),
    ("hear-real-time", lambda n, r, c, s: (r * c, s / n), "number of samples"),
    ("hear-real-time", lambda n, r, c, s: r * c, "two numbers"),
    ("hear-real-time", lambda n, r, c, s: (r * c, 17.0), "it should be"),
    ("hear-entropy", lambda c: np.sum(shares(c) * np.log2(shares(c))), "minus"),
    ("hear-entropy", lambda c: -np.sum(shares(c) * np.log(shares(c))), "nats"),
    ("hear-entropy", lambda c: np.sum(shares(c) * np.log(shares(c))), "nats and the sign"),
    (
        "hear-entropy",
        lambda c: -len(c) * np.sum(shares(c) * np.log2(shares(c))),
        "divide by their number",
    ),
    ("hear-entropy", lambda c: np.log2(len(shares(c))), "equally likely"),
    ("hear-entropy", lambda c: 8.0, "upper bound"),
    ("hear-entropy", lambda c: -np.mean(np.log2(shares(c))), "weigh by p"),
    ("hear-entropy", lambda c: float("nan"), "log2(0)"),
    ("hear-entropy", lambda c: 3.3, "your function returns 3.3"),
    ("hear-sampling-loop", argmax_loop, "argmax"),
    ("hear-sampling-loop", loop(lambda logits, t: softmax(logits)), "temperature has no effect"),
    (
        "hear-sampling-loop",
        loop(lambda logits, t: (softmax(logits) / t) / (softmax(logits) / t).sum()),
        "divide the logits, before the softmax",
    ),
    ("hear-sampling-loop", loop(lambda logits, t: softmax(logits) / t), "do not sum to 1"),
    (
        "hear-sampling-loop",
        loop(lambda logits, t: np.exp((logits - logits.max()) / t)),
        "do not sum to 1",
    ),
    ("hear-sampling-loop", loop(lambda logits, t: softmax(logits * t)), "wrong way round"),
    ("hear-sampling-loop", loop(feed=False), "append each drawn code"),
    ("hear-sampling-loop", loop(whole=False), "part of the past"),
    ("hear-sampling-loop", with_start, "begin with the start"),
    ("hear-sampling-loop", one_short, "4 codes"),
    ("hear-sampling-loop", own_generator, "equal seeds differ"),
    ("hear-sampling-loop", changes_start, "changes the list"),
    (
        "hear-sampling-loop",
        loop(lambda logits, t: np.exp(logits / t) / np.exp(logits / t).sum()),
        "Subtract the largest logit",
    ),
    ("hear-voices", ["george", "theo", "jackson"], "turn it round"),
    ("hear-voices", ["jackson", "george", "theo"], "george and theo stand"),
    ("hear-voices", ["jackson", "jackson", "theo"], "once"),
    (
        "hear-families",
        {1: "flow", 2: "diffusion", 3: "autoregressive", 4: "GAN", 5: "tokens", 6: "VAE"},
        "1 is not flow",
    ),
    ("hear-families", {1: "GAN"}, "each of the numbers"),
    (
        "hear-families",
        {1: "gan!", 2: "diffusion", 3: "autoregressive", 4: "flow", 5: "tokens", 6: "VAE"},
        "none of the names",
    ),
]

STUBS = [
    ("hear-real-time", lambda n, r, c, s: (..., ...)),
    ("hear-entropy", lambda c: ...),
    ("hear-sampling-loop", lambda *arguments: None),
    ("hear-families", dict.fromkeys(range(1, 7), ...)),
    ("hear-voices", [..., ..., ...]),
]


@pytest.mark.parametrize(("name", "answer"), [(k, a) for k, rows in RIGHT.items() for a in rows])
def test_right_answers_pass(name, answer):
    verdict = check(name, answer)
    assert verdict.passed, verdict.hint


@pytest.mark.parametrize(("name", "answer", "named"), MISTAKES)
def test_each_mistake_is_named(name, answer, named):
    verdict = check(name, answer)
    assert not verdict.passed
    assert named in verdict.hint


@pytest.mark.parametrize(("name", "answer"), STUBS)
def test_stubs_are_not_written_yet(name, answer):
    assert "not written yet" in check(name, answer).hint


def test_chance_fails_nobody():
    """The tolerance on the shares of drawn codes is wide enough for whatever the draws give."""
    p = checks._softmax(checks._LOGITS)
    for seed in range(200):
        drawn = np.random.default_rng(seed).choice(4, size=1500, p=p)
        assert np.abs(np.bincount(drawn, minlength=4) / 1500 - p).sum() < 0.1
