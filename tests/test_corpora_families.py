"""The sounds of the families are there, are heard, and show what the chapter says of them."""

import numpy as np
import pytest
import soundfile as sf
import torch

from aigc_edu.corpora import FAMILIES, FAMILY_RATE, CorpusError, family_sound
from aigc_edu.models.four_ways.taps import RATE, SIZE, examine, in_a_row, which_bar
from aigc_edu.paths import data_dir

BEAT = int(0.12 * RATE)


def taps(name):
    """Return the clips of a sound, (16, SIZE), and what is true of them."""
    rows = family_sound(name).reshape(-1, BEAT)[:, :SIZE]
    clips = torch.from_numpy(rows.copy()).float()
    return clips, examine(clips)


@pytest.mark.parametrize("name", FAMILIES)
def test_each_is_a_row_of_taps_that_is_heard(name):
    x = family_sound(name)
    assert len(x) == 16 * BEAT and np.abs(x).max() > 0.1
    assert sf.info(data_dir() / "families" / f"{name}.flac").samplerate == FAMILY_RATE == RATE
    assert np.allclose(in_a_row(taps(name)[0]), x)


def test_another_name_is_refused():
    with pytest.raises(CorpusError, match="diffusion, tokens"):
        family_sound("gan")


def test_what_the_chapter_says_of_them_is_so():
    found = {name: taps(name)[1] for name in FAMILIES}
    assert found["adversarial"].shares.max() > 0.6
    assert found["autoregressive"].jumps > found["instrument"].jumps
    assert found["flow"].tone < found["instrument"].tone - 2
    assert all(found[name].coverage > 3 for name in ("autoregressive", "variational", "diffusion"))


def test_tokens_alone_have_an_order():
    steps = {name: np.abs(np.diff(which_bar(taps(name)[0]))) for name in FAMILIES}
    assert steps["tokens"].mean() < steps["instrument"].mean()
    assert (steps["tokens"] == 1).mean() > 0.7


def test_tokens_are_a_few_stored_taps():
    clips, _ = taps("tokens")
    assert len({tuple(np.round(clip.numpy(), 3)) for clip in clips}) < 16
