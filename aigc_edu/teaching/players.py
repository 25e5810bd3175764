"""Audio players for the page: level-true, labelled, several in one row."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import soundfile as sf
from IPython.display import display

from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching._html import caption_html

_RATES = (3_000, 192_000)  # outside of these, browsers refuse to play
FAINTEST = 0.003  # a peak below it, -50 dB, or less than SHORTEST is not heard in a usual room
SHORTEST = 0.02  # seconds
_CLIP = "flex:1 1 13rem;min-width:0;max-width:32rem"
_ROW = "display:flex;flex-wrap:wrap;gap:0.6rem 1.2rem;align-items:flex-end"
_AUDIO = "display:block;width:100%;max-width:32rem;height:2.6rem"


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

    The samples go into the page as 16-bit FLAC, neither normalised nor clipped, so that the
    levels of clips can be compared by ear.

    Parameters
    ----------
    clips
        Name and samples of each clip, or the samples of one. Samples have shape (N,), are
        floating-point and lie in [-1, 1].
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
    items = "".join(_clip(name, x, int(rate)) for name, x in clips.items())
    names = ", ".join(f"{name} ({len(x) / rate:.1f} s)" for name, x in clips.items())
    label = html.escape(caption or f"Sounds: {', '.join(clips)}", quote=True)
    markup = (
        f'<figure class="aigc-listen" role="group" aria-label="{label}" style="margin:0.6rem 0">'
        f'<div style="{_ROW}">{items}</div>{caption_html(caption)}</figure>'
    )
    return Player(markup, f"Sounds to listen to: {names}")


def _named_by_sound(name: str, x: np.ndarray, rate: float) -> str:
    """Return a clip's name; where nothing is to be heard, with these words behind it."""
    heard = np.abs(x).max() >= FAINTEST and len(x) >= SHORTEST * rate
    return name if heard else f"{name} (almost silent)"


def _clip(name: str, x: np.ndarray, rate: int) -> str:
    """One labelled player."""
    label, seconds = html.escape(str(name), quote=True), len(x) / rate
    data = base64.b64encode(_flac(x, rate)).decode("ascii")
    return (
        f'<div style="{_CLIP}"><div>{label} '
        f'<small style="opacity:0.75">{seconds:.1f} s</small></div>'
        f'<audio controls preload="none" style="{_AUDIO}" aria-label="{label}" '
        f'src="data:audio/flac;base64,{data}"></audio></div>'
    )


def _flac(x: np.ndarray, rate: int) -> bytes:
    """Return the samples as a 16-bit FLAC file."""
    pcm = np.clip(np.round(x * 32768), -32768, 32767).astype(np.int16)
    buffer = io.BytesIO()
    sf.write(buffer, pcm, rate, format="FLAC", subtype="PCM_16")
    return buffer.getvalue()


def _samples(name: str, x: np.ndarray) -> np.ndarray:
    """Return the clip as float64, or say what is wrong with it."""
    x = np.asarray(x)
    if x.ndim != 1 or x.size == 0:
        raise InvalidValueError(f"clip {name!r}: samples have shape (N,), N >= 1, not {x.shape}")
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
