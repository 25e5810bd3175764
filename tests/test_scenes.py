"""Soundscapes: what a file says is what is heard, in any blocks; a broken file names the place."""

import json
import os
import re
import tracemalloc

import numpy as np
import pytest

from aigc_edu import audio
from aigc_edu.cli import main
from aigc_edu.dsp import effects
from aigc_edu.dsp.head import Ears
from aigc_edu.paths import data_dir
from aigc_edu.scenes import SceneError, read_scene, render, render_blocks, scene_from, store
from aigc_edu.scenes.graph import Path, placed
from aigc_edu.scenes.levels import Ceiling
from aigc_edu.scenes.rendering import _faded
from aigc_edu.scenes.streams import Endless, event_times, number_of

RATE = 8000


def scene(*sources, **more):
    """Return a scene of one layer, without a fade."""
    return scene_from(
        {"seconds": 3, "fade": 0, "layer": [{"name": "all", "source": list(sources)}], **more}
    )


def drip(**more):
    return {"name": "drip", "sound": "drip", "times": [0.5], **more}


RAIN = {"name": "rain", "sound": "rain"}
STEPS = {"name": "steps", "sound": "footstep", "every": [0.2, 0.4]}

# ---------------------------------------------------------------- the graph


def test_places_are_moved_and_turned_by_all_layers_around():
    inner = {"name": "in", "place": [0, 2], "turn": 90, "source": [drip(place=[0, 1])]}
    outer = {"name": "out", "place": [10, 0], "turn": 90, "level": -3, "layer": [inner]}
    (one,) = placed(scene_from({"layer": [outer]}))
    # ahead of the inner layer is the right of the outer one, whose ahead is the listener's right
    assert np.allclose(one.at(0.0), [10 + 2 + 0, 0 - 1 + 0])
    assert one.label == "out > in > drip" and one.level == -3 and one.still


def test_times_count_from_the_layers_beginning():
    inner = {"name": "in", "from": 5, "to": 30, "source": [drip(times=[1.0], **{"from": 0.5})]}
    outer = {
        "name": "out",
        "from": 10,
        "to": 40,
        "path": [[0, 0, 1], [10, 10, 1]],
        "layer": [inner],
    }
    (one,) = placed(scene_from({"seconds": 100, "layer": [outer]}))
    assert (one.origin, one.start, one.stop) == (15, 15.5, 40)
    assert list(event_times(one, 0)) == [(0, 16.0)]
    assert np.allclose(one.at(15.0), [5, 1]) and np.allclose(one.at(0.0), [0, 1])
    assert not one.still


def test_a_way_is_straight_between_its_places():
    path = Path(((0, 0, 0), (2, 4, -2)))
    assert np.allclose(path.at(np.array([-1, 1, 9])), [[0, 2, 4], [0, -1, -2]])
    assert Path(((0, 1, 1), (5, 1, 1))).still and not path.still


# ---------------------------------------------------------------- rendering


def test_a_drip_is_the_effect_through_two_ears():
    x = render(scene(drip(place=[2, 0], level=-6)), RATE)
    own = effects.make("drip", number_of(0, "all > drip", 0), RATE) * 10 ** (-6 / 20)
    wanted = Ears(RATE).hear(np.pad(own, (0, 500)), 90.0, 2.0)
    assert np.allclose(x[:, 4000 : 4000 + wanted.shape[1]], wanted, atol=1e-9)
    assert not x[:, :4000].any()


@pytest.mark.parametrize("block", [0.05, 0.31, 3.0])
def test_blocks_of_any_size_give_the_same_scene(block):
    walk = {**STEPS, "path": [[0, -3, 1], [3, 3, 1]]}
    fly = {
        **drip(),
        "name": "engine",
        "sound": "engine",
        "with": {"seconds": 1.5},
        "path": [[0, -20, 3], [3, 20, 3]],
    }
    room = {"size": [6, 5, 3], "reflection": 0.6}
    whole = scene({**RAIN, "around": True}, walk, fly, room=room, seconds=2, fade=0.3)
    blocks = list(render_blocks(whole, RATE, block=block))
    assert np.allclose(np.concatenate(blocks, axis=1), render(whole, RATE), atol=1e-9)


def test_chance_is_fixed_by_the_seed_and_by_names_alone():
    both = render(scene(STEPS, RAIN, seed=4), RATE)
    assert np.array_equal(both, render(scene(STEPS, RAIN, seed=4), RATE))
    assert not np.allclose(both, render(scene(STEPS, RAIN, seed=5), RATE))
    apart = render(scene(STEPS, seed=4), RATE) + render(scene(RAIN, seed=4), RATE)
    assert np.allclose(both, apart), "a source that is taken out changes no other"


def test_what_comes_later_is_the_same_in_a_longer_scene():
    short, long = render(scene(STEPS, RAIN), RATE, 2.0), render(scene(STEPS, RAIN), RATE, 3.0)
    assert np.allclose(short, long[:, : 2 * RATE])


def test_events_happen_as_often_as_their_chance():
    (one,) = placed(scene({**STEPS, "chance": 0.3}, seconds=3000))
    found = list(event_times(one, 1))
    everything = placed(scene(STEPS, seconds=3000))
    times = dict(event_times(next(everything), 1))
    assert 0.26 < len(found) / len(times) < 0.34
    gaps = np.diff([at for _, at in sorted(times.items())])
    assert 0.2 <= gaps.min() and gaps.max() <= 0.4


def test_a_texture_never_repeats_and_keeps_its_level():
    x = render(scene(RAIN, seconds=40), RATE)[0]
    a, b = x[RATE : 11 * RATE], x[21 * RATE : 31 * RATE]
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.05
    levels = [10 * np.log10(np.mean(part**2)) for part in np.array_split(x, 40)]
    assert np.ptp(levels[1:-1]) < 2.5


def test_pieces_are_faded_with_equal_power():
    rng = np.random.default_rng(0)
    stream = Endless(lambda k: rng.standard_normal(3000), 2000, 1000)
    x = stream.read(2000 * 200)
    folded = np.square(x).reshape(200, 20, 100).mean(axis=(0, 2))
    assert np.allclose(folded, 1, atol=0.05)
    first = Endless(lambda k: np.arange(3000.0) + 10_000 * k, 2000, 1000)
    assert np.array_equal(np.concatenate([first.read(n) for n in (1, 499, 1500)]), np.arange(2000))


def test_from_and_to_are_kept_and_faded():
    x = render(scene({**RAIN, "from": 1, "to": 2}), RATE)
    assert not x[:, : RATE - 1].any() and np.abs(x[:, 2 * RATE + 100 :]).max() < 1e-9
    assert np.abs(x[:, RATE + 50]).max() < 0.02 < np.std(x[:, int(1.4 * RATE) : int(1.6 * RATE)])
    gains = _faded(0, 100, 100, 20)
    assert gains[0] < 0.01 and np.allclose(gains, gains[::-1]) and gains[50] == 1


def test_what_has_ended_far_away_is_heard_to_its_end():
    x = render(scene({**RAIN, "to": 1, "place": [0, 103], "level": 40}), RATE)[0]
    late = RATE + round(0.3 * RATE)  # what it made at its end arrives 0.3 s later
    before, after = x[RATE : late - 800], x[late + 10 :]
    assert np.std(before) > 0.01 and np.abs(after).max() < 1e-4
    fading = [np.std(part) for part in np.split(x[late - 1600 : late], 4)]
    assert fading[0] > 2 * fading[2] > 4 * fading[3], "no cut"


def test_a_file_that_was_changed_is_read_anew(tmp_path):
    source = {"name": "a", "file": "a.wav", "times": [0.1]}
    data = {"seconds": 1, "fade": 0, "layer": [{"name": "l", "source": [source]}]}
    heard = []
    for size in (0.1, 0.4):
        audio.write(tmp_path / "a.wav", np.full(800, size), RATE)
        os.utime(tmp_path / "a.wav", ns=(0, int(1e9 * size)))
        heard.append(np.abs(render(scene_from(data, folder=tmp_path), RATE)).max())
    assert heard[1] == pytest.approx(4 * heard[0], rel=0.01)


def test_grains_longer_than_the_file_are_told_with_their_place(tmp_path):
    audio.write(tmp_path / "a.wav", np.full(800, 0.1), RATE)
    source = {"name": "g", "file": "a.wav", "grains": 0.2}
    whole = scene_from({"layer": [{"name": "l", "source": [source]}]}, folder=tmp_path)
    with pytest.raises(ValueError, match="l > g: grains are .*0.10 s; got 0.2 s"):
        render(whole, RATE, 1.0)


def test_a_room_adds_what_dies_away():
    dry, wet = (render(scene(drip(), **more), RATE) for more in ({}, {"room": {"size": [9, 7, 4]}}))
    late = slice(int(0.8 * RATE), int(1.2 * RATE))
    assert not np.abs(dry[:, late]).max() > 1e-6 < np.abs(wet[:, late]).max()
    left, right = (wet - dry)[:, late]
    assert abs(np.corrcoef(left, right)[0, 1]) < 0.3, "from all sides"


def test_files_are_events_loops_or_grains(tmp_path):
    t = np.arange(2 * RATE) / RATE
    audio.write(tmp_path / "a.wav", 0.3 * np.sin(2 * np.pi * 300 * t), RATE)
    audio.write(tmp_path / "b.wav", 0.3 * np.sin(2 * np.pi * 700 * t)[:800], RATE)
    taken = {"name": "takes", "file": ["a.wav", "b.wav"], "every": 0.5}
    for source in (
        taken,
        {"name": "loop", "file": "a.wav"},
        {"name": "g", "file": "a.wav", "grains": 0.1},
    ):
        data = {"seconds": 3, "layer": [{"name": "l", "source": [source]}]}
        x = render(scene_from(data, folder=tmp_path), RATE)
        assert np.std(x[0, 2 * RATE :]) > 0.01
        spectrum = np.abs(np.fft.rfft(x[0]))
        assert abs(np.argmax(spectrum) / 3 - 300) < 12


def test_the_memory_stays_the_same_however_long_the_scene_is():
    def peak(seconds):
        tracemalloc.start()
        for _ in render_blocks(scene(RAIN, STEPS, seconds=seconds), RATE):
            pass
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(1)  # what is kept for all scenes
    assert peak(90) < 1.2 * peak(30)


# ---------------------------------------------------------------- storing


@pytest.mark.parametrize("length", [9, 80])
def test_nothing_passes_the_ceiling_and_what_is_below_stays(length):
    rng = np.random.default_rng(1)
    x = 0.3 * rng.standard_normal((2, 4000))
    x[0, 1500], x[1, 3999] = 3.0, -2.0
    ceiling = Ceiling(RATE, 0.9, length / RATE)
    parts = [ceiling.hold(part) for part in np.split(x, [7, 1490, 1505], axis=1)]
    y = np.concatenate([*parts, ceiling.rest()], axis=1)[:, ceiling.late :]
    assert y.shape == x.shape and np.abs(y).max() <= 0.9 + 1e-12
    far = np.abs(x).max(axis=0) > 0.9
    near = np.convolve(far, np.ones(2 * length + 1), "same") > 0
    assert np.allclose(y[:, ~near], x[:, ~near], atol=1e-12)
    assert ceiling.turned > 0 and np.isclose(abs(y[0, 1500]), 0.9, atol=1e-6)


def test_block_by_block_the_ceiling_is_the_limiter_of_a_whole_sound():
    x = 0.6 * np.random.default_rng(2).standard_normal((2, 3000))
    ceiling = Ceiling(RATE, 0.9, 40 / RATE)
    y = np.concatenate([ceiling.hold(x[:, :1100]), ceiling.hold(x[:, 1100:]), ceiling.rest()], 1)
    whole = audio.limit(x, RATE, 20 * np.log10(0.9), ceiling.late / RATE, 0, between=False)
    assert np.abs(x).max() > 1.5 and np.allclose(y[:, ceiling.late :], whole, atol=1e-12)


@pytest.mark.parametrize("ending", ["wav", "flac", "ogg"])
def test_a_file_has_its_loudness_and_its_length(tmp_path, ending):
    wanted = scene(RAIN, drip(level=14), seconds=4, loudness=-18)
    told = []
    stored = store(wanted, tmp_path / f"x.{ending}", RATE, progress=told.append)
    x, rate = audio.read(stored.path, channels="keep")
    assert (x.shape, rate) == ((2, 4 * RATE), RATE) and told[-1] == pytest.approx(1)
    assert audio.loudness(x, RATE) == pytest.approx(-18, abs=0.1)
    assert stored.loudness == pytest.approx(-18, abs=0.05) and stored.turned_down > 0
    if ending != "ogg":
        assert np.abs(x).max() <= 10 ** (-1 / 20) + 1e-4
    assert [path.name for path in tmp_path.iterdir()] == [f"x.{ending}"]


def test_silence_and_other_endings_are_refused_and_leave_nothing(tmp_path):
    with pytest.raises(ValueError, match="nothing is to be heard"):
        store(scene(drip(times=[2.9], level=-120)), tmp_path / "x.wav", RATE)
    with pytest.raises(audio.AudioFileError, match="endings are"):
        store(scene(RAIN), tmp_path / "x.mp3", RATE)
    assert not list(tmp_path.iterdir())


# ---------------------------------------------------------------- files that are wrong

FILE = """\
title = "t"
seconds = 5

[[layer]]
name = "garden"
  [[layer.source]]
  name = "rain"
  sound = "rain"
  with = { intensity = 4 }
  [[layer.source]]
  name = "steps"
  sound = "footstep"
  every = [0.5, 0.6]
  path = [[0, -2, 1], [4, 2, 1]]
"""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("seconds = 5", "seconds = ", "line 2"),
        ("seconds = 5", "seconds = -5", "seconds is a number from 0.5"),
        ("seconds = 5", "second = 5", "there is no 'second'.*did you mean 'seconds'"),
        ("seconds = 5", "seconds = nan", "seconds is a number"),
        ("seconds = 5", "room = { size = [4, 4] }", "room: size is a list of 3 numbers"),
        ("seconds = 5", "room = { level = 3 }", "room: size is needed"),
        ("seconds = 5", "seed = 1.5", "seed is a whole number"),
        ('name = "garden"', "level = 3", "layer 1: name is a text"),
        ('name = "rain"', "", 'layer 1 "garden": source 1: name is a text'),
        ("intensity", "inten5ity", 'source 1 "rain": with: rain has no .*did you mean'),
        ("seconds = 5", f"seconds = {10**400}", "seconds is a number"),
        ("intensity = 4", f"intensity = {10**400}", "intensity lies"),
        ("intensity = 4", "intensity = 4000", 'source 1 "rain": with: intensity lies'),
        ('sound = "rain"', 'sound = "rains"', 'source 1 "rain": sound: there is no effect'),
        ('sound = "rain"', 'sound = "rain"\n  file = "a.wav"', "either sound"),
        ('sound = "rain"', 'sound = "rain"\n  times = [1]', "rain goes on"),
        ('sound = "rain"', 'sound = "rain"\n  around = 1', "around is true or false"),
        ('sound = "rain"', 'sound = "rain"\n  around = true\n  place = [1, 1]', "around is for"),
        ('sound = "rain"', 'sound = "rain"\n  place = [1, 900]', "place is a list of 2 numbers"),
        ('sound = "rain"', 'sound = "rain"\n  from = 3\n  to = 2', "ends at 2 s"),
        ('sound = "rain"', 'sound = "rain"\n  grains = 0.1', "grains are made of a file"),
        ('sound = "rain"\n  with = { intensity = 4 }', 'file = "none.wav"', "there is no file"),
        ('sound = "rain"\n', 'file = "none.wav"\n', "there is no file"),
        ("every = [0.5, 0.6]", "", 'source 2 "steps": footstep is an event: say when'),
        ("every = [0.5, 0.6]", "every = [0.6, 0.5]", "shorter time first"),
        ("every = [0.5, 0.6]", "every = 0.001", "every is a number from 0.02"),
        ("every = [0.5, 0.6]", "every = [1, 2]\n  times = [3]", "either every or times"),
        ("[4, 2, 1]]", "[4, 2]]", "row 2 of path has 3 numbers"),
        ("[4, 2, 1]]", "[0, 2, 1]]", "row 2 of path comes at 0 s"),
        ("[4, 2, 1]]", "[4, 900, 1]]", "farther away than 200 m"),
        ('name = "steps"', 'name = "rain"', "layer 1 \"garden\": two sources are called 'rain'"),
        (
            "[[layer]]\n",
            '[[layer]]\nname = "garden"\n[[layer]]\n',
            "two layers are called 'garden'",
        ),
        ("[[layer]]", "[[layers]]", "there is no 'layers'"),
        ("[[layer]]\n", "[layer]\n", "layer is a list of tables|line"),
    ],
)
def test_a_broken_file_gets_one_line_that_names_the_place(tmp_path, capsys, old, new, told):
    path = tmp_path / "s.toml"
    assert old in FILE
    path.write_text(FILE.replace(old, new, 1))
    assert main(["soundscape", str(path), "--check"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "s.toml" in said and re.search(told, said), said


def test_a_whole_file_passes_and_json_is_as_good(tmp_path, capsys):
    (tmp_path / "s.toml").write_text(FILE)
    assert main(["soundscape", str(tmp_path / "s.toml"), "--check"]) == 0
    steps = {**STEPS, "path": [[0, -2, 1], [4, 2, 1]], "every": [0.5, 0.6]}
    rain = {**RAIN, "with": {"intensity": 4}}
    data = {"title": "t", "seconds": 5, "layer": [{"name": "garden", "source": [rain, steps]}]}
    (tmp_path / "s.json").write_text(json.dumps(data))
    assert read_scene(tmp_path / "s.json") == read_scene(tmp_path / "s.toml")
    (tmp_path / "s.json").write_text('{"seconds": 5,}')
    with pytest.raises(SceneError, match="line 1 column"):
        read_scene(tmp_path / "s.json")


def test_a_mark_at_the_beginning_and_other_line_ends_do_no_harm(tmp_path):
    (tmp_path / "s.toml").write_bytes(("\ufeff" + FILE.replace("\n", "\r\n")).encode())
    assert read_scene(tmp_path / "s.toml").title == "t"


def test_what_is_off_is_not_there_and_an_empty_scene_is_none():
    data = {"layer": [{"name": "a", "source": [{**RAIN, "off": True}]}]}
    with pytest.raises(SceneError, match="no source"):
        scene_from(data)
    deep = {"name": "x", "source": [RAIN]}
    for _ in range(9):
        deep = {"name": "y", "layer": [deep]}
    with pytest.raises(SceneError, match="deep at most"):
        scene_from({"layer": [deep]})


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    for name, told in (("none.toml", "cannot be read"), ("x.txt", "ends in .toml")):
        with pytest.raises(SceneError, match=told):
            read_scene(tmp_path / name)
    (tmp_path / "list.json").write_text("[1]")
    with pytest.raises(SceneError, match="not a list"):
        read_scene(tmp_path / "list.json")


# ---------------------------------------------------------------- what ships, and the command


@pytest.mark.parametrize(
    "path", sorted((data_dir() / "scenes").glob("*.toml")), ids=lambda p: p.stem
)
def test_a_shipped_scene_is_heard(path):
    x = render(read_scene(path), RATE, 6.0)
    assert np.isfinite(x).all() and all(np.std(ear) > 1e-3 for ear in x)
    assert abs(10 * np.log10(np.mean(x[0] ** 2) / np.mean(x[1] ** 2))) < 12


def test_the_command_writes_a_scene_of_so_many_minutes(tmp_path, capsys):
    out = tmp_path / "in" / "x.flac"
    line = f"soundscape hall --out {out} --minutes 0.1 --rate 8000 --loudness -30 --seed 2"
    assert main(line.split()) == 0
    x, rate = audio.read(out, channels="keep")
    assert x.shape == (2, 6 * 8000) and audio.loudness(x, rate) == pytest.approx(-30, abs=0.1)
    assert "6 s, -30.0 LUFS" in capsys.readouterr().out
    for wrong in ("", "--check --minutes 0", "--check --loudness 3", "--check --loudness nan"):
        assert main(["soundscape", "hall", *wrong.split()]) == 2
    capsys.readouterr()
    assert main(["soundscape", "hal", "--check"]) == 2
    assert "brook, brushes, hall, tent: did you mean 'hall'?" in capsys.readouterr().err


def test_a_loudness_that_peaks_forbid_is_told(tmp_path, capsys):
    (tmp_path / "s.toml").write_text(
        'seconds = 2\nloudness = -8\n[[layer]]\nname = "l"\n[[layer.source]]\nname = "d"\n'
        'sound = "drip"\nevery = 0.4\n'
    )
    assert main(["soundscape", str(tmp_path / "s.toml"), "--out", str(tmp_path / "s.wav")]) == 0
    assert "no way to -8 LUFS" in capsys.readouterr().out
    (tmp_path / "s.wav").write_bytes(b"mine")
    assert main(["soundscape", str(tmp_path / "s.toml"), "--out", str(tmp_path / "s.wav")]) == 2
    assert "--replace" in capsys.readouterr().err
    assert (tmp_path / "s.wav").read_bytes() == b"mine"
