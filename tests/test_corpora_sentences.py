"""The built-in sentences that ship: their index against their sound, phonemes, splits, damage."""

import json
import re
import shutil
from collections import Counter

import numpy as np
import pytest
from conftest import ROOT

from aigc_edu import corpora
from aigc_edu.audio import read
from aigc_edu.corpora import CorpusError
from aigc_edu.corpora.recipes import sentences as recipe
from aigc_edu.corpora.recipes import voice
from aigc_edu.errors import InvalidValueError
from aigc_edu.paths import data_dir

FOLDER = data_dir() / "sentences"
VOWELS = set("aeiouæɐɑɔəɛɜɪʊʌᵻ")
HISSES = set("sʃzʒ")


@pytest.fixture(scope="module")
def sentences():
    return corpora.load("sentences")


@pytest.fixture(scope="module")
def index():
    return json.loads((FOLDER / "index.json").read_text(encoding="utf-8"))


@pytest.fixture
def copy(tmp_path):
    return shutil.copytree(FOLDER, tmp_path / "sentences")


def minutes(corpus):
    return sum(clip.duration for clip in corpus) / 60


def bare(phoneme):
    return phoneme.symbol.strip("ˈˌ")


def symbols(sentences):
    return Counter(bare(p) for clip in sentences for p in clip.phonemes if p.symbol)


# How much


def test_about_ten_minutes_of_one_voice(sentences):
    info = corpora.describe("sentences")
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 12e6
    assert 10 <= minutes(sentences) <= 11 and abs(60 * info.hours - minutes(sentences)) < 0.5
    assert len(sentences) == info.clips == 255 and str(info.clips) in info.contents
    assert sentences.speakers == (voice.VOICE,) and info.speakers == 1
    assert sentences.rate == info.rate == 16_000
    assert sentences.labels == () and {clip.label for clip in sentences} == {None}
    assert corpora.fetch("sentences") == info.folder == FOLDER


def test_the_name_is_one(sentences, index):
    assert sentences.name == corpora.describe("sentences").name == index["name"] == FOLDER.name
    assert f"data/{sentences.name}/" in sentences.licence
    with pytest.raises(CorpusError, match="no corpus 'sentences-natural'; there are .*sentences"):
        corpora.load("sentences-natural")


def test_licence_and_credit_stand_beside_it():
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    for name in ("CC0 1.0", "Apache License 2.0", voice.PACKAGE, "Maureese Williams", "Kokoro-82M"):
        assert name in text
    assert "data/sentences/" in (ROOT / "LICENSE-TEXT").read_text(encoding="utf-8")


def test_the_readme_tells_the_truth(sentences, index):
    text = " ".join((FOLDER / "README.md").read_text(encoding="utf-8").split())
    assert f"{len(sentences)} short English sentences" in text
    assert f"{minutes(sentences):.1f} minutes" in text
    for name, part in zip(corpora.Split._fields, sentences.split(), strict=True):
        row = re.search(rf"`{name}.flac` \| (\d+) [^|]*?([\d.]+) minutes", text)
        assert row, name
        assert (int(row[1]), row[2]) == (len(part), f"{minutes(part):.1f}")
    size = sum(path.stat().st_size for path in FOLDER.iterdir() if path.name != "README.md")
    assert f"{size / 1e6:.1f} MB together" in text
    durations = [clip.duration for clip in sentences]
    assert f"between {min(durations):.1f} s and {max(durations):.1f} s" in text
    loudest = max(np.abs(clip.samples).max() for clip in sentences)
    assert f"at {loudest:.2f} of full scale" in text
    differ = sum(row["written"] != row["text"] for row in index["clips"])
    assert f"differ in {differ} sentences" in text
    counts = symbols(sentences)
    assert f"there are {len(counts)}, each of them at least {min(counts.values())} times" in text
    assert voice.WHEEL in text and f"{voice.PACKAGE}=={voice.VERSION}" in text


# Texts


def test_the_split(sentences):
    parts = sentences.split("official")
    keys = [clip.key for part in parts for clip in part]
    texts = [clip.text.lower() for part in parts for clip in part]
    assert len(set(keys)) == len(keys) == len(sentences)
    assert len(set(texts)) == len(texts)  # no sentence is in two parts, nor twice in one
    for held in (parts.validation, parts.test):
        assert len(held) == 17 and len({clip.key[:4] for clip in held}) == 17  # of every set one


def test_the_texts_are_those_of_the_recipe(sentences, index):
    expected = {s.key: s for rows in recipe.texts().values() for s in rows}
    assert list(expected) == sorted(clip.key for clip in sentences)
    for clip in sentences:
        assert clip.text == expected[clip.key].text and clip.split == expected[clip.key].part
    for row in index["clips"]:
        assert row["written"] == expected[row["key"]].written


def test_the_texts_are_words(sentences, index):
    for clip in sentences:
        assert re.fullmatch(r"[A-Z][A-Za-z',\- ]*[.?!]", clip.text), clip.text
        assert 3 <= len(clip.text.split()) <= 14, clip.text
    written = {row["key"]: row["written"] for row in index["clips"]}
    differ = [clip for clip in sentences if written[clip.key] != clip.text]
    assert len(differ) == 19
    assert all(
        re.search(r"[^A-Za-z',\-.?! ]|[A-Z]{2}|\b[A-Z]\w{1,3}\.", written[c.key]) for c in differ
    )


def test_text_phonemes_and_sound_belong_together(sentences):
    # Were they from different sentences, nothing would go along with anything.
    letters = [sum(map(str.isalpha, clip.text)) for clip in sentences]
    spoken = [sum(bool(p.symbol) for p in clip.phonemes) for clip in sentences]
    seconds = [clip.duration for clip in sentences]
    assert np.corrcoef(letters, spoken)[0, 1] > 0.8
    assert np.corrcoef(spoken, seconds)[0, 1] > 0.7 < np.corrcoef(letters, seconds)[0, 1]
    assert abs(np.corrcoef(letters, np.roll(spoken, 1))[0, 1]) < 0.4


# Phonemes


@pytest.mark.parametrize("rate", [16_000, 22_050, 8000])
def test_phonemes_cover_each_clip_without_a_gap(rate):
    for clip in corpora.load("sentences", rate=rate):
        marks = clip.phonemes
        assert marks[0].start == 0 and marks[0].symbol == marks[-1].symbol == "", clip.key
        for one, following in zip(marks, marks[1:], strict=False):
            assert one.start < one.stop == following.start, clip.key
            assert one.symbol or following.symbol, clip.key  # pauses in a row are one
        if clip.key.endswith("7"):  # reading all three times takes long
            assert marks[-1].stop == len(clip.samples), clip.key


def test_the_durations_add_up_to_the_clips(index):
    for row in index["clips"]:
        lengths = [stop - start for _, start, stop in row["phonemes"]]
        assert sum(lengths) == row["phonemes"][-1][2] == row["length"], row["key"]
        assert all(n > 0 and n % voice.FRAME == 0 for n in lengths), row["key"]


def crossings(x):
    return np.mean(np.diff(np.sign(x)) != 0)


def apart(sentences, shift):
    """Return how many times as often hisses cross zero as vowels, phonemes moved by a shift."""
    hisses, vowels = [], []
    for clip in sentences[::3]:
        for phoneme in clip.phonemes[1:-1]:
            x = clip.samples[phoneme.start + shift : phoneme.stop + shift].astype(float)
            kind = bare(phoneme)[:1]
            if kind in HISSES:
                hisses.append(crossings(x))
            elif kind in VOWELS and phoneme.symbol.startswith("ˈ"):
                vowels.append(crossings(x))
    assert min(len(hisses), len(vowels)) > 100
    return np.mean(hisses) / np.mean(vowels)


def test_phonemes_are_where_they_sound(sentences):
    shifts = range(-1600, 1601, 400)  # samples: steps of 25 ms
    best = max(shifts, key=lambda shift: apart(sentences, shift))
    assert abs(best) <= 400 and apart(sentences, 0) > 2.5


def test_pauses_are_quiet_and_the_rest_is_not(sentences):
    for clip in sentences:
        power = {False: [], True: []}
        for p in clip.phonemes:
            power[bool(p.symbol)].append(clip.samples[p.start : p.stop].astype(float) ** 2)
        pauses, speech = (np.sqrt(np.mean(np.concatenate(power[k]))) for k in (False, True))
        assert pauses < 0.002 < 0.04 < speech, clip.key


def test_every_phoneme_is_in_training(sentences):
    parts = sentences.split()
    known = set(symbols(parts.train))
    assert set(symbols(parts.validation)) <= known and set(symbols(parts.test)) <= known
    assert len(known) >= 40


# Sound


def test_the_index_covers_the_sound_files(index):
    for part in corpora.Split._fields:
        rows = [row for row in index["clips"] if row["part"] == part]
        ends = [row["start"] + row["length"] for row in rows]
        assert [row["start"] for row in rows] == [0, *ends[:-1]]  # no gap, no overlap
        x, rate = read(FOLDER / f"{part}.flac")
        assert (len(x), rate) == (ends[-1], index["rate"])


def test_levels(sentences):
    for clip in sentences:
        assert 0.2 < np.abs(clip.samples).max() < 0.9, clip.key
        assert np.abs(clip.samples[:400]).max() < 0.005, clip.key  # the margin
        assert np.abs(clip.samples[-400:]).max() < 0.005, clip.key
        assert abs(clip.samples.mean()) < 0.005, clip.key
        assert not np.any(clip.samples * 2 ** (recipe.BITS - 1) % 1), clip.key


def test_another_rate_is_the_same_sound(sentences):
    slow = corpora.load("sentences", rate=11_025)
    for one, other in zip(slow[::60], sentences[::60], strict=True):
        assert one.key == other.key and one.text == other.text
        assert abs(one.duration - other.duration) < 2 / 11_025
        powers = [np.sum(clip.samples.astype(float) ** 2) / clip.rate for clip in (one, other)]
        assert 0.7 < powers[0] / powers[1] < 1.01


# Damage, and bad arguments


def test_no_such_folder(tmp_path):
    with pytest.raises(CorpusError, match="the built-in sentences are not in"):
        corpora.load("sentences", root=tmp_path)


def test_the_folder_or_the_one_above(copy, sentences):
    for root in (copy, copy.parent):
        assert [c.key for c in corpora.load("sentences", root=root)] == [c.key for c in sentences]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"rate": 16000, "clips": [{"part": "train"}]}'])
def test_a_damaged_index(copy, text):
    (copy / "index.json").write_text(text)
    with pytest.raises(CorpusError, match=re.escape(str(copy))):
        corpora.load("sentences", root=copy)


def test_a_file_that_is_too_short(copy, index):
    damaged = {**index, "clips": [*index["clips"][:-1], dict(index["clips"][-1])]}
    damaged["clips"][-1]["length"] += 10**6
    (copy / "index.json").write_text(json.dumps(damaged))
    with pytest.raises(CorpusError, match="shorter than the index says"):
        _ = corpora.load("sentences", root=copy)[-1].samples


def test_no_classes_to_select(sentences):
    with pytest.raises(InvalidValueError, match="have no labels"):
        sentences.select(label=0)
    with pytest.raises(InvalidValueError, match="no option"):
        corpora.load("sentences", voice="en-gb")
