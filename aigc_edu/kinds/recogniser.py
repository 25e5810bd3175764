"""The kind ``recogniser``: it hears which digit is said, and may choose settings."""

from aigc_edu.kinds.hearing_training import hearing_kind

KIND = hearing_kind("recogniser")
