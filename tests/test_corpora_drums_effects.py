"""The built-in drums and effects: what they are called is what one hears, and no part leaks."""

import json

import numpy as np
import pytest

from aigc_edu import corpora
from aigc_edu.corpora import CorpusError, synthesised
from aigc_edu.corpora import drums as drums_loader
from aigc_edu.corpora import effects as effects_loader
from aigc_edu.corpora.recipes import drums as drums_recipe
from aigc_edu.corpora.recipes import effects as effects_recipe
from aigc_edu.corpora.recipes import movements, weather

RECIPES = {"drums": drums_recipe, "effects": effects_recipe}
LOADERS = {"drums": drums_loader, "effects": effects_loader}


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    """A cache of this module's own."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(synthesised, "cache_dir", lambda: folder)
        yield folder


@pytest.fixture(scope="module")
def drums():
    return corpora.load("drums")


@pytest.fixture(scope="module")
def effects():
    return corpora.load("effects")


def some(corpus, kind, step):
    return corpus.select(label=corpus.labels.index(kind))[::step]


def middle(corpus, kind, step, of):
    """Return the median of what a function says of some clips of a kind."""
    return float(np.median([of(clip) for clip in some(corpus, kind, step)]))


def centroid(clip):
    power = np.abs(np.fft.rfft(clip.samples * np.hanning(len(clip.samples)))) ** 2
    return float((np.fft.rfftfreq(len(clip.samples), 1 / clip.rate) * power).sum() / power.sum())


def lasting(clip):
    """Return the seconds in which nine tenths of the energy have come."""
    energy = np.cumsum(clip.samples.astype(float) ** 2)
    return float(np.searchsorted(energy, 0.9 * energy[-1]) / clip.rate)


def envelope(clip, seconds=0.02):
    """Return the root mean square of stretches one behind the other, shape (M,)."""
    size = round(seconds * clip.rate)
    x = clip.samples.astype(float)
    return np.sqrt(np.mean(x[: len(x) // size * size].reshape(-1, size) ** 2, axis=1))


# What both have in common


@pytest.mark.parametrize("name", RECIPES)
def test_how_many(name):
    corpus, info = corpora.load(name), corpora.describe(name)
    assert len(corpus) == info.clips == {"drums": 960, "effects": 200}[name]
    assert len(corpus.speakers) == info.speakers == {"drums": 30, "effects": 100}[name]
    assert corpus.labels == RECIPES[name].KINDS and corpus.rate == info.rate == 16_000
    assert len({clip.key for clip in corpus}) == len(corpus)
    counts = np.bincount([clip.label for clip in corpus])
    assert len(set(counts)) == 1  # of every kind equally many


@pytest.mark.parametrize("name", RECIPES)
def test_no_source_is_in_two_parts_and_every_kind_in_all(name):
    corpus = corpora.load(name)
    parts = corpus.split("official")
    sources = [speaker for part in parts for speaker in part.speakers]
    assert len(sources) == len(set(sources)) == len(corpus.speakers)
    for part in parts:
        assert {clip.label for clip in part} == set(range(len(corpus.labels)))
    for held in (parts.validation, parts.test):
        assert 0.1 <= len(held) / len(corpus) <= 0.2
    for one, other in zip(parts, corpus.split("speaker"), strict=True):
        assert one.clips == other.clips


@pytest.mark.parametrize("name", RECIPES)
def test_the_labels_agree_with_the_key(name):
    corpus = corpora.load(name)
    for clip in corpus:
        assert clip.key.startswith(corpus.labels[clip.label] + "_")
        assert clip.speaker in clip.key and clip.note is None and clip.text == ""


@pytest.mark.parametrize("name", RECIPES)
def test_a_clip_depends_on_its_key_alone(name):
    recipe, corpus = RECIPES[name], corpora.load(name)
    chosen = [some(corpus, kind, 1)[5] for kind in corpus.labels]
    forth = {clip.key: recipe.make(clip.key) for clip in chosen}
    for clip in reversed(chosen):
        assert np.array_equal(recipe.make(clip.key), forth[clip.key]), clip.key
        assert np.abs(clip.samples - forth[clip.key]).max() <= 0.5 / synthesised.STEPS + 1e-7


@pytest.mark.parametrize("name", RECIPES)
def test_no_two_clips_are_the_same(name):
    corpus = corpora.load(name)
    for kind in corpus.labels:
        few = some(corpus, kind, 1)[4:7]
        for i, clip in enumerate(few):
            for other in few[:i]:
                size = min(len(clip.samples), len(other.samples))
                x, y = clip.samples[:size], other.samples[:size]
                alike = float(x @ y) / np.sqrt(float(x @ x) * float(y @ y))
                assert alike < 0.9999, (clip.key, other.key)


@pytest.mark.parametrize("name", RECIPES)
def test_the_fingerprint_knows_all_that_makes_the_sound(name, monkeypatch):
    made = LOADERS[name]._RECIPE
    again = synthesised.Recipe(name, made.modules, made.parameters, made.make)
    assert again.fingerprint == made.fingerprint
    other = synthesised.Recipe(name, made.modules, {"seed": -1}, made.make)
    assert other.fingerprint != made.fingerprint
    modules = {"drums": {drums_recipe}, "effects": {effects_recipe, weather, movements}}[name]
    assert {module.__name__ for module in modules} <= set(made.modules)
    for fewer in range(len(made.modules)):
        rest = made.modules[:fewer] + made.modules[fewer + 1 :]
        without = synthesised.Recipe(name, rest, made.parameters, made.make)
        assert without.fingerprint != made.fingerprint


@pytest.mark.parametrize("name", RECIPES)
def test_build_and_load(name, tmp_path, monkeypatch):
    recipe = RECIPES[name]
    few = recipe.rows()[:: len(recipe.rows()) // 5]
    monkeypatch.setattr(recipe, "rows", lambda: few)
    folder = corpora.build(name, out=tmp_path / name)
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    assert [row["key"] for row in index["clips"]] == [row.key for row in few]
    assert {row["part"] for row in index["clips"]} <= set(corpora.Split._fields)
    expected = {row.key: recipe.make(row.key) for row in few}
    for path in folder.glob("*.flac"):
        assert path.stem in expected
    for clip in corpora.load(name, root=tmp_path):
        assert np.abs(clip.samples - expected[clip.key]).max() < 1e-6
    slow = corpora.load(name, root=tmp_path, rate=8000)[0]
    assert abs(len(slow.samples) - len(expected[slow.key]) / 2) <= 1


@pytest.mark.parametrize("name", RECIPES)
def test_a_folder_without_them(name, tmp_path):
    with pytest.raises(CorpusError, match=f"there are no {name} in"):
        corpora.load(name, root=tmp_path)


# Drums


def test_hits_are_short_and_begin_at_once(drums):
    for clip in drums[::29]:
        x = np.abs(clip.samples)
        assert 1000 < len(x) <= 16_384, clip.key
        assert np.argmax(x > 0.1 * x.max()) < 0.02 * clip.rate, clip.key
        assert x[-1] < 1e-3 and x.max() <= drums_recipe.PEAK + 1e-6, clip.key


def test_the_four_hits_of_a_kit_grow_softer(drums):
    for kind in ("kick", "cymbal"):
        hits = drums.select(label=drums.labels.index(kind), speaker="kit11")
        peaks = [np.abs(clip.samples).max() for clip in hits]
        wanted = [drums_recipe.PEAK * force**0.7 for force in drums_recipe.FORCES]
        assert np.allclose(peaks, wanted, atol=1e-5)


def test_the_kinds_of_hits_sound_as_they_are_called(drums):
    height = {kind: middle(drums, kind, 29, centroid) for kind in drums.labels}
    length = {kind: middle(drums, kind, 29, lasting) for kind in drums.labels}
    assert height["kick"] < height["tom"] < 300 < height["rim"]
    assert max(height["snare"], height["clap"]) < height["hihat_closed"]
    assert min(height[kind] for kind in ("hihat_closed", "hihat_open", "cymbal")) > 3000
    assert length["rim"] < length["snare"] < length["tom"]
    assert 3 * length["hihat_closed"] < length["hihat_open"] < length["cymbal"]


def test_toms_go_down(drums):
    for kit in ("kit02", "kit13"):
        toms = drums.select(label=drums.labels.index("tom"), speaker=kit)
        assert centroid(toms[3]) < 0.8 * centroid(toms[0])


# Effects


def test_effects_last_five_seconds_at_their_levels(effects):
    for clip in effects[::7]:
        x = clip.samples
        assert x.shape == (80_000,), clip.key
        assert 0.1 < np.abs(x).max() <= effects_recipe.PEAK + 1e-6, clip.key
        assert np.abs(x[[0, -1]]).max() < 0.01, clip.key  # no click at the ends
        rms = 20 * np.log10(np.sqrt(np.mean(x.astype(float) ** 2)))
        low, high = (-52, -22) if clip.key.startswith("clock") else (-32, -13)
        assert low < rms < high, (clip.key, rms)
    limited = [np.abs(clip.samples).max() > 0.91 for clip in effects[::7]]
    assert np.mean(limited) < 0.2  # most keep the level that was drawn for them


def test_the_kinds_of_effects_sound_as_they_are_called(effects):
    height = {kind: middle(effects, kind, 7, centroid) for kind in effects.labels}
    assert height["wind"] < 500 < height["waves"] < height["rain"] < height["brush"]

    def unrest(clip):
        level = envelope(clip, 0.05)
        return level.std() / level.mean()

    change = {kind: middle(effects, kind, 7, unrest) for kind in effects.labels}
    assert change["rain"] < 0.2 < change["waves"] < change["clock"]
    assert change["wind"] > 0.2 and change["brush"] > 0.2


def test_two_pieces_of_a_recording_are_alike_and_not_the_same(effects):
    for kind in ("rain", "brush", "clock"):
        apart, together = [], []
        few = some(effects, kind, 1)[:8]
        colours = [colour(clip) for clip in few]
        for i, (clip, one) in enumerate(zip(few, colours, strict=True)):
            for other_clip, other in zip(few[:i], colours, strict=False):
                same = clip.speaker == other_clip.speaker
                (together if same else apart).append(np.abs(one - other).mean())
        assert np.median(together) < 0.5 * np.median(apart), kind
        assert min(together) > 0, kind


def colour(clip):
    """Return the logarithm of the power in 24 equally wide bands, less its mean."""
    power = np.abs(np.fft.rfft(clip.samples))[1:40_001].reshape(-1, 1000)[:24] ** 2
    level = np.log(power.mean(1))
    return level - level.mean()


def test_a_clock_ticks_regularly_to_the_sample(effects):
    # Tick and tock alternate, so that the sound repeats after two beats, and exactly there.
    for clip in some(effects, "clock", 3):
        beat = movements.beat(effects_recipe.scene(clip.key))
        assert round(3600 * 16_000 / beat, -1) in movements.BEATS
        x = clip.samples.astype(float)
        spectrum = np.fft.rfft(x, 2**18)
        r = np.fft.irfft(np.abs(spectrum) ** 2)[:80_000]
        around = np.arange(round(1.6 * beat), round(2.4 * beat))
        assert around[np.argmax(r[around])] == 2 * beat, clip.key


def test_the_ticks_stand_out(effects):
    for clip in some(effects, "clock", 3):
        level = envelope(clip, 0.01)
        assert level.max() > 10 * np.median(level), clip.key


def test_brush_strokes_come_one_after_the_other(effects):
    # The envelope's spectrum has its largest share where hands move: 2.8 to 9 strokes a second.
    for clip in some(effects, "brush", 7):
        level = envelope(clip, 0.01)
        power = np.abs(np.fft.rfft((level - level.mean()) * np.hanning(len(level)))) ** 2
        hz = np.fft.rfftfreq(len(level), 0.01)
        hand = power[(hz > 1.3) & (hz < 10)].sum()
        assert hand > 0.6 * power[hz > 0.5].sum(), clip.key


def test_a_gust_is_brighter_than_a_lull(effects):
    right = []
    for clip in some(effects, "wind", 2):
        pieces = clip.samples.astype(float).reshape(-1, 8000)
        power = np.abs(np.fft.rfft(pieces * np.hanning(8000), axis=1)) ** 2
        hz = np.fft.rfftfreq(8000, 1 / clip.rate)
        heights = (power * hz).sum(1) / power.sum(1)
        loud = np.sqrt((pieces**2).mean(1))
        right.append(np.corrcoef(np.log(loud), np.log(heights))[0, 1] > 0)
    assert np.mean(right) >= 0.8


def test_bubbles_swing_as_minnaert_says():
    # A bubble of a millimetre swings at 3.26 kHz, and a little higher as it rises.
    scene = effects_recipe.scene("rain_00_A")
    for kernel in weather.bubbles(scene, 1e-3, 1.0001e-3):
        heard = np.argmax(np.abs(np.fft.rfft(kernel, 2**15))) * 16_000 / 2**15
        assert 3260 < heard < 1.05 * 3260


def test_grains_fall_as_a_poisson_process():
    # Counts in equal stretches, and those of whole clips, have a variance as large as their mean.
    rng = np.random.default_rng(3)
    counts = []
    for _ in range(100):
        x = weather.grains(rng, np.full(weather.LENGTH, 80.0), [np.ones(1)], 0.0)
        counts.append(np.round(np.abs(x)).reshape(-1, 4000).sum(1))  # of height 1 or -1
    for falls, mean in ((np.array(counts), 20), (np.sum(counts, axis=1), 400)):
        assert abs(falls.mean() / mean - 1) < 0.05
        assert 0.6 < falls.var() / mean < 1.5
