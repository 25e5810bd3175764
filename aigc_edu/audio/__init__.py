"""Sound files and waveforms, from reading to batches (floor 1)."""

from aigc_edu.audio.decoding import AudioFileError, SoundFileWarning
from aigc_edu.audio.dynamics import compress, limit, reduction_db, smoothed_reduction
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
from aigc_edu.audio.mastering import master
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
    "compress",
    "correlation",
    "crossfade",
    "join",
    "join_windows",
    "limit",
    "loudness",
    "match_loudness",
    "master",
    "pad_batch",
    "peak_db",
    "read",
    "reduction_db",
    "remove_dc",
    "resample",
    "rms_db",
    "smoothed_reduction",
    "sounding_parts",
    "split_windows",
    "to_loudness",
    "to_peak",
    "to_rms",
    "trim_silence",
    "write",
    "write_new",
]
