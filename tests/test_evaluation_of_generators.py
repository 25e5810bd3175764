"""Scores of generators: known values, and the failures that each of them sees."""

import numpy as np
import pytest

from aigc_edu.errors import InvalidValueError
from aigc_edu.evaluation import diversity_of, frechet_distance, inception_score
from aigc_edu.evaluation.diversity import nearest_distances, pairwise_distance


def one_hot(labels, count):
    return np.eye(count)[list(labels)]


# ---------------------------------------------------------------- the inception score


@pytest.mark.parametrize("count", [2, 10])
def test_clear_and_even_answers_reach_the_number_of_labels(count):
    assert inception_score(one_hot(list(range(count)) * 3, count)) == pytest.approx(count)


def test_unclear_clips_and_a_single_label_score_one():
    assert inception_score(np.full((7, 10), 0.1)) == pytest.approx(1)
    assert inception_score(one_hot([4] * 7, 10)) == pytest.approx(1)


def test_uneven_labels_score_the_perplexity_of_their_shares():
    """With certain answers the divergence is the entropy of the mean answer."""
    shares = np.array([0.5, 0.25, 0.25])
    expected = np.exp(-(shares * np.log(shares)).sum())
    assert inception_score(one_hot([0, 0, 1, 2], 3)) == pytest.approx(expected)


def test_doubt_that_is_shared_evenly_has_a_closed_form():
    """Each label gets a in turn, the others (1 - a) / (K - 1): log K minus a row's entropy."""
    a, count = 0.7, 5
    p = one_hot(range(count), count) * (a - (1 - a) / (count - 1)) + (1 - a) / (count - 1)
    entropy = -(a * np.log(a) + (1 - a) * np.log((1 - a) / (count - 1)))
    assert inception_score(p) == pytest.approx(count * np.exp(-entropy))


@pytest.mark.parametrize("wrong", [[0.5, 0.5], [[0.5, 0.6]], [[1.5, -0.5]], [[np.nan, 1]], [[]]])
def test_what_is_no_probability_is_refused(wrong):
    with pytest.raises(InvalidValueError):
        inception_score(np.array(wrong))


# ---------------------------------------------------------------- diversity


def test_distances_of_points_on_a_line():
    x, y = np.array([[0.0], [3.0]]), np.array([[1.0], [2.5], [10.0]])
    assert nearest_distances(x, y).tolist() == [1.0, 0.5]
    assert pairwise_distance(np.array([[0.0], [1.0], [3.0]])) == pytest.approx((1 + 3 + 2) / 3)


def clips(count, seed, width=8):
    return np.random.default_rng(seed).normal(size=(count, width)) * np.arange(1, width + 1)


def test_a_model_that_repeats_its_training_clips_fails_although_it_pleases_the_distance():
    learned, held, new = clips(400, 0), clips(400, 1), clips(400, 2)
    parrot = learned[np.random.default_rng(3).permutation(400)] + 1e-3
    good, bad = (diversity_of(x, learned, held) for x in (new, parrot))
    assert frechet_distance(parrot, learned) < frechet_distance(new, learned)
    assert bad.copied > 0.99 and bad.nearest < 0.01 * good.nearest
    assert 0.02 < good.copied < 0.09
    assert bad.pairwise == pytest.approx(good.pairwise, rel=0.1), "this one does not tell"


def test_a_model_that_says_one_thing_only_shows_in_the_pairs():
    learned, held = clips(400, 0), clips(400, 1)
    collapsed = clips(1, 2) + 1e-2 * clips(400, 3)
    assert diversity_of(collapsed, learned, held).pairwise < 0.02 * pairwise_distance(learned)


def test_features_count_in_their_own_units():
    x = [clips(50, seed) for seed in range(3)]
    scaled = [y * np.array([1, 100, 1, 1, 1, 1, 1, 1e-3]) for y in x]
    a, b = diversity_of(*x), diversity_of(*scaled)
    assert (a.nearest, a.pairwise, a.copied) == pytest.approx((b.nearest, b.pairwise, b.copied))


@pytest.mark.parametrize("which", [0, 1, 2])
@pytest.mark.parametrize("wrong", [np.zeros((1, 8)), np.zeros((5, 7)), np.full((5, 8), np.nan)])
def test_features_that_do_not_fit_are_refused(which, wrong):
    given = [clips(5, seed) for seed in range(3)]
    given[which] = wrong
    with pytest.raises(InvalidValueError, match="finite features"):
        diversity_of(*given)
