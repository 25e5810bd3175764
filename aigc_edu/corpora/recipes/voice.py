"""A natural voice, and the places of its phonemes: hibari-tts, a neural speech synthesiser.

The package is pinned: its version, and the SHA-256 of every file in it that has a part in the
sound. It holds one voice, distilled from a larger model, and runs on one processor core. What it
says depends on the text and the seed alone; on processors of another kind, onnxruntime may round
otherwise.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from aigc_edu.audio import resample
from aigc_edu.corpora.base import CorpusError
from aigc_edu.corpora.recipes import voice_places as places

PACKAGE, VERSION = "hibari-tts", "0.2.1"
WHEEL = "49f2abbbe451c988e7448b5afa08c8a56410535ebb855c0e7d174275df5ca1f3"  # SHA-256 of the wheel
FILES = "32df04362e210a4b00cc02c54a177148450535d972b51554c93edc78f1ea73d0"  # see fingerprint()
VOICE = "heart"
RATE = 16_000  # Hz, of what is returned
OWN_RATE = 24_000  # Hz, the voice's own
FRAME = 200  # samples in 12.5 ms, the unit of all places
OWN_UNIT = 600  # samples at the voice's rate in its unit of 25 ms
MARGIN = 8  # frames of silence before and after a sentence
BETWEEN = 16  # frames more between two sentences of one text
LENGTHS = "/Clip_output_0"  # the node of its network that holds each symbol's length
_OUTPUTS = ("lh", "theta", "ln", "lr", "phi", "f0", LENGTHS)
_GET = "run 'pip install \"aigc_edu[voice]\"', or 'pip install hibari-tts==0.2.1'"


class Spoken(NamedTuple):
    """One text: float32 samples (N,) at 16 kHz, and [symbol, start, stop] from 0 to N."""

    samples: np.ndarray
    phonemes: list[list[Any]]


class Voice:
    """The synthesiser, loaded once; its sound is that of the voice "heart".

    Raises
    ------
    CorpusError
        If the package is missing, or is another than the recipes are made for.
    """

    def __init__(self) -> None:
        check_installed()
        from hibari import Hibari
        from hibari.voices import voice_path

        self._engine = Hibari(VOICE)
        self._session = _session(Path(voice_path(VOICE)).read_bytes())

    def say(self, text: str, seed: int) -> Spoken:
        """Speak a text of one or more sentences.

        Parameters
        ----------
        text
            English words; numbers are read out.
        seed
            Of the noise in the voice; whole, 0 or more.

        Raises
        ------
        CorpusError
            If there is nothing to say in it.
        """
        random = np.random.default_rng(seed)
        said = [self._sentence(phonemes, random) for phonemes in self.read(text)]
        if not said:
            raise CorpusError(f"there is nothing to say in {text[:60]!r}")
        return _joined(said)

    def read(self, text: str) -> list[str]:
        """Return what is read of each sentence in the voice's own alphabet; none for no words."""
        known = self._engine.vocab
        read = ("".join(filter(known.__contains__, p)) for p in self._engine.phonemize(text))
        return [phonemes for phonemes in read if any(map(places.sounds, phonemes))]

    def _sentence(self, symbols: str, random: np.random.Generator) -> Spoken:
        from hibari import dsp

        numbers = np.array([self._engine.ids(symbols)], np.int64)  # (1, L + 2)
        given = {"ids": numbers, "speed": np.ones(1, np.float32)}
        *spectra, lengths = self._session.run(_OUTPUTS, given)
        x = dsp.synth(*(part[0] for part in spectra), random)
        units = np.round(np.ravel(lengths)).astype(int)
        if len(x) != OWN_UNIT * units.sum():
            raise CorpusError(f"{PACKAGE}: its lengths are not those of its sound")
        return _placed(resample(x, OWN_RATE, RATE), places.marks(symbols, units))


def _placed(x: np.ndarray, found: list[places.Mark]) -> Spoken:
    """Cut the silence around a sentence to the margins, and place its phonemes in the rest."""
    levels = np.sqrt(np.mean(np.square(x.reshape(-1, FRAME)), axis=1))  # (frames,)
    found = places.settle(found, levels)
    rows = places.rows(found, MARGIN, FRAME)
    begin = FRAME * (found[0].start - MARGIN)
    wide = np.pad(x, (max(0, -begin), rows[-1][2]))  # a sentence may begin or end at once
    start = max(0, begin)
    return Spoken(wide[start : start + rows[-1][2]], rows)


def _joined(said: Sequence[Spoken]) -> Spoken:
    """Put sentences one behind the other, with one pause between each two."""
    x, rows = said[0]
    for one in said[1:]:
        begin = len(x) + FRAME * BETWEEN
        x = np.concatenate([x, np.zeros(FRAME * BETWEEN, x.dtype), one.samples])
        moved = [[symbol, begin + start, begin + stop] for symbol, start, stop in one.phonemes]
        rows = [*rows[:-1], ["", rows[-1][1], moved[0][2]], *moved[1:]]
    return Spoken(x, rows)


def check_installed() -> None:
    """Make sure that the very package is there that the recipes are made for.

    Raises
    ------
    CorpusError
        If it is missing, or another.
    """
    if find_spec("hibari") is None:
        raise CorpusError(f"this recipe needs the synthesiser {PACKAGE} {VERSION}; {_GET}")
    if metadata.version(PACKAGE) != VERSION or fingerprint() != FILES:
        raise CorpusError(
            f"this recipe needs {PACKAGE} {VERSION} as it was published (its wheel has the SHA-256 "
            f"{WHEEL}), and here is another; {_GET}"
        )


def fingerprint() -> str:
    """Return the SHA-256 over the names and contents of the package's files, in their order."""
    digest = hashlib.sha256()
    files = metadata.files(PACKAGE) or ()
    for file in sorted(str(f) for f in files if f.parts[0] == "hibari" and f.suffix != ".pyc"):
        digest.update(file.encode() + b"\0")
        path = metadata.distribution(PACKAGE).locate_file(file)
        digest.update(hashlib.sha256(Path(str(path)).read_bytes()).digest())
    return digest.hexdigest()


def _session(model: bytes) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    watched = with_output(model, LENGTHS)
    return onnxruntime.InferenceSession(watched, options, providers=["CPUExecutionProvider"])


def with_output(model: bytes, name: str) -> bytes:
    """Return an ONNX model that gives out one more of the values that it computes.

    Of two Protocol Buffers messages one behind the other, a reader makes one: it puts the second's
    fields to the first's. So a model that has the one output and nothing else is appended, and no
    package is needed that can take the whole apart. (In ``onnx.proto``, ``ModelProto.graph`` has
    the number 7, ``GraphProto.output`` 12, ``ValueInfoProto.name`` 1.)
    """
    message = name.encode()
    for number in (1, 12, 7):
        message = bytes([number << 3 | 2, len(message)]) + message  # a length below 128: one byte
    return model + message
