"""Checks of *Reading and levelling*: files, faults of a take, loudness."""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np

from aigc_edu.audio import to_rms
from aigc_edu.checks._compare import named_mistake
from aigc_edu.corpora import recording
from aigc_edu.teaching.exercises import exercise, written

Header = tuple[int, int, int, int]


# ---------------------------------------------------------------- the header of a WAV file


@exercise("preparing-header")
def header(answer: Callable[[bytes], Header]) -> str | None:
    """``answer(content)`` returns channels, rate, bits and frames of a WAV file."""
    info = _chunk(b"LIST", b"INFOISFT\x06\0\0\0abcdef")
    cases = [
        ("a plain file", (3, 44_100, 16, 300), b"", b"", b""),
        ("24 bits", (3, 48_000, 24, 70), b"", b"", b""),
        ("a LIST chunk in front of the data", (1, 22_050, 16, 500), b"", info, b""),
        ("a LIST chunk in front of the format", (1, 8000, 8, 400), info, b"", b""),
        ("a chunk of odd length", (2, 16_000, 16, 90), _chunk(b"junk", b"abc"), b"", b""),
        ("a chunk behind the data", (2, 16_000, 16, 64), b"", b"", info),
    ]
    for what, right, *others in cases:
        content = _wav(right, *others)
        hint = _wrong_header(answer, content, right, what)
        if hint:
            return f"With {what}: {hint}"
    return None


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def _wav(facts: Header, first: bytes, between: bytes, behind: bytes) -> bytes:
    channels, rate, bits, frames = facts
    block = channels * bits // 8
    described = struct.pack("<HHIIHH", 1, channels, rate, rate * block, block, bits)
    data = np.random.default_rng(frames).bytes(frames * block)
    body = b"WAVE" + first + _chunk(b"fmt ", described) + between + _chunk(b"data", data) + behind
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _wrong_header(
    answer: Callable[[bytes], Header], content: bytes, right: Header, what: str
) -> str | None:
    try:
        got = tuple(answer(content))
    except (struct.error, IndexError, UnboundLocalError, MemoryError) as error:
        return _lost(what) or f"your function stops with {type(error).__name__}: {error}."
    if len(got) != 4:
        return f"four numbers are asked for, channels, rate, bits and frames; you return {got}."
    got = tuple(int(np.ravel(value)[0]) for value in got)
    if got == right:
        return None
    return (
        _known_header(got, right, content)
        or _lost(what)
        or (f"it should be {right}, and your function returns {got}.")
    )


def _known_header(got: Header, right: Header, content: bytes) -> str | None:
    channels, rate, bits, frames = right
    wrong_frames = {
        frames * channels: "you count the samples of all channels; a frame is one sample of each.",
        frames * channels * bits // 8: "the last number is in bytes; divide it by the bytes of a "
        "frame, channels * bits / 8.",
        frames * channels * bits: "the last number is in bits.",
        frames * bits // 8: "divide by the bytes of a frame, not by the channels alone.",
    }
    if sorted(got) == sorted(right):
        return f"the numbers are right, the order is not: channels, rate, bits, frames, {right}."
    if got[1] == int.from_bytes(struct.pack("<I", rate), "big"):
        return "you read with the highest byte first; in a WAV file the lowest is first, '<'."
    if got[2] == bits // 8 and bits > 8:
        return "bits are asked for, and you return bytes a sample."
    if got[1] == rate * channels * bits // 8:
        return "your rate is the number of bytes a second; the samples a second stand 4 bytes back."
    if got[:3] != right[:3] or got[3] == frames:
        return None
    if got[3] == (len(content) - 44) // (channels * bits // 8):
        return "you take all that is behind byte 44 for samples. Find the chunk named 'data'."
    return wrong_frames.get(got[3])


def _lost(what: str) -> str | None:
    if "plain" in what or "24" in what:
        return None
    if "odd" in what:
        return (
            "your function loses its way. A chunk begins at an even place: behind an odd number "
            "of bytes stands one more, which its length doesn't count."
        )
    return (
        "your function loses its way: it takes one chunk for another. Go on by 8 bytes and the "
        "length of the chunk until its name is the one you look for."
    )


# ---------------------------------------------------------------- what is wrong with a take

_ROOM = 1600  # samples of pause before and after a take
_FAULTS = ("clipped", "offset", "opposite", "fine")


@exercise("preparing-diagnose")
def diagnose(answer: Callable[[np.ndarray], str]) -> str | None:
    """``answer(x)`` returns the fault of a take in two channels, (2, N)."""
    for what, (fault, take, hint) in _takes().items():
        got = written(answer(take.copy()))
        if not isinstance(got, str) or got not in _FAULTS:
            return f"Return one of the words {', '.join(map(repr, _FAULTS))}, not {got!r}."
        if got != fault:
            return f"{what} is {fault!r}, and your function says {got!r}: {hint}"
    return None


def _takes() -> dict[str, tuple[str, np.ndarray, str]]:
    """Return takes of real recordings, each with its fault and what it means to miss it."""
    return _clean_takes() | _clipped_takes() | _takes_with_an_offset() | _turned_takes()


def _clean_takes() -> dict[str, tuple[str, np.ndarray, str]]:
    loud, soft = _take("lucas"), _take("yweweler")
    one_peak = "one sample at full scale is a peak; clipping holds several in a row."
    return {
        "A clean take": ("fine", soft, "nothing is wrong with it."),
        "A clean take whose loudest sample is exactly at full scale": (
            "fine",
            loud / np.abs(loud).max(),
            one_peak,
        ),
        "A clean, very soft take": ("fine", 0.01 * soft, "measure its pause against its own peak."),
    }


def _clipped_takes() -> dict[str, tuple[str, np.ndarray, str]]:
    hot = np.clip(6 * _take("lucas"), -1, 1)
    hint = "look for runs of equal extremes, as audio.clipped does, not for samples at 1."
    return {
        "A take that was cut off at full scale": ("clipped", hot, hint),
        "A take that was cut off, then made 20 dB softer": ("clipped", 0.1 * hot, hint),
    }


def _takes_with_an_offset() -> dict[str, tuple[str, np.ndarray, str]]:
    half = 0.5 * _take("yweweler")
    in_pause = "take the mean of the pause, the first 1,000 samples, against the peak."
    second = np.array([[0.0], [0.05]])
    return {
        "A take with a constant of 0.05 on it": ("offset", half + 0.05, in_pause),
        "A take with a constant of -0.05 on it": (
            "offset",
            half - 0.05,
            "an offset may be negative; ask for its size.",
        ),
        "A take with a constant on channel 2 alone": (
            "offset",
            half + second,
            "look at both channels.",
        ),
    }


def _turned_takes() -> dict[str, tuple[str, np.ndarray, str]]:
    hint = "where channels have opposite signs, the sum of their products is negative."
    softer = "the sum of the channels isn't near zero there; their correlation is still near -1."
    return {
        "A take whose channel 2 is turned round": (
            "opposite",
            _take("lucas") * [[1], [-1]],
            hint,
        ),
        "A take whose channel 2 is turned round and softer": (
            "opposite",
            _take("yweweler") * [[1], [-0.3]],
            softer,
        ),
    }


def _take(speaker: str) -> np.ndarray:
    """Return a recording with room before and after it, the same in two channels, (2, N)."""
    x = np.pad(recording("seven", speaker), _ROOM)
    x = to_rms(x, -20, over="reduce")
    return x + 1e-4 * np.random.default_rng(11).normal(size=(2, len(x)))


# ---------------------------------------------------------------- loudness


@exercise("preparing-loudness")
def loudness(answer: Callable[[np.ndarray], float]) -> str | None:
    """``answer(power)`` returns the gated loudness in LUFS."""
    random = np.random.default_rng(8)
    speech, room = 10 ** random.uniform(-2.4, -1.6, 40), 10 ** random.uniform(-5.2, -3.2, 40)
    nothing = np.full(60, 10**-7.6)
    cases = [speech, np.concatenate([speech, nothing]), np.concatenate([speech, room, nothing])]
    with np.errstate(all="ignore"):
        got = np.array([float(answer(power.copy())) for power in cases])
    right = np.array([_loudness(power) for power in cases])
    if np.allclose(got, right, atol=1e-6):
        return None
    wrong = {hint: [way(p) for p in cases] for hint, way in _loudness_mistakes().items()}
    return named_mistake(got, ((hint, np.array(v)) for hint, v in wrong.items())) or (
        f"{len(cases[2])} blocks have a loudness of {right[2]:.2f} LUFS; your function returns "
        f"{got[2]:.2f}."
    )


def _lufs(power: np.ndarray) -> np.ndarray:
    return -0.691 + 10 * np.log10(power)


def _loudness(power: np.ndarray, below: float = 10.0, gate_from: np.ndarray | None = None) -> float:
    loud = power[_lufs(power) >= -70]
    gate = _lufs((loud if gate_from is None else gate_from).mean()) - below
    return float(_lufs(power[(_lufs(power) > gate) & (_lufs(power) >= -70)].mean()))


def _loudness_mistakes() -> dict[str, Callable[[np.ndarray], float]]:
    def in_decibels(p: np.ndarray) -> float:
        loud = _lufs(p)[_lufs(p) >= -70]
        return float(loud[loud > loud.mean() - 10].mean())

    def mixed(p: np.ndarray) -> float:
        loud = p[_lufs(p) >= -70]
        return float(_lufs(loud)[_lufs(loud) > _lufs(loud.mean()) - 10].mean())

    return {
        "You leave nothing out: this is the mean over all blocks.": lambda p: _lufs(p.mean()),
        "The second gate is missing: what is more than 10 LU below the mean of the blocks that "
        "passed the first does not count.": lambda p: _lufs(p[_lufs(p) >= -70].mean()),
        "You average decibels. Average the powers, then take the logarithm.": in_decibels,
        "The gates are right, but then you average decibels; average the powers.": mixed,
        "The second gate is measured from all blocks; take the mean of those that passed the "
        "first.": lambda p: _loudness(p, gate_from=p),
        "The constant -0.691 is missing at the end.": lambda p: _loudness(p) + 0.691,
        "The constant is subtracted twice.": lambda p: _loudness(p) - 0.691,
        "The constant has the wrong sign.": lambda p: _loudness(p) + 2 * 0.691,
        "Powers take 10 log10; the 20 belongs to amplitudes.": lambda p: float(
            -0.691 + 2 * (_loudness(p) + 0.691)
        ),
        "Your second gate is 20 LU below, it should be 10.": lambda p: _loudness(p, 20.0),
    }
