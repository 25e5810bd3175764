"""A recording restored and finished by one call, and by one command."""

from __future__ import annotations

import argparse
from dataclasses import asdict

import numpy as np
import pytest
import torch

from aigc_edu import audio, corpora, dsp
from aigc_edu.checkpoints import save_checkpoint
from aigc_edu.cli import main
from aigc_edu.dsp import Band
from aigc_edu.errors import InvalidValueError
from aigc_edu.evaluation.fidelity import si_sdr
from aigc_edu.kinds.enhancing import Chain, band, enhance, span
from aigc_edu.models.denoiser import Denoiser, DenoiserConfig

RATE = 16_000
PLAIN = Chain(clicks=False, highpass=0, denoise="none", ratio=1, lufs=-26)


@pytest.fixture(scope="module")
def speech():
    """A sentence of 2.4 s in the natural voice."""
    x = np.asarray(corpora.load("sentences")[3].samples, float)
    return 0.3 * x / np.abs(x).max()


def spoilt(x):
    """Return a recording with an offset, hum, clicks and hiss, and 0.4 s of them alone before."""
    x = np.r_[np.zeros(2 * RATE // 5), x]
    t = np.arange(len(x)) / RATE
    y = x + 0.05 + 0.05 * np.sin(2 * np.pi * 50 * t) + 0.03 * np.sin(2 * np.pi * 150 * t)
    y += 0.01 * np.random.default_rng(0).standard_normal(len(x))
    y[9000::1500] += 0.5
    return x, y


def test_a_spoilt_recording_comes_near_to_the_clean_one(speech):
    x, y = spoilt(speech)
    cut = dsp.equalise(x, RATE, [Band("highpass", 70)])  # what turns phases in both
    whole = {"noise": (0.0, 0.4), "ratio": 1, "lufs": -26}

    def near(**other):
        return si_sdr(cut, enhance(y, RATE, Chain(**(whole | other)))[0])

    assert near() > si_sdr(cut, y) + 14
    for name, off in {"clicks": False, "highpass": 0, "denoise": "none"}.items():
        assert near() > near(**{name: off}) + 0.2, name  # each part does its share
    hum_alone = {"clicks": False, "denoise": "none"}
    assert near(hum=50, **hum_alone) > near(**hum_alone) + 1


@pytest.mark.parametrize("lufs", [-24.0, -16.0])
def test_loudness_and_ceiling_are_those_asked_for(speech, lufs):
    chain = Chain(lufs=lufs, ceiling_db=-2, ratio=3, bands=(Band("peak", 3000, 4, 1),))
    for x in (speech, np.stack([speech, 0.5 * speech])):
        y, _ = enhance(x, RATE, chain)
        assert y.shape == x.shape and audio.peak_db(y) <= -2
        assert audio.loudness(y, RATE) == pytest.approx(lufs, abs=0.1)


def test_a_chain_of_nothing_changes_the_loudness_alone(speech):
    y, _ = enhance(speech + 0.1, RATE, PLAIN)
    assert si_sdr(speech - speech.mean(), y) > 25  # the limiter alone
    assert abs(y.mean()) < 1e-3 * np.abs(y).max()  # and no offset


def test_bands_and_rooms_are_heard(speech):
    dull, _ = enhance(speech, RATE, Chain(**{**vars(PLAIN), "bands": (Band("lowpass", 500),)}))
    X, Y = (np.abs(np.fft.rfft(x)) ** 2 for x in (speech, dull))
    high = np.fft.rfftfreq(len(speech), 1 / RATE) > 2000
    assert Y[high].sum() / Y.sum() < 0.01 * X[high].sum() / X.sum()
    wet, _ = enhance(speech, RATE, Chain(**{**vars(PLAIN), "wet": 0.5}))
    assert len(wet) > len(speech) + 0.3 * RATE and np.abs(wet[len(speech) :]).max() > 1e-4


def a_network(rate=RATE):
    torch.manual_seed(0)
    return Denoiser(DenoiserConfig(rate=rate, frame=64, width=4, layers=1)).eval()


def test_a_network_works_at_its_own_rate(speech):
    chain = Chain(denoise="network", clicks=False)
    y, rate = enhance(2.5 * speech, RATE, chain, a_network(8000))
    assert rate == 8000 and len(y) == len(speech) // 2
    with pytest.raises(InvalidValueError, match="asks for a network"):
        enhance(speech, RATE, chain)


# ---------------------------------------------------------------- the command


@pytest.fixture
def take(tmp_path, speech):
    return audio.write(tmp_path / "take.wav", spoilt(speech)[1], RATE)


def test_one_command_restores_a_users_file(take, tmp_path, capsys):
    out = tmp_path / "out" / "better.flac"
    more = "--noise 0:0.4 --hum 50 --band peak:3000:3:1 --band highshelf:5000:-2 --lufs -18"
    assert main(["enhance", str(take), str(out), *more.split()]) == 0
    y, rate = audio.read(out)
    assert rate == RATE and audio.loudness(y, rate) == pytest.approx(-18, abs=0.1)
    told = capsys.readouterr().out
    assert "-18.0 LUFS" in told and str(out) in told


def test_the_command_takes_a_network_from_a_file(take, tmp_path):
    model = a_network()
    weights = {f"model.{name}": tensor for name, tensor in model.state_dict().items()}
    told = {"kind": "denoiser", "config": asdict(model.config)}
    file = save_checkpoint(tmp_path / "it.safetensors", weights, told)
    command = ["enhance", str(take), str(tmp_path / "b.wav"), "--denoise", "network"]
    assert main([*command, "--checkpoint", str(file), "--keep-clicks", "--room", "0.2"]) == 0
    assert main([*command, "--checkpoint", str(tmp_path / "absent"), "--replace"]) == 2


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        ("--noise 0:40", "noise from 0 to 40 s is asked for; the sound has 2.76 s"),
        ("--denoise none --lufs -5 --ratio 1", "LUFS can be reached"),
        ("--band peak:9000:3:1", "half the rate"),
    ],
)
def test_what_does_not_fit_the_file_is_said_in_one_line(take, tmp_path, capsys, more, complaint):
    assert main(["enhance", str(take), str(tmp_path / "b.wav"), *more.split()]) == 2
    said = capsys.readouterr().err
    assert complaint in said and "take.wav" in said and said.count("\n") == 1
    assert not (tmp_path / "b.wav").exists()


def test_what_is_there_stays_unless_it_may_be_replaced(take, tmp_path, capsys):
    out = tmp_path / "notes.wav"
    out.write_bytes(b"mine")
    command = ["enhance", str(take), str(out), "--denoise", "none"]
    assert main(command) == 2 and out.read_bytes() == b"mine"
    assert "notes.wav: there is such a file already; give --replace" in capsys.readouterr().err
    assert main([*command, "--replace"]) == 0 and audio.read(out)[1] == RATE
    before = take.read_bytes()
    assert main(["enhance", str(take), str(take)]) == 2 and take.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "complaint"),
    [("b.txt", "endings are"), ("b.m4b", "writes no M4B"), ("b.opus", "no rate of 11025 Hz")],
)
def test_a_file_that_cannot_be_written_is_refused_before_the_work(
    tmp_path, monkeypatch, capsys, name, complaint
):
    monkeypatch.setattr("aigc_edu.kinds.enhancing.enhance", lambda *_: pytest.fail("it began"))
    file = audio.write(tmp_path / "in.wav", np.full(11_025, 0.1), 11_025)
    assert main(["enhance", str(file), str(tmp_path / name)]) == 2
    assert complaint in capsys.readouterr().err


def test_a_silent_or_a_short_file_is_refused(tmp_path, capsys):
    for x, complaint in ((np.zeros(RATE), "silent"), (np.ones(100), "too short")):
        file = audio.write(tmp_path / "in.wav", x, RATE)
        assert main(["enhance", str(file), str(tmp_path / "b.wav")]) == 2
        assert complaint in capsys.readouterr().err


def test_times_and_bands_are_read():
    assert span("0.5:2") == (0.5, 2.0)
    assert band("peak:3000:4:2") == Band("peak", 3000, 4, 2) and band("notch:50").gain_db == 0
    for text in ("1", "2:1", "a:b", "-1:2", "0:inf"):
        with pytest.raises(argparse.ArgumentTypeError, match="FROM:TO"):
            span(text)
    for text in ("peak", "bell:100", "peak:x", "peak:1:2:3:4", "notch:50:3", "peak:100:3:0"):
        with pytest.raises(argparse.ArgumentTypeError, match="SHAPE:HZ:DB:Q"):
            band(text)
    with pytest.raises(InvalidValueError, match="wiener, subtract"):
        Chain(denoise="magic")
