"""Flow matching for notes: the path, the velocity's network, the decoder, drawing notes."""

from aigc_edu.models.flowmatching.config import FlowMatchingConfig
from aigc_edu.models.flowmatching.generation import (
    ANY,
    copies,
    draw_frames,
    field_of,
    levels_of,
    load_flowmatching,
    play,
    sound_of,
)
from aigc_edu.models.flowmatching.network import (
    FlowMatching,
    NoteDecoder,
    Velocity,
    family_rows,
    harmonic_source,
    pitch_rows,
)
from aigc_edu.models.flowmatching.path import (
    METHODS,
    follow,
    guided,
    matching_loss,
    mean_flow_loss,
    mixture,
    path_velocity,
)

__all__ = [
    "ANY",
    "METHODS",
    "FlowMatching",
    "FlowMatchingConfig",
    "NoteDecoder",
    "Velocity",
    "copies",
    "draw_frames",
    "family_rows",
    "field_of",
    "follow",
    "guided",
    "harmonic_source",
    "levels_of",
    "load_flowmatching",
    "matching_loss",
    "mean_flow_loss",
    "mixture",
    "path_velocity",
    "pitch_rows",
    "play",
    "sound_of",
]
