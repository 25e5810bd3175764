"""Seeds, devices, and what a processor can."""

from __future__ import annotations

import random
import re
from pathlib import Path

import numpy as np
import torch

from aigc_edu.errors import InvalidValueError


def seed_everything(seed: int) -> None:
    """Seed Python's, NumPy's and PyTorch's global generators with a whole number >= 0."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def pick_device(name: str = "auto") -> torch.device:
    """Return the device to compute on.

    Parameters
    ----------
    name
        ``"auto"`` takes a CUDA GPU, else Apple's GPU, else the CPU. Any name that PyTorch knows
        (``"cpu"``, ``"cuda:1"``, ``"mps"``) is taken as it is.

    Raises
    ------
    InvalidValueError
        If there is no such device on this machine.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        torch.zeros(1, device=name)
        return torch.device(name)
    except (RuntimeError, AssertionError, ImportError) as error:
        reason = str(error).splitlines()[0]
        raise InvalidValueError(f"device {name!r} cannot be used here ({reason})") from error


def has_bfloat16(cpuinfo: str | Path = "/proc/cpuinfo") -> bool:
    """Say whether this processor has instructions for bfloat16; True where it can't be told.

    Linux lists what a processor can in ``cpuinfo``: ``avx512_bf16`` or ``amx_bf16`` on x86,
    ``bf16`` on ARM.
    """
    try:
        text = Path(cpuinfo).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return True
    listed = re.findall(r"^(?:flags|Features)\s*:(.*)", text, re.MULTILINE)
    return not listed or bool({"avx512_bf16", "amx_bf16", "bf16"} & set(listed[0].split()))
