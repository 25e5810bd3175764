"""A SampleRNN's generation as one compiled loop for the CPU (numba).

Chapter: chapters/03-autoregressive/10-samplernn-generation.ipynb

One loop moves all tiers, each when its clock says so. What costs time is reading the weights: the
sample tier's at every step, a frame tier's once in S steps. Of a tier's projections only the
one that the present step of the tier below hears is computed, so that they, too, are read once a
frame and not all at its beginning. What is computed is what ``stream.py`` computes, in
another order of summation.

Symbols as in ``network.py`` and ``loop.py``, where the loop itself stands.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from aigc_edu.errors import InvalidValueError
from aigc_edu.models.samplernn.loop import run
from aigc_edu.nn.compiled_streams import CompiledCodeStream
from aigc_edu.nn.tiles import rows, stack, tiled


@dataclass(frozen=True)
class PackedSampleRNN:
    """A SampleRNN's weights, float32, as the compiled loop reads them.

    Matrices are stored by :func:`tiled`, weight normalisation is done, and tiers follow each
    other, the slowest first.

    Attributes
    ----------
    expand
        What each place of a tier's frame adds to its input, oldest first, (Z, D).
    shift
        What condition and bias add to each tier's input in each frame of h, (K, F, B, D).
    from_input, from_state
        The GRUs' matrices D to 3D, (K N) each.
    input_bias, state_bias
        Their biases, (K N, 3D) each.
    upsample, upsample_bias
        A matrix D to D and biases (R, D), one for each step below.
    table
        What each code adds to the sample tier's first layer at each place, (S, q, D).
    hidden, hidden_bias, output, output_bias
        The other two layers: matrices D to D and D to q, biases (1, D) and (1, q).
    """

    expand: np.ndarray
    shift: np.ndarray
    from_input: np.ndarray
    input_bias: np.ndarray
    from_state: np.ndarray
    state_bias: np.ndarray
    upsample: np.ndarray
    upsample_bias: np.ndarray
    table: np.ndarray
    hidden: np.ndarray
    hidden_bias: np.ndarray
    output: np.ndarray
    output_bias: np.ndarray


@torch.no_grad()
def pack(model: nn.Module, h: Tensor | None, batch: int) -> PackedSampleRNN:
    """Copy a SampleRNN's weights, and what the condition h (B, E, F) adds in each frame."""
    tiers, samples = model.tiers, model.samples
    expand = torch.cat([tier.expand.weight.T for tier in tiers])
    up = torch.cat([tier.upsample.weight.unflatten(0, (tier.ratio, -1)) for tier in tiers])
    up_bias = torch.cat([tier.upsample.bias.unflatten(0, (tier.ratio, -1)) for tier in tiers])
    hidden, output = samples.hidden, samples.output
    return PackedSampleRNN(
        expand=stack(expand).numpy(),
        shift=stack(_shift(tier, h, batch) for tier in tiers).numpy(),
        from_input=tiled(stack(_of_grus(tiers, "weight_ih")).transpose(1, 2)),
        input_bias=stack(_of_grus(tiers, "bias_ih")).numpy(),
        from_state=tiled(stack(_of_grus(tiers, "weight_hh")).transpose(1, 2)),
        state_bias=stack(_of_grus(tiers, "bias_hh")).numpy(),
        upsample=tiled(stack(up).transpose(1, 2)),
        upsample_bias=stack(up_bias).numpy(),
        table=stack(samples.table()).numpy(),
        hidden=tiled(stack([hidden.weight.T])),
        hidden_bias=stack([hidden.bias]).numpy(),
        output=tiled(stack([output.weight.T])),
        output_bias=stack([output.bias]).numpy(),
    )


def _shift(tier: nn.Module, h: Tensor | None, batch: int) -> Tensor:
    """Return what a frame tier's input is made of beside samples and tiers: (F, B, D)."""
    bias = tier.expand.bias.expand(1, batch, -1)
    return bias if tier.condition is None else bias + tier.condition(h.permute(2, 0, 1))


def _of_grus(tiers: nn.ModuleList, name: str) -> list[Tensor]:
    """Return one parameter of all GRU layers of all tiers."""
    layers = range(tiers[0].rnn.num_layers)
    return [getattr(tier.rnn, f"{name}_l{layer}") for tier in tiers for layer in layers]


class CompiledSampleRNNStream(CompiledCodeStream):
    """A SampleRNN on the CPU, fed one code at a time or left to run, in compiled code.

    It does what ``SampleRNNStream`` does, faster.

    Parameters
    ----------
    model
        A :class:`SampleRNN`, on any device and of any type. The stream computes on the CPU, in
        float32.
    batch
        Number B of clips.
    h
        The condition, (B, E, F), or None: ``model.embed_condition(...)``.

    Raises
    ------
    InvalidValueError
        If h is of another number of clips, or missing.
    """

    def __init__(self, model: nn.Module, batch: int, h: Tensor | None = None) -> None:
        config = model.config
        super().__init__(batch, config.levels)
        if model.tiers[0].condition is not None and (h is None or len(h) != batch):
            got = None if h is None else tuple(h.shape)
            raise InvalidValueError(f"expected h of {batch} clip(s), got {got}")
        self.packed, self.hop = pack(model, h, batch), config.clock_hop
        self.sizes, self.ratios = np.array(config.frame_sizes), np.array(config.ratios)
        self.heard = np.full((batch, model.frame), config.levels // 2, np.int64)
        states = torch.cat(model.begin(batch)).detach().float().cpu()  # (K N, B, D)
        self.rows = rows((1 + len(states)) * batch, config.width)
        self.rows[batch:, : config.width] = states.flatten(0, 1).numpy()
        self.pre = rows(2 * batch, 3 * config.width)
        self.x, self.hidden = rows(batch, config.width), rows(batch, config.width)

    @property
    def bytes_per_sample(self) -> float:
        """Bytes of weights that one step reads for one clip, zeros of unfilled tiles included.

        What is read once in a frame counts for each of its samples in part.
        """
        p, (tiers, _, _, width) = self.packed, self.packed.shift.shape
        projection = p.upsample[0].nbytes + p.upsample_bias[0].nbytes
        grus = sum(a.nbytes for a in (p.from_input, p.input_bias, p.from_state, p.state_bias))
        total = p.table[:, 0].nbytes + projection
        total += sum(a.nbytes for a in (p.hidden, p.hidden_bias, p.output, p.output_bias))
        for k, size in enumerate(self.sizes.tolist()):
            total += 4 * width + (4 * width + grus / tiers + (projection if k else 0)) / size
        return total

    def run(self, codes: np.ndarray, chances: np.ndarray, sampling: tuple) -> None:
        """Call the compiled loop."""
        p, memory = self.packed, (self.pre, self.x, self.hidden, self.p, self.logits)
        state = (self.heard, self.sizes, self.ratios, self.rows, *memory)
        frames = (p.expand, p.shift, self.hop, np.float32(4 / self.levels))
        grus = (p.from_input, p.input_bias, p.from_state, p.state_bias)
        samples = (p.table, p.hidden, p.hidden_bias, p.output, p.output_bias)
        weights = (frames, grus, (p.upsample, p.upsample_bias), samples)
        run(codes, chances, sampling, self.time, state, weights)
