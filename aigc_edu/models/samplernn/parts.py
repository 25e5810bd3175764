"""What SampleRNN's tiers are made of: first weights, weight norm, and codes that are none.

Chapter: chapters/03-autoregressive/08-samplernn-structure.ipynb

References: Salimans and Kingma 2016, "Weight Normalization", arXiv:1602.07868; He et al. 2015,
arXiv:1502.01852, for the first weights of the layers in front of a relu.
"""

from __future__ import annotations

import math

from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm

from aigc_edu.errors import InvalidValueError
from aigc_edu.models.samplernn.config import SampleRNNConfig


def linear(config: SampleRNNConfig, inputs: int, outputs: int, bias: bool = True) -> nn.Module:
    """Return a linear layer with He et al.'s (2015) first weights, zero biases, weight norm."""
    layer = nn.Linear(inputs, outputs, bias)
    nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")
    if bias:
        nn.init.zeros_(layer.bias)
    return weight_norm(layer) if config.weight_norm else layer


def begin_gru(rnn: nn.GRU) -> None:
    """Set a GRU's first weights: LeCun's, and orthogonal ones from the state to the candidate."""
    width = rnn.hidden_size
    for name, parameter in rnn.named_parameters():
        if name.startswith("bias"):
            nn.init.zeros_(parameter)
        else:
            bound = math.sqrt(3 / parameter.shape[1])
            nn.init.uniform_(parameter, -bound, bound)
        if name.startswith("weight_hh"):
            nn.init.orthogonal_(parameter[2 * width :].data)


def check_codes(codes: Tensor, levels: int) -> None:
    """Complain of codes outside 0 ... levels - 1, which would be rows of another place's table.

    Only on a CPU: elsewhere, to look at them is to wait for the device.
    """
    if codes.device.type == "cpu" and codes.numel():
        low, high = codes.aminmax()
        if low < 0 or high >= levels:
            raise InvalidValueError(f"codes lie in 0 ... {levels - 1}, got {low} to {high}")
