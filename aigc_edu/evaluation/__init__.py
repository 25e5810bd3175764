"""Scores of generated sound, and what it costs (floor 4)."""

from aigc_edu.evaluation.cost import multiplications
from aigc_edu.evaluation.digits import DigitScore, Heard, score_digits, wilson_interval
from aigc_edu.evaluation.diversity import Diversity, diversity_of
from aigc_edu.evaluation.frechet import frechet_distance, frechet_without_bias
from aigc_edu.evaluation.hearing import share_of_nothing
from aigc_edu.evaluation.inception import inception_score
from aigc_edu.evaluation.judge import NOTHING, Judge, Verdicts
from aigc_edu.evaluation.likelihood import entropy_of_codes

__all__ = [
    "NOTHING",
    "DigitScore",
    "Diversity",
    "Heard",
    "Judge",
    "Verdicts",
    "diversity_of",
    "entropy_of_codes",
    "frechet_distance",
    "frechet_without_bias",
    "inception_score",
    "multiplications",
    "score_digits",
    "share_of_nothing",
    "wilson_interval",
]
