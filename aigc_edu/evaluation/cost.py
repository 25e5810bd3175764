"""What a computation costs, counted instead of timed.

Chapter: chapters/02-building-blocks/06-the-transformer.ipynb
"""

from __future__ import annotations

from collections.abc import Callable

from torch.utils.flop_counter import FlopCounterMode


def multiplications(function: Callable[[], object]) -> int:
    """Count the multiplications of matrix products and convolutions in a call.

    The count depends on shapes alone, so it is the same on every machine; a backward pass inside
    the call is counted too. What isn't counted: element-wise functions, norms, determinants.

    Parameters
    ----------
    function
        Is called once, without arguments.
    """
    with FlopCounterMode(display=False) as counter:
        function()
    return counter.get_total_flops() // 2  # PyTorch counts a multiplication and an addition
