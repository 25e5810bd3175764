"""What a training run is asked for: how long, how fast, what is kept."""

from __future__ import annotations

from dataclasses import dataclass

from aigc_edu.errors import InvalidValueError


@dataclass(frozen=True)
class TrainingSettings:
    """How long and how fast to learn.

    Attributes
    ----------
    steps
        Number of batches to learn from: one update of the weights each, or with truncated
        backpropagation as many as the batch has chunks.
    learning_rate
        Adam's step size after the warm-up.
    warmup
        Steps over which the learning rate rises from 0.
    decay
        Share of the steps, at the end, over which it falls to 0. Up to there it does not depend
        on ``steps``, so a run can be prolonged or shortened there and stay reproducible.
    clip
        Largest norm of the gradient; a larger one is scaled down to it.
    save_every
        Steps between checkpoints.
    bfloat16
        Whether the forward pass computes in bfloat16 (weights and moments stay in float32).
    ema
        With 0 < ema < 1, an exponential moving average of the weights is kept with this factor, and
        it is what is validated and exported. In the beginning the factor is smaller,
        (1 + n) / (10 + n) after n steps, so that the first weights are soon forgotten.
    validate_every
        Steps between validations, 0 for none. The weights after the last step are validated too.
    keep_last
        Whether the weights after the last step are used even where there were validations, and not
        those of the best one: what a validation measures is not always what is heard.
    patience
        Stop after so many validations in a row without a new best; 0 to never stop early.

    Raises
    ------
    InvalidValueError
        If ``save_every`` is below 1, ``ema`` outside [0, 1), ``validate_every`` or ``patience``
        negative, or there is patience without validations.
    """

    steps: int = 1000
    learning_rate: float = 2e-3
    warmup: int = 100
    decay: float = 0.3
    clip: float = 1.0
    save_every: int = 250
    bfloat16: bool = False
    ema: float = 0.0
    validate_every: int = 0
    keep_last: bool = False
    patience: int = 0

    def __post_init__(self) -> None:
        if self.validate_every < 0 or self.patience < 0:
            raise InvalidValueError(
                "validate_every and patience must be 0 or more, got "
                f"{self.validate_every} and {self.patience}"
            )
        if self.save_every < 1 or not 0 <= self.ema < 1:
            raise InvalidValueError(
                "save_every must be at least 1, and ema 0 or more and below 1, got "
                f"{self.save_every} and {self.ema}"
            )
        if self.patience and not self.validate_every:
            raise InvalidValueError("patience counts validations; set validate_every as well")

    def rate_at(self, step: int) -> float:
        """Return the learning rate of step number ``step`` = 0, 1, ..., steps - 1."""
        rise = (step + 1) / max(1, self.warmup)
        fall = (self.steps - step) / max(1.0, self.decay * self.steps)
        return self.learning_rate * min(1.0, rise, fall)

    def validates_after(self, step: int) -> bool:
        """Return whether the weights after ``step`` = 1, 2, ..., steps updates are validated."""
        every = self.validate_every
        return bool(every) and (step % every == 0 or step == self.steps)
