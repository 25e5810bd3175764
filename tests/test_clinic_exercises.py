"""The checks of the chapter *Why is it noise?* name the mistake that was made."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from aigc_edu.audio import resample
from aigc_edu.checks.product.clinic import RIGHT
from aigc_edu.clinic.cases import CAUSES, PATIENTS
from aigc_edu.clinic.running import running_test
from aigc_edu.models.conditioning import IGNORED
from aigc_edu.teaching import check


def table_of(codes):
    table = np.zeros((8, 8))
    np.add.at(table, (codes[:-1], codes[1:]), 1)
    return table / table.sum()


def entropy(p):
    p = np.asarray(p)[np.asarray(p) > 0]
    return float(-(p * np.log2(p)).sum())


def previous(codes):
    p = table_of(codes)
    return entropy(p.ravel()) - entropy(p.sum(axis=1))


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda c: entropy(table_of(c).ravel()), "take off what its first code costs"),
        (lambda c: entropy(np.bincount(c) / len(c)), "is not used"),
        (lambda c: entropy(table_of(c).ravel()) / 2, "half of a pair"),
        (lambda c: previous(c) * np.log(2), "nats"),
        (
            lambda c: entropy(table_of(c).ravel()) - entropy(table_of(c).sum(axis=0)),
            "*after*",
        ),
        (
            lambda c: np.mean([entropy(r / r.sum()) for r in table_of(c) if r.sum()]),
            "weigh each code",
        ),
        (lambda c: -previous(c), "sign"),
        (
            lambda c: entropy(table_of(c).ravel()) - entropy(np.bincount(c) / len(c)),
            "all codes but the last",
        ),
        (lambda c: previous(c) if len(c) > 300 else 1.0, "each code tells the next"),
        (lambda c: 9.0, "not 9.000"),
        (lambda c: ..., "not written yet"),
    ],
)
def test_previous_names_the_mistake(answer, hint):
    assert check("clinic-previous", previous).passed
    assert hint in check("clinic-previous", answer).hint


def read(integers, rate):
    return resample(integers / 32768, rate, 8000)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda x, r: resample(x.astype(float), r, 8000), "divide by 32,768"),
        (lambda x, r: np.clip(resample(x.astype(float), r, 8000), -1, 1), "clipped at 1"),
        (lambda x, r: resample(np.clip(x.astype(float), -1, 1), r, 8000), "clipped at 1"),
        (lambda x, r: read(x, r) / 32768, "it is silence"),
        (lambda x, r: x / 32768, "rate is thrown away"),
        (lambda x, r: np.clip(x.astype(float), -1, 1), "thrown away. And clipped"),
        (lambda x, r: (x / 32768)[:: max(1, r // 8000)], "use resample"),
        (lambda x, r: resample(x / 32768, 8000, r), "other way"),
        (lambda x, r: 0.5 * read(x, r), "nothing else"),
        (lambda x, r: read(x, r)[:9], "shape should be"),
        (lambda x, r: ..., "not written yet"),
    ],
)
def test_read_names_the_mistake(answer, hint):
    assert check("clinic-read", read).passed
    assert hint in check("clinic-read", answer).hint


def costs(logits, codes, shift=1, axis=1, padding=True):
    targets = codes[:, 1:] if shift else codes[:, :-1]
    logs = logits.log_softmax(dim=axis)
    found = -logs.gather(1, targets.clamp(min=0)[:, None])[:, 0]
    return found * (targets != IGNORED) if padding else found


@pytest.mark.parametrize(
    ("answer", "hints"),
    [
        (lambda x, c: costs(x, c, 0, 2, False), ("is heard", "over time", "padding")),
        (lambda x, c: costs(x, c, 0, 2), ("is heard", "over time")),
        (lambda x, c: costs(x, c, 0, 1, False), ("is heard", "padding")),
        (lambda x, c: costs(x, c, 0, 1), ("is heard",)),
        (lambda x, c: costs(x, c, 1, 2), ("over time",)),
        (lambda x, c: costs(x, c, 1, 2, False), ("over time", "padding")),
        (lambda x, c: costs(x, c, padding=False), ("padding",)),
        (lambda x, c: -costs(x, c), ("sign",)),
        (lambda x, c: costs(x, c).mean(), ("one cost is asked",)),
        (lambda x, c: 2 * costs(x, c), ("-ln p",)),
        (lambda x, c: ..., ("not written yet",)),
    ],
)
def test_costs_name_the_mistakes(answer, hints):
    assert check("clinic-costs", costs).passed
    assert check(
        "clinic-costs",
        lambda x, c: F.cross_entropy(x, c[:, 1:], ignore_index=IGNORED, reduction="none"),
    ).passed
    found = check("clinic-costs", answer).hint
    assert all(hint in found for hint in hints), found


def parts(logits, drawn):
    logs = logits.log_softmax(dim=1)
    p = logs.exp()
    mean = -(p * logs).sum(dim=1)
    variance = (p * logs**2).sum(dim=1) - mean**2
    return -logs.gather(1, drawn[:, None])[:, 0], mean, variance


def honest(logits, drawn):
    surprise, mean, variance = parts(logits, drawn)
    return (surprise - mean).sum() / variance.sum().sqrt()


def wrong(change):
    return lambda x, d: change(*parts(x, d))


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda x, d: -honest(x, d), "sign"),
        (wrong(lambda s, h, v: (s - h).sum() / v.sqrt().sum()), "variances add up"),
        (wrong(lambda s, h, v: (s - h).sum() / v.sum()), "root of the variance"),
        (wrong(lambda s, h, v: (s - h).sum()), "that is the sum"),
        (wrong(lambda s, h, v: (s - h).mean()), "mean in nats"),
        (wrong(lambda s, h, v: (s - h).mean() / v.sum().sqrt()), "error of a mean"),
        (wrong(lambda s, h, v: (s - h).sum() / (v + h**2).sum().sqrt()), "square of the mean"),
        (wrong(lambda s, h, v: s.sum() / v.sum().sqrt()), "what the draws cost"),
        (lambda x, d: 7.0, "not 7.000"),
        (lambda x, d: ..., "not written yet"),
    ],
)
def test_honest_names_the_mistake(answer, hint):
    assert check("clinic-honest", honest).passed
    assert hint in check("clinic-honest", answer).hint


def test_the_library_measures_the_same_deviation():
    logits = torch.randn(2, 5, 30, generator=torch.manual_seed(0))
    drawn = torch.randint(5, (2, 31), generator=torch.manual_seed(1))
    found = running_test(lambda codes: logits, drawn)
    assert found.deviation == pytest.approx(float(honest(logits, drawn[:, 1:])), abs=1e-4)


def test_the_causes_are_those_of_the_patients():
    assert {letter: case.cause for letter, case in PATIENTS.items()} == RIGHT
    assert set(RIGHT.values()) == set(CAUSES)
    assert check("clinic-causes", RIGHT).passed


@pytest.mark.parametrize("cause", sorted(CAUSES))
def test_a_wrong_cause_is_told_what_it_would_look_like(cause):
    letter = next(name for name, right in RIGHT.items() if right != cause)
    told = check("clinic-causes", {**RIGHT, letter: cause}).hint
    assert told.startswith(f"7 of 8 are right. {letter} is not {cause!r}:")
    assert len(told) > 100


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (["shift"], "dictionary"),
        ({"A": "shift"}, "names A, B"),
        ({**RIGHT, "A": "bad luck"}, "none of the words"),
        ({**RIGHT, "A": ...}, "not written yet"),
    ],
)
def test_causes_of_another_form_are_refused(answer, hint):
    assert hint in check("clinic-causes", answer).hint
