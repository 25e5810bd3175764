"""WaveGAN: a generator of whole clips, and the critic that it learns against.

Chapter: chapters/04-adversarial/02-wavegan-structure.ipynb

Symbols: B clips, T samples, d the width, Z the width of the noise, L labels, F = T / 4^5 frames.

References
----------
- Donahue, McAuley and Puckette 2019, *Adversarial audio synthesis*, arXiv:1802.04208, tables 3 and
  4: both networks. Section 3.3: phase shuffle.
- Radford, Metz and Chintala 2016, arXiv:1511.06434: DCGAN, of which this is the form for sound.
- Miyato and Koyama 2018, arXiv:1802.05637: how the critic is told the label, by a projection.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_edu.errors import InvalidValueError
from aigc_edu.models.wavegan.config import LAYERS, WaveGANConfig
from aigc_edu.nn.phase_shuffle import PhaseShuffle
from aigc_edu.nn.strided import repeated, strided_conv1d, strided_conv_transpose1d

SLOPE = 0.2  # of the critic's leaky ReLU, below 0


class Generator(nn.Module):
    """Maps noise, and a label, to a clip.

    Parameters
    ----------
    config
        The hyper-parameters; kept as ``self.config``.
    """

    def __init__(self, config: WaveGANConfig = WaveGANConfig()) -> None:  # noqa: B008
        super().__init__()
        self.config = config
        c, pairs = config.channels, zip(config.channels, config.channels[1:], strict=False)
        self.dense = nn.Linear(config.latent + config.labels, c[0] * config.frames)
        layer = Transposed if config.upsampling == "transposed" else Nearest
        self.layers = nn.ModuleList(layer(a, b, config.kernel, config.stride) for a, b in pairs)
        self.post = PostFilter(config.post_filter) if config.post_filter else None
        self._begin()

    def _begin(self) -> None:
        """Draw first weights with which each layer keeps the level; the clip begins quiet."""
        nn.init.kaiming_normal_(self.dense.weight, nonlinearity="relu")
        nn.init.zeros_(self.dense.bias)
        for i, layer in enumerate(self.layers):
            gain = 2**0.5 if i < LAYERS - 1 else 0.1
            nn.init.normal_(layer.weight, std=gain / layer.inputs**0.5)
            nn.init.zeros_(layer.bias)

    def forward(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        """Return clips.

        Parameters
        ----------
        z
            Noise, shape (B, Z), in training standard normal or evenly spread over [-1, 1].
        label
            int64, shape (B,), each in 0 ... L - 1; None for a network that is told none.

        Returns
        -------
        Tensor
            Shape (B, T), in [-1, 1]; with a post filter it may leave that range.

        Raises
        ------
        InvalidValueError
            If a shape does not fit, or there is a label too many or missing.
        """
        config = self.config
        if z.dim() != 2 or z.shape[1] != config.latent:
            raise InvalidValueError(
                f"expected noise of shape (B, {config.latent}), got {tuple(z.shape)}"
            )
        check_label(label, len(z), config.labels)
        if label is not None:
            z = torch.cat([z, F.one_hot(label, config.labels).to(z.dtype)], dim=1)  # (B, Z + L)
        x = self.dense(z).unflatten(1, (config.channels[0], config.frames))  # (B, 16 d, F)
        for layer in self.layers:
            x = layer(F.relu(x))  # (B, 8 d, 4 F) ... (B, 1, T)
        x = torch.tanh(x)
        return (x if self.post is None else self.post(x))[:, 0]  # (B, T)


class Critic(nn.Module):
    """Maps a clip, and a label, to a number: large for a recording, small for what is made.

    Parameters
    ----------
    config
        The hyper-parameters; kept as ``self.config``.
    names
        Whether it can name labels, too: :meth:`judge`.

    Raises
    ------
    InvalidValueError
        If there are names, but the networks are told no labels.
    """

    def __init__(self, config: WaveGANConfig = WaveGANConfig(), names: bool = False) -> None:  # noqa: B008
        super().__init__()
        if names and not config.labels:
            raise InvalidValueError("networks that are told no labels have none to name")
        self.config = config
        c, k, s = config.channels[::-1], config.kernel, config.stride
        self.layers = nn.ModuleList(Strided(a, b, k, s) for a, b in zip(c, c[1:], strict=False))
        self.shuffles = nn.ModuleList(PhaseShuffle(config.phase_shuffle) for _ in range(LAYERS - 1))
        self.dense = nn.Linear(c[-1] * config.frames, 1)
        self.embedding = None
        if config.labels:
            self.embedding = nn.Embedding(config.labels, c[-1] * config.frames)
        self.names = nn.Linear(c[-1] * config.frames, config.labels) if names else None
        self._begin()

    def _begin(self) -> None:
        """Draw first weights with which each layer keeps the level; no label stands out."""
        for layer in self.layers:
            nn.init.kaiming_normal_(layer.weight, SLOPE)
            nn.init.zeros_(layer.bias)
        nn.init.kaiming_normal_(self.dense.weight, nonlinearity="linear")
        nn.init.zeros_(self.dense.bias)
        if self.embedding is not None:
            nn.init.normal_(self.embedding.weight, std=self.dense.in_features**-0.5)
        if self.names is not None:
            nn.init.kaiming_normal_(self.names.weight, nonlinearity="linear")
            nn.init.zeros_(self.names.bias)

    def forward(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        """Return the scores (B,) of clips x (B, T) with labels, int64 (B,) or None.

        In training mode the phase shuffle moves the layers, also where the critic is only asked: a
        generator learns from the critic as it is trained.

        Raises
        ------
        InvalidValueError
            If a shape does not fit, or there is a label too many or missing.
        """
        return self._score(self._features(x, label), label)

    def judge(self, x: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        """Return scores (B,), and the logits (B, L) by which an auxiliary classifier names a label.

        Only the scores depend on the label given (Odena et al. 2017, arXiv:1610.09585).

        Raises
        ------
        InvalidValueError
            As :meth:`forward`; and if this critic has no names.
        """
        if self.names is None:
            raise InvalidValueError("this critic names no labels; make it with names=True")
        h = self._features(x, label)
        return self._score(h, label), self.names(h)

    def _features(self, x: Tensor, label: Tensor | None) -> Tensor:
        """Return what the last layer sees of clips, (B, 16 d F)."""
        config = self.config
        if x.dim() != 2 or x.shape[1] != config.length:
            raise InvalidValueError(
                f"expected clips of shape (B, {config.length}), got {tuple(x.shape)}"
            )
        check_label(label, len(x), config.labels)
        h = x[:, None]  # (B, 1, T)
        for layer, shuffle in zip(self.layers, (*self.shuffles, None), strict=True):
            h = F.leaky_relu(layer(h), SLOPE)  # (B, d, T / 4) ... (B, 16 d, F)
            h = h if shuffle is None else shuffle(h)
        return h.flatten(1)

    def _score(self, h: Tensor, label: Tensor | None) -> Tensor:
        score = self.dense(h)[:, 0]
        return score if label is None else score + (self.embedding(label) * h).sum(dim=1)


class Strided(nn.Conv1d):
    """A convolution that makes one sample of ``stride``: (B, C, T) to (B, C', T / s).

    Parameters
    ----------
    in_channels, out_channels, kernel, stride
        Positive integers, the kernel not shorter than the stride.
    """

    def __init__(self, in_channels: int, out_channels: int, kernel: int, stride: int) -> None:
        super().__init__(in_channels, out_channels, kernel, stride, -(-(kernel - stride) // 2))

    def forward(self, x: Tensor) -> Tensor:
        """Return the shorter sequence."""
        return strided_conv1d(x, self.weight, self.bias, self.stride[0], self.padding[0])


class Transposed(nn.ConvTranspose1d):
    """A transposed convolution that makes ``stride`` samples of each: (B, C, T) to (B, C', s T).

    Parameters
    ----------
    in_channels, out_channels, kernel, stride
        Positive integers, the kernel not shorter than the stride.
    """

    def __init__(self, in_channels: int, out_channels: int, kernel: int, stride: int) -> None:
        padding = -(-(kernel - stride) // 2)
        odd = (kernel - stride) % 2
        super().__init__(in_channels, out_channels, kernel, stride, padding, output_padding=odd)

    @property
    def inputs(self) -> float:
        """How many inputs an output is a sum over, on average."""
        return self.in_channels * self.kernel_size[0] / self.stride[0]

    def forward(self, x: Tensor) -> Tensor:
        """Return the longer sequence."""
        return strided_conv_transpose1d(x, self.weight, self.bias, self.stride[0], self.padding[0])


class Nearest(nn.Conv1d):
    """Each sample ``stride`` times, then a convolution: (B, C, T) to (B, C', s T).

    The two are computed as one transposed convolution, with a quarter of the work. For the
    parameters see :class:`Transposed`.
    """

    def __init__(self, in_channels: int, out_channels: int, kernel: int, stride: int) -> None:
        super().__init__(in_channels, out_channels, kernel)
        self.repeats = stride

    @property
    def inputs(self) -> float:
        """How many inputs an output is a sum over."""
        return self.in_channels * self.kernel_size[0]

    def forward(self, x: Tensor) -> Tensor:
        """Return the longer sequence."""
        weight, padding = repeated(self.weight, self.repeats)
        return strided_conv_transpose1d(x, weight, self.bias, self.repeats, padding)


class PostFilter(nn.Conv1d):
    """A filter of the whole clip, (B, 1, T) to (B, 1, T), that begins as one that changes nothing.

    It can learn to take out the buzz of the layers before, which then need not be learned away.

    Parameters
    ----------
    taps
        Its length.
    """

    def __init__(self, taps: int) -> None:
        super().__init__(1, 1, taps, bias=False)
        nn.init.zeros_(self.weight)
        with torch.no_grad():
            self.weight[0, 0, (taps - 1) // 2] = 1.0

    def forward(self, x: Tensor) -> Tensor:
        """Return the filtered clips."""
        taps = self.kernel_size[0]
        return super().forward(F.pad(x, ((taps - 1) // 2, taps // 2)))


def check_label(label: Tensor | None, batch: int, labels: int) -> None:
    """Raise InvalidValueError if labels are no int64 (batch,) in 0 ... labels - 1, or not None."""
    if not labels and label is not None:
        raise InvalidValueError("this network is told no label; pass label=None")
    if not labels:
        return
    if label is None or label.shape != (batch,) or label.dtype != torch.int64:
        got = None if label is None else f"{label.dtype} {tuple(label.shape)}"
        raise InvalidValueError(f"expected labels, int64 of shape ({batch},), got {got}")
    if label.device.type == "cpu" and batch and not 0 <= label.min() <= label.max() < labels:
        raise InvalidValueError(f"labels lie in 0 ... {labels - 1}, got {label.tolist()}")
