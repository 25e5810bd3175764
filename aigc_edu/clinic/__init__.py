"""The clinic: what to measure when a model makes only noise, and eight that do (floor 5)."""

from aigc_edu.clinic.anchors import Anchors, Reading, anchors, read_curve
from aigc_edu.clinic.by_heart import overfit_one_clip
from aigc_edu.clinic.data import Leak, Levels, leaks, levels
from aigc_edu.clinic.running import Running, running_test
from aigc_edu.clinic.shifts import ShiftTest, shift_test
from aigc_edu.clinic.spread import Spread, spread

__all__ = [
    "Anchors",
    "Leak",
    "Levels",
    "Reading",
    "Running",
    "ShiftTest",
    "Spread",
    "anchors",
    "leaks",
    "levels",
    "overfit_one_clip",
    "read_curve",
    "running_test",
    "shift_test",
    "spread",
]
