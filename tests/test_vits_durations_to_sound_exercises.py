"""The checks of the chapter VITS: from durations to sound name the mistake that was made."""

import dataclasses

import numpy as np
import pytest
import torch

from aigc_edu.checks.tokens.vits_durations_to_sound import (
    BUZZES,
    FAULTS,
    PERIODS,
    buzzing,
    run_of,
    trial_voice,
)
from aigc_edu.teaching import check


def invert(y, shifts, sign=-1, before=True, after=False, order=-1):
    for shift in shifts[::order]:
        y = y[::-1] if before else y
        a, b = np.split(y, 2)
        y = np.concatenate([a, b + sign * shift(a)])
        y = y[::-1] if after else y
    return y


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda y, shifts: invert(y, shifts, order=1), "last coupling first"),
        (lambda y, shifts: invert(y, shifts, before=False, after=True), "put back first"),
        (lambda y, shifts: invert(y, shifts, before=False), "reversed after each coupling"),
        (lambda y, shifts: invert(y, shifts, sign=1), "subtract it"),
        (lambda y, shifts: invert(y, shifts, 1, False, True, 1), "once more, not back"),
        (lambda y, shifts: invert(y, shifts, -1, False, True, 1), "signs changed"),
        (lambda y, shifts: y, "do not lead back"),
        (lambda y, shifts: y[:2], "shape"),
        (lambda y, shifts: ..., "not written yet"),
    ],
)
def test_invert_names_the_mistake(answer, hint):
    assert check("vits-invert", invert).passed
    assert hint in check("vits-invert", answer).hint


def period(x):
    return max(PERIODS, key=lambda p: np.ptp(x[: len(x) // p * p].reshape(-1, p).mean(axis=0)))


def by(shape, axis):
    def answer(x):
        cut = {p: x[: len(x) // p * p].reshape(shape(p)).mean(axis=axis) for p in PERIODS}
        return max(PERIODS, key=lambda p: np.ptp(cut[p]))

    return answer


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (by(lambda p: (p, -1), 1), "reshape(-1, p)"),
        (by(lambda p: (-1, p), 1), "down the columns"),
        (lambda x: 4, "return one of"),
        (lambda x: 13 - period(x) if period(x) in (2, 11) else period(x), "was taken for"),
        (lambda x: ..., "not written yet"),
    ],
)
def test_period_names_the_mistake(answer, hint):
    assert check("vits-period", period).passed
    assert hint in check("vits-period", answer).hint


def test_the_buzzes_that_are_heard_have_different_periods():
    assert sorted(map(period, BUZZES.values())) == [2, 7, 11]
    assert all(np.abs(x).max() < 1 for x in BUZZES.values())
    plain = buzzing(5, 1)
    assert len(plain) == 12_800 and abs(plain.mean()) < 1e-9


def slices(z, x, start, length, hop, by=0, begin=None, many=None):
    first = (start * hop if begin is None else begin) + by
    return z[:, start : start + length], x[first : first + (many or length * hop)]


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda z, x, s, n, h: slices(z, x, s, n, h, begin=s), "begin at start * hop"),
        (lambda z, x, s, n, h: slices(z, x, s, n, h, many=n), "length * hop of them"),
        (lambda z, x, s, n, h: slices(z, x, s, n, h, begin=s, many=n), "hop times as many"),
        (lambda z, x, s, n, h: slices(z, x, s, n, h, by=h), "one hop too late"),
        (lambda z, x, s, n, h: slices(z, x, s, n, h, by=-h), "one hop too early"),
        (lambda z, x, s, n, h: slices(z, x, s, n, h, by=-h // 2), "half a hop too early"),
        (lambda z, x, s, n, h: slices(z, x, s, n, h, by=h // 2), "half a hop too late"),
        (lambda z, x, s, n, h: slices(z, x, s, n, h, many=n * h - 1), "last sample is missing"),
        (lambda z, x, s, n, h: (z[:, s:n], slices(z, x, s, n, h)[1]), "shape"),
        (lambda z, x, s, n, h: slices(z, x, s, n, h)[1], "return two arrays"),
        (lambda z, x, s, n, h: ..., "not written yet"),
    ],
)
def test_slice_names_the_mistake(answer, hint):
    assert check("vits-slice", slices).passed
    assert check("vits-slice", lambda *given: list(slices(*given))).passed
    assert hint in check("vits-slice", answer).hint


def broken(run):
    if not np.array_equal(run.durations, np.clip(np.round(np.exp(run.log_durations)), 1, 500)):
        return "hasty"
    mean, log_scale = (np.repeat(x, run.durations, axis=1) for x in (run.mean, run.log_scale))
    if ((run.z_p - mean) / np.exp(log_scale)).std() > 1.3:
        return "hoarse"
    if np.allclose(run.z, run.z_p, atol=1e-4):
        return "skipped"
    return "none" if np.allclose(run.flow(run.z), run.z_p, atol=1e-2) else "forwards"


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda run: "fine", "return one of"),
        (lambda run: "hasty", "rounded exponentials"),
        (lambda run: "none", "exponentials of the log-durations"),
        (lambda run: broken(dataclasses.replace(run, mean=run.mean + 9)), "rounded exponentials"),
        (lambda run: "none" if broken(run) == "hoarse" else broken(run), "np.repeat"),
        (lambda run: "none" if broken(run) == "skipped" else broken(run), "z_p itself"),
        (lambda run: "none" if broken(run) == "forwards" else broken(run), "doesn't lead"),
        (lambda run: ..., "not written yet"),
    ],
)
def test_broken_names_the_mistake(answer, hint):
    assert check("vits-broken", broken).passed
    assert hint in check("vits-broken", answer).hint


def test_each_run_has_the_fault_that_it_is_named_after():
    model, symbols = trial_voice(0), torch.arange(1, 20)
    runs = {fault: run_of(model, symbols, fault) for fault in FAULTS}
    assert np.array_equal(runs["none"].z_p, runs["skipped"].z)
    assert np.array_equal(runs["none"].z_p, runs["forwards"].z_p)
    assert runs["hasty"].durations.sum() < runs["none"].durations.sum() / 2
    assert not np.allclose(runs["none"].z, runs["forwards"].z, atol=0.1)
