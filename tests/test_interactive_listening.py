"""Listening tests in a page: the order and the statistics against Python, hands, keys, files."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest
from test_interactive_browser import (  # noqa: F401
    PATIENCE,
    assert_equal_to_numpy,
    assert_fits_a_phone,
    opened,
)

from aigc_edu import dsp
from aigc_edu.errors import InvalidValueError
from aigc_edu.evaluation.listening import chance, count_hits, mean_interval
from aigc_edu.evaluation.listening_files import read_answers
from aigc_edu.teaching import interactive
from aigc_edu.teaching.interactive import ListeningTest
from aigc_edu.teaching.interactive.listening import listening_of, reading
from aigc_edu.teaching.interactive.listening_tests import LOUDEST

RATE, VERSIONS = 8000, ("reference", "codec", "muffled")


def tones(items=3, versions=VERSIONS):
    """Tones whose pitch is the item's and whose level is the version's."""
    return {
        f"item {n}": {
            name: 0.1 * (k + 1) * dsp.sine(200 + 50 * n, 0.3, RATE)
            for k, name in enumerate(versions)
        }
        for n in range(items)
    }


def a_test(kind="mushra", seed=7, **options):
    versions = VERSIONS if kind == "mushra" else VERSIONS[:2]
    return ListeningTest(
        f"tones-{kind}", kind, tones(versions=versions), RATE, seed=seed, **options
    )


each_kind = pytest.mark.parametrize("kind", ["mushra", "abx", "ab"])


# ---------------------------------------------------------------- the test itself


@each_kind
def test_each_trial_plays_each_version_once(kind):
    test = a_test(kind, rounds=2)
    for seed in range(20):
        items = Counter(test.item_of(n, seed)[1] for n in range(1, test.trials + 1))
        assert set(items.values()) == {2} and set(items) == set(test.items)
        for trial in range(1, test.trials + 1):
            letters = [x for x in test.letters if x not in ("Reference", "X")]
            stand = [test.version_of(trial, letter, seed) for letter in letters]
            assert sorted(stand) == sorted(test.versions)
            if kind == "abx":
                assert test.version_of(trial, "X", seed) in stand
            if kind == "mushra":
                assert test.version_of(trial, "Reference", seed) == "reference"


def test_no_place_is_preferred_over_many_listeners():
    first, same = Counter(), 0
    test = a_test("abx")
    for seed in range(600):
        first[test.version_of(1, "A", seed)] += 1
        same += test.version_of(1, "X", seed) == test.version_of(1, "A", seed)
    assert abs(first["codec"] - 300) < 50 and abs(same - 300) < 50  # four deviations
    orders = {tuple(test.item_of(n, seed)[1] for n in (1, 2, 3)) for seed in range(100)}
    assert len(orders) == 6


def test_levels_stay_in_proportion_and_the_guard_has_nothing_to_do():
    test = a_test()
    played = [test.sound("item 0", name) for name in VERSIONS]
    rms = np.array([x.std() for x in played])
    assert rms / rms[0] == pytest.approx([1, 2, 3], rel=1e-3)
    assert rms.max() <= LOUDEST * 1.001
    loud = ListeningTest(
        "loud", "ab", {"a": {"x": np.ones(900), "y": 0.5 * np.ones(900)}}, RATE, rounds=2
    )
    assert loud.gain == pytest.approx(LOUDEST, rel=1e-3)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"name": "a b"}, "letters, digits and hyphens"),
        ({"kind": "mos"}, "kind is"),
        ({"kind": "ab"}, "AB test has two versions"),
        ({"reference": "clean"}, "'clean' among them"),
        ({"rounds": 100}, "2 to 200 trials, not 300"),
        ({"sounds": tones(1)}, "2 to 200 trials, not 1"),
        ({"seed": 1_000_000}, "seed"),
        ({"sounds": {**tones(2), "odd": {"reference": np.ones(9)}}}, "'odd' has the versions"),
        ({"sounds": {**tones(2), "odd": dict.fromkeys(VERSIONS, 2 * np.ones(9))}}, r"in \[-1, 1\]"),
    ],
)
def test_what_is_no_test_is_refused(change, told):
    given = {"name": "t", "kind": "mushra", "sounds": tones(), "rate": RATE}
    with pytest.raises(InvalidValueError, match=told):
        ListeningTest(**{**given, **change})


def test_another_test_has_another_mark():
    sounds = tones()
    sounds["item 1"]["codec"] = -sounds["item 1"]["codec"]
    marks = {a_test().mark, a_test(rounds=2).mark, a_test("ab").mark}
    assert a_test().mark in marks and len(marks) == 3
    assert ListeningTest("tones-mushra", "mushra", sounds, RATE).mark not in marks


@each_kind
def test_the_figure_is_drawn_before_and_after(kind):
    test = a_test(kind)
    figure = listening_of(test)
    curves = figure.curves(**figure.settings())
    assert "0 of 3 trials answered" in figure.describe()
    assert figure.draw(figure.settings(), curves).axes
    if kind == "mushra":
        found = {"means": np.array([95.0, 60, 20]), "lows": np.array([90.0, 50, 10])}
        curves |= found | {"highs": np.array([100.0, 70, 30]), "missed": np.ones(1)}
        assert "codec 60 (50 to 70)" in reading(test, curves)
        assert "leave you out" in reading(test, curves)
    else:
        curves |= {"hits": np.array([3.0])}
        assert ("12.5 %" if kind == "abx" else "25.0 %") in reading(test, curves)
    assert figure.draw(figure.settings(), curves).axes


def test_one_call_puts_it_on_the_page(monkeypatch):
    shown = []
    monkeypatch.setattr("aigc_edu.teaching.interactive.shown.display", shown.append)
    interactive.listening(a_test(), trial=2)
    assert shown[0].figure.name == "listening" and shown[0].values["trial"] == 2
    assert set(shown[0]._repr_mimebundle_()) == {"text/plain", "text/html"}
    assert "listening" in interactive.FED


# ---------------------------------------------------------------- in the browser

FIGURE = "() => document.querySelector('figure').aigc"
STAND = FIGURE.replace("aigc", "aigc.session")
SEEN = """() => {
  const {seen} = document.querySelector('figure').aigc;
  return Object.fromEntries(Object.entries(seen).map(([name, row]) => [name, [...row]]));
}"""


@each_kind
def test_order_samples_and_sentences_are_pythons(kind, opened):  # noqa: F811
    test = a_test(kind)
    figure = listening_of(test)
    assert_equal_to_numpy(opened(figure), figure)


def test_an_order_of_its_own_for_each_listener_is_pythons_too(opened):  # noqa: F811
    test = a_test(seed=None)
    here = opened(listening_of(test))
    session = here.page.evaluate(STAND)
    assert 0 <= session["seed"] < 1_000_000 and len(session["listener"]) == 8
    for trial in (1, 3):
        for number, letter in enumerate(test.letters):
            got = here.move(trial=trial - 1, heard=number)
            item = test.item_of(trial, session["seed"])[1]
            wanted = test.sound(item, test.version_of(trial, letter, session["seed"]))
            assert np.allclose(
                np.frombuffer(__import__("base64").b64decode(got["samples"])), wanted
            )


def rate_all(here, test, value_of):
    """Play and rate everything in a page, trial by trial; ``value_of(version)`` is the rating."""
    page, seed = here.page, here.page.evaluate(STAND)["seed"]
    for trial in range(1, test.trials + 1):
        page.get_by_role("button", name="Reference").click()
        for letter in test.letters[1:]:
            page.get_by_role("button", name=letter, exact=True).click()
            value = value_of(test.version_of(trial, letter, seed), trial)
            page.get_by_role("slider", name=f"Rating of {letter}").fill(str(value))
        page.get_by_role("button", name="Finish" if trial == test.trials else "Next").click()


def saved(here, tmp_path, name):
    with here.page.expect_download(timeout=PATIENCE) as waiting:
        here.page.get_by_role("button", name=name).click()
    path = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def test_ratings_become_means_and_files_that_python_reads(opened, tmp_path):  # noqa: F811
    test = a_test()
    here = opened(listening_of(test))
    level = {"reference": 100, "codec": 60, "muffled": 20}
    rate_all(here, test, lambda version, trial: level[version] - 7 * (trial == 2))
    table = read_answers(saved(here, tmp_path, "Save as CSV"))
    assert table == read_answers(saved(here, tmp_path, "Save as JSON")) and len(table) == 9
    assert {a.against for a in table} == {"reference"} and {a.kind for a in table} == {"mushra"}
    seen = here.page.evaluate(SEEN)
    for n, version in enumerate(test.versions):
        values = [a.value for a in table if a.condition == version]
        assert sorted(values) == sorted([level[version]] * 2 + [level[version] - 7])
        score = mean_interval(values)
        assert seen["means"][n] == pytest.approx(score.mean)
        assert seen["lows"][n] == pytest.approx(score.low)
        assert seen["highs"][n] == pytest.approx(score.high)
    curves = {name: np.array(row) for name, row in seen.items()}
    told = here.page.locator(".aigc-reading").text_content()
    assert told == reading(test, curves) and "less than 90 in 0" in told
    assert here.page.get_by_role("slider", name="Rating of A").is_disabled()
    assert not here.errors and len(here.requests) <= 3, "the page itself, and two files of its own"
    assert all(url.startswith(("file:", "blob:")) for url in here.requests)


@pytest.mark.parametrize(("kind", "right"), [("abx", 5), ("ab", 4)])
def test_choices_become_hits_and_a_probability(kind, right, opened, tmp_path):  # noqa: F811
    test = a_test(kind, rounds=2)
    here = opened(listening_of(test))
    page, seed = here.page, here.page.evaluate(STAND)["seed"]
    for trial in range(1, test.trials + 1):
        for letter in test.letters:
            page.get_by_role("button", name=letter, exact=True).click()
        wanted = test.version_of(trial, "X", seed) if kind == "abx" else "reference"
        hit = "A" if test.version_of(trial, "A", seed) == wanted else "B"
        choice = hit if trial <= right else "AB".replace(hit, "")
        label = f"X is {choice}" if kind == "abx" else f"{choice} is better"
        page.get_by_label(label).check()
        page.get_by_role("button", name="Finish" if trial == test.trials else "Next").click()
    table = read_answers(saved(here, tmp_path, "Save as CSV"))
    assert count_hits(table) == (right, 6)
    told = page.locator(".aigc-reading").text_content()
    assert told == reading(test, {k: np.array(v) for k, v in page.evaluate(SEEN).items()})
    p = chance(right, 6, "greater" if kind == "abx" else "two-sided")
    assert f"{100 * p:.1f} %" in told
    assert np.allclose(
        page.evaluate(SEEN)["chance"],
        [chance(k, 6) - (chance(k + 1, 6) if k < 6 else 0) for k in range(7)],
    )
    assert not here.errors


def test_nobody_goes_on_without_an_answer(opened):  # noqa: F811
    here = opened(listening_of(a_test()))
    page, note = here.page, here.page.locator(".aigc-note")
    page.get_by_role("button", name="Save as CSV").click()
    assert "nothing to save" in note.text_content()
    page.get_by_role("button", name="A", exact=True).click()
    page.get_by_role("slider", name="Rating of B").fill("40")
    page.get_by_role("button", name="Next").click()
    assert note.text_content() == "Still to hear: Reference, B, C. Still to rate: A, C."
    assert page.evaluate(FIGURE.replace("aigc", "aigc.values()"))["trial"] == 1


def test_answers_are_kept_under_a_key_of_their_own_and_forgotten_on_demand(opened):  # noqa: F811
    here = opened(listening_of(a_test(seed=None)))
    page = here.page
    page.evaluate("() => localStorage.setItem('other', 'stays')")
    page.get_by_role("slider", name="Rating of B").fill("40")
    before = page.evaluate(STAND)
    assert json.loads(page.evaluate("() => localStorage.getItem('aigc-listening-tones-mushra')"))
    page.reload()
    assert page.evaluate(STAND) == before
    assert page.get_by_role("slider", name="Rating of B").input_value() == "40"
    assert (
        page.get_by_role("slider", name="Rating of B").get_attribute("aria-valuetext") == "40, fair"
    )
    page.once("dialog", lambda box: box.dismiss())
    page.get_by_role("button", name="Begin again").click()
    assert page.evaluate(STAND) == before
    page.once("dialog", lambda box: box.accept())
    page.get_by_role("button", name="Begin again").click()
    after = page.evaluate(STAND)
    assert after["answers"] == {} and after["listener"] != before["listener"]
    assert page.evaluate("() => localStorage.getItem('other')") == "stays"


@pytest.mark.parametrize("kept", ["{", '{"mark": 1}', "null", '{"answers": 3}'])
def test_what_is_no_answer_of_this_test_is_not_taken_for_one(kept, opened):  # noqa: F811
    here = opened(listening_of(a_test()))
    here.page.evaluate("kept => localStorage.setItem('aigc-listening-tones-mushra', kept)", kept)
    here.page.reload()
    assert here.page.evaluate(STAND)["answers"] == {} and not here.errors


def test_where_nothing_can_be_kept_it_says_so_and_works(opened):  # noqa: F811
    lost = "<script>Storage.prototype.setItem = () => { throw new Error('full'); }</script>"
    here = opened(lost, listening_of(a_test()))
    assert "keeps no answers" in here.page.locator(".aigc-note").text_content()
    here.page.get_by_role("slider", name="Rating of A").fill("12")
    assert here.page.get_by_text("12, bad").count() == 1 and not here.errors


def test_it_is_worked_by_keys_alone_and_switches_at_the_same_place(opened):  # noqa: F811
    here = opened(listening_of(a_test()))
    page, keys = here.page, here.page.keyboard
    keys.press("Tab")
    focused = """() => {
      const {activeElement: own} = document;
      return own.getAttribute('aria-label') || own.name || own.textContent;
    }"""
    assert page.evaluate(focused) == "trial"
    keys.press("Tab")
    assert page.evaluate(focused) == "Reference"
    keys.press("b")
    page.wait_for_function("() => aigcFigures.sound.owner", timeout=PATIENCE)
    assert page.evaluate(FIGURE.replace("aigc", "aigc.values()"))["heard"] == "B"
    began = page.evaluate("() => aigcFigures.sound.voice.began")
    keys.press("r")
    assert page.evaluate(FIGURE.replace("aigc", "aigc.values()"))["heard"] == "Reference"
    assert page.evaluate("() => aigcFigures.sound.voice.began") == began
    seen = []
    for _ in range(14):
        keys.press("Tab")
        seen.append(page.evaluate(focused))
        if seen[-1] == "Rating of A":
            keys.press("ArrowRight")
    wanted = ["A", "Rating of A", "B", "Rating of B", "C", "Rating of C", "Back", "Next"]
    assert [x for x in seen if x in wanted] == wanted
    assert page.get_by_role("slider", name="Rating of A").input_value() == "51"
    assert page.get_by_role("group", name="Sound A").count() == 1
    assert not here.errors


@each_kind
def test_it_fits_a_phone_in_light_and_dark(kind, opened):  # noqa: F811
    assert_fits_a_phone(opened, listening_of(a_test(kind)))
