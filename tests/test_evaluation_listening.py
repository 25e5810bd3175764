"""Listening tests: statistics against SciPy and against chance itself, and broken files."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from scipy import stats

from aigc_edu.errors import InvalidValueError
from aigc_edu.evaluation.listening import (
    chance,
    compare_versions,
    count_hits,
    listeners_needed,
    mean_interval,
    mean_ratings,
    post_screen,
    score_versions,
    trials_needed,
)
from aigc_edu.evaluation.listening_files import (
    COLUMNS,
    Answer,
    ListeningFileError,
    read_answers,
    write_answers,
)
from aigc_edu.evaluation.simulated_listeners import simulated_choices, simulated_ratings

TRUTH = {"reference": 100, "good": 70, "bad": 30}
ITEMS = ("one", "two", "three", "four")


def ratings(listeners=10, **options):
    return simulated_ratings(TRUTH, ITEMS, listeners, **options)


# ---------------------------------------------------------------- means


def test_the_interval_is_students():
    x = np.random.default_rng(0).normal(50, 9, 7)
    score = mean_interval(x)
    low, high = stats.t.interval(0.95, 6, x.mean(), stats.sem(x))
    assert (score.mean, score.low, score.high) == pytest.approx((x.mean(), low, high))
    one = mean_interval([3.0])
    assert one.mean == 3 and math.isnan(one.low) and one.count == 1
    with pytest.raises(InvalidValueError):
        mean_interval([])


def test_it_covers_the_truth_as_often_as_it_says():
    random = np.random.default_rng(1)
    found = [mean_interval(random.normal(5, 2, 4), 0.9) for _ in range(1000)]
    share = np.mean([one.low <= 5 <= one.high for one in found])
    assert abs(share - 0.9) < 4 * math.sqrt(0.9 * 0.1 / 1000)


def test_a_listener_counts_once_however_many_the_trials():
    answers = ratings(8, noise=0.001, seed=3)
    score = score_versions(answers)["good"]
    own = [*mean_ratings(answers)["good"].values()]
    assert score.count == 8 and score == mean_interval(own)
    naive = mean_interval([a.value for a in answers if a.condition == "good"])
    # four equal ratings each: a naive interval is about half as wide
    assert naive.high - naive.low < 0.6 * (score.high - score.low)
    alone = score_versions([a for a in answers if a.listener == "L00"])
    assert alone["good"].count == len(ITEMS)
    with pytest.raises(InvalidValueError, match="no answers"):
        score_versions([])


def test_differences_within_listeners_are_surer_than_two_means():
    answers = simulated_ratings({"reference": 100, "a": 60, "b": 52}, ITEMS, 12, seed=2, taste=15)
    scores, difference = score_versions(answers), compare_versions(answers, "a", "b")
    assert difference.mean == pytest.approx(scores["a"].mean - scores["b"].mean)
    assert difference.low > 0 and scores["a"].low < scores["b"].high  # sure, though both overlap
    with pytest.raises(InvalidValueError, match="nobody has rated"):
        compare_versions(answers, "a", "c")


def test_who_rates_at_random_is_left_out_and_nobody_else():
    answers = ratings(9, careless=3, seed=5)
    kept, out = post_screen(answers)
    assert sorted(out) == ["L09", "L10", "L11"] and min(out.values()) > 0.15
    assert {a.listener for a in kept} == {f"L{n:02}" for n in range(9)}
    few = [a for a in answers if not (a.listener == "L03" and a.condition == "reference")]
    with pytest.raises(InvalidValueError, match="L03 did not rate"):
        post_screen(few)


def test_just_the_share_is_allowed_and_just_the_least_is_recognised():
    def rated(who, low, value):
        return [
            Answer("t", "mushra", who, n + 1, "i", "r", "r", value if n < low else 100.0)
            for n in range(20)
        ]

    answers = rated("three of 20", 3, 89.0) + rated("four", 4, 89.0) + rated("all 90", 20, 90.0)
    assert post_screen(answers)[1] == {"four": 0.2}


# ---------------------------------------------------------------- chance


def test_chance_is_the_binomial_sum():
    for n in (1, 7, 16):
        for k in range(n + 1):
            sum_ = sum(math.comb(n, j) for j in range(k, n + 1)) / 2**n
            assert chance(k, n) == pytest.approx(sum_)
    assert chance(12, 16) == pytest.approx(0.0384, abs=1e-4)
    assert chance(3, 16, "two-sided") == pytest.approx(chance(13, 16, "two-sided"))
    for wrong in ((3, 2), (-1, 4), (0, 0)):
        with pytest.raises(InvalidValueError):
            chance(*wrong)


def test_guessing_seldom_looks_like_hearing():
    found = [chance(*count_hits(simulated_choices(0, 20, seed=n))) for n in range(400)]
    assert np.mean(np.array(found) <= 0.05) < 0.05 + 4 * math.sqrt(0.05 * 0.95 / 400)
    hears = [chance(*count_hits(simulated_choices(0.8, 20, seed=n))) for n in range(50)]
    assert np.mean(np.array(hears) <= 0.05) > 0.9
    with pytest.raises(InvalidValueError, match="ABX or AB"):
        count_hits(ratings(1))


@pytest.mark.parametrize("share", [0.6, 0.75, 0.95, 1.0])
def test_the_trials_needed_have_the_power_and_one_less_has_not(share):
    def power(n):
        k = next((k for k in range(n + 1) if chance(k, n) <= 0.05), n + 1)
        return sum(math.comb(n, j) * share**j * (1 - share) ** (n - j) for j in range(k, n + 1))

    n = trials_needed(share)
    assert power(n) >= 0.8 > power(n - 1)


def test_nothing_to_hear_needs_no_trials_but_an_error():
    for wrong in (0.5, 0.4, 0.5001):
        with pytest.raises(InvalidValueError):
            trials_needed(wrong)
    with pytest.raises(InvalidValueError):
        listeners_needed(0, 5)
    with pytest.raises(InvalidValueError, match="more than"):
        listeners_needed(0.001, 50)
    for wrong in ((math.nan, 5), (5, math.nan), (math.inf, 5)):
        with pytest.raises(InvalidValueError):
            listeners_needed(*wrong)


def test_the_listeners_needed_find_the_difference_in_four_of_five_tests():
    n, random = listeners_needed(5, 8), np.random.default_rng(0)
    assert n == 23  # the table value for an effect of 0.625
    found = stats.ttest_1samp(random.normal(5, 8, (2000, n)), 0, axis=1).pvalue < 0.05
    fewer = stats.ttest_1samp(random.normal(5, 8, (2000, n - 4)), 0, axis=1).pvalue < 0.05
    assert found.mean() > 0.8 - 0.03 and fewer.mean() < 0.8
    assert listeners_needed(-5, 8) == n


@pytest.mark.parametrize("effect", [0.2, 1.0, 4.0, 10.6, 50.0])
def test_the_power_is_that_of_students_test(effect):
    """Also where SciPy's noncentral t is not a number, as for 10.6 and two listeners."""
    n = listeners_needed(effect, 1)
    found = np.random.default_rng(0).normal(effect, 1, (4000, n))
    sure = np.abs(stats.ttest_1samp(found, 0, axis=1).statistic) > stats.t.isf(0.025, n - 1)
    assert sure.mean() > 0.8 - 0.02
    if n > 2:
        t = np.abs(stats.ttest_1samp(found[:, 1:], 0, axis=1).statistic)
        assert np.mean(t > stats.t.isf(0.025, n - 2)) < 0.8 + 0.02


# ---------------------------------------------------------------- files


def test_a_table_comes_back_as_it_was(tmp_path):
    answers = ratings(2) + [
        Answer("made-up", "mushra", "Lx", 1, 'a, "b"', "good", "reference", 12.5)
    ]
    path = write_answers(tmp_path / "answers.csv", answers)
    assert read_answers(path) == answers and not list(tmp_path.glob(".*"))
    odd = [Answer("t", "ab", "l", 1, "a\u2028b\nc", "x", "y", 1.0)]  # no ends of lines of a table
    assert read_answers(write_answers(tmp_path / "new" / "odd.csv", odd)) == odd
    other = write_answers(tmp_path / "more.csv", [Answer(*"t", "abx", *"l", 1, *"iab", 1.0)])
    with pytest.raises(ListeningFileError, match=r"more\.csv, line 2: this is the abx test 't'"):
        read_answers(path, other)
    with pytest.raises(ListeningFileError, match=r"line 2: the same answer stands in .*line 2"):
        read_answers(path, path)


def as_json(answers):
    first, keys = answers[0], COLUMNS[3:]
    rows = [{key: getattr(one, key) for key in keys} for one in answers]
    own = {"test": first.test, "kind": first.kind, "listener": first.listener}
    return {"format": "aigc-edu-listening", "version": 1, **own, "seed": 3, "rows": rows}


def test_json_holds_the_same(tmp_path):
    answers = ratings(1)
    path = tmp_path / "answers.json"
    path.write_text(json.dumps(as_json(answers)), "utf-8")
    assert read_answers(path) == answers


HEAD = ",".join(COLUMNS)
ROW = "t,mushra,l,1,i,good,reference,50"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1: the columns are test,kind"),
        ("name,value\na,1", "line 1: the columns are"),
        (HEAD, "no answers in it"),
        (f"{HEAD}\n{ROW}\nt,mushra,l", "line 3: 3 cells; 8"),
        (f"{HEAD}\n{ROW.replace('50', '101')}", "2: value is a number from 0 to 100, not '101'"),
        (f"{HEAD}\n{ROW.replace('50', 'nan')}", "not 'nan'"),
        (f"{HEAD}\n{ROW.replace('50', 'good')}", "not 'good'"),
        (f"{HEAD}\n{ROW.replace('mushra', 'abx')}", "value is 0 or 1, not '50'"),
        (f"{HEAD}\n{ROW.replace('mushra', 'mos')}", "kind is mushra, abx, ab, not 'mos'"),
        (f"{HEAD}\n{ROW.replace(',1,', ',0,')}", "trial is a whole number from 1, not '0'"),
        (f"{HEAD}\n{ROW.replace(',i,', ',,')}", "line 2: item is empty"),
        (f"{HEAD}\n{ROW.replace(',i,', chr(44) + chr(34) + 'i,')}", "line 2: unexpected end"),
    ],
)
def test_a_broken_table_gets_one_line_that_says_where(tmp_path, text, told):
    path = tmp_path / "answers.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(ListeningFileError, match="answers.csv") as caught:
        read_answers(path)
    assert told in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"version": 2}, "no file of answers of version 1"),
        ({"rows": []}, "no answers in it"),
        ({"rows": [{"trial": 1}]}, "answer 1: its parts"),
        ({"rows": "many"}, "no answers in it"),
        ({"listener": ""}, "answer 1: listener is empty"),
    ],
)
def test_broken_json_gets_one_line_too(tmp_path, change, told):
    path = tmp_path / "answers.json"
    path.write_text(json.dumps(as_json(ratings(1)) | change), "utf-8")
    with pytest.raises(ListeningFileError, match=told):
        read_answers(path)


def test_what_is_no_file_of_answers_is_named(tmp_path):
    for name, text, told in (
        ("a.json", "{", "is no JSON"),
        ("a.json", "[1]", "no file of answers"),
        ("a.txt", "", "ending with .csv or .json"),
    ):
        (tmp_path / name).write_text(text, "utf-8")
        with pytest.raises(ListeningFileError, match=told):
            read_answers(tmp_path / name)
    (tmp_path / "b.csv").write_bytes(b"\xff\xfe\x00")
    for name in ("b.csv", "missing.csv"):
        with pytest.raises(ListeningFileError, match="can't be read"):
            read_answers(tmp_path / name)
    with pytest.raises(ListeningFileError, match="name one file"):
        read_answers()


# ---------------------------------------------------------------- listeners who are made up


def test_made_up_listeners_are_what_was_asked_for():
    assert ratings(3, seed=4) == ratings(3, seed=4) != ratings(3, seed=5)
    scores = score_versions(ratings(200, seed=1))
    assert [round(s.mean) for s in scores.values()] == pytest.approx([96, 70, 30], abs=3)
    hits, n = count_hits(simulated_choices(0.4, 500, 4, kind="ab"))
    assert n == 2000 and hits / n == pytest.approx(0.7, abs=0.04)
    with pytest.raises(InvalidValueError):
        simulated_ratings({"good": 3}, ITEMS, 3)
    with pytest.raises(InvalidValueError):
        simulated_choices(1.2, 3)
