"""Scores of generated sound, and what it costs (floor 4)."""

from aigc_edu.evaluation.cost import multiplications
from aigc_edu.evaluation.frechet import frechet_distance
from aigc_edu.evaluation.judge import Judge, Verdicts
from aigc_edu.evaluation.likelihood import entropy_of_codes

__all__ = ["Judge", "Verdicts", "entropy_of_codes", "frechet_distance", "multiplications"]
