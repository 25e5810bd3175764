"""The checks of the chapter *Training WaveNet well* name the mistake that was made."""

import numpy as np
import pytest

from aigc_edu.teaching import check


def move(a, w, n, beta, factor=None):
    b = min(beta, (1 + n) / (10 + n)) if factor is None else factor(n, beta)
    return {name: b * a[name] + (1 - b) * w[name] for name in a}


def early(n):
    return (1 + n) / (10 + n)


def moved_in_place(a, w, n, beta):
    for name in a:
        a[name].lerp_(w[name], 1 - min(beta, early(n)))
    return a


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda a, w, n, b: move(w, a, n, b), "factors are exchanged: beta_n"),
        (lambda a, w, n, b: move(a, w, n, b, lambda n, b: b), "used from the start"),
        (lambda a, w, n, b: move(w, a, n, b, lambda n, b: b), "(And the factors are exchanged.)"),
        (lambda a, w, n, b: move(a, w, n, b, lambda n, b: early(n)), "never exceeds beta"),
        (lambda a, w, n, b: move(a, w, n - 1, b), "one off"),
        (lambda a, w, n, b: move(a, w, n + 1, b), "one off"),
        (lambda a, w, n, b: {k: a[k] + w[k] for k in a}, "sum of both"),
        (lambda a, w, n, b: {k: (a[k] + w[k]) / 2 for k in a}, "half of each"),
        (lambda a, w, n, b: {k: (n * a[k] + w[k]) / (n + 1) for k in a}, "plain mean"),
        (
            lambda a, w, n, b: {k: a[k] + (1 - min(b, early(n))) * w[k] for k in a},
            "average's factor",
        ),
        (lambda a, w, n, b: {k: min(b, early(n)) * a[k] + w[k] for k in a}, "weights' factor"),
        (lambda a, w, n, b: {k: w[k] for k in a}, "average is forgotten"),
        (lambda a, w, n, b: {k: a[k] for k in a}, "has not moved"),
        (lambda a, w, n, b: {k: 7 * a[k] for k in a}, "it should be 0.357 of the average"),
        (moved_in_place, "argument has been changed"),
        (lambda a, w, n, b: {"a": a["a"]}, "keys of the average"),
        (lambda a, w, n, b: a["a"], "Return a dictionary"),
    ],
)
def test_moving_average_names_the_mistake(answer, hint):
    assert check("training-ema", move).passed
    assert hint in check("training-ema", answer).hint


def test_moving_average_is_tried_late_in_a_run_too():
    hint = check("training-ema", lambda a, w, n, b: move(a, w, n, b, lambda n, b: early(n))).hint
    assert "n = 5000" in hint


def stop(values, patience, extra=0):
    best = 0
    for i, value in enumerate(values):
        if value < values[best]:
            best = i
        if i - best >= patience + extra:
            break
    return best, i


def with_ties(values, patience):
    best = 0
    for i, value in enumerate(values):
        if value <= values[best]:
            best = i
        if i - best >= patience:
            break
    return best, i


def counting(values, patience, worse, again=True):
    best = late = 0
    for i in range(1, len(values)):
        if values[i] < values[best]:
            best = i
        late = late + 1 if worse(values, i, best) else late * (not again)
        if late >= patience:
            break
    return best, i


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda v, p: stop(v, p)[::-1], "exchanged"),
        (lambda v, p: (stop(v, p)[1],) * 2, "not the last ones"),
        (lambda v, p: tuple(i + 1 for i in stop(v, p)), "count from 0"),
        (lambda v, p: (int(np.argmin(v)), len(v) - 1), "never stops early"),
        (lambda v, p: (int(np.argmin(v)), stop(v, p)[1]), "after the end of training"),
        (lambda v, p: stop(v, p, 1), "too late"),
        (lambda v, p: stop(v, p, -1), "too early"),
        (with_ties, "no new best"),
        (lambda v, p: counting(v, p, lambda v, i, b: v[i] >= v[i - 1]), "the validation before"),
        (lambda v, p: counting(v, p, lambda v, i, b: i != b, False), "in a row"),
        (lambda v, p: tuple(v[i] for i in stop(v, p)), "indices are asked for"),
        (lambda v, p: (int(np.argmax(v[: stop(v, p)[1] + 1])), stop(v, p)[1]), "lower is better"),
        (lambda v, p: (0, stop(v, p)[1]), "a patience of 3 it is (4, 7)"),
        (lambda v, p: stop(v, p)[0], "Return a pair"),
    ],
)
def test_early_stopping_names_the_mistake(answer, hint):
    assert check("training-patience", stop).passed
    assert hint in check("training-patience", answer).hint


def scaled(loss, rank, counts):
    return loss * len(counts) * counts[rank] / sum(counts)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda x, r, n: x, "mean of means"),
        (lambda x, r, n: 1 * x, "mean of means"),
        (lambda x, r, n: x * n[r] / sum(n), "number of processes is missing"),
        (lambda x, r, n: x * n[r] / sum(n) / len(n), "averaging does already"),
        (lambda x, r, n: x * n[r], "those are sums"),
        (lambda x, r, n: x * n[r] * len(n), "not divided by the positions"),
        (lambda x, r, n: x * len(n) / sum(n), "own positions are missing"),
        (lambda x, r, n: x * sum(n) / (len(n) * n[r]), "upside down"),
        (lambda x, r, n: x * n[r] / max(n), "not by the largest"),
        (lambda x, r, n: x * len(n) * n[r] / max(n), "not by the largest"),
        (lambda x, r, n: x * len(n) * n[0] / sum(n), "own count"),
        (lambda x, r, n: 7 * x, "the mean of the three should be"),
        (lambda x, r, n: scaled(x, r, n).item(), "no gradient"),
        (lambda x, r, n: scaled(x, r, n).detach(), "no gradient"),
    ],
)
def test_weighted_loss_names_the_mistake(answer, hint):
    assert check("training-loss", scaled).passed
    assert check("training-loss", lambda x, r, n: x * n[r] / (sum(n) / len(n))).passed
    assert hint in check("training-loss", answer).hint


def verdict(t, v, h, slack=0.2, best=min, deaf_by=0, order=(0, 1)):
    deaf = (t, v)[deaf_by][-1] > h - slack
    rises = v[-1] > best(v) + 0.5
    for which in order:
        if (deaf, rises)[which]:
            return ("deaf", "overfitting")[which]
    return "not finished" if v.index(min(v)) == len(v) - 1 else "fine"


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda t, v, h: verdict(t, v, h, deaf_by=1), "*training* loss"),
        (lambda t, v, h: verdict(t, v, h, slack=0), "*below* the histogram"),
        (lambda t, v, h: verdict(t, v, h, order=(1, 0)), "deafness first"),
        (lambda t, v, h: verdict(t, v, h, best=lambda x: x[-2]), "not with the one before"),
        (lambda t, v, h: verdict(t, v, h, best=lambda _: t[-1]), "not with the training loss"),
        (lambda t, v, h: "fine", "the same verdict"),
        (lambda t, v, h: "Deaf", "is none of them"),
        (lambda t, v, h: verdict(t, v, h).replace("fine", "deaf"), "'fine', not 'deaf'"),
    ],
)
def test_the_verdict_names_the_mistake(answer, hint):
    assert check("training-verdict", verdict).passed
    assert hint in check("training-verdict", answer).hint
