"""A recording restored and finished in one go: what ``python -m aigc_edu enhance`` does.

Chapter: chapters/06-product/07-finishing.ipynb

Clicks go first, because every filter would smear them. Then what is below the voice, hum, and
noise; then what shapes the sound: equaliser, compressor, room; and loudness last, since all before
it changes the loudness.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aigc_edu import audio, dsp
from aigc_edu.audio.formats import check_encoder, check_sound, format_of
from aigc_edu.audio.placing import keep_others
from aigc_edu.dsp.biquads import Band
from aigc_edu.errors import CourseError, InvalidValueError
from aigc_edu.models.denoiser import Denoiser, clean, load_denoiser

WAYS = ("wiener", "subtract", "network", "none")
HARMONICS = 6  # of hum that are taken out
HUM_Q = 30.0
COMPRESSOR = {"threshold_db": -24.0, "knee_db": 6.0, "attack": 0.005, "release": 0.12}
ROOM = {"room": (7.0, 5.0, 3.0), "source": (2.0, 2.5, 1.5), "listener": (5.0, 2.0, 1.4)}
REFLECTION, RINGS = 0.75, 0.8  # of its walls; seconds of its answer


@dataclass(frozen=True, kw_only=True)
class Chain:
    """What is done to a recording.

    Attributes
    ----------
    clicks
        Whether clicks are found and filled.
    highpass
        Hz below which everything is cut; 0 for nothing.
    hum
        The mains' frequency, 50 or 60 Hz, which is taken out with its first harmonics; 0 for none.
    denoise
        ``"wiener"``, ``"subtract"``, ``"network"`` or ``"none"``. The network makes a sound at
        16 kHz.
    noise
        Where the noise is alone, from and to in seconds; None to guess it (or by the network).
    bands
        Of an equaliser.
    ratio
        Of a compressor; 1 for none.
    wet
        Share of a room, 0 to 1.
    lufs
        Loudness to bring it to.
    ceiling_db
        Of the peaks.
    """

    clicks: bool = True
    highpass: float = 70.0
    hum: float = 0.0
    denoise: str = "wiener"
    noise: tuple[float, float] | None = None
    bands: tuple[Band, ...] = ()
    ratio: float = 2.0
    wet: float = 0.0
    lufs: float = -16.0
    ceiling_db: float = -1.0

    def __post_init__(self) -> None:
        if self.denoise not in WAYS:
            raise InvalidValueError(f"denoise is one of {', '.join(WAYS)}, not {self.denoise!r}")


def enhance(
    x: np.ndarray, rate: int, chain: Chain, network: Denoiser | None = None
) -> tuple[np.ndarray, int]:
    """Restore and finish a recording.

    Parameters
    ----------
    x
        Shape (N,) or (C, N), finite; half a second at least.
    rate
        Sampling rate in Hz.
    chain
        What is done.
    network
        The denoiser, where the chain asks for it.

    Returns
    -------
    y
        float64, shape (N',) or (C, N'), N' = N but for a room, which rings on, and another rate.
    rate
        Of ``y``: that of ``x``, or the network's.

    Raises
    ------
    InvalidValueError
        If something in the chain doesn't fit the sound.
    """
    rows = np.atleast_2d(np.asarray(x, np.float64))
    if rows.shape[1] < rate / 2:
        raise InvalidValueError(f"{rows.shape[1] / rate:.2f} s are too short; 0.5 s are needed")
    if chain.denoise == "network":
        if network is None:
            raise InvalidValueError("the chain asks for a network, and there is none")
        rows, rate = np.atleast_2d(_at(rows, rate, network.rate)), network.rate
    rows = np.stack([_restored(row, rate, chain, network) for row in rows])
    rows = audio.compress(rows, rate, ratio=chain.ratio, **COMPRESSOR)
    if chain.wet:
        h = dsp.room_impulse_response(**ROOM, reflection=REFLECTION, rate=rate, duration=RINGS)
        rows = np.stack([dsp.reverberate(row, h, chain.wet) for row in rows])
    y = audio.master(rows, rate, chain.lufs, chain.ceiling_db)
    return (y[0] if np.ndim(x) == 1 else y), rate


def _restored(x: np.ndarray, rate: int, chain: Chain, network: Denoiser | None) -> np.ndarray:
    """Return one channel without what doesn't belong to it, and equalised, (N,)."""
    x = audio.remove_dc(x)
    x = dsp.declick(x, rate) if chain.clicks else x
    x = dsp.equalise(x, rate, _cuts(chain, rate), both_ways=True)
    if chain.denoise == "network":
        room = max(1.0, float(np.abs(x).max()))
        x = room * clean(network, x / room, rate).astype(np.float64)
    elif chain.denoise != "none":
        x = dsp.denoise(x, rate, _noise_of(x, rate, chain.noise), chain.denoise)
    return dsp.equalise(x, rate, chain.bands)


def _cuts(chain: Chain, rate: int) -> list[Band]:
    low = [Band("highpass", chain.highpass)] if chain.highpass else []
    tones = chain.hum * np.arange(1, HARMONICS + 1) if chain.hum else []
    return low + [Band("notch", float(f), q=HUM_Q) for f in tones if f < 0.45 * rate]


def _noise_of(x: np.ndarray, rate: int, span: tuple[float, float] | None) -> np.ndarray | None:
    if span is None:
        return None
    first, last = (round(second * rate) for second in span)
    if not 0 <= first < last <= len(x):
        raise InvalidValueError(
            f"noise from {span[0]:g} to {span[1]:g} s is asked for; the sound has "
            f"{len(x) / rate:.2f} s"
        )
    return x[first:last]


def _at(rows: np.ndarray, rate: int, wanted: int) -> np.ndarray:
    return rows if rate == wanted else audio.resample(rows, rate, wanted).astype(np.float64)


# ---------------------------------------------------------------- the command


def add_enhance(parser: argparse.ArgumentParser) -> None:
    """Add what ``enhance`` can be told."""
    from aigc_edu.kinds.options import number

    parser.add_argument("file", type=Path, help="sound file to restore")
    parser.add_argument("out", type=Path, help="sound file to write: .wav, .flac, .ogg, .mp3 ...")
    parser.add_argument("--replace", action="store_true", help="take another file's place")
    parser.add_argument("--denoise", choices=WAYS, default=Chain.denoise, help="(%(default)s)")
    parser.add_argument("--checkpoint", default="denoiser-speech", help="of --denoise network")
    parser.add_argument("--noise", type=span, metavar="FROM:TO", help="seconds of noise alone")
    parser.add_argument("--keep-clicks", action="store_true", help="leave clicks alone")
    parser.add_argument(
        "--highpass", type=number(0), default=Chain.highpass, help="Hz, 0 for none (%(default)g)"
    )
    parser.add_argument(
        "--hum", type=float, choices=(0, 50, 60), default=0, help="the mains, in Hz (none)"
    )
    parser.add_argument(
        "--band",
        type=band,
        action="append",
        default=[],
        metavar="SHAPE:HZ:DB:Q",
        help="of an equaliser, such as peak:3000:4:1 or highshelf:6000:-3; can be repeated",
    )
    _add_finish(parser)
    parser.set_defaults(run=run)


def _add_finish(parser: argparse.ArgumentParser) -> None:
    from aigc_edu.kinds.options import number

    parser.add_argument(
        "--ratio", type=number(1), default=Chain.ratio, help="compressor; 1: none (%(default)g)"
    )
    parser.add_argument("--room", type=number(0, 1), default=0.0, help="share of a room (none)")
    parser.add_argument(
        "--lufs", type=number(-60, -5), default=Chain.lufs, help="loudness (%(default)g)"
    )
    parser.add_argument(
        "--ceiling", type=number(-30, 0), default=Chain.ceiling_db, help="dB (%(default)g)"
    )


def run(options: argparse.Namespace) -> None:
    """Read a file, restore it, write another, and say what has become of it."""
    keep_others([options.out], options.replace)
    x, rate = audio.read(options.file, channels="keep")
    chain, wants, before = chain_of(options), options.denoise == "network", audio.peak_db(x)
    network = load_denoiser(options.checkpoint).model if wants else None
    try:
        _check_target(options.out, network.rate if network else rate, len(x))
        y, after = enhance(x if len(x) > 1 else x[0], rate, chain, network)
    except InvalidValueError as error:
        raise CourseError(f"{options.file}: {error}") from error
    audio.write(options.out, y, after)
    print(
        f"{options.out}: {y.shape[-1] / after:.1f} s at {after} Hz, "
        f"{audio.loudness(y, after):.1f} LUFS, peaks at {audio.peak_db(y):.1f} dB "
        f"(before: {before:.1f} dB)"
    )


def _check_target(path: Path, rate: int, channels: int) -> None:
    """Say before the work, not after it, that such a file can't be written."""
    form = format_of(path)
    if not form.container:
        raise InvalidValueError(f"enhance writes no {form.name}: write a .wav, and convert it")
    check_encoder(form)
    check_sound(form, rate, channels)


def chain_of(options: argparse.Namespace) -> Chain:
    """Return what the flags ask for."""
    return Chain(
        clicks=not options.keep_clicks,
        highpass=options.highpass,
        hum=options.hum,
        denoise=options.denoise,
        noise=options.noise,
        bands=tuple(options.band),
        ratio=options.ratio,
        wet=options.room,
        lufs=options.lufs,
        ceiling_db=options.ceiling,
    )


def span(text: str) -> tuple[float, float]:
    """Read two times in seconds, such as ``0.2:1.5``."""
    try:
        first, last = (float(part) for part in text.split(":"))
        if not 0 <= first < last < np.inf:
            raise ValueError
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"expected FROM:TO in seconds, got {text}") from error
    return first, last


def band(text: str) -> Band:
    """Read a band of an equaliser, such as ``peak:3000:4:1``."""
    shape, *numbers = text.split(":")
    try:
        values = [float(number) for number in numbers]
        if not 1 <= len(values) <= 3:
            raise ValueError
        made = Band(shape, *values)  # type: ignore[arg-type]
        dsp.biquad(made.shape, made.frequency, 1e6, made.q, made.gain_db)
    except (ValueError, InvalidValueError) as error:
        why = f" ({error})" if isinstance(error, InvalidValueError) else ""
        raise argparse.ArgumentTypeError(
            f"expected SHAPE:HZ:DB:Q, such as peak:3000:4:1, got {text}{why}"
        ) from error
    return made
