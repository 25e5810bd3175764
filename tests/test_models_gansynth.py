"""The small GANSynth: images and back, pixel norm, the spread over the batch, generator, critic."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from aigc_edu import corpora
from aigc_edu.checkpoints import Trained
from aigc_edu.errors import InvalidValueError
from aigc_edu.evaluation.notes import cents_off
from aigc_edu.models.gansynth import (
    Critic,
    GANSynthConfig,
    Generator,
    between,
    draw_images,
    draw_latents,
    image_of,
    pixel_norm,
    play,
    sound_of,
    spread_over_batch,
)

CONFIG = GANSynthConfig(latent=4, lowest=60, pitches=5, channels=(8, 4), bands=128, frames=32)


@pytest.fixture(scope="module")
def notes():
    return [clip for clip in corpora.load("notes") if 48 <= clip.note.pitch <= 83][::150]


@pytest.fixture
def generator():
    torch.manual_seed(0)
    return Generator(CONFIG).eval()


def test_real_notes_keep_their_pitch_as_images(notes):
    images = [image_of(clip.samples, CONFIG) for clip in notes]
    assert all(im.shape == (2, 128, 32) and np.abs(im).max() <= 1 for im in images)
    back = [sound_of(image, CONFIG) for image in images]
    off = cents_off(back, [clip.note.pitch for clip in notes], 16000)
    assert np.abs(off).max() < 50
    power = [
        np.square(y).mean() / np.square(c.samples).mean() for c, y in zip(notes, back, strict=True)
    ]
    assert np.abs(10 * np.log10(power)).max() < 2  # dB


def test_silence_is_the_bottom_of_the_image_and_silent():
    image = image_of(np.zeros(100), CONFIG)
    assert (image[0] == -1).all() and (image[1] == 0).all()
    assert np.abs(sound_of(image, CONFIG)).max() < 1e-12


def test_a_sine_of_amplitude_1_is_at_the_top():
    image = image_of(np.sin(2 * np.pi * 1000 * np.arange(16384) / 16000), CONFIG)
    assert image[0].max() == 1 and (image[0, :, 10].max(), image[0, 0, 10]) == (1, -1)
    quiet = image_of(0.01 * np.sin(2 * np.pi * 1000 * np.arange(16384) / 16000), CONFIG)
    assert quiet[0, :, 10].max() == pytest.approx(-1 / 7, abs=0.06)  # -40 of -70 ... 0 dB


def test_pixel_norm_leaves_the_direction_alone():
    h = 5 * torch.randn(2, 6, 3, 4)
    normed = pixel_norm(h)
    torch.testing.assert_close(normed.square().mean(1), torch.ones(2, 3, 4))
    torch.testing.assert_close(pixel_norm(2 * h), normed)
    torch.testing.assert_close(torch.sign(normed), torch.sign(h))


def test_the_spread_tells_one_note_from_many():
    h = torch.randn(1, 3, 2, 2)
    assert spread_over_batch(h.expand(5, -1, -1, -1))[:, 3].max() < 1e-3
    assert spread_over_batch(torch.randn(5, 3, 2, 2))[:, 3].min() > 0.3


def test_the_generator_draws_images_and_hears_the_pitch_and_the_latent(generator):
    z, pitch = draw_latents(3, 4, 0), torch.tensor([60, 62, 64])
    image = generator(z, pitch)
    assert image.shape == (3, 2, 128, 32) and image.abs().max() <= 1
    torch.testing.assert_close(generator(7 * z, pitch), image, rtol=1e-3, atol=1e-4)
    assert (generator(z, pitch.flip(0)) - image)[0].abs().max() > 0.01
    assert (generator(z.flip(0), pitch) - image)[0].abs().max() > 0.01
    with pytest.raises(InvalidValueError, match="from 60 to 64"):
        generator(z, pitch + 3)


def test_the_critic_scores_and_names():
    score, names, timbre = Critic(CONFIG)(torch.randn(3, 2, 128, 32))
    assert score.shape == (3,) and names.shape == (3, 5) and timbre.shape == (3, 32)


def test_notes_are_played_alike_alone_and_together(generator):
    z = draw_latents(3, 4, 1)
    together = draw_images(generator, z, [60, 61, 62])
    alone = draw_images(generator, z[1], [61])
    np.testing.assert_allclose(alone[0], together[1], atol=1e-4)
    (note,) = play(Trained(generator, {}), z[0], [60])
    assert note.shape == (16384,) and np.abs(note).max() <= 1
    with pytest.raises(InvalidValueError, match="3 latents for 2"):
        draw_images(generator, z, [60, 61])


def test_between_goes_along_the_sphere():
    a, b = torch.tensor([2.0, 0.0]), torch.tensor([0.0, 3.0])
    for share, wanted in ((0, [1, 0]), (0.5, [0.5**0.5, 0.5**0.5]), (1, [0, 1])):
        torch.testing.assert_close(between(a, b, share), 2**0.5 * torch.tensor(wanted).float())
    torch.testing.assert_close(between(a, a, 0.3), torch.tensor([2**0.5, 0]))


def test_presets_and_bounds():
    assert GANSynthConfig.trained().length == 16384
    assert GANSynthConfig.paper().start == (16, 2)
    assert replace(GANSynthConfig.paper(), latent=1).length == 65536
    assert GANSynthConfig.tiny().start == (8, 2)
    for wrong in ({"bands": 101}, {"channels": ()}, {"quietest": 0.0}, {"latent": 0}):
        with pytest.raises(InvalidValueError):
            replace(CONFIG, **wrong)
