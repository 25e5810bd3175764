"""The formats that sound can be saved in, and how finely: bits, bit rate, quality.

Chapter: chapters/06-product/08-formats.ipynb

What a file's name ends with says what it becomes. libsndfile writes all but M4B; whether it has
the encoder is asked when it is needed, so that an old one gives a clear line and no crash.

References
----------
ISO/IEC 11172-3 (1993) and 13818-3 (1998), on the rates and bit rates of MPEG audio, layer III.
J.-M. Valin, K. Vos, T. Terriberry (2012), RFC 6716, *Definition of the Opus audio codec*.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import soundfile as sf

from aigc_edu.audio.decoding import AudioFileError
from aigc_edu.errors import InvalidValueError

Dither = Literal["triangular", "shaped"]

_MP3_RATES = (8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
_OPUS_RATES = (8000, 12_000, 16_000, 24_000, 48_000)
_AAC_RATES = (*_MP3_RATES, 64_000, 88_200, 96_000)
_LEAST = 1e-4  # of a quality: libsndfile refuses 0 for MP3


@dataclass(frozen=True)
class Format:
    """A way to store sound.

    Attributes
    ----------
    ending
        What the file's name ends with.
    name
        How people call it.
    container, subtype
        libsndfile's names; the subtype is None where it depends on the bits, or is its own choice.
    lossy
        Whether samples come back changed.
    rates
        In Hz; none means any.
    channels
        How many there can be.
    bits
        Of a sample, for formats that store samples.
    """

    ending: str
    name: str
    container: str
    subtype: str | None
    lossy: bool
    rates: tuple[int, ...] = ()
    channels: int = 8
    bits: tuple[int, ...] = ()


FORMATS = {
    one.ending: one
    for one in (
        Format(".wav", "WAV", "WAV", None, False, bits=(8, 16, 24, 32)),
        Format(".flac", "FLAC", "FLAC", None, False, bits=(8, 16, 24)),
        Format(".ogg", "Ogg Vorbis", "OGG", "VORBIS", True),
        Format(".opus", "Opus", "OGG", "OPUS", True, _OPUS_RATES),
        Format(".mp3", "MP3", "MP3", "MPEG_LAYER_III", True, _MP3_RATES, channels=2),
        Format(".m4b", "M4B", "", None, True, _AAC_RATES, channels=2),  # AAC in MP4, by PyAV
    )
}


@dataclass(frozen=True)
class Coding:
    """How finely sound is stored.

    Attributes
    ----------
    kbps
        Thousand bits a second, for MP3, Opus and M4B: what the encoder aims at on average.
    quality
        0 (smallest) to 1 (best), for Ogg Vorbis, MP3 and Opus, in place of ``kbps``.
    bits
        Of a sample, for WAV and FLAC: 8, 16 (where nothing is said), 24; 32 are floating-point.
    dither
        Before rounding to 8 or 16 bits: ``"triangular"``, ``"shaped"`` (triangular, and the error
        moved to where ears are least keen), or None for plain rounding.
    seed
        Of the dither.
    """

    kbps: float | None = None
    quality: float | None = None
    bits: int | None = None
    dither: Dither | None = "triangular"
    seed: int = 0


def format_of(path: str | os.PathLike) -> Format:
    """Return the format that a file's name asks for.

    Raises
    ------
    AudioFileError
        If its ending is none that can be written.
    """
    found = FORMATS.get(Path(path).suffix.lower())
    if found is None:
        raise AudioFileError(f"{path}: cannot be written (endings are {', '.join(FORMATS)})")
    return found


def check_encoder(form: Format) -> None:
    """Raise AudioFileError if the installed libsndfile can't write a format."""
    if form.container and form.container in sf.available_formats():
        if form.subtype is None or form.subtype in sf.available_subtypes(form.container):
            return
    if form.container:
        raise AudioFileError(
            f"{form.name} can't be written: the installed libsndfile {sf.__libsndfile_version__} "
            "has no encoder for it; pip install --upgrade soundfile brings one that has"
        )


def check_sound(form: Format, rate: int, channels: int) -> None:
    """Raise InvalidValueError if a format can't hold sound of this rate and number of channels."""
    if form.rates and rate not in form.rates:
        listed = ", ".join(map(str, form.rates))
        raise InvalidValueError(
            f"{form.name} has no rate of {rate} Hz, only {listed}; "
            f"resample to {fitting_rate(form, rate)} first"
        )
    if not 1 <= channels <= form.channels:
        raise InvalidValueError(
            f"{form.name} holds 1 to {form.channels} channels, these are {channels}"
        )


def fitting_rate(form: Format, rate: int) -> int:
    """Return the lowest rate of a format that loses nothing of ``rate``, or its highest one."""
    if not form.rates:
        return rate
    return min((one for one in form.rates if one >= rate), default=max(form.rates))


def subtype_of(form: Format, coding: Coding) -> str | None:
    """Return libsndfile's name for how samples are stored."""
    if not form.bits:
        return form.subtype
    names = {8: "PCM_U8" if form.ending == ".wav" else "PCM_S8", 32: "FLOAT"}
    bits = coding.bits or 16
    return names.get(bits, f"PCM_{bits}")


def options_of(form: Format, coding: Coding, rate: int, channels: int) -> dict[str, Any]:
    """Return what soundfile is told of a coding; ``{}`` leaves it to the encoder.

    A bit rate becomes libsndfile's *compression level*, 0 to 1, between the ends that it takes for
    the format. MP3 then aims at an average: with a constant rate below some 64 kbit/s LAME leaves
    out the note by which players know how much silence its frames begin and end with.

    Raises
    ------
    InvalidValueError
        If the format has no such number, or not this one.
    """
    check_coding(form, coding)
    if coding.quality is not None:
        return {"compression_level": min(1 - coding.quality, 1 - _LEAST)}
    if coding.kbps is None or not form.container:
        return {}
    low, high = bit_rates(form, rate, channels)
    if not low <= coding.kbps <= high:
        raise InvalidValueError(
            f"{form.name} at {rate} Hz takes {low:g} to {high:g} kbit/s, not {coding.kbps:g}"
        )
    level = min((high - coding.kbps) / (high - low), 1 - _LEAST)
    return {"compression_level": level} | (
        {"bitrate_mode": "AVERAGE"} if form.ending == ".mp3" else {}
    )


def bit_rates(form: Format, rate: int, channels: int) -> tuple[float, float]:
    """Return the lowest and the highest bit rate, in kbit/s, that libsndfile asks of a format."""
    if form.ending == ".opus":
        return 6.0 * channels, 256.0 * channels
    if rate >= 32_000:
        return 32.0, 320.0  # MPEG-1
    return 8.0, 160.0 if rate >= 16_000 else 64.0  # MPEG-2, and 2.5


def check_coding(form: Format, coding: Coding) -> None:
    """Raise InvalidValueError if a coding asks what the format doesn't have."""
    if coding.bits is not None and coding.bits not in form.bits:
        some = f"has {', '.join(map(str, form.bits))} bits" if form.bits else "has no bits a sample"
        raise InvalidValueError(f"{form.name} {some}, not {coding.bits}")
    if coding.dither not in (None, "triangular", "shaped"):
        raise InvalidValueError(f"dither is 'triangular', 'shaped' or None, not {coding.dither!r}")
    if not form.lossy and (coding.kbps, coding.quality) != (None, None):
        raise InvalidValueError(f"{form.name} loses nothing: it has no bit rate and no quality")
    if coding.kbps is not None and (form.ending == ".ogg" or coding.quality is not None):
        raise InvalidValueError(
            "Ogg Vorbis is told a quality, 0 to 1, and finds its bit rate by itself"
            if form.ending == ".ogg"
            else "give a bit rate or a quality, not both"
        )
    if coding.quality is not None and (form.ending == ".m4b" or not 0 <= coding.quality <= 1):
        raise InvalidValueError(
            "M4B is told a bit rate, no quality"
            if form.ending == ".m4b"
            else f"a quality lies from 0 to 1, not at {coding.quality}"
        )
