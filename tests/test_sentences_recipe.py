"""The recipe makes two sets of the built-in sentences again, bit for bit."""

import importlib.util
import json

import numpy as np
import pytest

from aigc_edu import corpora
from aigc_edu.corpora import CorpusError
from aigc_edu.corpora.recipes import sentences as recipe
from aigc_edu.corpora.recipes import speech
from aigc_edu.paths import data_dir

SLICE = ("S002", "S011")


@pytest.fixture(scope="module")
def index():
    return json.loads((data_dir() / "sentences" / "index.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def made(index, tmp_path_factory):
    if importlib.util.find_spec("espeakng_loader") is None:
        pytest.skip("espeakng-loader is not installed (pip install espeakng-loader)")
    if recipe.made_with() != index["made_with"]:
        pytest.skip(f"made with {index['made_with']}, here is {recipe.made_with()}")
    return recipe.build(tmp_path_factory.mktemp("made"), SLICE)


def test_a_slice_comes_out_equal(made):
    shipped = {clip.key: clip for clip in corpora.load("sentences")}
    again = corpora.load("sentences", root=made)
    assert len(again) == 15 * len(SLICE)
    for clip in again:
        other = shipped[clip.key]
        assert np.array_equal(clip.samples, other.samples), clip.key
        assert (clip.text, clip.split) == (other.text, other.split)
        assert clip.phonemes == other.phonemes, clip.key


def test_the_index_of_a_slice_is_that_of_the_whole(made, index):
    again = json.loads((made / "index.json").read_text(encoding="utf-8"))
    assert {k: v for k, v in again.items() if k != "clips"} == {
        k: v for k, v in index.items() if k != "clips"
    }
    where = {"start"}  # in a slice, a clip lies elsewhere in its file
    rows = [{k: v for k, v in row.items() if k not in where} for row in index["clips"]]
    for row in again["clips"]:
        assert {k: v for k, v in row.items() if k not in where} in rows


def test_a_word_without_its_l_is_refused(made):
    # The synthesiser gives the L of such words no time: the durations would be wrong.
    with pytest.raises(CorpusError, match="gives 'l' no time; use another word"):
        recipe._phonemes([("", 0), ("ɔː", 10), ("l", 30), ("", 30)], 40, "S001-0001")


def test_phonemes_follow_one_another():
    marks = [("", 0), ("", 5), ("a", 10), ("b", 20), ("", 30), ("", 35)]
    rows = recipe._phonemes(marks, 40, "key")
    assert rows == [["", 0, 10], ["a", 10, 20], ["b", 20, 30], ["", 30, 40]]


def test_the_parts_go_by_the_place_in_the_set():
    for rows in recipe.texts().values():
        parts = [sentence.part for sentence in rows]
        assert len(rows) == 15 and parts.count("train") == 13
        assert (parts[4], parts[9]) == ("validation", "test")


@pytest.mark.parametrize("sets", [["S999"], []])
def test_unknown_sets(tmp_path, sets):
    with pytest.raises(CorpusError, match="the recipe has no set"):
        recipe.build(tmp_path / "out", sets)
    assert not (tmp_path / "out").exists()


def test_without_espeak(monkeypatch, tmp_path):
    monkeypatch.setattr(speech, "find_spec", lambda name: None)
    with pytest.raises(CorpusError, match="pip install espeakng-loader"):
        corpora.build("sentences", out=tmp_path / "out", sets=SLICE)
    assert not (tmp_path / "out").exists()


def test_another_rate_of_the_synthesiser(monkeypatch):
    monkeypatch.setattr(speech, "say", lambda jobs: ([], [], 16_000))
    with pytest.raises(CorpusError, match="speaks at 16000 Hz"):
        recipe.speak("S001")


def test_a_place_that_cannot_be_written(monkeypatch, tmp_path):
    clip = {"key": "S001-0001", "written": "A.", "text": "A.", "part": "train", "phonemes": []}
    clip["samples"] = np.zeros(10, np.int16)
    monkeypatch.setattr(recipe, "speak", lambda name: [clip])
    monkeypatch.setattr(recipe, "made_with", dict)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CorpusError, match="cannot be written"):
        recipe.build(tmp_path / "file", SLICE[:1])
