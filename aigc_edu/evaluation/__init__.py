"""Scores of generated sound (floor 4)."""

from aigc_edu.evaluation.judge import Judge, Verdicts
from aigc_edu.evaluation.likelihood import entropy_of_codes

__all__ = ["Judge", "Verdicts", "entropy_of_codes"]
