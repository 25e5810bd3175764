"""Envelopes, restyled spectrograms, melodies written down, and a narrow autoencoder of notes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from aigc_edu import corpora, dsp
from aigc_edu.corpora.recipes.playing import instrument_player
from aigc_edu.corpora.recipes.tunes import make
from aigc_edu.dsp.cepstrum import mean_envelope, real_cepstrum, spectral_envelope, with_envelope
from aigc_edu.errors import InvalidValueError
from aigc_edu.evaluation.notes import cents_off
from aigc_edu.evaluation.transcribing import transcribe
from aigc_edu.evaluation.tunes import notes_right
from aigc_edu.models.flowmatching import FlowMatching, FlowMatchingConfig
from aigc_edu.models.spectral_style import (
    StyleSettings,
    features,
    gram,
    log_image,
    random_filters,
    restyled,
)
from aigc_edu.models.timbre import (
    TimbreAutoencoder,
    TimbreConfig,
    converted,
    frames_of,
    leak_of,
    timbre_batches,
)
from aigc_edu.music import Score, perform

RATE = 16_000

# ---------------------------------------------------------------- the cepstrum


def pulses(period, filtered, count=8192):
    """Return a row of pulses through a filter: a source, and what is made of it."""
    x = np.zeros(count)
    x[::period] = 1
    return dsp.filter_signal(*filtered, x)


def test_the_cepstrum_of_a_row_of_pulses_has_a_peak_at_its_period():
    x = pulses(100, dsp.resonator(800, 200, RATE))
    magnitude = np.abs(np.fft.rfft(x[1000:5096] * np.hanning(4096)))
    cepstrum = real_cepstrum(magnitude)
    assert 60 + int(np.argmax(cepstrum[60:200])) == 100
    assert len(cepstrum) == 4096 and np.allclose(
        np.fft.rfft(cepstrum).real, np.log(np.maximum(magnitude, 1e-5 * magnitude.max()))
    )


def test_an_envelope_is_smooth_and_does_not_change_what_is_smooth():
    k = np.arange(513)
    smooth = np.exp(1 + 0.5 * np.cos(np.pi * k / 512) - 0.3 * np.cos(3 * np.pi * k / 512))
    assert np.allclose(spectral_envelope(smooth, 5, 0), smooth)
    assert np.allclose(spectral_envelope(smooth, 5, 9), smooth)
    assert not np.allclose(spectral_envelope(smooth, 3, 0), smooth), "its third term is cut off"
    both = spectral_envelope(np.stack([smooth, 2 * smooth], axis=1), 5, 4)
    assert np.allclose(both[:, 1], 2 * both[:, 0])


def test_with_rounds_it_rests_on_the_peaks():
    """The filter's own response, where harmonics sound it out: at 200 Hz, and at 800 Hz."""
    filtered = dsp.resonator(1500, 400, RATE)
    off = {}
    for period in (80, 20):
        x = pulses(period, filtered)
        magnitude = np.abs(np.fft.rfft(x[2000:3024] * np.hanning(1024)))
        peaks = np.arange(1, 3) * 1024 // period
        for rounds in (0, 20):
            curve = spectral_envelope(magnitude, 16, rounds)
            off[period, rounds] = np.abs(20 * np.log10(curve[peaks] / magnitude[peaks])).mean()
    for period in (80, 20):
        assert off[period, 20] < off[period, 0] / 2, off


def test_another_envelope_keeps_pitch_and_loudness():
    play = {name: instrument_player(name) for name in ("organ", "reed")}
    x, like = (play[name](60, 0.8, 0.8) for name in play)
    envelope = mean_envelope(like, 1024, 256, 24)
    y = with_envelope(x, envelope, 256, 24)
    assert len(y) == len(x) and abs(cents_off([y], [60], RATE)[0]) < 15
    assert np.sqrt(np.mean(y**2)) == pytest.approx(np.sqrt(np.mean(x**2)), rel=0.05)
    assert np.allclose(with_envelope(x, envelope, 256, 24, amount=0), x, atol=1e-6)

    def far(a, b):
        return np.abs(
            np.log(mean_envelope(a, 1024, 256, 24) / mean_envelope(b, 1024, 256, 24))
        ).mean()

    assert far(y, like) < 0.7 * far(x, like)
    assert np.allclose(mean_envelope(x, 1024, 256, 24), mean_envelope(0.1 * x, 1024, 256, 24))


def test_what_has_no_envelope_is_refused():
    for call, says in (
        (lambda: spectral_envelope(np.ones(9), 9), "keep lies from 1 to 8"),
        (lambda: spectral_envelope(-np.ones(9), 2), "not negative"),
        (lambda: spectral_envelope(np.full(9, np.nan), 2), "finite"),
        (lambda: mean_envelope(np.zeros(4000), 512, 128, 20), "silent"),
        (lambda: with_envelope(np.ones(4000), np.zeros(257), 128, 20), "above 0"),
    ):
        with pytest.raises(InvalidValueError, match=says):
            call()


# ---------------------------------------------------------------- writing a melody down


@pytest.mark.parametrize("name", ["guitar", "organ", "keyboard"])
def test_a_melody_is_written_down(name):
    tune = make("march-0007").cut(0, 2)
    line = Score(tune.voice(0), tune.bar, tune.tempo)
    heard = transcribe(perform(line, [instrument_player(name)], RATE), RATE)
    played = [(e.start * line.step_seconds, e.pitch) for e in line.events]
    assert notes_right([(n.start, n.pitch) for n in heard], played)[2] > 0.9
    assert all(a.stop <= b.start + 1e-9 for a, b in zip(heard, heard[1:], strict=False))


def test_the_same_note_twice_is_two_notes_and_silence_is_none():
    one = instrument_player("guitar")(64, 0.4, 0.8)[:6400]
    heard = transcribe(np.concatenate([one, one, np.zeros(4000)]), RATE)
    assert [n.pitch for n in heard] == [64, 64]
    assert heard[1].start == pytest.approx(0.4, abs=0.05)
    assert transcribe(np.zeros(RATE), RATE) == []
    with pytest.raises(InvalidValueError, match="samples or more"):
        transcribe(np.ones(100), RATE)


# ---------------------------------------------------------------- a spectrogram, optimised


def test_the_gram_matrix_forgets_when():
    seen = torch.rand(5, 40)
    assert torch.allclose(gram(seen), gram(seen[:, torch.randperm(40)]), atol=1e-6)
    assert torch.allclose(gram(seen)[1, 2], (seen[1] * seen[2]).mean())
    filters = random_filters(StyleSettings(filters=7, width=3))
    assert filters.shape == (7, 513, 3)
    image = torch.rand(513, 10)
    assert features(image, filters).shape == (7, 8) and features(image, filters).min() >= 0


def test_style_costs_less_after_each_stretch_and_content_is_kept_without_it():
    x = instrument_player("flute")(67, 0.3, 0.8)
    other = instrument_player("reed")(60, 0.3, 0.8)
    few = StyleSettings(filters=32, width=3, steps=12)
    y, costs = restyled(x, other, few)
    assert len(y) == len(x) and np.abs(y).max() <= 1
    assert costs[-1][1] < costs[0][1] and costs[0][0] == 0
    assert np.sqrt(np.mean(y**2)) == pytest.approx(np.sqrt(np.mean(x**2)), rel=0.1)
    same, costs = restyled(x, other, StyleSettings(filters=32, width=3, steps=3, style=0.0))
    assert costs[-1][0] == 0 and abs(cents_off([same], [67], RATE)[0]) < 20
    for wrong in (np.zeros(9000), np.ones(50)):
        with pytest.raises(InvalidValueError, match="not silent"):
            restyled(x, wrong, few)
    assert log_image(x).shape[0] == 513


# ---------------------------------------------------------------- a narrow code


@pytest.fixture(scope="module")
def flow():
    torch.manual_seed(0)
    return FlowMatching(FlowMatchingConfig.tiny()).eval()


def test_frames_come_back_by_code_family_and_pitch(flow):
    notes = [c.samples for c in corpora.load("notes")[:6:2]]
    frames = frames_of(flow, notes)
    assert frames.shape == (3, 64, 64)
    assert torch.allclose(frames, frames_of(flow, [0.2 * x for x in notes]), atol=0.02)
    model = TimbreAutoencoder(TimbreConfig(code=3))
    codes = model.encode(frames)
    assert codes.shape == (3, 3, 8)
    family, pitch = torch.tensor([0, 1, 2]), torch.tensor([40, 50, 60])
    assert model(frames, family, pitch).shape == frames.shape
    assert not torch.equal(
        model.decode(codes, family, pitch), model.decode(codes, family + 1, pitch)
    )
    for wrong, says in (
        (lambda: model.encode(frames[..., :5]), "multiple of 8"),
        (lambda: model.decode(codes, family, pitch + 50), "pitches go from 28 to 88"),
        (lambda: TimbreConfig(code=0), "1 or more"),
    ):
        with pytest.raises(InvalidValueError, match=says):
            wrong()


def test_it_learns_a_little_and_its_batches_are_of_their_steps():
    torch.manual_seed(0)
    frames, family, pitch = torch.randn(8, 64, 64), torch.arange(8), torch.arange(40, 48)
    batch = timbre_batches(frames, family, pitch, 4, seed=1)
    assert all(torch.equal(a, b) for a, b in zip(batch(3), batch(3), strict=True))
    assert not torch.equal(batch(3)[0], batch(4)[0])
    model = TimbreAutoencoder(TimbreConfig(code=2, channels=16))
    adam = torch.optim.Adam(model.parameters(), lr=1e-2)
    before = model.loss(*batch(0)).item()
    for step in range(20):
        adam.zero_grad()
        model.loss(*batch(step)).backward()
        adam.step()
    assert model.loss(*batch(0)).item() < before


def test_a_code_that_says_who_plays_leaks():
    torch.manual_seed(0)
    family = torch.arange(60) % 3
    silent = torch.randn(60, 2, 4)
    telling = silent + 5 * torch.nn.functional.one_hot(family, 3).float()[:, :2, None]
    assert leak_of(telling[:40], family[:40], telling[40:], family[40:]) > 0.95
    assert leak_of(silent[:40], family[:40], silent[40:], family[40:]) < 0.7


def test_a_converted_note_is_as_long_and_as_loud(flow):
    notes = [0.3 * np.sin(np.arange(9000) / 9), 0.1 * np.sin(np.arange(20_000) / 12)]
    model = TimbreAutoencoder().eval()
    made = converted(model, flow, notes, [3, 4], [60, 55])
    assert [len(y) for y in made] == [9000, 16_384]
    for x, y in zip(notes, made, strict=True):
        assert np.abs(y).max() == pytest.approx(np.abs(x).max(), rel=1e-3)
