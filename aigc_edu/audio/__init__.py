"""Reading, writing and resampling sound files (floor 0)."""

from aigc_edu.audio.io import AudioFileError, read, resample, write

__all__ = ["AudioFileError", "read", "resample", "write"]
