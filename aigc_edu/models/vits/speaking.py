"""Loading a trained VITS, and speaking with it.

Chapter: chapters/05-tokens/05-vits-durations-to-sound.ipynb
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aigc_edu.audio import join
from aigc_edu.checkpoints import Trained, in_float16, load_checkpoint, load_model, with_tuples
from aigc_edu.errors import InvalidValueError
from aigc_edu.models.vits.config import VITSConfig
from aigc_edu.models.vits.network import VITS
from aigc_edu.text import is_phoneme, phonemes_of, sentences_of, symbols_of, with_blanks

PAUSE = 0.25  # seconds between two sentences
PIECE = 512  # frames that are decoded at once, so that memory doesn't grow with the text
BESIDE = 24  # frames that the decoder sees on both sides of a piece
LEFT_OUT = "posterior."  # of what ships


@dataclass(frozen=True)
class Manner:
    """How to speak; by default as in the paper.

    Attributes
    ----------
    noise
        Scale of the prior's noise, 0 to 10: the field's ``noise_scale``; 0 says every sound
        the same way each time.
    duration_noise
        Scale of the noise that durations are drawn from, 0 to 10: ``noise_scale_w``.
    speed
        0.25 to 4; 2 is twice as fast. It is 1 over ``length_scale``.
    durations
        ``"stochastic"`` or ``"deterministic"``: which of the predictors.
    seed
        Of all that is drawn, >= 0.

    Raises
    ------
    InvalidValueError
        If a number is out of its range.
    """

    noise: float = 0.667
    duration_noise: float = 0.8
    speed: float = 1.0
    durations: str = "stochastic"
    seed: int = 0

    def __post_init__(self) -> None:
        if not (0 <= self.noise <= 10 and 0 <= self.duration_noise <= 10):
            raise InvalidValueError(
                f"noise scales are 0 to 10, got {self.noise} and {self.duration_noise}"
            )
        if not 0.25 <= self.speed <= 4:
            raise InvalidValueError(f"speed is 0.25 to 4, got {self.speed}")
        if self.seed < 0:
            raise InvalidValueError(f"a seed is 0 or more, got {self.seed}")


def manner_of(trained: Trained, **wishes: Any) -> Manner:
    """Return how a voice speaks: as its checkpoint says, else as in the paper, but for wishes.

    Parameters
    ----------
    trained
        Its description may hold ``manner``, a dictionary of :class:`Manner`'s attributes.
    wishes
        Attributes that are to be others; None is no wish.

    Raises
    ------
    InvalidValueError
        If a number is out of its range.
    """
    wanted = {name: wish for name, wish in wishes.items() if wish is not None}
    return Manner(**{**trained.description.get("manner", {}), **wanted})


def load_vits(name: str | Path = "vits-voice", device: str = "cpu") -> Trained:
    """Load a voice from a file or from the checkpoints that ship with the course.

    Weights in half precision become float32. Without the posterior encoder in the file, the
    network has none.

    Raises
    ------
    CheckpointError
        If there is no such checkpoint, or it holds another kind of model, or not all of one.
    """
    tensors, _ = load_checkpoint(name)
    whole = any(key.startswith(f"model.{LEFT_OUT}") for key in tensors)
    return load_model(name, "vits", lambda config: VITS(config_from(config), whole), device)


def config_from(saved: dict[str, Any]) -> VITSConfig:
    """Return the hyper-parameters that a checkpoint's description holds."""
    return VITSConfig(**with_tuples(saved))


def what_ships(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return what a voice needs to speak, in half precision: all but the posterior encoder."""
    return in_float16({k: x for k, x in tensors.items() if not k.startswith(LEFT_OUT)})


def input_of(symbols: Sequence[str], config: VITSConfig) -> Tensor:
    """Return symbols as a network's input, int64 (N,), with blanks if it wants them.

    Raises
    ------
    InvalidValueError
        If the network doesn't know a symbol.
    """
    symbols = with_blanks(symbols) if config.blanks else symbols
    table = {symbol: number for number, symbol in enumerate(config.symbols)}
    unknown = sorted({symbol for symbol in symbols if symbol not in table})
    if unknown:
        raise InvalidValueError(f"this voice doesn't know the symbol {unknown[0]!r}")
    return torch.tensor([table[symbol] for symbol in symbols])


def say(trained: Trained, text: str, manner: Manner | None = None) -> np.ndarray:
    """Speak a text of any length.

    It is split at the ends of sentences, each is spoken by itself, and pauses are put between.

    Parameters
    ----------
    trained
        From :func:`load_vits`.
    text
        Any text with a word or a number in it.
    manner
        How; by default :func:`manner_of` the voice.

    Returns
    -------
    ndarray
        float64, shape (N,), within [-1, 1]; the same for the same text, manner and machine.

    Raises
    ------
    InvalidValueError
        If there is nothing to say.
    """
    spoken = [phonemes for phonemes in map(_phonemes, sentences_of(text)) if phonemes]
    if not spoken:
        phonemes_of(text)  # says what is wrong
        raise InvalidValueError("there is nothing to say in this text")
    rest = np.zeros(round(PAUSE * trained.model.config.rate))
    pieces: list[np.ndarray] = []
    for number, phonemes in enumerate(spoken):
        pieces += [rest] if pieces else []
        pieces.append(say_phonemes(trained, phonemes, manner, number))
    return join(pieces)


def _phonemes(sentence: str) -> str:
    """Return a sentence's phonemes, "" for one without a word, such as "..."."""
    try:
        return phonemes_of(sentence)
    except InvalidValueError:
        return ""


def say_phonemes(
    trained: Trained,
    phonemes: str | Sequence[str],
    manner: Manner | None = None,
    number: int = 0,
) -> np.ndarray:
    """Speak phonemes, such as ``"həlˈO wˈɜɹld."``, at once.

    Parameters
    ----------
    trained, manner
        As in :func:`say`.
    phonemes
        In the signs of :mod:`aigc_edu.text.symbols`; or symbols of the table, pauses included.
    number
        Which sentence of a text it is: each draws numbers of its own.

    Returns
    -------
    ndarray
        float64, shape (N,), within [-1, 1].

    Raises
    ------
    InvalidValueError
        If there is no phoneme, or one that the voice doesn't know.
    """
    return np.concatenate(list(say_in_pieces(trained, phonemes, manner, number)))


@torch.inference_mode()
def say_in_pieces(
    trained: Trained,
    phonemes: str | Sequence[str],
    manner: Manner | None = None,
    number: int = 0,
    piece: int = PIECE,
) -> Iterator[np.ndarray]:
    """Yield what :func:`say_phonemes` returns, piece by piece, as soon as each is decoded.

    Text and flow see the whole sentence before the first piece; only the decoder, which is most of
    the work, goes piece by piece.

    Parameters
    ----------
    trained, phonemes, manner, number
        As in :func:`say_phonemes`.
    piece
        Frames of a piece, at least 1. Small ones come sooner, and cost more: each sees
        :data:`BESIDE` frames more on both sides.

    Raises
    ------
    InvalidValueError
        As :func:`say_phonemes` does; or if ``piece`` is less than 1.
    """
    if piece < 1:
        raise InvalidValueError(f"a piece has 1 frame or more, got {piece}")
    z, noise = _latents(trained, phonemes, manner or manner_of(trained), number)
    for x in decoded(trained.model, z, noise, piece):
        yield np.clip(x.double().cpu().numpy(), -1, 1)


def _latents(
    trained: Trained, phonemes: str | Sequence[str], manner: Manner, number: int
) -> tuple[Tensor, Tensor]:
    """Return what the decoder needs: latents (1, C, T) and the noise of hisses."""
    model = trained.model
    config, device = model.config, next(model.parameters()).device
    own = int(np.random.default_rng([manner.seed, number]).integers(2**63))
    random = torch.Generator().manual_seed(own)

    def draw(*shape: int) -> Tensor:  # on the CPU: the same on every device
        return torch.randn(shape, generator=random).to(device)

    symbols = symbols_of(phonemes) if isinstance(phonemes, str) else phonemes
    if not any(map(is_phoneme, symbols)):
        raise InvalidValueError("there is nothing to say: no phoneme")
    symbols = input_of(symbols, config)[None].to(device)  # (1, N)
    noise = manner.duration_noise * draw(1, 2, symbols.shape[1])
    durations = model.frames_of(symbols, manner.durations, noise, manner.speed)
    frames = int(durations.sum())
    z = model.latents_of(symbols, durations, manner.noise * draw(1, config.hidden, frames))
    return z, draw(1, config.noise, frames)


def decode_in_pieces(model: VITS, z: Tensor, noise: Tensor) -> Tensor:
    """Return the waveform (T hop,) of latents z (1, C, T), decoded piece by piece."""
    return torch.cat(list(decoded(model, z, noise, PIECE)))


def decoded(model: VITS, z: Tensor, noise: Tensor, piece: int) -> Iterator[Tensor]:
    """Yield the waveform of latents z (1, C, T), so many frames at a time.

    Each piece sees :data:`BESIDE` frames more on both sides. Farther a spectral decoder does look,
    but hardly; ``noise`` is (1, config.noise, T).
    """
    hop = model.config.hop
    for start in range(0, z.shape[2], piece):
        stop = min(start + piece, z.shape[2])
        first, last = max(0, start - BESIDE), min(stop + BESIDE, z.shape[2])
        x = model.decode(z[..., first:last], noise[..., first:last])[0]
        yield x[(start - first) * hop : (stop - first) * hop]
