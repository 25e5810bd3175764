"""The built-in tunes keep their rules, differ from each other, and give way to a reader's own."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest

from aigc_edu import corpora
from aigc_edu.corpora import CorpusError
from aigc_edu.corpora import tunes as loader
from aigc_edu.corpora.recipes import tunes as recipe
from aigc_edu.corpora.recipes.playing import instrument_player
from aigc_edu.corpora.recipes.tune_styles import STYLES
from aigc_edu.errors import InvalidValueError
from aigc_edu.evaluation.notes import cents_off
from aigc_edu.music import BASS, MELODY, MidiFileError, find_key, from_tokens, to_tokens
from aigc_edu.music import STYLES as WRITTEN

MANY = [
    (name, *recipe.compose(name, np.random.default_rng([n, seed])))
    for n, name in enumerate(STYLES)
    for seed in range(24)
]


def test_what_can_be_written_are_the_styles_that_there_are():
    assert tuple(STYLES) == WRITTEN


@pytest.mark.parametrize("name", STYLES)
def test_rhythms_fill_a_bar(name):
    style = STYLES[name]
    for rhythm in (*style.rhythms, *style.endings):
        assert sum(map(abs, rhythm)) == style.bar and rhythm[0] > 0, rhythm
    for pattern in style.bass:
        assert all(at + length <= style.bar for at, length, _ in pattern)
        assert pattern[0][0] == 0 and pattern[0][2] == 0, "the root on the first beat"


@pytest.mark.parametrize(("name", "score", "key"), MANY)
def test_a_tune_keeps_its_rules(name, score, key):
    style, melody, bass = STYLES[name], score.voice(MELODY), score.voice(BASS)
    assert (score.bar, score.bars, score.style) == (style.bar, 8, name)
    assert style.tempo[0] <= score.tempo <= style.tempo[1]
    assert all(event.pitch % 12 in key.scale for event in score.events)
    assert melody[-1].pitch % 12 == bass[-1].pitch % 12 == key.tonic, "it ends on the tonic"
    assert bass[-1].length == style.bar
    half = [e.pitch % 12 for e in bass if e.start == 3 * style.bar]
    assert half == [(key.tonic + 7) % 12], "the first phrase ends on a chord of the fifth"
    assert {b for b in range(8)} == {e.start // style.bar for e in melody}
    assert from_tokens(to_tokens(score), score.tempo) == score, "it can be written down"
    for beat in (e for e in melody if e.start % style.bar == 0):
        under = next(e for e in bass if e.start == beat.start)
        assert (beat.pitch - under.pitch) % 12 in (0, 3, 4, 7, 6, 8, 9), "a tone of the chord"


def test_keys_are_found_again():
    found = np.mean([find_key(score) == key for _, score, key in MANY])
    assert found > 0.85
    assert {key.tonic for *_, key in MANY} == set(range(12))
    assert {key.mode for *_, key in MANY} == {"major", "minor"}


def test_bars_of_one_letter_share_their_rhythm():
    rng, rhythms = np.random.default_rng(0), []
    for _ in range(40):
        score, _ = recipe.compose("waltz", rng)
        bars = [score.cut(b, b + 1).voice(MELODY) for b in range(8)]
        rhythms.append(len({tuple((e.start, e.length) for e in bar) for bar in bars}))
    assert np.mean(rhythms) < 6, "of eight bars some are alike"


def test_a_motif_is_played_fuller_and_lasts_as_long():
    motif = recipe.Motif((2, 4, 2, 8), (1, -1, 2))
    fuller = recipe._fuller(motif, np.random.default_rng(0))
    assert sum(fuller.rhythm) == 16 and len(fuller.rhythm) == len(fuller.moves) + 1 == 5
    assert recipe._fuller(recipe.Motif((2, 2), (1,)), np.random.default_rng(0)).rhythm == (2, 2)


def test_a_melody_moves_where_it_is_told_to():
    assert recipe.moved(0, 1, [-1, 0, 2]) == 2 and recipe.moved(0, -2, [-3, -1, 0]) == -3
    assert recipe.moved(5, 1, [0, 4, 5]) == 4, "at the end of the way it turns back"
    assert recipe.moved(5, 1, [5]) == 5


# ---------------------------------------------------------------- the corpus


@pytest.fixture(scope="module")
def tunes():
    return corpora.load("tunes")


def test_how_many_and_in_which_parts(tunes):
    info = corpora.describe("tunes")
    assert len(tunes) == info.clips == recipe.EACH * len(STYLES)
    assert Counter(tunes.labels[c.label] for c in tunes) == dict.fromkeys(STYLES, recipe.EACH)
    parts = tunes.split("official")
    assert sum(map(len, parts)) == len(tunes)
    assert [a.clips == b.clips for a, b in zip(parts, tunes.split("clip"), strict=True)] == [
        True
    ] * 3
    for held in (parts.validation, parts.test):
        assert 0.03 < len(held) / len(tunes) < 0.07 and set(held.speakers) == set(STYLES)


def test_no_two_tunes_are_alike(tunes):
    rows = {
        tuple((e.start, e.pitch - c.score.events[0].pitch, e.length) for e in c.score.events)
        for c in tunes.clips[::8]
    }
    assert len(rows) == len(tunes.clips[::8])


def test_a_tune_depends_on_its_key_alone(tunes):
    clip = tunes[3]
    assert clip.score == recipe.make(clip.key)
    assert recipe.make("air-0000") != recipe.make("air-0001")


def test_its_samples_are_the_score_played(tunes):
    clip = next(c for c in tunes if c.speaker == "march")
    assert clip.duration > clip.score.seconds and 0.5 < np.abs(clip.samples).max() <= 1
    slow = corpora.load("tunes", rate=8000)
    assert next(c for c in slow if c.key == clip.key).rate == 8000


# ---------------------------------------------------------------- instruments


def test_an_instrument_plays_what_is_written():
    play = instrument_player("organ")
    pitches = [60, 64, 67]
    notes = [play(pitch, 0.5, 0.7) for pitch in pitches]
    assert np.abs(cents_off(notes, pitches, 16_000)).max() < 20
    longer = play(60, 1.0, 0.7)
    assert len(longer) == pytest.approx(2 * len(notes[0]), abs=2)
    assert np.array_equal(play(60, 0.5, 0.7), notes[0])
    assert np.abs(play(60, 0.5, 1.0)).max() > 1.2 * np.abs(play(60, 0.5, 0.3)).max()
    assert len(play(0, 0.001, 0.0)) > 0, "moved to where it can play, and no shorter than it can"
    with pytest.raises(InvalidValueError, match="no instrument 'kazoo'"):
        instrument_player("kazoo")


# ---------------------------------------------------------------- a reader's own


def test_a_folder_of_midi_files_takes_their_place(tmp_path, monkeypatch):
    few = recipe.rows()[:3]
    monkeypatch.setattr(recipe, "rows", lambda: few)
    folder = corpora.build("tunes", tmp_path / "mine")
    assert len(list(folder.glob("*.mid"))) == 3
    own = corpora.load("tunes", root=folder)
    assert [c.key for c in own] == ["air-0000", "air-0001", "air-0002"] and own.labels == ()
    assert own[1].score.events == recipe.make("air-0001").events
    assert own.speakers == ("mine",) and own[0].label is None
    assert corpora.build("tunes", folder) == folder, "made again"
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.txt").write_text("")
    with pytest.raises(CorpusError, match="holds other files"):
        corpora.build("tunes", tmp_path / "other")
    with pytest.raises(MidiFileError, match="no files"):
        corpora.load("tunes", root=tmp_path / "other")
    (folder / "broken.mid").write_text("MThd")
    with pytest.raises(MidiFileError, match="broken.mid"):
        corpora.load("tunes", root=folder)


def test_chorales_are_read_where_a_reader_has_them(tmp_path):
    rows = [[67, 62, 59, 43]] * 4 + [[69, 64, 60, -1]] * 4 + [[71, None, 59, 43]] * 8
    told = {"train": [rows], "valid": [rows], "test": []}
    (tmp_path / loader.CHORALES).write_text(json.dumps(told))
    own = corpora.load("tunes", root=tmp_path)
    assert [(c.key, c.split) for c in own] == [
        ("train-000", "train"),
        ("valid-000", "validation"),
    ]
    score = own[0].score
    assert [(e.start, e.pitch, e.length) for e in score.voice(MELODY)] == [
        (0, 67, 4),
        (4, 69, 4),
        (8, 71, 8),
    ]
    assert [(e.start, e.pitch, e.length) for e in score.voice(BASS)] == [(0, 43, 4), (8, 43, 8)]
    (tmp_path / loader.CHORALES).write_text(json.dumps({"train": [[3]]}))
    with pytest.raises(CorpusError, match=loader.CHORALES):
        corpora.load("tunes", root=tmp_path)
