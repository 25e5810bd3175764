"""The listening bench: its lists, its scores, who is ahead, and two runs that agree."""

from __future__ import annotations

import math
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aigc_edu import audio
from aigc_edu.bench.asking import asked_for
from aigc_edu.bench.lists import BenchError, Contestant, SoundList, read_lists
from aigc_edu.bench.making import BASELINES, flags_for
from aigc_edu.bench.page import training_of, write_page
from aigc_edu.bench.results import REAL, ListResults, Results, read_results, write_results
from aigc_edu.bench.running import run_bench
from aigc_edu.bench.scores import SCORERS, Sheet
from aigc_edu.bench.verdicts import ahead, failures, verdict
from aigc_edu.cli import main
from aigc_edu.corpora import CorpusError
from aigc_edu.evaluation import Judge
from aigc_edu.evaluation.digits import difference_interval, wilson_interval
from aigc_edu.kinds.catalogue import find_kind
from aigc_edu.kinds.recipes import read_recipe, recipe_names

ELSEWHERE = {"denoiser", "composer"}  # their own chapters compare them with others
TWO = """
[lists.two]
title = "Two digits"
score = "labels"
corpus = "digits"
judges = ["listener-digits"]
items = ["3", "7"]
takes = 2

[lists.two.models.wavegan-digits]
flags = "--label {item} --seed {seed}"
"""


@pytest.fixture(scope="module")
def two(tmp_path_factory) -> dict[str, SoundList]:
    path = tmp_path_factory.mktemp("lists") / "two.toml"
    path.write_text(TWO, encoding="utf-8")
    return read_lists(path)


@pytest.fixture(scope="module")
def bench(two, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("bench") / "out"
    run_bench(two, out, lambda line: None)
    return out


def found_of(measure: str, **rows: list[float]) -> ListResults:
    sheets = {
        name.replace("_", "-"): Sheet({measure: np.array(values, float)}, [])
        for name, values in rows.items()
    }
    items = {name: ["1"] * len(sheet.numbers[measure]) for name, sheet in sheets.items()}
    return ListResults("A list", "", items, sheets, frozenset({"copy"} & set(sheets)))


# ---------------------------------------------------------------- lists


def test_every_model_that_makes_sound_is_on_a_list():
    entrants = {model.checkpoint for own in read_lists().values() for model in own.models}
    makers = {
        name
        for name in recipe_names()
        if find_kind(read_recipe(name).kind).wishes is not None
        and read_recipe(name).kind not in ELSEWHERE
    }
    assert makers <= entrants
    assert entrants - set(BASELINES) <= set(recipe_names())


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("takes = 2", "takes = 0", "lists.two: models and takes"),
        ("title =", "titles =", "lists.two: titles is unknown; did you mean 'title'"),
        ('items = ["3", "7"]', 'items = ["3", "3"]', "lists.two: items are a number"),
        ("{seed}", "{sede}", r"wavegan-digits: \{sede\} is no word to fill in; there are \{item\}"),
        ("{seed}", "{voice}", "voices are a list, needed for"),
        ("{seed}", "{seed", "the flags can't be read"),
        ("[lists.", "[list.", r"expected tables \[lists.NAME\]"),
        ("score =", "score", "no file of lists"),
        ('"labels"', '"label"', "no such score: 'label'; did you mean 'labels'"),
        ('judges = ["listener-digits"]', "", "judges are needed"),
        ('["3", "7"]', '["three"]', "items are numbers"),
        ("models.wavegan-digits", "models.wavgan", "there is no checkpoint 'wavgan'"),
        ("models.wavegan-digits", 'models."../up"', "a name has letters, .* unlike '../up'"),
        (
            "[lists.two.models.",
            "[lists.two.models.recordings]\nflags=''\n[lists.two.models.",
            "recordings is the row of what is real",
        ),
        (
            'judges = ["listener-digits"]',
            'judges = "listener-digits"',
            "lists.two: judges are a list",
        ),
        ("takes = 2", "shortest = 'long'", "lists.two.shortest: expected seconds"),
        ("takes = 2", "seconds = -1", "lists.two.seconds: expected seconds"),
        ('corpus = "digits"', 'corpus = "digit"', "no such corpus: 'digit'; did you mean 'digits'"),
        ('"labels"', '"words"', "seconds are needed"),
        ('["3", "7"]', '["\u00b2"]', "items are numbers"),
        ('["3", "7"]', "1001", "items are a number of them, .* 1000 at most"),
        ("{seed}", "{}", r"\{\} is no word to fill in"),
        ("{seed}", "{seed:x}", "in braces stands a word and nothing else"),
    ],
)
def test_a_broken_list_is_refused_by_one_line_that_names_the_place(
    tmp_path, capsys, old, new, told
):
    path = tmp_path / "two.toml"
    path.write_text(TWO.replace(old, new), encoding="utf-8")
    assert main(["bench", "--file", str(path), "--out", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert re.search(told, error) and error.count("\n") == 1
    assert not (tmp_path / "out" / "sounds").exists()


def test_flags_are_filled_in_and_voices_take_turns():
    model = Contestant(
        name="m", checkpoint="m", flags=("--label", "{number}", "--as", "{voice}"),
        voices=("ann", "bob"), origin=48,
    )  # fmt: skip
    sounds = replace(read_lists()["notes"], takes=3)
    asked = asked_for(sounds)[:3]
    assert [flags_for(model, one)[3] for one in asked] == ["ann", "bob", "ann"]
    assert flags_for(model, asked[0])[1] == "12"  # key 60 is the twelfth above 48


def test_each_sound_has_a_seed_of_its_own_and_all_models_the_same():
    for sounds in read_lists().values():
        seeds = [one.seed for one in asked_for(replace(sounds, takes=min(3, sounds.takes)))]
        assert len(set(seeds)) == len(seeds)


def test_fewer_takes_are_the_first_ones():
    sounds = read_lists()["drums"]
    few = [(one.item, one.take, one.seed) for one in asked_for(sounds.some(takes=2))]
    assert few == [(a.item, a.take, a.seed) for a in asked_for(sounds) if a.take < 2]


# ---------------------------------------------------------------- a run


def test_two_runs_give_the_same_sounds_and_the_same_table(two, bench, tmp_path):
    run_bench(two, tmp_path / "again", lambda line: None)
    kinds = ("*.wav", "*.flac", "*.png", "table.csv", "scores.json")
    files = [p.relative_to(bench) for kind in kinds for p in bench.rglob(kind)]
    assert len(files) >= 4 * 2 + 4 + 2 + 2
    for file in files:
        assert (tmp_path / "again" / file).read_bytes() == (bench / file).read_bytes(), file


def test_what_is_there_is_not_made_again_unless_it_would_be_another(two, bench, tmp_path):
    shutil.copytree(bench, tmp_path / "out")
    said: list[str] = []
    run_bench(two, tmp_path / "out", said.append)
    assert said == []
    other = replace(two["two"], seed=5)
    run_bench({"two": other}, tmp_path / "out", said.append)
    assert said == ["two: wavegan-digits has made 4 sounds"]


def test_a_lost_sound_is_made_again_and_sounds_of_an_older_list_go(two, bench, tmp_path):
    shutil.copytree(bench, tmp_path / "out")
    made = tmp_path / "out" / "sounds" / "two"
    (made / "wavegan-digits" / "7-1.wav").unlink()
    said: list[str] = []
    run_bench(two, tmp_path / "out", said.append)
    assert said and (made / "wavegan-digits" / "7-1.wav").is_file()
    run_bench({"two": two["two"].some(takes=1)}, tmp_path / "out", said.append)
    for row in (REAL, "wavegan-digits"):  # a listening test takes all that a folder holds
        assert sorted(path.name for path in (made / row).glob("*.wav")) == ["3-0.wav", "7-0.wav"]


def test_a_missing_corpus_is_told_before_the_work(two, tmp_path, monkeypatch):
    monkeypatch.setattr("aigc_edu.bench.asking.corpora.load", _nothing)
    late = replace(two["two"], name="late", score="speech")
    with pytest.raises(BenchError, match="the list late needs the corpus: fetch it"):
        run_bench({**two, "late": late}, tmp_path / "out", lambda line: None)
    assert not (tmp_path / "out").exists()
    assert all(one.real is None for one in asked_for(two["two"]))  # digits need no recordings


def _nothing(name):
    raise CorpusError("fetch it")


def test_more_sentences_than_there_are_can_not_be_asked_for():
    sentences = replace(read_lists()["sentences"], items=tuple(map(str, range(900))))
    with pytest.raises(BenchError, match="lists.sentences: sentences has .* no more items"):
        asked_for(sentences)


def test_more_takes_than_recordings_leave_some_without(two):
    many = replace(two["two"], items=("3",), takes=500)
    real = [one.real is not None for one in asked_for(many)]
    assert len(real) == 500 and 0 < sum(real) < 500 and real == sorted(real, reverse=True)


def test_results_of_a_part_do_not_ship(tmp_path, capsys, monkeypatch):
    monkeypatch.delattr("aigc_edu.bench.commands.run_bench")
    for told in (["drums"], ["--takes", "1"], ["--file", "mine.toml"]):
        assert main(["bench", *told, "--ship", "--out", str(tmp_path / "out")]) == 2
        assert "--ship keeps the results of all lists" in capsys.readouterr().err


def test_a_folder_with_other_things_stays_as_it_is(two, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(BenchError, match="holds other things"):
        run_bench(two, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_what_a_model_complains_of_is_told(two, tmp_path):
    model = replace(two["two"].models[0], flags=("--label", "99"))
    with pytest.raises(BenchError, match="wavegan-digits can't make its sounds: .*10 labels"):
        run_bench({"two": replace(two["two"], models=(model,))}, tmp_path / "out")


def test_a_page_has_every_sound_and_asks_nobody_else(bench):
    page = (bench / "index.html").read_text(encoding="utf-8")
    links = re.findall(r'(?:href|src)="([^"]+)"', page)
    assert len(links) >= 8
    assert all((bench / link).is_file() for link in links)
    assert "http" not in page
    assert page.count("<img") == page.count('alt="spectrogram') == 4  # two digits, two rows


def test_frames_have_names_and_a_model_without_a_card_is_not_known(bench):
    page = (bench / "index.html").read_text(encoding="utf-8")
    assert page.count('tabindex="0"') == page.count('role="region" aria-label="Two digits: ') == 3
    assert '<th scope="col"></th>' not in page
    assert training_of("my-model") == "not known" and training_of("griffin-lim") == "none"
    assert "hour" in training_of("wavenet-digits")


PLAYER = """
window.Audio = class {
  pause() { if (this.off) this.off(new Error("stopped")); this.off = null; }
  play() { return new Promise((_, off) => { this.off = off; }); }
  addEventListener() {}
};
"""


def test_a_second_sound_plays_on_when_the_first_is_stopped(bench, browser):
    page = browser.new_page()
    page.add_init_script(PLAYER)
    page.goto((bench / "index.html").as_uri())
    links = page.locator(".grid a")
    for number in (0, 1):
        links.nth(number).click()
        page.wait_for_timeout(20)
    assert links.nth(1).get_attribute("aria-current") == "true"
    links.nth(1).click()
    assert page.locator("[aria-current]").count() == 0
    page.close()


def test_versions_of_a_sound_are_equally_loud(bench):
    for name in ("3-0", "7-1"):
        levels = [
            audio.loudness(*audio.read(path), short="whole")
            for path in (bench / "players" / "two").glob(f"*-{name}.flac")
        ]
        assert len(levels) == 2 and np.ptp(levels) < 0.1


def test_costs_are_measured(bench):
    cost = read_results(bench).costs["two"]["wavegan-digits"]
    assert cost["weights"] > 1e6 and cost["bytes"] > 1e6
    assert 0 < cost["seconds_per_second"] and 0 < cost["longest_wait"] <= cost["ready_seconds"] * 10


# ---------------------------------------------------------------- scores


def test_silence_is_heard_as_nothing_and_is_never_in_tune():
    lists = read_lists()
    digits = replace(lists["digits"], items=("3",), takes=1)
    sheet = SCORERS["labels"](digits, asked_for(digits), [np.zeros(8000)], 8000)
    assert sheet.numbers["asked"] == 0 and sheet.numbers["silent"] == 1
    assert sheet.heard == ["silence"]
    notes = replace(lists["notes"], items=("60",), takes=1)
    sheet = SCORERS["notes"](notes, asked_for(notes), [np.zeros(16000)], 16000)
    assert sheet.numbers["in_tune"] == 0 and sheet.numbers["silent"] == 1


def test_a_tone_is_in_tune_with_its_key_alone():
    notes = replace(read_lists()["notes"], items=("69", "70"), takes=1)
    t = np.arange(16000) / 16000
    tone = sum(0.3 / h * np.sin(2 * math.pi * 440 * h * t) for h in range(1, 5))
    sheet = SCORERS["notes"](notes, asked_for(notes), [tone, tone], 16000)
    assert sheet.numbers["in_tune"].tolist() == sheet.numbers["in_tune_too"].tolist() == [1, 0]


def test_a_sentence_is_no_distance_from_itself_and_some_from_another():
    sentences = replace(read_lists()["sentences"], items=("0", "1"))
    asked = asked_for(sentences)
    clips = [asked[0].real, asked[0].real]
    sheet = SCORERS["speech"](sentences, asked, clips, asked[0].rate)
    assert sheet.numbers["spectrum"][0] == 0 < 2 < sheet.numbers["spectrum"][1]


def test_each_judge_is_loaded_once(monkeypatch):
    strings = replace(read_lists()["strings"], items=("0", "1", "2"))
    loaded, load = [], Judge.load
    monkeypatch.setattr(Judge, "load", lambda name: loaded.append(name) or load(name))
    SCORERS["words"](strings, asked_for(strings), [np.zeros(8000)] * 3, 8000)
    assert loaded == ["listener-digits", "recogniser-digits"]


def test_a_note_without_a_pitch_is_heard_as_nothing(monkeypatch):
    monkeypatch.setattr("aigc_edu.bench.scores.pitch_of_note", lambda x, rate: math.nan)
    notes = replace(read_lists()["notes"], items=("60",), takes=1)
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 16000)
    assert SCORERS["notes"](notes, asked_for(notes), [noise], 16000).heard == ["nothing"]


# ---------------------------------------------------------------- verdicts


def test_the_interval_of_a_difference_is_newcombes():
    # His table II, method 10: 56 of 70 beside 48 of 80.
    assert difference_interval(56, 70, 48, 80) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    low, high = difference_interval(48, 80, 56, 70)
    assert (-high, -low) == pytest.approx(difference_interval(56, 70, 48, 80))
    # Against a share that is known exactly it is Wilson's, moved.
    low, high = difference_interval(30, 60, 0, 10**9)
    assert (low, high) == pytest.approx(wilson_interval(30, 60), abs=1e-6)


def test_a_lead_is_positive_whichever_way_a_measure_goes():
    more = found_of("asked", good=[1, 1, 1, 0], bad=[0, 0, 1, 0])
    assert ahead(more, "good", "bad").mean == 0.5
    less = found_of("spectrum", good=[2.0, 3.0, 2.5], bad=[4.0, 5.5, 4.0])
    assert ahead(less, "good", "bad").mean == pytest.approx(2.0)
    assert less.models == ["good", "bad"] and more.models == ["good", "bad"]


def test_differences_of_numbers_are_taken_sound_by_sound():
    hard = np.linspace(1, 9, 20)  # some sentences are far harder than others, for both
    found = found_of("spectrum", one=list(hard), other=list(hard + 0.1 + 0.01 * (hard > 5)))
    assert ahead(found, "one", "other").low > 0.09
    assert found.score("one").high > found.score("other").low  # their own intervals overlap


def test_a_short_list_names_no_winner():
    few = found_of("asked", good=[1, 1, 1, 0], bad=[1, 1, 0, 0])
    assert "could be chance" in verdict(few)
    many = found_of("asked", good=[1] * 58 + [0] * 2, bad=[1] * 30 + [0] * 30)
    assert "good comes first: 97 % (89 to 99)." in verdict(many)
    assert "a lead of 47 points (32 to 59)." in verdict(many)


def test_copies_and_recordings_win_nothing():
    found = found_of("asked", recordings=[1, 1], copy=[1, 1], model=[0, 0])
    assert found.models == ["model"]
    assert verdict(found).startswith("model is alone: 0 %")
    assert verdict(found_of("asked", copy=[1, 1])).startswith("Nobody competes")


def test_a_lead_that_rounds_to_nothing_is_not_safe():
    six = found_of("asked", good=[1] * 6, bad=[1] * 3 + [0] * 3)
    assert 0 < ahead(six, "good", "bad").low < 0.001
    assert verdict(six).startswith("good comes first")
    assert "a lead of 50 points (0 to 81), which could be chance." in verdict(six)


def test_silence_comes_last_and_a_single_sound_has_no_interval():
    nothing = [math.nan, math.nan]
    found = found_of("spectrum", mute=nothing, still=nothing, loud=[3.0, 4.0])
    assert found.models == ["loud", "mute", "still"]
    assert "mute has nothing to measure: a lead of unknown size, which could" in verdict(found)
    assert failures(found, "mute") == "nothing to measure in 2 of 2"
    single = found_of("spectrum", one=[3.0], other=[4.0])
    assert "a lead of 1.0 dB, which could be chance." in verdict(single)


def test_failures_name_the_worst_item_and_what_was_heard():
    sheet = Sheet({"asked": np.array([1.0, 0, 0, 1])}, ["one", "nine", "silence", "five"])
    found = ListResults("", "", {"m": ["1", "5", "5", "5"]}, {"m": sheet}, frozenset())
    named = replace(found, names={"5": "five"})
    assert failures(named, "m").startswith("worst at five: 2 of 3")
    assert failures(found, "m") == "worst at 5: 2 of 3 missed, taken for nine (1), silence (1)"


def test_results_come_back_as_they_were_written(tmp_path):
    found = found_of("spectrum", recordings=[0.0, math.nan], copy=[2.25, 3.0])
    write_results(Results({"list": found}, {"list": {"copy": {"weights": 3}}}), tmp_path)
    again = read_results(tmp_path)
    assert again.costs == {"list": {"copy": {"weights": 3}}}
    back = again.lists["list"]
    assert back.copies == {"copy"} and back.items == found.items
    np.testing.assert_array_equal(
        back.sheets[REAL].numbers["spectrum"], found.sheets[REAL].numbers["spectrum"]
    )
    with pytest.raises(BenchError, match="holds no results"):
        read_results(tmp_path / "nowhere")


def test_results_that_ship_are_of_the_lists_of_today():
    results, lists = read_results(), read_lists()
    assert set(results.lists) == set(lists)
    for name, sounds in lists.items():
        assert {m.name for m in sounds.models} == set(results.lists[name].sheets) - {REAL}
        for model in sounds.models:
            assert len(results.lists[name].items[model.name]) <= len(sounds.items) * sounds.takes


def test_a_page_can_be_written_of_results_alone(bench, tmp_path):
    shutil.copytree(bench, tmp_path / "out")
    (tmp_path / "out" / "index.html").unlink()
    write_page(read_results(bench), tmp_path / "out")
    assert (tmp_path / "out" / "index.html").read_bytes() == (bench / "index.html").read_bytes()
