"""Waveforms, spectra and spectrograms in the course's style; each function returns a figure."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aigc_edu import dsp
from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching.figures import PALETTE, new_figure

Signals = Mapping[str, np.ndarray] | np.ndarray

_COLUMNS = 360  # points across a figure beyond which a waveform is drawn as its envelope
_FLOOR_DB = -100.0


def plot_waveform(
    signals: Signals, rate: int, start: float = 0.0, limit: float | None = None
) -> Figure:
    """Draw waveforms under one another, over one axis of time.

    Parameters
    ----------
    signals
        Name and samples of each, or the samples of one; each of shape (N,).
    rate
        Sampling rate in Hz.
    start
        Time of the first sample, in seconds.
    limit
        The amplitude axis runs from ``-limit`` to ``limit``; by default as far as the largest
        sample of them all, so that their levels can be compared.

    Returns
    -------
    Figure
        Long waveforms are drawn as the band between the smallest and the largest sample.
    """
    signals = named(signals)
    limit = limit or 1.05 * max(max(np.abs(x).max() for x in signals.values()), 1e-9)
    height = 0.5 + 1.1 * len(signals) + 0.3 * (len(signals) == 1)
    figure, axes = new_figure(len(signals), height=height, sharex=True, sharey=True, squeeze=False)
    for ax, (name, x) in zip(axes[:, 0], signals.items(), strict=True):
        draw_waveform(ax, x, rate, start)
        ax.set(ylim=(-limit, limit), ylabel="amplitude", title=name)
    axes[-1, 0].set_xlabel("time in seconds")
    return figure


def draw_waveform(ax: Axes, x: np.ndarray, rate: int, start: float = 0.0, **style: object) -> None:
    """Draw one waveform into axes that exist: a line, or its envelope if it is long."""
    style.setdefault("color", PALETTE["blue"])
    if len(x) <= 2 * _COLUMNS:
        ax.plot(start + np.arange(len(x)) / rate, x, **style)
        return
    times, low, high = envelope(x, rate)
    ax.fill_between(start + times, low, high, linewidth=0.4, **style)


def envelope(
    x: np.ndarray, rate: int, columns: int = _COLUMNS
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return times, smallest and largest sample of ``columns`` stretches of ``x``.

    Parameters
    ----------
    x
        Shape (N,), N >= columns.
    rate
        Sampling rate in Hz.

    Returns
    -------
    times, low, high
        Each of shape (columns,); times in seconds.
    """
    edges = np.linspace(0, len(x), columns + 1).astype(int)[:-1]
    return edges / rate, np.minimum.reduceat(x, edges), np.maximum.reduceat(x, edges)


def plot_spectrum(
    signals: Signals, rate: int, frame: int = 512, floor_db: float = _FLOOR_DB
) -> Figure:
    """Draw how the power of signals is spread over frequency, in dB, over one another.

    Parameters
    ----------
    signals
        As for :func:`plot_waveform`.
    rate
        Sampling rate in Hz.
    frame
        Length of the Hann-windowed stretches whose power is averaged, in samples.
    floor_db
        Where the vertical axis begins.
    """
    figure, ax = new_figure(height=2.5)
    styles = ("-", "--", "-.", ":")  # not by colour alone
    for number, (name, x) in enumerate(named(signals).items()):
        frequencies, level = mean_spectrum_db(x, rate, frame)
        ax.plot(frequencies / 1000, np.maximum(level, floor_db), styles[number % 4], label=name)
    ax.set(xlabel="frequency in kHz", ylabel="level in dB", xlim=(0, rate / 2000))
    ax.set_ylim(bottom=floor_db)
    if len(named(signals)) > 1:
        ax.legend()
    return figure


def mean_spectrum_db(x: np.ndarray, rate: int, frame: int = 512) -> tuple[np.ndarray, np.ndarray]:
    """Return frequencies in Hz and the mean level there, in dB, both (frame // 2 + 1,).

    A full-scale sine whose frequency is one of them has a peak of 0 dB.
    """
    spectra = np.abs(_frames_spectra(x, frame, frame // 2)) ** 2  # (frames, bins)
    level = 10 * np.log10(spectra.mean(axis=0) + 1e-12)
    return np.fft.rfftfreq(frame, 1 / rate), level


def plot_spectrogram(
    signals: Signals, rate: int, frame: int = 256, floor_db: float = -80.0
) -> Figure:
    """Draw how the spectrum of each signal changes with time, all on one scale of colours.

    Parameters
    ----------
    signals
        As for :func:`plot_waveform`; they stand side by side.
    rate
        Sampling rate in Hz.
    frame
        Length of a Hann-windowed stretch in samples; each stands at the time of its middle, and
        beyond the ends there is silence.
    floor_db
        Level, against a full-scale sine, of the darkest colour.
    """
    signals = named(signals)
    figure, axes = new_figure(1, len(signals), height=2.5, sharey=True, squeeze=False)
    for ax, (name, x) in zip(axes[0], signals.items(), strict=True):
        hop = max(frame // 4, len(x) // _COLUMNS)
        spectra = _frames_spectra(x, frame, hop, centre=True).T  # (bins, frames)
        level = 20 * np.log10(np.abs(spectra) + 1e-9)
        image = ax.imshow(level, extent=_extent(level, frame, hop, rate), vmin=floor_db, vmax=0)
        ax.set(title=name, xlabel="time in seconds", xlim=(0, len(x) / rate), ylim=(0, rate / 2000))
        ax.grid(False)
    axes[0, 0].set_ylabel("frequency in kHz")
    figure.colorbar(image, ax=list(axes[0]), label="level in dB", pad=0.02)
    return figure


def _extent(level: np.ndarray, frame: int, hop: int, rate: int) -> tuple[float, ...]:
    """Return the edges of a picture whose pixels have their middles at frame centres and bins."""
    times, frequencies = hop / rate, rate / frame / 1000
    bins, frames = level.shape
    return -times / 2, (frames - 0.5) * times, -frequencies / 2, (bins - 0.5) * frequencies


def named(signals: Signals) -> dict[str, np.ndarray]:
    """Return signals with their names, checked to be of shape (N,), N >= 1."""
    pairs = signals if isinstance(signals, Mapping) else {"": signals}
    checked = {str(name): np.asarray(x, np.float64) for name, x in pairs.items()}
    if not checked:
        raise InvalidValueError("there is no signal to plot")
    for name, x in checked.items():
        if x.ndim != 1 or x.size == 0:
            raise InvalidValueError(f"signal {name!r} must have shape (N,), N >= 1, not {x.shape}")
    return checked


def _frames_spectra(x: np.ndarray, frame: int, hop: int, centre: bool = False) -> np.ndarray:
    """Return the spectra of Hann-windowed stretches, (frames, bins); a full-scale sine gives 1."""
    if not centre:
        x = np.pad(x, (0, max(0, frame - len(x))))
    scale = 2 / dsp.window("hann", frame).sum()
    return scale * dsp.stft(x, frame, hop, centre=centre).T
