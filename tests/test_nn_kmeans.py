"""k-means against scikit-learn's, and against what must hold of any."""

import numpy as np
import pytest
import torch

from aigc_edu.errors import InvalidValueError
from aigc_edu.nn.kmeans import k_means, lloyd, spread_start


def rows_of(groups=5, each=40, spread=0.1, seed=0):
    random = np.random.default_rng(seed)
    middles = random.uniform(-5, 5, (groups, 3))
    rows = np.repeat(middles, each, axis=0) + spread * random.standard_normal((groups * each, 3))
    return torch.from_numpy(rows), torch.from_numpy(middles)


def cost(rows, centres):
    return float(torch.cdist(rows, centres).min(dim=1).values.square().mean())


def test_from_the_same_start_it_finds_what_scikit_learn_finds():
    cluster = pytest.importorskip("sklearn.cluster")
    rows, _ = rows_of(spread=1.5)
    for seed in range(5):
        start = spread_start(rows, 7, seed)
        theirs = cluster.KMeans(7, init=start.numpy(), n_init=1, max_iter=50, tol=0).fit(rows)
        np.testing.assert_allclose(lloyd(rows, start, 50), theirs.cluster_centers_, atol=1e-9)


def test_it_finds_groups_that_lie_apart():
    rows, middles = rows_of()
    for seed in range(10):
        centres = k_means(rows, 5, seed=seed)
        assert torch.cdist(middles, centres).min(dim=1).values.max() < 0.1


def test_a_round_never_costs_more():
    rows, _ = rows_of(spread=2.0)
    costs = [cost(rows, lloyd(rows, rows[:6], rounds)) for rounds in range(8)]
    assert costs == sorted(costs, reverse=True) and costs[0] > costs[-1]


def test_equal_vectors_and_bounds():
    same = torch.ones(4, 2)
    assert torch.equal(k_means(same, 3), torch.ones(3, 2))
    rows, _ = rows_of()
    assert torch.equal(k_means(rows, 4, seed=1), k_means(rows, 4, seed=1))
    for wrong, size in ((rows[:2], 3), (rows[0], 1), (rows * torch.nan, 2), (rows, 0)):
        with pytest.raises(InvalidValueError):
            k_means(wrong, size)
