"""The recipe makes a slice of the built-in digits again, bit for bit."""

import importlib.util
import json
import subprocess
import sys

import numpy as np
import pytest

from aigc_edu import corpora
from aigc_edu.corpora import CorpusError
from aigc_edu.corpora.recipes import digits as recipe
from aigc_edu.corpora.recipes import speech
from aigc_edu.paths import data_dir

# Breathy voices, one of each part: their noise depends on the seed. And a Klatt voice.
SLICE = ("en+Alicia", "en-029+sandro", "en-029+f2", "en+klatt")


@pytest.fixture(scope="module")
def index():
    return json.loads((data_dir() / "digits" / "index.json").read_text(encoding="utf-8"))


def why_not(index):
    if importlib.util.find_spec("espeakng_loader") is None:
        return "espeakng-loader is not installed (pip install espeakng-loader)"
    if recipe.made_with() != index["made_with"]:
        return f"the digits were made with {index['made_with']}, here is {recipe.made_with()}"
    return None


@pytest.fixture(scope="module")
def made(index, tmp_path_factory):
    if reason := why_not(index):
        pytest.skip(reason)
    return recipe.build(tmp_path_factory.mktemp("made"), SLICE)


def test_a_slice_comes_out_equal(made):
    shipped = corpora.load("digits", rate=16000)
    again = corpora.load("digits", root=made, rate=16000)
    assert again.speakers == tuple(sorted(SLICE)) and len(again) == 30 * len(SLICE)
    expected = {clip.key: clip for clip in shipped}
    for clip in again:
        other = expected[clip.key]
        assert np.array_equal(clip.samples, other.samples), clip.key
        assert (clip.label, clip.split) == (other.label, other.split)
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


def test_the_shipped_corpus_is_of_the_recipes_voices(index):
    voices = list(dict.fromkeys(row["voice"] for row in index["clips"]))
    assert sorted(voices) == sorted(recipe.VOICES)
    assert all(row["part"] == recipe.part_of(row["voice"]) for row in index["clips"])
    assert len(index["styles"]) == len(recipe.STYLES) >= 3
    assert set(recipe.VALIDATION) | set(recipe.TEST) <= set(recipe.VOICES)


def test_an_unknown_voice(tmp_path):
    with pytest.raises(CorpusError, match="no voice en-us\\+nobody"):
        recipe.build(tmp_path / "out", ["en-us+nobody"])
    assert not (tmp_path / "out").exists()


def test_without_espeak(monkeypatch, tmp_path):
    monkeypatch.setattr(speech, "find_spec", lambda name: None)
    with pytest.raises(CorpusError, match="pip install espeakng-loader"):
        corpora.build("digits", out=tmp_path / "out", voices=SLICE)
    assert not (tmp_path / "out").exists()


def test_a_place_that_cannot_be_written(monkeypatch, tmp_path):
    clip = {"voice": SLICE[0], "label": 0, "style": 0, "phonemes": []}
    clip["samples"] = np.zeros(10, np.int16)
    monkeypatch.setattr(recipe, "speak", lambda voice: [clip])
    monkeypatch.setattr(recipe, "made_with", dict)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CorpusError, match="cannot be written"):
        recipe.build(tmp_path / "file", SLICE[:1])


def test_a_voice_that_espeak_does_not_know(index):
    if reason := why_not(index):
        pytest.skip(reason)
    with pytest.raises(CorpusError, match="could not speak as xx"):
        recipe.speak("xx")


def test_the_recipe_is_not_imported_by_the_library():
    code = "import sys, aigc_edu.corpora; assert 'aigc_edu.corpora.recipes' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
