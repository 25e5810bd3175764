"""The kind ``listener``: a second judge, which scores and chooses nothing."""

from aigc_edu.kinds.hearing_training import hearing_kind

KIND = hearing_kind("listener")
