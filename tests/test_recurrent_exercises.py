"""The checks of *Recurrent networks* name each typical mistake, and pass every right answer."""

import pytest
import torch

from aigc_edu.teaching import check


def hint(name, answer):
    verdict = check(name, answer)
    assert not verdict.passed
    return verdict.hint


# ---------------------------------------------------------------- clipping


def joint(gradients):
    return torch.cat([g.flatten() for g in gradients]).norm()


def clip(gradients, limit):
    factor = min(1.0, limit / max(float(joint(gradients)), 1e-12))
    return [factor * g for g in gradients]


def test_clip_accepts_right_answers():
    assert check("recurrent-clip", clip).passed
    assert check(
        "recurrent-clip", lambda g, m: tuple(x.double().numpy() for x in clip(g, m))
    ).passed

    def pytorchs(gradients, limit):
        parameters = [torch.nn.Parameter(g) for g in gradients]
        for parameter, g in zip(parameters, gradients, strict=True):
            parameter.grad = g.clone()
        torch.nn.utils.clip_grad_norm_(parameters, limit)
        return [parameter.grad for parameter in parameters]

    assert check("recurrent-clip", pytorchs).passed


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda g, m: [x.clamp(-m, m) for x in g], "each number"),
        (lambda g, m: [x * m / joint(g) for x in g], "at most 1"),
        (lambda g, m: [x * min(1, m / max(x.norm(), 1e-9)) for x in g], "by its own norm"),
        (lambda g, m: [x * m / max(x.norm(), 1e-9) for x in g], "by its own norm"),
        (lambda g, m: [x * min(1, m / max(joint(g) ** 2, 1e-9)) for x in g], "take the root"),
        (
            lambda g, m: [x * min(1, m / max(sum(y.abs().sum() for y in g), 1e-9)) for x in g],
            "a sum of absolutes",
        ),
        (lambda g, m: [x / max(joint(g), 1e-9) for x in g], "multiply by the limit"),
        (lambda g, m: g, "nothing has changed"),
        (
            lambda g, m: (
                [x * torch.minimum(torch.ones(()), m * 0 + m / joint(g) * 1) for x in g]
                if joint(g)
                else [x / joint(g) for x in g]
            ),
            "zero by zero",
        ),
        (lambda g, m: torch.cat([x.flatten() for x in g]), "a list with one tensor"),
        (lambda g, m: [0 * x for x in g], "it should be"),
    ],
)
def test_clip_names_the_mistake(answer, words):
    assert words in hint("recurrent-clip", answer)


# ---------------------------------------------------------------- truncated backpropagation


def pieces(network, x, target, piece, mend=torch.Tensor.detach, once=False, whole=True, zero=False):
    h, total, losses = None, 0.0, []
    last = x.shape[1] if whole else x.shape[1] // piece * piece
    for begin in range(0, last, piece):
        y, h = network(x[:, begin : begin + piece], h)
        loss = ((y - target[:, begin : begin + piece]) ** 2).sum()
        if zero:
            network.zero_grad()
        if not once:
            loss.backward()
        losses.append(loss)
        total += loss.item()
        h = mend(h)
    if once:
        sum(losses).backward()
    return total


def test_truncated_accepts_right_answers():
    assert check("recurrent-truncated", pieces).passed
    assert check("recurrent-truncated", lambda *a: pieces(*a, once=True)).passed
    assert check("recurrent-truncated", lambda *a: torch.tensor(pieces(*a))).passed
    assert check("recurrent-truncated", lambda *a: pieces(*a, mend=lambda h: h.data)).passed


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"mend": lambda h: h}, "Hand on h.detach()"),
        ({"mend": lambda h: h, "once": True}, "Nothing is truncated"),
        ({"mend": lambda h: None}, "state is reset"),
        ({"mend": lambda h: torch.zeros_like(h)}, "state is reset"),
        ({"whole": False}, "last piece is missing"),
        ({"zero": True}, "set to zero in between"),
    ],
)
def test_truncated_names_the_mistake(changes, words):
    assert words in hint("recurrent-truncated", lambda *a: pieces(*a, **changes))


def test_truncated_names_what_is_missing():
    def forwards(network, x, target, piece):
        return float(((network(x)[0] - target) ** 2).sum())

    assert "call backward()" in hint("recurrent-truncated", forwards)
    assert "you return" in hint("recurrent-truncated", lambda *a: pieces(*a) / 2)

    def stumbles(*given):
        raise RuntimeError("shapes differ")

    assert "shapes differ" in hint("recurrent-truncated", stumbles)


# ---------------------------------------------------------------- cuts


def cuts(states, x, W_x, W_h, inputs=True, late=0, turned=False):
    W_h = W_h.T if turned else W_h
    expected = (x[1:, None] * W_x if inputs else 0) + states[:-1] @ W_h.T
    wrong = (states[1:] - expected).abs().amax(dim=1) > 1e-6
    return (1 + late + wrong.nonzero()[:, 0]).tolist()


def test_cuts_accept_right_answers():
    assert check("recurrent-cuts", cuts).passed
    assert check("recurrent-cuts", lambda *a: torch.tensor(cuts(*a), dtype=torch.long)).passed


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda *a: cuts(*a, late=-1), "too early"),
        (lambda *a: cuts(*a, late=1), "too late"),
        (lambda *a: [0, *cuts(*a)], "has none before it"),
        (lambda *a: cuts(*a, inputs=False), "the input W_x x[t]"),
        (lambda *a: cuts(*a, turned=True), "not its transpose"),
        (lambda *a: [], "you find none"),
        (lambda *a: [3], "yours are [3]"),
    ],
)
def test_cuts_name_the_mistake(answer, words):
    assert words in hint("recurrent-cuts", answer)
