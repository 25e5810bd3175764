"""The networks that hear which label is said: what they have in common is how they are loaded.

Chapter: chapters/00-start/01-hear-it-first.ipynb
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aigc_edu.checkpoints import Trained, load_checkpoint, load_model, with_tuples
from aigc_edu.models.listener import Listener, ListenerConfig
from aigc_edu.models.recogniser import Recogniser, RecogniserConfig

HEARING = {
    "recogniser": (Recogniser, RecogniserConfig),
    "listener": (Listener, ListenerConfig),
}


def load_hearing(name: str | Path = "recogniser-fsdd", device: str = "cpu") -> Trained:
    """Load a recogniser or a listener from a file or from the checkpoints of the course."""
    kind = load_checkpoint(name)[1].get("kind")
    kind = kind if kind in HEARING else "recogniser"  # load_model says what the file holds

    def build(config: dict[str, Any]) -> Recogniser | Listener:
        network, config_of = HEARING[kind]
        return network(config_of(**with_tuples(config)))

    return load_model(name, kind, build, device)
