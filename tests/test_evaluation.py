"""The judge and the entropy."""

import numpy as np
import pytest
import torch

from aigc_edu.errors import InvalidValueError
from aigc_edu.evaluation import (
    Judge,
    Verdicts,
    entropy_of_codes,
    frechet_distance,
    multiplications,
)
from aigc_edu.models.recogniser import Recogniser


def test_entropy_of_known_histograms():
    assert entropy_of_codes(np.arange(256)) == pytest.approx(8.0)
    assert entropy_of_codes(np.zeros(10, int)) == 0.0
    assert entropy_of_codes(np.array([0, 0, 1, 2])) == pytest.approx(1.5)
    for bad in (np.array([], int), np.array([256]), np.array([-1])):
        with pytest.raises(InvalidValueError):
            entropy_of_codes(bad)


def test_accuracy_counts_matches():
    verdicts = Verdicts(np.array([7, 7, 1, 7]), np.zeros((4, 10)))
    assert verdicts.accuracy(7) == 0.75
    assert verdicts.accuracy([7, 1, 1, 7]) == 0.75


@pytest.fixture(scope="module")
def judge():
    torch.manual_seed(0)
    return Judge(Recogniser().eval())


def test_verdicts_do_not_depend_on_company_or_level(judge):
    rng = np.random.default_rng(0)
    clips = [0.3 * rng.standard_normal(n).astype(np.float32) for n in (900, 4000, 9000)]
    together = judge.recognise(clips, 8000).probabilities
    alone = np.concatenate([judge.recognise([c], 8000).probabilities for c in clips])
    louder = judge.recognise([2 * c for c in clips], 8000).probabilities
    np.testing.assert_allclose(together, alone, atol=1e-5)
    np.testing.assert_allclose(together, louder, atol=1e-3)
    np.testing.assert_allclose(together.sum(axis=1), 1, atol=1e-5)


def test_other_rates_are_resampled(judge):
    t = np.arange(16000) / 16000
    x = np.sin(2 * np.pi * (200 * t + 400 * t**2)).astype(np.float32)  # below 1,000 Hz
    wide = judge.recognise([x], 16000).probabilities
    narrow = judge.recognise([x[::2]], 8000).probabilities
    np.testing.assert_allclose(wide, narrow, atol=0.05)


def test_the_last_layer_decides_by_the_features(judge):
    rng = np.random.default_rng(1)
    clips = [0.3 * rng.standard_normal(n).astype(np.float32) for n in (900, 4000, 9000)]
    features = torch.from_numpy(judge.features(clips, 8000))
    with torch.inference_mode():
        p = torch.softmax(judge.model.classify(features), dim=1)
    np.testing.assert_allclose(p, judge.recognise(clips, 8000).probabilities, atol=1e-6)
    with pytest.raises(InvalidValueError, match="no clips"):
        judge.features([], 8000)


def test_frechet_distance_of_moved_and_stretched_sets():
    rng = np.random.default_rng(0)
    for n, size in ((50, 4), (8, 30)):  # more clips than features, and fewer
        x = rng.standard_normal((n, size)) @ rng.standard_normal((size, size))
        step = rng.standard_normal(size)
        spread = x.var(axis=0, ddof=1).sum()  # tr(S)
        assert frechet_distance(x, x[::-1]) == pytest.approx(0, abs=1e-9 * spread)
        assert frechet_distance(x, x + step) == pytest.approx(step @ step)
        # S and c^2 S commute: tr(S) + c^2 tr(S) - 2 c tr(S), about the mean
        about = x.mean(axis=0)
        for c in (0.0, 0.3, 4.0):
            stretched = about + c * (x - about)
            assert frechet_distance(x, stretched) == pytest.approx((1 - c) ** 2 * spread)
            assert frechet_distance(stretched, x) == pytest.approx((1 - c) ** 2 * spread)


def test_frechet_distance_is_that_of_the_covariances():
    rng = np.random.default_rng(2)
    x, y = (rng.standard_normal((40, 5)) @ rng.standard_normal((5, 5)) for _ in range(2))
    s, r = np.cov(x.T), np.cov(y.T)
    roots = np.sqrt(np.linalg.eigvals(s @ r).real)  # all above 0: both have full rank
    apart = x.mean(axis=0) - y.mean(axis=0)
    expected = apart @ apart + np.trace(s) + np.trace(r) - 2 * roots.sum()
    assert frechet_distance(x, y) == pytest.approx(expected)


def test_frechet_distance_names_wrong_features():
    x = np.zeros((3, 2))
    for bad in (np.zeros(3), np.zeros((1, 2)), np.full((3, 2), np.nan)):
        with pytest.raises(InvalidValueError, match="finite features of shape"):
            frechet_distance(x, bad)
    with pytest.raises(InvalidValueError, match="as many features"):
        frechet_distance(x, np.zeros((3, 4)))


def test_wrong_input_is_named(judge):
    with pytest.raises(InvalidValueError, match="no clips"):
        judge.recognise([], 8000)
    with pytest.raises(InvalidValueError, match=r"\(2, 100\)"):
        judge.recognise([np.zeros((2, 100))], 8000)


def test_multiplications_are_counted_by_shape():
    x, w = torch.zeros(2, 3, 10), torch.zeros(4, 3, 5, requires_grad=True)
    conv = torch.nn.functional.conv1d
    # six outputs each way: B C_out T' C_in k
    assert multiplications(lambda: conv(x, w)) == 2 * 4 * 6 * 3 * 5
    assert multiplications(lambda: conv(x, w).sum().backward()) == 2 * (2 * 4 * 6 * 3 * 5)
    assert multiplications(lambda: torch.zeros(2, 3) @ torch.zeros(3, 5)) == 2 * 3 * 5
    assert multiplications(lambda: torch.tanh(x)) == 0
