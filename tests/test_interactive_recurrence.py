"""The figures of a fading memory, of gates, of heads and of tunes against networks themselves."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from aigc_edu.errors import InvalidValueError
from aigc_edu.nn import attention_weights, causal_mask, lstm_step
from aigc_edu.teaching import interactive, tunes
from aigc_edu.teaching.interactive import FIGURES
from aigc_edu.teaching.interactive.attending import TUNE, attending_over, sounding
from aigc_edu.teaching.interactive.continuing import continuing_from, grade
from aigc_edu.teaching.interactive.gates import gates_over, held
from aigc_edu.teaching.interactive.memory import gradient, speech

# ---------------------------------------------------------------- a memory that fades


@pytest.mark.parametrize("bend", [True, False])
@pytest.mark.parametrize("weight", [0.9, 1.0, 1.1])
def test_the_gradient_is_autograds(bend, weight):
    levels = np.random.default_rng(0).random(30)
    x = torch.tensor(levels, requires_grad=True)
    h = torch.zeros((), dtype=torch.float64)
    for value in x:
        h = weight * h + value  # the drive is in the derivative by drive * level
        h = torch.tanh(h) if bend else h
    h.backward()
    assert np.allclose(gradient(levels, weight, 1.0, bend), x.grad.numpy(), rtol=1e-9)


def test_three_words_are_said_and_a_strong_feedback_keeps_them_all():
    x, ends = speech()
    assert len(x) == 80 * ends[-1] and len(ends) == 3
    figure = FIGURES["memory"]
    left = figure.curves(**figure.settings(weight=1.0, cell="linear"))["words"]
    assert np.allclose(left, 0, atol=1e-9)
    gone = figure.curves(**figure.settings(weight=0.8, cell="linear"))["words"]
    assert gone[0] < gone[1] - 20 < gone[2] - 40


# ---------------------------------------------------------------- gates


def test_a_cell_holds_what_the_lstms_equations_say():
    torch.manual_seed(0)
    rows = torch.randn(12, 1, 4).double()  # i, f, g, o of one cell
    proposals = rows[:, 0, 2].clone().requires_grad_()
    states = (torch.zeros(1, 1).double(), torch.zeros(1, 1).double())
    forget, let_in = [], []
    for t in range(12):
        drive = torch.stack([rows[t, 0, 0], rows[t, 0, 1], proposals[t], rows[t, 0, 3]])[None]
        states, gates = lstm_step(drive, torch.zeros(1, 4).double(), states)
        forget.append(float(gates["forget"].detach()))
        let_in.append(float(gates["input"].detach()))
    states[1].sum().backward()
    slope = (1 - torch.tanh(proposals.detach()) ** 2).numpy()  # of g by its row
    assert np.allclose(held(np.array(forget), np.array(let_in)) * slope, proposals.grad.numpy())


def test_a_closed_gate_wipes_out_what_was_before_it():
    forget, let_in = np.ones((10, 1)), np.ones((10, 1))
    forget[6] = 0
    figure = gates_over(0.3 * np.ones(800), 8000, forget, let_in)
    share = figure.curves(cell=1, moment=10, heard="held")["share"]
    assert not share[:6].any() and np.allclose(share[6:], 1)
    assert not figure.samples(cell=1, moment=10, heard="held")[:440].any()
    assert figure.curves(cell=1, moment=6, heard="held")["share"][:6].all()
    with pytest.raises(InvalidValueError):
        gates_over(np.ones(800), 8000, 2 * forget, let_in)


# ---------------------------------------------------------------- heads over a tune


def test_heads_built_by_hand_are_causal_and_say_what_they_look_at():
    heads = interactive.built_heads()
    for weights in heads.values():
        assert np.allclose(weights.sum(axis=1), 1) and not np.triu(weights, 1).any()
    assert {name: int(w[20].argmax()) for name, w in heads.items() if name != "A"} == {
        "B": 19,
        "C": 12,
    }
    alike = sounding(np.array(TUNE)) == sounding(np.array(TUNE))[12]
    assert heads["A"][12][alike].sum() > 0.7


def test_the_picture_shows_the_weights_that_are_given():
    x = torch.randn(6, 4, generator=torch.Generator().manual_seed(0))
    weights = attention_weights(x, x, causal_mask(6)).numpy()
    figure = attending_over(TUNE[:7], {"one": weights})
    for query in range(6):
        seen = figure.curves(query=query, head=0, heard="looked")["weights"]
        assert np.allclose(seen[:6], weights[query], atol=0.5 / 255) and seen[6] == 0
    with pytest.raises(InvalidValueError):
        attending_over(TUNE[:5], {"one": weights})


# ---------------------------------------------------------------- tunes


def test_the_rules_bits_are_its_entropy_and_it_obeys_itself():
    rng = np.random.default_rng(0)
    drawn = [tunes.compose(rng) for _ in range(400)]
    codes = np.array([tune for tune, _ in drawn])
    assert grade(codes).all() and codes.min() >= 0 and codes.max() <= 15
    second = codes[:, 1]
    counted = np.mean([bits[1] for _, bits in drawn])
    assert 2.0 < counted < 2.5 and np.mean(second == tunes.HOLD) == pytest.approx(0.25, abs=0.07)
    assert all(bits[16] == 2 and not any(bits[17:]) and not any(bits[8:16]) for _, bits in drawn)


def test_a_tune_sounds_at_its_pitches_and_as_loud_as_asked():
    x = tunes.play([7, 15, 15, 15])
    spectrum = np.abs(np.fft.rfft(x * np.hanning(len(x))))
    loudest = np.fft.rfftfreq(len(x), 1 / tunes.RATE)[spectrum.argmax()]
    assert loudest == pytest.approx(523.25, abs=2)
    soft = tunes.play([7, 9, 7], [0.5, 0, 0.5])
    assert np.allclose(soft, 0.5 * tunes.play([7, 9, 7], [1, 0, 1])) and soft.any()


def test_the_shares_are_those_of_all_tunes():
    rng = np.random.default_rng(0)
    rows = np.array([tunes.compose(rng)[0] for _ in range(10)])
    rows[:4, 9] = 3
    figure = continuing_from({1.0: rows})
    assert np.allclose(figure.curves(temperature=1.0, tune=0)["shares"], grade(rows).mean(axis=0))
    with pytest.raises(InvalidValueError):
        continuing_from({1.0: rows[:, :8]})
