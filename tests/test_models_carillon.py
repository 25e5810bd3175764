"""Eight bells: what is struck, counted and heard."""

import math

import numpy as np
import pytest
import torch

from aigc_edu.models import carillon
from aigc_edu.models.carillon import BELLS, NOTES, RATE, Bellringer, Listener, hear, places, ring


def test_real_strikes_hit_all_bells_equally_often():
    torch.manual_seed(0)
    heard = hear(carillon.strike(8000))
    assert heard.bells == BELLS and heard.in_tune > 0.998
    assert torch.allclose(heard.shares, torch.full((BELLS,), 1 / BELLS), atol=0.02)


def test_only_what_is_near_a_bell_counts():
    middle, between = torch.zeros(1, 2), (places()[:1] + places()[1:2]) / 2
    assert hear(torch.cat([middle, between])).in_tune == 0
    reach = 4 * carillon.SPREAD
    for far, share in ((0.99, 1.0), (1.01, 0.0)):
        assert hear(places() * (1 + far * reach)).in_tune == share
    few = torch.cat([places()[3:4].repeat(99, 1), places()[5:6]])
    assert hear(few).bells == 1, "1 % of the strikes is too little"
    assert hear(few).shares[3] == pytest.approx(0.99)


def strongest(x: np.ndarray) -> float:
    """Return the frequency of the strongest partial in Hz, to the nearest of the FFT's bins."""
    return float(np.argmax(np.abs(np.fft.rfft(x)))) * RATE / len(x)


@pytest.mark.parametrize("bell", range(BELLS))
def test_each_bell_has_its_note(bell):
    x = ring(places()[bell : bell + 1])[:4096]
    pitch = strongest(x)
    wanted = carillon.LOWEST * 2 ** (NOTES[bell] / 12)
    assert pitch == pytest.approx(wanted, abs=RATE / 4096)


def test_between_two_bells_it_is_out_of_tune_and_near_the_middle_soft():
    angle = 2 * math.pi * 1.5 / BELLS
    x = ring(torch.tensor([[math.cos(angle), math.sin(angle)]]))[:4096]
    pitch = strongest(x)
    assert pitch == pytest.approx(carillon.LOWEST * 2 ** (3 / 12), abs=RATE / 4096)
    loud, soft = (np.abs(ring(r * places()[:1])).max() for r in (1.0, 0.1))
    assert soft < 0.1 * loud * 1.01


def test_the_loudest_tune_stays_within_full_scale():
    x = ring(10 * places()[:1].repeat(40, 1))
    assert len(x) == 40 * 3200 + 8000 and 0.2 < np.abs(x).max() < 1
    assert abs(x[-1]) < 0.02


def test_the_players_have_the_shapes_they_say():
    assert Bellringer()(torch.zeros(5, 2)).shape == (5, 2)
    assert Listener()(torch.zeros(5, 2)).shape == (5,)
    assert sum(p.numel() for p in Bellringer().parameters()) == 4482
