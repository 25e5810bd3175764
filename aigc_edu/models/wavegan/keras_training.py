"""Training both networks by Keras's ``fit``, with a ``train_step`` of their own.

Chapter: chapters/04-adversarial/05-wavegan-keras.ipynb

References
----------
- Huang et al. 2024, arXiv:2501.05441, section 2: the relativistic loss with both penalties.
- Mescheder et al. 2018, arXiv:1801.04406: R1 and R2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from aigc_edu.models.wavegan.config import WaveGANConfig
from aigc_edu.models.wavegan.keras import Critic, Generator, keras, ops
from aigc_edu.models.wavegan.keras_gradients import gradients, slopes


class WaveGAN(keras.Model):
    """A generator and a critic that learn against each other.

    ``fit(clips)``, or ``fit(clips, labels)`` for networks that are told labels, takes float32
    clips (N, T) and int32 labels (N,); ``compile()`` comes first.

    Parameters
    ----------
    config
        Of both networks, unless they are given.
    generator, critic
        Networks to go on with.
    penalty
        How often R1 + R2 is added to the critic's loss: gamma / 2.
    """

    def __init__(
        self,
        config: WaveGANConfig,
        generator: Generator | None = None,
        critic: Critic | None = None,
        penalty: float = 1.0,
    ) -> None:
        super().__init__()
        self.config, self.penalty = config, penalty
        self.generator = Generator(config) if generator is None else generator
        self.critic = Critic(config) if critic is None else critic
        self.random = keras.random.SeedGenerator()
        names = ("generator", "critic", "penalty")
        self.means = [keras.metrics.Mean(name=f"{name}_loss") for name in names]
        self.built = True

    def compile(self, rate: float = 1e-3, betas: tuple[float, float] = (0.0, 0.99)) -> None:
        """Give each network an Adam; epsilon is PyTorch's, as Keras's default is ten times it."""
        super().compile(jit_compile=False)
        self.learners = {}
        for name in ("generator", "critic"):
            adam = keras.optimizers.Adam(rate, *betas, epsilon=1e-8)
            adam.build(getattr(self, name).trainable_variables)  # before any graph is made
            self.learners[name] = adam

    def call(self, z: Any, label: Any = None) -> Any:
        """Return the generator's clips."""
        return self.generator(z, label)

    def noise(self, count: int) -> Any:
        """Return noise (B, Z), evenly spread over [-1, 1]."""
        return keras.random.uniform((count, self.config.latent), -1, 1, seed=self.random)

    def train_step(self, data: Any) -> dict[str, Any]:
        """Learn from a batch: the critic first, then the generator. Keras calls it."""
        real, label, _ = keras.utils.unpack_x_y_sample_weight(data)
        figures = self.learn(real, self.noise(ops.shape(real)[0]), label)
        for mean, value in zip(self.means, figures, strict=True):
            mean.update_state(value)
        return {mean.name: mean.result() for mean in self.means}

    def learn(self, real: Any, z: Any, label: Any = None) -> tuple[Any, Any, Any]:
        """Make one update of either network from clips (B, T) and noise (B, Z).

        Returns the generator's loss, the critic's and its penalty, all before the update.
        """
        theirs = self.improve("critic", lambda: self.critic_costs(real, z, label))
        return *self.improve("generator", lambda: self.generator_costs(real, z, label)), *theirs

    def improve(self, name: str, costs: Callable[[], Sequence[Any]]) -> list[Any]:
        """Make one update of a network, ``"generator"`` or ``"critic"``, and return its costs."""
        weights = getattr(self, name).trainable_variables
        figures, step = gradients(costs, weights)
        self.learners[name].apply(step, weights)
        return figures

    def critic_costs(self, real: Any, z: Any, label: Any = None) -> tuple[Any, Any]:
        """Return how wrongly the critic orders pairs, and the penalty on its slope at both."""
        both = ops.concatenate([real, ops.stop_gradient(self.generator(z, label))])  # (2 B, T)
        twice = None if label is None else ops.concatenate([label, label])

        def score(x: Any) -> Any:
            return self.critic(x, twice, training=True)

        of_real, of_made = ops.split(score(both), 2)
        slope = ops.sum(ops.square(slopes(score, both)), axis=1)  # (2 B,)
        return ops.mean(ops.softplus(of_made - of_real)), 2 * self.penalty * ops.mean(slope)

    def generator_costs(self, real: Any, z: Any, label: Any = None) -> tuple[Any]:
        """Return how often what is made scores below a real partner."""
        of_made = self.critic(self.generator(z, label), label, training=True)
        of_real = ops.stop_gradient(self.critic(real, label, training=True))
        return (ops.mean(ops.softplus(of_real - of_made)),)

    @property
    def metrics(self) -> list[Any]:
        """What Keras sets back at the beginning of each epoch."""
        return self.means


def clips_of(generator: Generator, z: np.ndarray, label: np.ndarray | None = None) -> np.ndarray:
    """Return clips, float32 (B, T), of noise (B, Z) and labels (B,)."""
    told = None if label is None else ops.convert_to_tensor(label, "int32")
    return ops.convert_to_numpy(generator(ops.convert_to_tensor(z, "float32"), told))
