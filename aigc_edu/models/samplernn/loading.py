"""Loading a trained SampleRNN.

Chapter: chapters/03-autoregressive/10-samplernn-generation.ipynb
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aigc_edu.checkpoints import Trained, load_model
from aigc_edu.models.samplernn.config import SampleRNNConfig
from aigc_edu.models.samplernn.network import SampleRNN


def load_samplernn(name: str | Path = "samplernn-fsdd", device: str = "cpu") -> Trained:
    """Load a SampleRNN from a file or from the checkpoints that ship with the course.

    The model is in evaluation mode; the description holds rate, labels and speakers.
    """
    return load_model(name, "samplernn", samplernn_from_config, device)


def samplernn_from_config(config: dict[str, Any]) -> SampleRNN:
    """Make the network that a description names; JSON has made lists of its tuples."""
    tuples = {name: tuple(x) for name, x in dict(config).items() if isinstance(x, list)}
    return SampleRNN(SampleRNNConfig(**{**config, **tuples}))
