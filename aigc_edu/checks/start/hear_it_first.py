"""Checks of the exercises in the chapter *Hear it first*."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from aigc_edu.teaching.exercises import exercise, written

# ---------------------------------------------------------------- how fast is real time?


@exercise("hear-real-time")
def real_time(speed: Callable[[int, int, int, float], tuple[float, float]]) -> str | None:
    """``speed(samples, rate, channels, seconds)`` returns (numbers needed a second, factor)."""
    for case in [(48_000, 16_000, 1, 6.0), (352_800, 44_100, 2, 10.0), (8_000, 8_000, 1, 0.25)]:
        answer = speed(*case)
        if not isinstance(answer, (tuple, list)) or len(answer) != 2:
            return "Return two numbers: return needed, factor"
        needed, factor = (float(written(value)) for value in answer)
        hint = _wrong_need(needed, *case) or _wrong_factor(factor, *case)
        if hint:
            return f"For samples, rate, channels, seconds = {case}: {hint}"
    return None


def _wrong_need(value: float, samples: int, rate: int, channels: int, seconds: float) -> str | None:
    right = rate * channels
    if np.isclose(value, right):
        return None
    if np.isclose(value, rate):
        return "needed: each channel has samples of its own; multiply by the channels."
    if np.isclose(value, samples / seconds):
        return "needed: this is what the generator made a second, not what playing it takes."
    return f"needed: playing takes {right} numbers a second, you return {value:g}."


def _wrong_factor(
    value: float, samples: int, rate: int, channels: int, seconds: float
) -> str | None:
    right = seconds * rate * channels / samples
    if np.isclose(value, right):
        return None
    mistakes = {
        1 / right: "is upside down; it is computing time over sounding time, so above 1 is slow.",
        right / channels: "takes the sound for longer than it is: its channels sound together.",
        seconds: "is the computing time; divide it by how long the sound lasts.",
        right * 1000: "is in milliseconds; both times should be in seconds.",
        seconds / samples: "divides by the number of samples; divide by the sound's seconds.",
    }
    for wrong, reason in mistakes.items():
        if np.isclose(value, wrong):
            return f"factor: your value {reason}"
    return f"factor: it should be {right:g}, you return {value:g}."


# ---------------------------------------------------------------- bits per sample


@exercise("hear-entropy")
def entropy(bits: Callable[[np.ndarray], float]) -> str | None:
    """``bits(codes)`` returns the entropy of a histogram of codes, in bits per sample."""
    random = np.random.default_rng(5)
    mixed = np.append(random.binomial(255, 0.4, 997), [0, 3, 255])
    cases = {
        "the codes 0, 0, 0, 1": np.array([0, 0, 0, 1]),
        "1,000 codes as of a quiet sound": mixed,
        "each of 256 codes four times": np.repeat(np.arange(256), 4),
        "a hundred times the code 7": np.full(100, 7),
    }
    for name, codes in cases.items():
        hint = _wrong_bits(float(bits(codes.copy())), codes)
        if hint:
            return f"For {name}: {hint}"
    return None


def _wrong_bits(value: float, codes: np.ndarray) -> str | None:
    p = np.bincount(codes) / len(codes)
    p = p[p > 0]
    right = float(-(p * np.log2(p)).sum())
    if abs(value - right) < 1e-6:
        return None
    if not np.isfinite(value):
        return (
            "the result is not a number. A code that does not occur has p = 0, and 0 times "
            "log2(0) gives NaN; leave those codes out of the sum."
        )
    mistakes = {
        -right: "the sign is wrong: logarithms of probabilities are negative, hence the minus.",
        right * np.log(2): "this is in nats; take log2 instead of log to get bits.",
        -right * np.log(2): "this is in nats and the sign is wrong; take -p log2(p).",
        right * len(codes): "these are the bits of all samples together; divide by their number.",
        float(np.log2(len(p))): "log2 of the number of codes holds only if all are equally likely.",
        8.0: "8 bits is the upper bound for 256 codes; use how often each code really occurs.",
        right / 8: "this is a share of the upper bound; leave out the division by 8.",
        float(-np.log2(p).mean()): "each -log2(p) counts as often as its code occurs: weigh by p.",
    }
    for wrong, reason in mistakes.items():
        if abs(value - wrong) < 1e-6:
            return reason
    return f"the entropy is {right:.4f} bits per sample, your function returns {value:.4f}."


# ---------------------------------------------------------------- the sampling loop

Sampler = Callable[..., Sequence[int]]
_LOGITS = np.log([0.1, 0.2, 0.3, 0.4]) + 1.0  # the 1 shows who forgets to normalise


@exercise("hear-sampling-loop")
def sampling_loop(sample: Sampler) -> str | None:
    """``sample(next_logits, start, length, temperature, random)`` returns the new codes."""
    try:
        return _wrong_history(sample) or _wrong_distribution(sample) or _wrong_numerics(sample)
    except ValueError as error:
        return _wrong_probabilities(error)


def _wrong_history(sample: Sampler) -> str | None:
    """Watch what the loop hands to the model, which always asks for the next code in a cycle."""
    seen: list[list[int]] = []

    def cycle(codes: Sequence[int]) -> np.ndarray:
        seen.append([int(c) for c in np.atleast_1d(codes)])
        logits = np.zeros(4)
        logits[(seen[-1][-1] + 1) % 4] = 30.0  # as good as certain
        return logits

    start = [2, 3]
    codes = [int(c) for c in sample(cycle, start, 5, 1.0, np.random.default_rng(0))]
    if start != [2, 3]:
        return "Your loop changes the list that it was given as start; work on a copy, list(start)."
    if len(codes) == 7 and codes[:2] == [2, 3]:
        return "Return the new codes alone: yours begin with the start."
    if len(codes) != 5:
        return f"With length = 5 you return {len(codes)} codes."
    if len(seen) > 1 and all(history == seen[0] for history in seen):
        return (
            "Every step sees the same past: append each drawn code to the past before you ask for "
            "the next logits."
        )
    if any(len(history) < 2 + i for i, history in enumerate(seen[:5])):
        return "The model gets only part of the past; hand it all codes so far, the start included."
    if codes != [0, 1, 2, 3, 0]:
        return f"A model that counts 0, 1, 2, 3, 0, ... should go on like that; yours made {codes}."
    return None


def _wrong_distribution(sample: Sampler) -> str | None:
    """Compare how often each code is drawn with what is right and with typical mistakes."""
    for temperature in (0.5, 1.0, 2.0):
        codes = _drawn(sample, temperature, seed=1)
        if codes != _drawn(sample, temperature, seed=1):
            return (
                "Two runs with equal seeds differ: draw with the generator that your function is "
                "given, random.choice, not with one of your own."
            )
        shares = np.bincount(codes, minlength=4) / len(codes)
        hint = _nearest_mistake(shares, temperature)
        if hint:
            return f"At temperature {temperature}: {hint}"
    return None


def _drawn(sample: Sampler, temperature: float, seed: int) -> list[int]:
    random = np.random.default_rng(seed)
    return [int(c) for c in sample(lambda codes: _LOGITS.copy(), [0], 1500, temperature, random)]


def _nearest_mistake(shares: np.ndarray, temperature: float) -> str | None:
    def far(p: np.ndarray) -> float:
        return float(np.abs(shares - p).sum())

    if far(_softmax(_LOGITS / temperature)) < 0.1:
        return None
    mistakes = {
        "you take the most probable code every time (argmax). Draw: improbable codes must come "
        "up too, now and then.": np.eye(4)[3],
        "the temperature has no effect. Divided probabilities, made to sum to 1 again, are what "
        "they were: divide the logits, before the softmax.": _softmax(_LOGITS),
        "the temperature works the wrong way round: divide the logits by it.": _softmax(
            _LOGITS * temperature
        ),
        "all codes are equally likely; hand the probabilities to random.choice as p=.": np.full(
            4, 0.25
        ),
        "these shares are those of the logits themselves; take exponentials first.": _LOGITS
        / _LOGITS.sum(),
    }
    hint, p = min(mistakes.items(), key=lambda item: far(item[1]))
    if far(p) < 0.1:
        return hint
    right = np.round(_softmax(_LOGITS / temperature), 2).tolist()
    return (
        f"the codes 0 to 3 should have shares near {right}; yours are {shares.round(2).tolist()}."
    )


def _wrong_numerics(sample: Sampler) -> str | None:
    """Large logits are as good as small ones: only their differences count."""
    with np.errstate(all="ignore"):
        codes = sample(lambda _: 1000.0 + _LOGITS, [0], 3, 1.0, np.random.default_rng(0))
    return None if len(codes) == 3 else "With large logits the number of codes is wrong."


def _wrong_probabilities(error: ValueError) -> str:
    text = str(error)
    if "sum to 1" in text:
        return (
            "The probabilities do not sum to 1: after the exponentials (or after any division) "
            "divide by their sum."
        )
    if "NaN" in text:
        return (
            "exp overflows for large logits. Subtract the largest logit first: equal shifts "
            "cancel in the softmax."
        )
    if "non-negative" in text:
        return "These are logits, not probabilities: take exponentials, then divide by their sum."
    raise error


def _softmax(logits: np.ndarray) -> np.ndarray:
    e = np.exp(logits - logits.max())
    return e / e.sum()


# ---------------------------------------------------------------- the families

FAMILIES = ("autoregressive", "GAN", "VAE", "flow", "diffusion", "tokens")
_DESCRIBED = {
    1: ("GAN", "a second network that tells real from generated is the adversary of a GAN"),
    2: ("diffusion", "removing a little noise in every pass is what diffusion models do"),
    3: ("autoregressive", "one sample after another, each with its probabilities: autoregressive"),
    4: ("flow", "only steps that can be inverted give whole clips and exact probabilities: a flow"),
    5: ("tokens", "symbols that stand for stretches of sound are tokens"),
    6: ("VAE", "an encoder and a decoder with a latent variable between them form a VAE"),
}


@exercise("hear-families")
def families(answers: Mapping[int, str]) -> list[str] | str:
    """``answers`` maps the number of a description to the name of a family."""
    if set(answers) != set(_DESCRIBED):
        return f"Give an answer for each of the numbers {', '.join(map(str, _DESCRIBED))}."
    hints = []
    for number, (right, reason) in _DESCRIBED.items():
        answer = str(written(answers[number]))
        if answer not in FAMILIES:
            return f"{number}: {answer!r} is none of the names; they are {', '.join(FAMILIES)}."
        if answer != right:
            hints.append(f"{number} is not {answer}: {reason}.")
    return hints


# ---------------------------------------------------------------- three voices

_LOWEST_FIRST = ("jackson", "theo", "george")


@exercise("hear-voices")
def voices(answer: Sequence[str]) -> str | None:
    """``answer``: the names of three voices, the lowest first."""
    names = [str(written(name)).lower() for name in answer]
    if sorted(names) != sorted(_LOWEST_FIRST):
        return f"Write each of the names {', '.join(sorted(_LOWEST_FIRST))} once."
    if names == list(_LOWEST_FIRST[::-1]):
        return "That is from the highest to the lowest: turn it round."
    wrong = [a for a, b in zip(names, _LOWEST_FIRST, strict=True) if a != b]
    if wrong:
        return (
            f"{' and '.join(wrong)} stand in the wrong places. Measure: the median of "
            "pitch_by_autocorrelation in Hz, leaving out what is no number (np.nanmedian)."
        )
    return None
