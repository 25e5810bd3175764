"""Checks of the exercises of the chapter *WaveNet: the network*."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from aigc_edu.checks._compare import Mistakes, hint_for
from aigc_edu.checks._tensors import numbers
from aigc_edu.nn import receptive_field
from aigc_edu.teaching.exercises import exercise, written


@exercise("wavenet-gate")
def gate_fault(fault: Callable[[Tensor, Tensor], str]) -> str | None:
    """``fault(a, z)``: a, z (N,), no entry of a is 0; returns which fault the layer has."""
    trials = [(word, *_layer(word, seed)) for seed in (0, 1) for word in _FAULTS]
    # Filters that only propose positive values: there z is never negative, whatever the gate.
    trials += [(word, *_layer(word, 2, positive=True)) for word in _FAULTS]
    got = [written(fault(a.clone(), z.clone())) for _, a, z in trials]
    strange = sorted({str(word) for word in got} - set(_FAULTS))
    if strange:
        return f"the verdicts are {', '.join(map(repr, _FAULTS))}; {strange[0]!r} is none of them."
    wrong = [(right, said) for (right, *_), said in zip(trials, got, strict=True) if right != said]
    if not wrong:
        return None
    if len(set(got)) == 1:
        return "it is the same verdict for every layer: look at z / tanh(a)."
    return f"a layer with the fault {wrong[0][0]!r} is called {wrong[0][1]!r}: {_WHY[wrong[0]]}"


_FAULTS = ("none", "shared", "open", "no tanh")
_GATE_IS = {
    "none": "z / tanh(a) lies between 0 and 1 and is no function of a.",
    "shared": "z / tanh(a) is the logistic function of a, at every time. That z is never far "
    "below 0 is no proof: the filter may propose nothing negative.",
    "open": "z / tanh(a) is 1 at *every* time; near 1 at some times it is in a right layer, too.",
    "no tanh": "z / tanh(a) exceeds 1 somewhere, which no gate can; |z| may stay below 1 all the "
    "same.",
}
_WHY = {
    (right, said): _GATE_IS[right if said == "none" else said if right == "none" else right]
    for right in _FAULTS
    for said in _FAULTS
}


def _layer(word: str, seed: int, positive: bool = False) -> tuple[Tensor, Tensor]:
    """Return a and z, (500,) each, of a layer with a fault; a gate hears more than a."""
    random = torch.Generator().manual_seed(seed)
    a, b = (1.2 * torch.randn(2, 500, generator=random)).double()
    a = a.abs().clamp(min=0.01) if positive else torch.where(a.abs() < 0.01, 0.01, a)
    gate = {"shared": torch.sigmoid(a), "open": torch.ones_like(a)}.get(word, torch.sigmoid(b))
    return a, (a if word == "no tanh" else torch.tanh(a)) * gate


@exercise("wavenet-receptive-field")
def receptive_field_in_ms(answer: Callable[[int, list[int], int], float]) -> str | None:
    """``answer(kernel_size, dilations, rate)`` returns the receptive field in milliseconds."""
    for kernel, dilations, rate in [(2, [1, 2, 4, 8], 8000), (3, [1, 3, 9], 16000), (2, [4], 1000)]:
        value, right = answer(kernel, dilations, rate), receptive_field(kernel, dilations)
        if abs(value - 1000 * right / rate) < 1e-6:
            continue
        case = f"k = {kernel}, d = {dilations}, {rate} Hz"
        return _wrong_field(value, kernel, dilations, rate, right, case)
    return None


def _wrong_field(
    value: float, kernel: int, dilations: list[int], rate: int, right: int, case: str
) -> str:
    mistakes = {
        right: "that is the number of samples; divide by the rate for time",
        right / rate: "that is in seconds; the question asks for milliseconds",
        1000 * (right - 1) / rate: "the present sample itself is missing (the 1 in the formula)",
        1000 * kernel * sum(dilations) / rate: "a layer adds (k - 1) d samples, not k d",
        1000 * (1 + kernel * sum(dilations)) / rate: "a layer adds (k - 1) d samples, not k d",
        1000 * (1 + sum(dilations)) / rate: "a layer adds (k - 1) d samples, not d",
    }
    for wrong, reason in mistakes.items():
        if abs(value - wrong) < 1e-6:
            return f"For {case}: {reason}."
    return f"For {case} the answer is {1000 * right / rate} ms, not {value}."


@exercise("wavenet-condition")
def condition(told: Callable[..., Tensor]) -> str | None:
    """``told(a, b, frames, V_f, V_g, hop)``: a, b (C, T), frames (E, F), V (C, E); z (C, T)."""
    torch.manual_seed(0)
    a, b = torch.randn(3, 11), torch.randn(3, 11)
    frames, V_f, V_g, hop = torch.randn(2, 3), torch.randn(3, 2), torch.randn(3, 2), 3
    got = numbers(written(told(a.clone(), b.clone(), frames.clone(), V_f, V_g, hop)))
    now = (torch.arange(11) // hop).clamp(max=2)
    right = torch.tanh(a + V_f @ frames[:, now]) * torch.sigmoid(b + V_g @ frames[:, now])
    return hint_for(
        got,
        numbers(right),
        _condition_mistakes(a, b, frames, V_f, V_g, hop),
        "h[t] is the frame t // hop; V_f h goes into the tanh, V_g h into the logistic function.",
    )


def _condition_mistakes(
    a: Tensor, b: Tensor, frames: Tensor, V_f: Tensor, V_g: Tensor, hop: int
) -> Mistakes:
    t, last = torch.arange(a.shape[1]), frames.shape[1] - 1

    def gated(index: Tensor, to_f: Tensor = V_f, to_g: Tensor = V_g) -> np.ndarray:
        h = frames[:, index.clamp(0, last)]
        return numbers(torch.tanh(a + to_f @ h) * torch.sigmoid(b + to_g @ h))

    now, nothing = t // hop, torch.zeros_like(V_f)
    yield "the gate isn't told: V_g h belongs into the logistic function.", gated(now, V_f, nothing)
    yield "the filter isn't told: V_f h belongs into the tanh.", gated(now, nothing, V_g)
    yield "the gate has a matrix of its own, V_g.", gated(now, V_f, V_f)
    yield "V_f and V_g are swapped.", gated(now, V_g, V_f)
    yield "the frames come one frame late.", gated(now - 1)
    yield "the frames come one frame early.", gated(now + 1)
    early = "the frames come one sample early: frame 0 holds for t = 0 ... hop - 1."
    yield early, gated((t + 1) // hop)
    yield "the frames come one sample late: frame 1 begins at t = hop.", gated((t - 1) // hop)
    yield "after the last frame, the last one stays; yours begins again.", gated(now % (last + 1))
    yield "frame t holds for hop samples; you take frame t at sample t.", gated(t)
    h = frames[:, now.clamp(max=last)]
    z = torch.tanh(a) * torch.sigmoid(b)
    yield "the condition is added after the gate; it belongs inside.", numbers(z + V_f @ h)
    outside = (torch.tanh(a) + V_f @ h) * (torch.sigmoid(b) + V_g @ h)
    yield "the condition is added outside of tanh and logistic function.", numbers(outside)


@exercise("wavenet-mend")
def mend(causal_sum: Callable[..., Tensor], layer: type, network: type) -> list[str]:
    """Check the mended listing; each mistake that is left gets a sentence of its own."""
    torch.manual_seed(0)
    hints = _sum_mistakes(causal_sum)
    sum_is_right = not hints
    hints += _gate_mistake(layer, sum_is_right)
    hints += _layer_mistakes(layer, sum_is_right)
    hints += _first_layer_mistake(network, sum_is_right)
    hints += _logits_mistake(network)
    return hints


def _lags(causal_sum: Callable[..., Tensor], taps: int, dilation: int) -> list[int | None]:
    """Return, for each tap alone, by how many samples it delays an impulse (None: not at all)."""
    lags: list[int | None] = []
    for i in range(taps):
        w = torch.zeros(taps, 1, 1)
        w[i] = 1.0
        x = torch.zeros(1, 1, 41)
        x[..., 20] = 1.0
        y = written(causal_sum(x, w, dilation))
        found = y[0, 0].nonzero()
        lags.append(int(found[0]) - 20 if len(found) else None)
    return lags


def _sum_mistakes(causal_sum: Callable[..., Tensor]) -> list[str]:
    lags = _lags(causal_sum, taps=3, dilation=4)  # right: 0, 4, 8
    hints = []
    if lags[0] is None:
        hints.append(
            "Sum: the weight w[0] has no effect; the sum starts at i = 1 and drops the present "
            "sample."
        )
    known = [(i, lag) for i, lag in enumerate(lags) if lag is not None]
    shifts = {lag - 4 * i for i, lag in known}
    if lags == [8, 4, 0]:
        hints.append("Sum: the taps are in reversed order; w[0] must meet the present sample.")
    elif any(shift < 0 for shift in shifts):
        hints.append(
            "Padding: an impulse comes out before it goes in; the zeros are on both sides, and "
            "the network sees the future. All of them belong on the left."
        )
    elif any(shift > 0 for shift in shifts):
        hints.append("Sum: everything is delayed; w[0] must meet x[t], not an earlier sample.")
    return hints


def _gate_mistake(layer: type, sum_is_right: bool) -> list[str]:
    trial, x = layer(4, 1), torch.randn(1, 4, 400)
    with torch.no_grad():
        for parameter in trial.parameters():
            parameter.mul_(50.0)  # z is nearly -1, 0 or 1: the sign of a where the gate is open
        z = written(trial.gated(x))
        if float(z.min()) > -0.3:  # the least value of tanh(a) sigmoid(a) is about -0.21
            return [
                "Gate: z never falls below about -0.21, as tanh(a) times sigmoid(a) of the same a "
                "cannot; the gate needs weights of its own."
            ]
        if float(z.max()) < 0.3:
            return [
                "Gate: it is tied to the filter (z is never above 0.3); give it its own weights."
            ]
        x[..., 1::2] = torch.randn(1, 4, 200)  # at even times, another past and the same present
        opened = (z.abs() > 0.5) != (trial.gated(x).abs() > 0.5)
    if sum_is_right and float(opened[..., 2::2].float().mean()) < 0.1:  # 0.3 by a new past
        return ["Gate: it hears the present alone; it is a causal convolution, like the filter."]
    return []


def _layer_mistakes(layer: type, sum_is_right: bool) -> list[str]:
    hints, x = [], torch.randn(1, 4, 12, requires_grad=True)
    written(layer(4, 3).gated(x))[..., 8].sum().backward()
    reached = x.grad.abs().sum(dim=(0, 1)).nonzero()[:, 0].tolist()
    if sum_is_right and reached != [5, 8]:
        hints.append(
            f"Layer: with a dilation of 3, z[8] comes from x[5] and x[8]; yours from {reached}."
        )
    still = layer(4, 1)
    with torch.no_grad():
        for parameter in still.parameters():
            parameter.zero_()
        if not torch.equal(still(x)[0], x):
            hints.append("Layer: its input is not added to what goes to the next layer.")
    return hints


def _first_layer_mistake(network: type, sum_is_right: bool) -> list[str]:
    trial = network()
    if not sum_is_right and len(trial.w) > 1:
        return []  # the taps are there; that they miss their samples is the sum's mistake
    x = torch.randn(1, trial.levels, 8, requires_grad=True)
    trial.first(x)[..., 5].sum().backward()
    reached = x.grad.abs().sum(dim=(0, 1)) > 0  # (T,)
    if not bool(reached[4]):
        return [
            "First layer: it sees the present code alone. That is causal, but the first layer of a "
            "WaveNet has two taps, the present code and the one before."
        ]
    return []


def _logits_mistake(network: type) -> list[str]:
    trial = network()
    codes = torch.randint(0, trial.levels, (2, 16))
    one_hot = F.one_hot(codes, trial.levels).transpose(1, 2).float()
    with torch.no_grad():
        out = trial(one_hot)  # (B, q, T)
    sums = [out.sum(dim=dim) for dim in range(3)]  # a softmax over the wrong axis is one, too
    if bool((out >= 0).all()) and any(bool(((s - 1).abs() < 1e-4).all()) for s in sums):
        return [
            "Output: these are probabilities already, and cross_entropy applies a softmax to "
            "what it is given. Return the logits."
        ]
    return []
