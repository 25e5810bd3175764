"""AudioLM: three Transformers, one after the other, from what is said to how it sounds.

Chapter: chapters/05-tokens/03-audiolm.ipynb

References
----------
- Borsos et al. 2022, "AudioLM: a language modeling approach to audio generation",
  arXiv:2209.03143, section III.C: the three stages.
- Zeghidour et al. 2021, "SoundStream: an end-to-end neural audio codec", arXiv:2107.03312: the
  acoustic tokens.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_edu.models.audiolm.config import AudioLMConfig
from aigc_edu.models.audiolm.semantic import SemanticTokens
from aigc_edu.models.audiolm.sequences import IGNORED, STAGES
from aigc_edu.nn import CausalTransformer, CausalTransformerConfig


class AudioLM(nn.Module):
    """The three stages, and what makes semantic tokens.

    Each stage is a :class:`CausalTransformer` over its part of the vocabulary.

    Parameters
    ----------
    config
        The hyper-parameters; kept as ``self.config``.
    """

    def __init__(self, config: AudioLMConfig) -> None:
        super().__init__()
        self.config, self.parts = config, config.parts
        self.tokens = SemanticTokens(config)
        for stage in STAGES:
            sizes = (len(self.parts[stage]), config.channels, config.heads, config.layers)
            self.add_module(stage, CausalTransformer(CausalTransformerConfig(*sizes)))

    def costs(self, stage: str, ids: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Return what a stage's targets cost.

        Parameters
        ----------
        stage
            ``"semantic"``, ``"coarse"`` or ``"fine"``.
        ids, targets
            int64, shape (B, T): see :func:`batch_of`.

        Returns
        -------
        nats, counts
            Shape (B,) each: the sum over a row's scored positions, and their number.
        """
        logits = getattr(self, stage)(ids)  # (B, T, q)
        nats = F.cross_entropy(logits.transpose(1, 2), targets, reduction="none")
        return nats.sum(dim=1), (targets != IGNORED).sum(dim=1)

    def losses(self, *batch: Tensor) -> dict[str, Tensor]:
        """Return each stage's mean cross-entropy in nats.

        It is the mean of the rows' means, so that several processes, which share out rows, get
        what one would.

        Parameters
        ----------
        batch
            For each stage in turn its ids and targets (B, T).
        """
        pairs = zip(STAGES, batch[::2], batch[1::2], strict=True)
        costs = {stage: self.costs(stage, ids, targets) for stage, ids, targets in pairs}
        return {
            stage: (nats / counts.clamp(min=1)).mean() for stage, (nats, counts) in costs.items()
        }

    def loss(self, *batch: Tensor) -> Tensor:
        """Return the sum of the three means: all three learn in one step, on crops of their own."""
        return torch.stack(list(self.losses(*batch).values())).sum()

    @torch.no_grad()
    def bits(self, *batch: Tensor) -> dict[str, float]:
        """Return the bits of a token in each stage, a mean over all that is scored."""
        told = {}
        for stage, ids, targets in zip(STAGES, batch[::2], batch[1::2], strict=True):
            nats, counts = self.costs(stage, ids, targets)
            told[stage] = float(nats.sum() / counts.sum().clamp(min=1)) / math.log(2)
        return told
