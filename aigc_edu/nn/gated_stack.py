"""WaveNet's gated convolutions looking both ways: for what need not be made sample by sample.

Chapter: chapters/05-tokens/05-vits-durations-to-sound.ipynb

References: van den Oord et al. 2016, "WaveNet", arXiv:1609.03499, eq. (2) and figure 4, here with
the future in sight; Prenger et al. 2019, "WaveGlow", arXiv:1811.00002, section 2.2, from where VITS
has it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from aigc_edu.errors import InvalidValueError


class GatedStack(nn.Module):
    """Gated convolutions with residual connections; the sum of all layers' skips comes out.

    In a layer, ``z = tanh(W_f * h) sigmoid(W_g * h)``; a 1 x 1 convolution of z is added to h, and
    another one to the sum.

    Parameters
    ----------
    channels
        C.
    layers
        How many.
    kernel
        Taps of a convolution, odd.
    dilation
        That of layer i is ``dilation ** i``.
    """

    def __init__(self, channels: int, layers: int, kernel: int = 5, dilation: int = 1) -> None:
        if min(channels, layers, dilation) < 1 or kernel % 2 == 0:
            raise InvalidValueError("channels, layers, dilation must be >= 1, and kernel odd")
        super().__init__()
        self.gates, self.mix = nn.ModuleList(), nn.ModuleList()
        for i in range(layers):
            step = dilation**i
            pad = step * (kernel // 2)
            self.gates.append(nn.Conv1d(channels, 2 * channels, kernel, 1, pad, step))
            last = i == layers - 1
            self.mix.append(nn.Conv1d(channels, channels if last else 2 * channels, 1))

    def forward(self, h: Tensor, mask: Tensor) -> Tensor:
        """Map h (B, C, T) to the same shape.

        ``mask`` (B, 1, T) is 1 where there is something: what lies behind a row's end neither
        comes out nor changes what lies before it.
        """
        total = torch.zeros_like(h)
        for i, (gate, mix) in enumerate(zip(self.gates, self.mix, strict=True)):
            f, g = gate(h * mask).chunk(2, dim=1)
            out = mix(torch.tanh(f) * torch.sigmoid(g))
            if i < len(self.gates) - 1:
                residual, out = out.chunk(2, dim=1)
                h = h + residual
            total = total + out
        return total * mask
