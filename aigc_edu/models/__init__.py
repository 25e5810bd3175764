"""The models of the course, one file each (floor 2)."""

from aigc_edu.models.listener import Listener, ListenerConfig
from aigc_edu.models.recogniser import Recogniser, RecogniserConfig
from aigc_edu.models.wavenet import WaveNet, WaveNetConfig

__all__ = [
    "Listener",
    "ListenerConfig",
    "Recogniser",
    "RecogniserConfig",
    "WaveNet",
    "WaveNetConfig",
]
