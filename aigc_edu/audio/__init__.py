"""Sound files and waveforms, from reading to batches (floor 1)."""

from aigc_edu.audio.decoding import AudioFileError, SoundFileWarning
from aigc_edu.audio.faults import block_dc, clipped, correlation, remove_dc
from aigc_edu.audio.io import read, write, write_new
from aigc_edu.audio.levels import (
    loudness,
    peak_db,
    rms_db,
    to_loudness,
    to_peak,
    to_rms,
)
from aigc_edu.audio.matching import match_loudness
from aigc_edu.audio.resampling import resample
from aigc_edu.audio.segments import (
    Trimmed,
    crossfade,
    join,
    join_windows,
    pad_batch,
    split_windows,
    trim_silence,
)
from aigc_edu.audio.silences import sounding_parts

__all__ = [
    "AudioFileError",
    "SoundFileWarning",
    "Trimmed",
    "block_dc",
    "clipped",
    "correlation",
    "crossfade",
    "join",
    "join_windows",
    "loudness",
    "match_loudness",
    "pad_batch",
    "peak_db",
    "read",
    "remove_dc",
    "resample",
    "rms_db",
    "sounding_parts",
    "split_windows",
    "to_loudness",
    "to_peak",
    "to_rms",
    "trim_silence",
    "write",
    "write_new",
]
