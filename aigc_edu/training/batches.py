"""Which clips a step learns from: a function of the step's number alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from aigc_edu.errors import InvalidValueError


def shuffled_batches(
    lengths: Sequence[int], batch_size: int, seed: int
) -> Callable[[int], list[int]]:
    """Return a function from a step's number to the indices of its batch.

    Each epoch visits every index once, in an order of its own that depends on the seed and the
    epoch alone. Clips of similar length share a batch, so that little is padded; an epoch's last,
    smaller batch is filled up with clips from its beginning.

    Parameters
    ----------
    lengths
        Length of each clip, in any unit.
    batch_size
        Indices in a batch, 1 ... len(lengths).
    seed
        Seed of all epochs' orders.
    """
    if not 1 <= batch_size <= len(lengths):
        raise InvalidValueError(
            f"batch_size must be between 1 and the {len(lengths)} clips there are, got {batch_size}"
        )
    count = -(-len(lengths) // batch_size)
    cached: dict[int, list[list[int]]] = {}

    def epoch_batches(epoch: int) -> list[list[int]]:
        generator = torch.Generator().manual_seed(seed * 1_000_003 + epoch)
        order = torch.randperm(len(lengths), generator=generator).tolist()
        order = (order + order)[: count * batch_size]
        pool = 16 * batch_size  # sorted by length within pools, so that batches stay random
        pools = [order[i : i + pool] for i in range(0, len(order), pool)]
        order = [i for part in pools for i in sorted(part, key=lambda i: (lengths[i], i))]
        batches = [order[i : i + batch_size] for i in range(0, len(order), batch_size)]
        return [batches[i] for i in torch.randperm(count, generator=generator).tolist()]

    def batch(step: int) -> list[int]:
        epoch = step // count
        if epoch not in cached:
            cached.clear()
            cached[epoch] = epoch_batches(epoch)
        return cached[epoch][step % count]

    return batch
