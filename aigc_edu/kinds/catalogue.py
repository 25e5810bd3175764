"""The kinds of model that there are; a kind's module is imported when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from aigc_edu.errors import InvalidValueError

if TYPE_CHECKING:
    from aigc_edu.kinds.base import Kind


class Entry(NamedTuple):
    """Where a kind is defined, as ``KIND`` in a module, and what it is in a few words."""

    module: str
    summary: str


KINDS: dict[str, Entry] = {
    "wavenet": Entry("aigc_edu.kinds.wavenet", "a WaveNet that says the labels of a corpus"),
    "samplernn": Entry("aigc_edu.kinds.samplernn", "a SampleRNN that does so on several clocks"),
    "wavegan": Entry("aigc_edu.kinds.wavegan", "a WaveGAN that makes clips of a corpus at once"),
    "vocoder": Entry("aigc_edu.kinds.vocoder", "a WaveNet that turns mel frames into sound"),
    "gansynth": Entry("aigc_edu.kinds.gansynth", "a generator of notes that is told the pitch"),
    "audiolm": Entry("aigc_edu.kinds.audiolm", "Transformers over tokens that continue a sound"),
    "codec": Entry("aigc_edu.kinds.codec", "a codec that writes sounds down as tokens"),
    "flowmatching": Entry("aigc_edu.kinds.flowmatching", "notes in a few steps from noise"),
    "composer": Entry("aigc_edu.kinds.composer", "tunes for two voices, as MIDI and as sound"),
    "vits": Entry("aigc_edu.kinds.vits", "a voice that reads text aloud"),
    "denoiser": Entry("aigc_edu.kinds.denoiser", "a network that takes noise out of speech"),
    "recogniser": Entry("aigc_edu.kinds.recogniser", "a network that hears which label is said"),
    "listener": Entry("aigc_edu.kinds.listener", "a second one, which only scores"),
}


def kinds() -> tuple[str, ...]:
    """Return the names of all kinds."""
    return tuple(KINDS)


def find_kind(name: str) -> Kind:
    """Import a kind's module and return the kind.

    Raises
    ------
    InvalidValueError
        If there is no kind of this name.
    """
    if name not in KINDS:
        raise InvalidValueError(f"there is no kind of model {name!r}; there are {', '.join(KINDS)}")
    return import_module(KINDS[name].module).KIND
