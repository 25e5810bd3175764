"""The figures that move from Part II on, each put on the page by one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from aigc_edu.teaching.interactive.attending import ATTENDING, attending_over
from aigc_edu.teaching.interactive.bird import FLOW_MAP, PARTICLES
from aigc_edu.teaching.interactive.causal_flow import CAUSAL_FLOW
from aigc_edu.teaching.interactive.clips import Clips
from aigc_edu.teaching.interactive.clocks import CLOCKS
from aigc_edu.teaching.interactive.continuing import CONTINUING, continuing_from
from aigc_edu.teaching.interactive.controls import Value, choice
from aigc_edu.teaching.interactive.convolution import RECEPTIVE_FIELD
from aigc_edu.teaching.interactive.digits import say_a_digit_figure
from aigc_edu.teaching.interactive.drawn_codes import drawing_of
from aigc_edu.teaching.interactive.free_run import free_run_of
from aigc_edu.teaching.interactive.gate_order import GATE_ORDER
from aigc_edu.teaching.interactive.gated_layer import GATED_LAYER
from aigc_edu.teaching.interactive.gates import GATES, gates_over
from aigc_edu.teaching.interactive.in_pieces import in_pieces_of
from aigc_edu.teaching.interactive.mel_copies import mel_copies_of
from aigc_edu.teaching.interactive.memory import MEMORY
from aigc_edu.teaching.interactive.page import markup
from aigc_edu.teaching.interactive.ring_buffers import RINGS
from aigc_edu.teaching.interactive.said_words import Setting, said_of
from aigc_edu.teaching.interactive.shown import show
from aigc_edu.teaching.interactive.truncation import TRUNCATION
from aigc_edu.teaching.interactive.upsampling import UPSAMPLING


def receptive_field(**start: Value) -> None:
    """Show which inputs reach an output of stacked causal convolutions, and how many they are.

    Controls: ``layers``, ``pattern`` of their dilations ("double", "anew", "constant", "triple"),
    ``kernel`` (2, 3), ``output`` (its time in samples, 0 for the last), ``heard`` ("window",
    "reached", "word").
    """
    show(RECEPTIVE_FIELD, **start)


def truncation(**start: Value) -> None:
    """Show through which samples the loss at one sample can teach, with gradients cut in chunks.

    Controls: ``chunk`` in samples (32 ... 1024, 4096 for the whole clip), ``time`` of the
    prediction in samples, ``heard`` ("gradient", "word").
    """
    show(TRUNCATION, **start)


def memory(**start: Value) -> None:
    """Show how far back one recurrent state hears three spoken words, by its gradient.

    Controls: ``weight`` of the feedback, ``cell`` ("linear", "tanh"), ``drive`` (the loudness of
    the input), ``heard`` ("left", "all").
    """
    show(MEMORY, **start)


def gates(
    sound: np.ndarray | None = None,
    rate: int = 8000,
    forget: np.ndarray | None = None,
    let_in: np.ndarray | None = None,
    **start: Value,
) -> None:
    """Show the gates of memory cells over a sound, and what they hold of it at any moment.

    Controls: ``cell``, ``moment`` in steps, ``heard`` ("held", "all"). Arguments are those of
    :func:`gates_over`; without them, the cells are made up.
    """
    given = sound is not None and forget is not None and let_in is not None
    show(gates_over(sound, rate, forget, let_in) if given else GATES, **start)


def attending(
    codes: Sequence[int] | np.ndarray | None = None,
    heads: Mapping[str, np.ndarray] | None = None,
    **start: Value,
) -> None:
    """Show where the heads of an attention look while a tune plays.

    Controls: ``query`` (the number of a code), ``head`` (a number), ``heard`` ("tune", "looked").
    Arguments are those of :func:`attending_over`; without them, three heads are built by hand.
    """
    given = codes is not None and heads is not None
    show(attending_over(codes, heads) if given else ATTENDING, **start)


def continuing(written: Mapping[float, np.ndarray] | None = None, **start: Value) -> None:
    """Show tunes that a network has continued at several temperatures.

    Controls: ``temperature``, ``tune`` (a number). ``written`` is that of :func:`continuing_from`;
    without it, the tunes are made up.
    """
    show(CONTINUING if written is None else continuing_from(written), **start)


def upsampling(**start: Value) -> None:
    """Show how a transposed convolution raises the rate of a tone, and what buzzes with it.

    Controls: ``stride``, ``taps`` (its number of weights), ``way`` ("random", "equal",
    "balanced", "repeat", "lowpass"), ``draw`` of the random weights.
    """
    show(UPSAMPLING, **start)


def causal_flow(**start: Value) -> None:
    """Show values that move through dilated layers, step by step, causal ones and others.

    Controls: ``time`` step, ``layers``, ``weights`` ("smooth", "ends", "change"), ``mode``
    ("causal", "whole", "live").
    """
    show(CAUSAL_FLOW, **start)


def clocks(**start: Value) -> None:
    """Show when each tier of a SampleRNN moves, and what the next sample hears of.

    Controls: ``time`` (the newest code), ``sizes`` of the frames ("32 8", "16 4", "8 2", "32 4"),
    ``heard`` ("all", "slow tier", "fast tier", "pace").
    """
    show(CLOCKS, **start)


def gate_order(**start: Value) -> None:
    """Show a GRU whose weights are laid from PyTorch into Keras, rightly and wrongly.

    Controls: ``order`` (which of PyTorch's blocks come first, second, third: "zrn" is right),
    ``state`` ("transposed", "as it is"), ``bias`` (whose is the first row: "input", "state"),
    ``heard`` ("pytorch", "keras", "difference").
    """
    show(GATE_ORDER, **start)


def gated_layer(**start: Value) -> None:
    """Show a gated residual layer with its values: filter, gate, skip and residual.

    Controls: ``filtered`` and ``gate`` (the weights of filter and gate), ``constant`` (what the
    condition adds to the gate), ``moment`` (a sample of the picture), ``heard`` ("z", "out",
    "filter", "x").
    """
    show(GATED_LAYER, **start)


def free_run(
    takes: Mapping[tuple[int, int], np.ndarray],
    recording: np.ndarray,
    rate: int,
    said: Mapping[tuple[int, int], str],
    **start: Value,
) -> None:
    """Show a word that a network continues after a true start; see :func:`free_run_of`.

    Controls: ``start`` in ms, ``take``, ``heard`` ("both", "own", "recording").
    """
    show(free_run_of(takes, recording, rate, said), **start)


def mel_copies(
    frames: np.ndarray,
    sounds: Mapping[tuple[int, str], np.ndarray],
    recording: np.ndarray,
    rate: int,
    said: Mapping[tuple[int, str], str],
    **start: Value,
) -> None:
    """Show copies of a sentence from coarser and coarser mel frames; see :func:`mel_copies_of`.

    Controls: ``bands``, ``made`` (who made the copy, or "recording").
    """
    show(mel_copies_of(frames, sounds, recording, rate, said), **start)


def in_pieces(
    clips: Mapping[tuple[int, str], np.ndarray],
    rate: int,
    sentences: Mapping[tuple[int, str], str],
    **start: Value,
) -> None:
    """Show a word by networks that lose their memory again and again; see :func:`in_pieces_of`.

    Controls: ``memory`` in ms, ``network``.
    """
    show(in_pieces_of(clips, rate, sentences), **start)


def rings(**start: Value) -> None:
    """Show four ring buffers that are fed a melody, one note a step.

    Controls: ``time`` (the step), ``heard`` (0 for the melody alone, or the dilation of a ring:
    1, 2, 4, 8).
    """
    show(RINGS, **start)


def drawing(moments: Mapping[str, np.ndarray], shaped: bool = True, **start: Value) -> None:
    """Show how a code is drawn from a network's logits; see :func:`drawing_of`.

    Controls: ``moment``, ``u``; and, if they are to be shaped, ``temperature``, ``top_k``,
    ``top_p``.
    """
    show(drawing_of(moments, shaped), **start)


def said(
    clips: Mapping[Setting, np.ndarray],
    recordings: Mapping[str, np.ndarray],
    rate: int,
    **start: Value,
) -> None:
    """Show words as a network says them at many settings; see :func:`said_of`.

    Controls: ``temperature``, ``kept``, ``word``, ``heard`` ("network", "recording").
    """
    show(said_of(clips, recordings, rate), **start)


def flow_map(**start: Value) -> None:
    """Show a map from noise to a bird's notes, bent from a straight line to what it should be.

    Control: ``bend`` in per cent.
    """
    show(FLOW_MAP, **start)


def particles(**start: Value) -> None:
    """Show particles on their way from noise to a bird's notes, along the mean velocity.

    Controls: ``tau`` (share of noise, 1 to 0), ``steps`` of the whole road (1, 4, 16, 64).
    """
    show(PARTICLES, **start)


def one_of(
    sounds: Mapping[str, np.ndarray],
    rate: int,
    label: str,
    sentences: Mapping[str, str],
    frame: int = 256,
) -> None:
    """Show several sounds behind one choice, each with waveform, spectrogram and a sentence.

    Parameters
    ----------
    sounds
        Name and samples of each, shape (N,), within [-1, 1].
    rate
        Of all of them, in Hz.
    label
        What is chosen.
    sentences
        What is true of each, by name.
    frame
        Samples in a window of the spectrogram, a power of two.
    """
    control = choice("sound", label, {name: name for name in sounds}, next(iter(sounds)))
    told = [sentences[name] for name in sounds]
    clips = Clips((control,), rate, list(sounds.values()), told, frame=frame)
    show(clips.figure(label, "Waveform and spectrogram of the sound, time to the right."))


def say_a_digit(**start: Value) -> None:
    """Show ten digits and some voices to choose from: a trained network's, and a recording.

    The network, ``wavenet-fsdd``, speaks when the function is called for the first time: some
    seconds. Controls: ``digit`` (0 to 9), ``voice`` ("george", "jackson", "theo", "recording").
    """
    show(say_a_digit_figure(), **start)


def say_a_digit_html(**start: Value) -> str:
    """Return what :func:`say_a_digit` puts on a page, as HTML that needs nothing else."""
    figure = say_a_digit_figure()
    return markup(figure, figure.settings(**start))
