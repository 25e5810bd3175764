"""eSpeak NG through ctypes: text in, waveform and phoneme positions out.

Run as a program it reads jobs from standard input and writes what it heard to a file; the recipe
starts one process a voice, because the engine keeps a random state that only a fresh process has
in a known condition.
"""

from __future__ import annotations

import ctypes
import json
import sys
from typing import NamedTuple

import numpy as np

_SYNCHRONOUS, _PHONEME_EVENTS_IN_IPA = 2, 3
_UTF8, _PHONEME_EVENT, _END_OF_LIST = 1, 7, 0
_RATE, _VOLUME, _PITCH, _RANGE = 1, 2, 3, 4
_QUIET = 40  # of 100; at 100 some of the voices clip


class _Identifier(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8)]


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Identifier),
    ]


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


class Utterance(NamedTuple):
    """Samples (int16), and (symbol, first sample) of each phoneme; "" is a pause."""

    samples: np.ndarray
    phonemes: list[tuple[str, int]]


class Engine:
    """One engine a process: the library is global."""

    def __init__(self) -> None:
        import espeakng_loader  # an optional dependency: only the recipes need it

        self.library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = espeakng_loader.get_data_path().encode()
        self.rate = self.library.espeak_Initialize(_SYNCHRONOUS, 0, data, _PHONEME_EVENTS_IN_IPA)
        if self.rate <= 0:
            raise RuntimeError("eSpeak NG did not start")
        self.library.espeak_ng_SetRandSeed(1)
        self._callback = _Callback(self._collect)  # kept: the library holds a bare pointer to it
        self.library.espeak_SetSynthCallback(self._callback)

    def say(self, text: str, voice: str, pitch: int, speed: int) -> Utterance:
        """Speak; ``pitch`` 0 ... 99, ``speed`` in words a minute."""
        if self.library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise RuntimeError(f"eSpeak NG has no voice {voice!r}")
        settings = ((_RATE, speed), (_VOLUME, _QUIET), (_PITCH, pitch), (_RANGE, 50))
        for number, value in settings:
            self.library.espeak_SetParameter(number, value, 0)
        self._blocks, self._phonemes = [], []
        data = text.encode()
        self.library.espeak_Synth(data, len(data) + 1, 0, 1, 0, _UTF8, None, None)
        self.library.espeak_Synchronize()
        return Utterance(np.concatenate(self._blocks), self._phonemes)

    def _collect(self, wave, count, events) -> int:  # noqa: ANN001 (ctypes pointers)
        if wave and count > 0:
            self._blocks.append(np.ctypeslib.as_array(wave, (count,)).copy())
        i = 0
        while events[i].type != _END_OF_LIST:
            if events[i].type == _PHONEME_EVENT:
                self._phonemes.append((events[i].id.string.decode(), events[i].sample))
            i += 1
        return 0


def main() -> None:
    """Read a JSON list of [text, voice, pitch, speed]; write an .npz of what was said."""
    jobs, engine = json.load(sys.stdin), Engine()
    said = [engine.say(*job) for job in jobs]
    phonemes = json.dumps([u.phonemes for u in said], ensure_ascii=False)
    arrays = {f"x{i}": u.samples for i, u in enumerate(said)}
    np.savez(sys.argv[1], rate=engine.rate, phonemes=np.array(phonemes), **arrays)


if __name__ == "__main__":
    main()
