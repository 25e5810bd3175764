"""The built-in notes: what is on the label is what sounds; and how made clips are kept."""

import json
import os
import subprocess
import sys
import zlib

import numpy as np
import pytest

from aigc_edu import corpora, dsp
from aigc_edu.corpora import CorpusError, synthesised
from aigc_edu.corpora import notes as loader
from aigc_edu.corpora.recipes import notes as recipe
from aigc_edu.errors import InvalidValueError


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    """A cache of this module's own."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(synthesised, "cache_dir", lambda: folder)
        yield folder


@pytest.fixture
def empty(tmp_path, monkeypatch):
    """A cache that is empty."""
    monkeypatch.setattr(synthesised, "cache_dir", lambda: tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def notes():
    return corpora.load("notes")


KEY = "guitar_synthetic_000"


def one(**options):
    return corpora.load("notes", **options).select(speaker=KEY)[0]


def never(key, seconds=0.0):
    raise AssertionError(f"{key} is there already")


def kept(empty):
    return sorted(empty.rglob("*.flac"))


# What they are


def test_how_many(notes):
    info = corpora.describe("notes")
    assert len(notes) == info.clips == 1569 and len(notes.speakers) == info.speakers == 66
    assert len({clip.key for clip in notes}) == len(notes)
    assert notes.labels == recipe.FAMILIES and len(notes.labels) == 11
    for family in notes.labels:
        assert len(notes.select(family=family).speakers) == 6
    assert abs(info.hours - len(notes) * 1.024 / 3600) < 0.005
    assert "1,569 notes of 66" in info.contents and info.rate == notes.rate == 16_000


def test_no_instrument_is_in_two_parts_and_every_family_in_all(notes):
    parts = notes.split("official")
    players = [name for part in parts for name in part.speakers]
    assert len(players) == len(set(players)) == 66
    for part in parts:
        assert {clip.label for clip in part} == set(range(11))
    assert [len(part.speakers) for part in parts] == [44, 11, 11]


def test_the_labels_agree_with_the_key(notes):
    for clip in notes:
        note, (name, pitch, velocity) = clip.note, clip.key.rsplit("-", 2)
        assert (name, int(pitch), int(velocity)) == (note.instrument, note.pitch, note.velocity)
        assert clip.speaker == name and notes.labels[clip.label] == note.family
        assert name.startswith(note.family) and note.source == "synthetic"
        who = recipe.instruments()[name]
        assert who.low <= note.pitch <= who.high and note.velocity in recipe.VELOCITIES


def test_velocities_come_up_alike(notes):
    counts = [sum(clip.note.velocity == v for clip in notes) for v in recipe.VELOCITIES]
    assert max(counts) < 1.1 * min(counts)


def test_an_instrument_covers_its_range(notes):
    for name, who in recipe.instruments().items():
        pitches = sorted({clip.note.pitch for clip in notes.select(speaker=name)})
        step = (who.high - who.low + 1) / recipe.PITCHES
        assert len(pitches) >= 10 and max(np.diff(pitches)) <= 2 * step + 1
        assert pitches[0] <= who.low + step and pitches[-1] >= who.high - step


# What sounds


def test_length_and_level(notes):
    for clip in notes[::50]:
        x = clip.samples
        assert x.shape == (16_384,) and x.dtype == np.float32, clip.key
        assert 0.005 < np.abs(x).max() <= recipe.PEAK + 1e-6, clip.key
        assert abs(x.mean()) < 0.01 * np.abs(x).max(), clip.key
        assert abs(x[-1]) < 1e-4, clip.key


def test_the_pitch_is_that_of_the_label(notes):
    # Of each instrument one note. YIN searches all that there is, so an octave off would show.
    # A glockenspiel's partials are no multiples of its fundamental: there the peak is sought.
    # At 32 kHz, since a period of 38.5 samples lies between two lags.
    high = corpora.load("notes", rate=32_000)
    for i, name in enumerate(notes.speakers):
        clip = high.select(speaker=name)[5 * i % 20]
        if recipe.instruments()[name].kind == "glockenspiel":
            heard = highest_peak(clip)
        else:
            held = clip.samples[: 3 * len(clip.samples) // 4]
            heard = np.median(dsp.yin(held, clip.rate, 38.0, 1400.0, 8192, 1024))
        assert abs(1200 * np.log2(heard / clip.note.frequency)) < 10, clip.key


def highest_peak(clip):
    spectrum = np.abs(np.fft.rfft(clip.samples * np.hanning(len(clip.samples)), 2**19))
    return np.argmax(spectrum) * clip.rate / 2**19


def test_who_plays_harder_plays_louder(notes):
    pairs = 0
    for name in notes.speakers:
        mine = notes.select(speaker=name)
        pitch = mine[6].note.pitch
        chosen = sorted(mine.select(pitch=pitch), key=lambda clip: clip.note.velocity)
        levels = [np.sqrt(np.mean(clip.samples.astype(float) ** 2)) for clip in chosen]
        assert all(a < b for a, b in zip(levels, levels[1:], strict=False)), (name, pitch)
        pairs += len(chosen) - 1
    assert pairs >= 66


def test_instruments_of_a_family_differ(notes):
    for family in notes.labels:
        mine = notes.select(family=family)
        shapes = []
        for name in mine.speakers:
            clip = mine.select(speaker=name)[8]
            bands = dsp.mel_spectrogram(clip.samples, clip.rate, 1024, 256, 40)
            shapes.append(np.log(bands.mean(1) / bands.mean() + 1e-4))
        for i, shape in enumerate(shapes):
            for other in shapes[:i]:
                assert np.abs(shape - other).mean() > 0.1, family


# The same every time


def test_a_note_depends_on_its_key_alone(notes):
    keys = [clip.key for clip in notes[::200]]
    forth = {key: recipe.make(key) for key in keys}
    for key in reversed(keys):
        assert np.array_equal(recipe.make(key), forth[key]), key
    for clip in notes[::200]:
        assert np.abs(clip.samples - forth[clip.key]).max() <= 0.5 / synthesised.STEPS + 1e-7


def test_another_process_makes_the_same():
    keys = [row.key for row in recipe.rows()[::300]]
    code = (
        "import sys, zlib; from aigc_edu.corpora.recipes import notes\n"
        "for key in sys.argv[1:]: print(zlib.crc32(notes.make(key).tobytes()))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "1"}  # what Python's own hash depends on
    command = [sys.executable, "-c", code, *keys]
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    here = [zlib.crc32(recipe.make(key).tobytes()) for key in keys]
    assert [int(word) for word in told.stdout.split()] == here


def test_a_note_from_the_cache_is_the_note_that_was_made(empty):
    made = one().samples
    assert [path.stem for path in kept(empty)] == [one().key]
    assert np.array_equal(one().samples, made)


def test_it_really_comes_from_the_cache(empty, monkeypatch):
    made = one().samples
    monkeypatch.setattr(recipe, "make", never)
    assert np.array_equal(one().samples, made)


# What is kept


@pytest.mark.parametrize("damage", ["cut", "changed", "empty", "other"])
def test_a_damaged_file_is_made_again(empty, damage):
    made = one().samples
    (path,) = kept(empty)
    whole = path.read_bytes()
    middle = len(whole) // 2
    flipped = whole[:middle] + bytes([whole[middle] ^ 255]) + whole[middle + 1 :]
    path.write_bytes({"cut": whole[:middle], "changed": flipped, "empty": b""}.get(damage, b"text"))
    assert np.array_equal(one().samples, made)
    assert path.read_bytes() == whole


def test_a_cache_that_cannot_be_written(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr(synthesised, "cache_dir", lambda: tmp_path / "file")
    with pytest.warns(UserWarning, match="cannot be kept"):
        x = one().samples
    assert np.abs(x - recipe.make(one().key)).max() < 1e-6
    assert one().samples is not None  # it is said once, not with every clip


def test_a_file_appears_whole_or_not_at_all(empty, monkeypatch):
    def interrupted(source, target):
        assert os.path.getsize(source) > 1000 and not os.path.exists(target)
        raise OSError("no room")

    monkeypatch.setattr(synthesised.os, "replace", interrupted)
    with pytest.warns(UserWarning, match="no room"):
        assert len(one().samples) == 16_384
    assert not [path for path in empty.rglob("*") if path.is_file()]


def test_what_was_abandoned_is_removed_a_day_later(empty):
    _ = one().samples
    (folder,) = (empty / "synthesised").iterdir()
    old, new = folder / ".a.flac.12.part", folder / ".b.flac.34.part"
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    corpora.load("notes")
    assert not old.exists() and new.exists()


def test_the_folder_changes_with_the_recipe(empty, monkeypatch, tmp_path):
    same, longer = loader._recipe(1.024), loader._recipe(2.0)
    assert same.fingerprint == loader._recipe(1.024).fingerprint != longer.fingerprint
    assert same.folder() != longer.folder()
    monkeypatch.setattr(recipe, "SEED", recipe.SEED + 1)
    assert loader._recipe(1.024).fingerprint != same.fingerprint
    source = tmp_path / "changed_recipe.py"
    monkeypatch.syspath_prepend(tmp_path)
    told = []
    for text in ("A = 1\n", "A = 2\n"):
        source.write_text(text)
        made = synthesised.Recipe("notes", ("changed_recipe",), {}, recipe.make)
        told.append(made.fingerprint)
    assert told[0] != told[1]


def test_every_source_of_the_sound_is_in_the_fingerprint():
    used = {name for name in sys.modules if name.startswith("aigc_edu.corpora.recipes.")}
    imported = set(loader._recipe(1.024).modules)
    for name in imported:
        source = open(sys.modules[name].__file__, encoding="utf-8").read()
        for other in used:
            if f"recipes.{other.rsplit('.', 1)[-1]} import" in source:
                assert other in imported, f"{name} uses {other}"


def test_too_loud_a_recipe_is_said():
    loud = synthesised.Recipe("loud", (), {}, lambda key: np.ones(10))
    with pytest.raises(CorpusError, match="louder than full scale"):
        loud.build(None, [{"key": "a"}])


# Length, rate, places


def test_another_length(empty):
    clip = one(seconds=0.5)
    assert len(clip.samples) == 8000
    assert len(one(seconds=2.0).samples) == 32_000
    assert len(one().samples) == 16_384


def test_another_rate(notes):
    slow = corpora.load("notes", rate=8000)
    assert slow.rate == slow[0].rate == 8000
    assert len(slow[0].samples) == 8192 and np.abs(slow[0].samples).max() <= 1


@pytest.mark.parametrize("seconds", [0, -1, 0.4, 9, np.nan, np.inf])
def test_a_length_out_of_bounds(seconds, tmp_path):
    with pytest.raises(InvalidValueError, match="seconds must lie"):
        corpora.load("notes", seconds=seconds)
    with pytest.raises(InvalidValueError, match="seconds must lie"):
        corpora.build("notes", out=tmp_path / "out", seconds=seconds)
    assert not (tmp_path / "out").exists()


def test_other_bad_arguments(tmp_path):
    with pytest.raises(InvalidValueError, match="no option 'size'"):
        corpora.load("notes", size=3)
    with pytest.raises(InvalidValueError, match="positive"):
        corpora.load("notes", rate=0)
    with pytest.raises(CorpusError, match="there are no notes in"):
        corpora.load("notes", root=tmp_path)


@pytest.fixture
def built(empty, monkeypatch):
    few = recipe.rows()[::200]
    monkeypatch.setattr(recipe, "rows", lambda: few)
    return corpora.build("notes", out=empty / "out" / "notes")


def test_build_and_load(built, monkeypatch):
    index = json.loads((built / "index.json").read_text(encoding="utf-8"))
    assert [row["key"] for row in index["clips"]] == [row.key for row in recipe.rows()]
    assert index["rate"] == 16_000 and index["clips"][0]["pitch"] == recipe.rows()[0].note.pitch
    expected = {row.key: recipe.make(row.key) for row in recipe.rows()}
    monkeypatch.setattr(recipe, "make", never)
    for root in (built, built.parent):
        for clip in corpora.load("notes", root=root):
            assert np.abs(clip.samples - expected[clip.key]).max() < 1e-6


def test_a_folder_of_another_recipe(built):
    with pytest.raises(CorpusError, match="another version of the recipe"):
        corpora.load("notes", root=built, seconds=2.0)
    (built / "index.json").write_text("{")
    with pytest.raises(CorpusError, match="cannot be read"):
        corpora.load("notes", root=built)


def test_fetch_makes_them_beforehand(empty, monkeypatch):
    few = recipe.rows()[:3]
    monkeypatch.setattr(recipe, "rows", lambda: few)
    folder = corpora.fetch("notes")
    assert folder == loader._recipe(recipe.SECONDS).folder() == corpora.describe("notes").folder
    assert [path.stem for path in kept(empty)] == sorted(row.key for row in few)


def test_a_place_that_cannot_be_built_in(empty, monkeypatch):
    few = recipe.rows()[:1]
    monkeypatch.setattr(recipe, "rows", lambda: few)
    (empty / "file").write_text("in the way")
    with pytest.raises(CorpusError, match="cannot be written"):
        corpora.build("notes", out=empty / "file")
