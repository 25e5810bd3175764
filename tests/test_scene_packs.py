"""Packs of effects and loops by command: as many takes as asked for, none twice, no click."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from aigc_edu import audio
from aigc_edu.audio.loops import THRESHOLD, click_level
from aigc_edu.cli import main
from aigc_edu.dsp import effects
from aigc_edu.paths import data_dir
from aigc_edu.scenes import SceneError, make_pack, read_pack
from aigc_edu.scenes.packs import take_of

PACK = """\
rate = 8000
seed = 3
[[sound]]
name = "step"
effect = "footstep"
takes = 3
with = { floor = "gravel" }
level = -3
[[sound]]
name = "drizzle"
effect = "rain"
with = { intensity = 1 }
seconds = 2
loop = true
"""


def test_a_pack_becomes_files_of_which_no_two_are_alike(tmp_path, capsys):
    (tmp_path / "p.toml").write_text(PACK)
    assert main(["effects", str(tmp_path / "p.toml"), "--out", str(tmp_path / "o")]) == 0
    files = sorted((tmp_path / "o").iterdir())
    names = ["drizzle-01.wav", "step-01.wav", "step-02.wav", "step-03.wav"]
    assert [file.name for file in files] == names
    assert capsys.readouterr().out.count("\n") == 4
    takes = [audio.read(file)[0] for file in files[1:]]
    for a, b in itertools.combinations(takes, 2):
        n = min(len(a), len(b))
        assert not np.allclose(a[:n], b[:n], atol=1e-3)
    loop, rate = audio.read(files[0])
    assert rate == 8000 and len(loop) >= 2 * rate and click_level(loop, 0, rate) < THRESHOLD
    before = files[2].read_bytes()
    again = ["effects", str(tmp_path / "p.toml"), "--out", str(tmp_path / "o")]
    files[0].write_bytes(b"mine")
    assert main(again) == 2 and "--replace" in capsys.readouterr().err
    assert files[0].read_bytes() == b"mine"
    assert main([*again, "--replace"]) == 0
    assert files[2].read_bytes() == before


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"footstep"', '"footstop"', 'sound 1 "step": effect: .*did you mean'),
        ('floor = "gravel"', 'floor = "lava"', 'sound 1 "step": with: floor is one of'),
        ("takes = 3", "takes = 0", "takes is 1 to 1,000"),
        ('name = "step"', 'name = "a step"', "name has small letters"),
        ('name = "step"', 'name = "drizzle"', "two sounds are called"),
        ("rate = 8000", "rate = 80", "rate is 8,000"),
        ("level = -3", "loop = true", "footstep is an event"),
        ("seconds = 2", "seconds = 0", "seconds is a number from 1"),
        ("seed = 3", "seeds = 3", "did you mean 'seed'"),
    ],
)
def test_a_broken_pack_gets_one_line(tmp_path, old, new, told):
    (tmp_path / "p.toml").write_text(PACK.replace(old, new, 1))
    with pytest.raises(SceneError, match=told):
        read_pack(tmp_path / "p.toml")
    (tmp_path / "e.toml").write_text("seed = 1")
    with pytest.raises(SceneError, match="no sound in it"):
        read_pack(tmp_path / "e.toml")


def test_a_take_that_is_too_loud_is_made_softer_and_not_cut_off(tmp_path):
    (tmp_path / "p.toml").write_text(PACK.split('[[sound]]\nname = "dr')[0].replace("-3", "4"))
    pack = read_pack(tmp_path / "p.toml")
    for number, (file, _) in enumerate(make_pack(pack, tmp_path / "o"), start=1):
        x, wanted = audio.read(file)[0], take_of(pack.sounds[0], pack, number)[0]
        assert np.count_nonzero(np.abs(x) > 0.9999) <= 1
        assert np.corrcoef(x, wanted)[0, 1] > 0.999999
    loud = replace(pack.sounds[0], level=12.0)
    (file, _), *_ = make_pack(replace(pack, sounds=(loud,)), tmp_path / "o")
    assert np.count_nonzero(np.abs(audio.read(file)[0]) > 0.9999) == 1


@pytest.mark.parametrize(
    "path", sorted((data_dir() / "packs").glob("*.toml")), ids=lambda p: p.stem
)
def test_a_shipped_pack_is_whole(path):
    assert all(sound.effect in effects.EFFECTS for sound in read_pack(path).sounds)


def test_the_list_has_every_effect_and_setting(capsys):
    assert main(["effects", "--list"]) == 0
    said = capsys.readouterr().out
    for name, one in effects.EFFECTS.items():
        assert f"\n{name}: " in f"\n{said}" and all(f"  {key} = " in said for key in one.parameters)
    assert main(["effects"]) == 2


def test_a_loop_is_cut_from_a_file(tmp_path, capsys):
    x = np.stack([effects.make("fire", s, 8000, 4.0) for s in (0, 1)])
    audio.write(tmp_path / "fire.wav", x, 8000)
    line = f"loop {tmp_path}/fire.wav --out {tmp_path}/l.wav --shortest 1 --longest 2"
    assert main(line.split()) == 0
    y, rate = audio.read(tmp_path / "l.wav", channels="keep")
    assert y.shape[0] == 2 and rate <= y.shape[1] <= 2 * rate
    assert click_level(y, 0, rate) <= THRESHOLD and "likeness" in capsys.readouterr().out
    assert main(line.replace("--shortest 1", "--shortest 9 --replace").split()) == 2
    capsys.readouterr()
    assert main(line.split()) == 2 and "l.wav: there is such a file" in capsys.readouterr().err


def test_a_loop_that_would_click_is_not_written(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("aigc_edu.scenes.commands.click_level", lambda *_: 33.0)
    audio.write(tmp_path / "x.wav", effects.make("fire", 0, 8000, 3.0), 8000)
    assert main(f"loop {tmp_path}/x.wav --out {tmp_path}/l.wav --shortest 1".split()) == 2
    assert "still clicks (33.0 dB" in capsys.readouterr().err
    assert not (tmp_path / "l.wav").exists()
