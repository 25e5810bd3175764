"""Audio players for the page: level-true, labelled, several in one comparable row.

Each clip stands below its waveform, drawn here and not in the browser, and in an ordinary audio
element. A script, ``js/players.js``, makes one control of the two: the waveform is the bar that
one seeks in. Where no script runs, the browser's own player stands there. In a notebook each row
brings style and script with it; the built site loads them once a page.
"""

from __future__ import annotations

import base64
import html
import io
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import soundfile as sf
from IPython.display import display

from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching import waveform
from aigc_edu.teaching._html import caption_html

_RATES = (3_000, 192_000)  # outside of these, browsers refuse to play
FAINTEST = 0.003  # a peak below it, -50 dB, or less than SHORTEST is not heard in a usual room
SHORTEST = 0.02  # seconds
STATIC = "AIGC_EDU_STATIC"  # set where pages are built
INLINE = re.compile(r"data:audio/wav;base64,[A-Za-z0-9+/=]+")  # a sound inside of a page
_COMPARABLE = 8  # clips share the time axis unless one is so many times as long as another


@dataclass(frozen=True)
class Player:
    """A row of players, as HTML for a page and as one line of text elsewhere."""

    markup: str
    text: str

    def _repr_html_(self) -> str:
        return self.markup

    def __repr__(self) -> str:
        return self.text


def listen(
    clips: Mapping[str, np.ndarray] | np.ndarray,
    rate: int,
    caption: str | None = None,
    *,
    may_be_silent: bool = False,
) -> None:
    """Put one row of audio players on the page, at the true level.

    The samples go into the page as 16-bit PCM, neither normalised nor clipped, so that the
    levels of clips can be compared by ear. (FLAC would be smaller, but browsers can't seek in a
    short one.) The waveforms of a row are drawn to one scale.

    Parameters
    ----------
    clips
        Name and samples of each clip, or the samples of one. Samples have shape (N,), or (2, N)
        for left and right, are floating-point and lie in [-1, 1].
    rate
        Sampling rate of all clips in Hz, 3,000 to 192,000.
    caption
        A sentence under the row.
    may_be_silent
        For what a model has made, which may be nothing: a clip that can't be heard gets the words
        *almost silent* behind its name. Elsewhere a silent player is a mistake.

    Raises
    ------
    InvalidValueError
        If a clip is empty, holds NaN, leaves [-1, 1] or has another shape or type.
    """
    display(player(clips, rate, caption, may_be_silent=may_be_silent))


def player(
    clips: Mapping[str, np.ndarray] | np.ndarray,
    rate: int,
    caption: str | None = None,
    *,
    may_be_silent: bool = False,
) -> Player:
    """Return what :func:`listen` displays."""
    if not isinstance(clips, Mapping):
        clips = {caption or "sound": clips}
    if not clips:
        raise InvalidValueError("there is no clip to listen to")
    if not _RATES[0] <= rate <= _RATES[1]:
        raise InvalidValueError(f"browsers play {_RATES[0]} to {_RATES[1]} Hz, not {rate}")
    clips = {name: _samples(name, x) for name, x in clips.items()}
    if may_be_silent:
        clips = {_named_by_sound(name, x, rate): x for name, x in clips.items()}
    names = ", ".join(f"{name} ({x.shape[-1] / rate:.1f} s)" for name, x in clips.items())
    label = html.escape(caption or f"Sounds: {', '.join(clips)}", quote=True)
    markup = (
        f'<figure class="aigc-listen" role="group" aria-label="{label}" style="margin:0.6rem 0">'
        f'{_front_end()}<div class="aigc-row">{_row(clips, int(rate))}</div>'
        f"{caption_html(caption)}</figure>{_script()}"
    )
    return Player(markup, f"Sounds to listen to: {names}")


def _named_by_sound(name: str, x: np.ndarray, rate: float) -> str:
    """Return a clip's name; where nothing is to be heard, with these words behind it."""
    heard = np.abs(x).max() >= FAINTEST and x.shape[-1] >= SHORTEST * rate
    return name if heard else f"{name} (almost silent)"


def _row(clips: Mapping[str, np.ndarray], rate: int) -> str:
    """Return the clips, drawn to one scale and, if their lengths allow, along one time axis."""
    lengths = [x.shape[-1] for x in clips.values()]
    scale = waveform.scale_for(max(float(np.abs(x).max()) for x in clips.values()))
    longest = max(lengths) if max(lengths) <= _COMPARABLE * min(lengths) else None
    return "".join(
        clip_html(
            name,
            x,
            rate,
            _address(x, rate),
            share=x.shape[-1] / (longest or x.shape[-1]),
            scale=scale,
            scale_told=number == 0,
        )
        for number, (name, x) in enumerate(clips.items())
    )


def clip_html(
    name: str,
    x: np.ndarray,
    rate: int,
    address: str,
    *,
    share: float = 1.0,
    scale: float = 1.0,
    scale_told: bool = True,
    titled: bool = True,
) -> str:
    """Return one player: its name, its waveform and an audio element.

    Parameters
    ----------
    name
        What is heard; a screen reader says it, too.
    x
        Samples of shape (N,) or (2, N) in [-1, 1].
    rate
        Sampling rate in Hz.
    address
        Where the sound lies.
    share
        The part of the width that the clip fills, in (0, 1].
    scale
        The magnitude that reaches the upper edge of the picture.
    scale_told
        Whether the scale stands behind the name, unless it is 1; the first clip of a row tells it.
    titled
        Whether the name stands above; not where it stands beside already.
    """
    label, seconds = html.escape(str(name), quote=True), x.shape[-1] / rate
    told = scale_told and scale != 1
    height = f' <span title="from edge to edge of the picture">±{scale:g}</span>' if told else ""
    head = f'{label} <small><span class="aigc-time">{seconds:.1f} s</span>{height}</small>'
    return (
        f'<div class="aigc-clip" role="group" aria-label="{label}" data-seconds="{seconds:.6f}">'
        f'<div class="aigc-name">{head if titled else ""}</div>'
        f'<div class="aigc-bar"><div class="aigc-wave" style="width:{100 * share:.4g}%">'
        f"{waveform.svg(x.T.ravel(), share, scale)}</div></div>"  # of two channels, around both
        f'<audio controls preload="none" style="width:100%;height:2.6rem" aria-label="{label}" '
        f'src="{address}"></audio></div>'
    )


def _address(x: np.ndarray, rate: int) -> str:
    """Return the sound itself as an address."""
    return f"data:audio/wav;base64,{base64.b64encode(_wav(x, rate)).decode('ascii')}"


def _front_end() -> str:
    """Return the style that a row brings with it; none where a page loads it once."""
    return "" if os.environ.get(STATIC) else f"<style>{compact('players.css')}</style>"


def _script() -> str:
    """Return the script that a row brings with it; it sets itself up once a page."""
    return "" if os.environ.get(STATIC) else f"<script>{compact('players.js')}</script>"


@cache
def compact(file: str) -> str:
    """Return the players' script or style sheet without indentation and lines of comment."""
    text = files(__package__).joinpath("js", file).read_text(encoding="utf-8")
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith(("//", "/*")))


def _wav(x: np.ndarray, rate: int) -> bytes:
    """Return the samples, (N,) or (2, N), as a 16-bit WAV file."""
    pcm = np.clip(np.round(x.T * 32768), -32768, 32767).astype(np.int16)
    buffer = io.BytesIO()
    sf.write(buffer, pcm, rate, format="WAV", subtype="PCM_16")
    return buffer.getvalue()


def _samples(name: str, x: np.ndarray) -> np.ndarray:
    """Return the clip as float64, or say what is wrong with it."""
    x = np.asarray(x)
    if not x.size or not (x.ndim == 1 or (x.ndim == 2 and len(x) == 2)):
        raise InvalidValueError(
            f"clip {name!r}: samples have shape (N,) or (2, N), N >= 1, not {x.shape}"
        )
    if not np.issubdtype(x.dtype, np.floating):
        raise InvalidValueError(
            f"clip {name!r} holds {x.dtype}; divide by the largest value to get samples in [-1, 1]"
        )
    if not np.isfinite(x).all():
        raise InvalidValueError(f"clip {name!r} holds NaN or infinite samples; find their cause")
    peak = float(np.abs(x).max())
    if peak > 1:
        raise InvalidValueError(
            f"clip {name!r} reaches {peak:.3g}, beyond full scale; scale all clips by one factor "
            "of your choice, or clip on purpose with np.clip"
        )
    return x.astype(np.float64)
