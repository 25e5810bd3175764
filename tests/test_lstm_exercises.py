"""The checks of *LSTM and GRU* name each typical mistake, and pass every right answer."""

import pytest
import torch

from aigc_edu.teaching import check


def hint(name, answer):
    verdict = check(name, answer)
    assert not verdict.passed
    return verdict.hint


# ---------------------------------------------------------------- the LSTM's cell


def lstm(
    x,
    h,
    c,
    w,
    u,
    b,
    d,
    order="ifgo",
    gate=torch.sigmoid,
    candidate=torch.tanh,
    squash=torch.tanh,
    forget=True,
    output=True,
    old=False,
):
    rows = dict(zip(order, (x @ w.T + b + h @ u.T + d).chunk(4, dim=1), strict=True))
    i, f, o = (gate(rows[k]) for k in "ifo")
    new = (f * c if forget else c) + i * candidate(rows["g"])
    h = squash(c if old else new)
    return (o * h if output else h), new


def test_lstm_accepts_right_answers():
    assert check("recurrent-lstm", lstm).passed
    assert check("recurrent-lstm", lambda *a: [v.numpy() for v in lstm(*a)]).passed

    def pytorchs(x, h, c, *weights):
        cell = torch.nn.LSTMCell(x.shape[1], h.shape[1])
        for parameter, weight in zip(cell.parameters(), weights, strict=True):
            parameter.data = weight
        return cell(x, (h, c))

    assert check("recurrent-lstm", pytorchs).passed
    assert check("recurrent-lstm", lambda *a: [v.double() for v in lstm(*a)]).passed


def same(x):
    return x


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"order": "figo"}, "input gate and the forget gate are swapped"),
        ({"order": "figo"}, "swapped"),
        ({"order": "ifog"}, "yours are i, f, o, g"),
        ({"order": "igfo"}, "yours are i, g, f, o"),
        ({"gate": torch.tanh}, "tanh and sigmoid are mixed up"),
        ({"candidate": torch.sigmoid}, "tanh and sigmoid are mixed up"),
        ({"gate": torch.tanh, "candidate": torch.sigmoid}, "tanh and sigmoid are mixed up"),
        ({"squash": same}, "the tanh is missing"),
        ({"output": False}, "output gate is missing"),
        ({"forget": False}, "forget gate is missing"),
        ({"old": True}, "from the old c"),
    ],
)
def test_lstm_names_the_mistake(changes, words):
    assert words in hint("recurrent-lstm", lambda *a: lstm(*a, **changes))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda x, h, c, w, u, b, d: lstm(x, h, c, w, u, 0 * b, d), "bias_ih is left out"),
        (lambda x, h, c, w, u, b, d: lstm(x, h, c, w, u, b, 0 * d), "bias_hh is left out"),
        (lambda x, h, c, w, u, b, d: lstm(x, h, c, w, u, 0 * b, 0 * d), "Both biases are"),
        (lambda x, h, c, w, u, b, d: lstm(x, h, 0 * c, w, u, b, d), "old c is missing"),
        (lambda *a: lstm(*a)[::-1], "You return c and h"),
        (lambda *a: lstm(*a)[0], "two tensors"),
        (lambda *a: [v[0] for v in lstm(*a)], "have the shape (2, 4)"),
        (lambda *a: (2 * lstm(*a)[0], lstm(*a)[1]), "c is right, h isn't"),
        (lambda *a: [2 * v for v in lstm(*a)], "c isn't right yet"),
    ],
)
def test_lstm_names_other_mistakes(answer, words):
    assert words in hint("recurrent-lstm", answer)


# ---------------------------------------------------------------- the GRU's cell


def gru(x, h, w, u, b, d, order="rzn", swap=False, cho=False, reset=True, bare=False, share="rz"):
    w, u, b, d = (dict(zip(order, v.chunk(3), strict=True)) for v in (w, u, b, d))
    r, z = (torch.sigmoid(x @ w[k].T + b[k] + h @ u[k].T + d[k]) for k in share)
    r = r if reset else torch.ones_like(r)
    feedback = r * (h @ u["n"].T + d["n"])
    if bare:
        feedback = r * (h @ u["n"].T) + d["n"]
    if cho:
        feedback = (r * h) @ u["n"].T + d["n"]
    n = torch.tanh(x @ w["n"].T + b["n"] + feedback)
    return z * n + (1 - z) * h if swap else (1 - z) * n + z * h


def test_gru_accepts_right_answers():
    assert check("recurrent-gru", gru).passed
    assert check("recurrent-gru", lambda *a: gru(*a).double().numpy()).passed
    assert check("recurrent-gru", lambda *a: gru(*(v.double() for v in a))).passed


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"swap": True}, "z and 1 - z are swapped"),
        ({"cho": True}, "as in Cho's paper"),
        ({"reset": False}, "reset gate is missing"),
        ({"bare": True}, "not its bias"),
        ({"share": "rr"}, "One gate does the work of both"),
        ({"share": "zz"}, "One gate does the work of both"),
        ({"order": "zrn"}, "yours are z, r, n"),
        ({"order": "nzr"}, "yours are n, z, r"),
    ],
)
def test_gru_names_the_mistake(changes, words):
    assert words in hint("recurrent-gru", lambda *a: gru(*a, **changes))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda x, h, w, u, b, d: gru(x, h, w, u, 0 * b, d), "bias_ih is left out"),
        (lambda x, h, w, u, b, d: gru(x, h, w, u, b, 0 * d), "bias_hh is left out"),
        (lambda x, h, w, u, b, d: gru(x, h, w, u, 0 * b, 0 * d), "Both biases are left out"),
        (lambda *a: gru(*a)[0], "h has the shape (2, 4)"),
        (lambda *a: 2 * gru(*a), "h isn't right yet"),
    ],
)
def test_gru_names_other_mistakes(answer, words):
    assert words in hint("recurrent-gru", answer)


# ---------------------------------------------------------------- both directions


def both(x, there, back, turn=1, turn_back=1):
    a, b = there(x)[0], back(x.flip(turn))[0]
    return torch.cat([a, b.flip(turn_back)], dim=2)


def test_bidirectional_accepts_right_answers():
    assert check("recurrent-bidirectional", both).passed
    assert check("recurrent-bidirectional", lambda *a: both(*a).detach().numpy()).passed


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda *a: both(*a, turn_back=()), "aren't turned back in time"),
        (lambda *a: both(*a, turn=()), "runs forwards, too"),
        (lambda *a: both(*a, turn=(), turn_back=()), "runs forwards, too"),
        (lambda *a: both(*a, turn=2, turn_back=2), "wrong axis"),
        (lambda *a: both(*a, turn=0, turn_back=0), "in time, axis 1"),
        (lambda *a: both(*a).roll(4, dims=2), "comes first"),
        (lambda *a: sum(both(*a).chunk(2, dim=2)), "are added"),
        (lambda *a: torch.cat(both(*a).chunk(2, dim=2), dim=1), "behind the other in time"),
        (lambda x, there, back: there(x), "return the outputs alone"),
        (lambda x, there, back: there(x)[0], "The shape should be (2, 7, 8)"),
        (lambda *a: 2 * both(*a), "turned back"),
    ],
)
def test_bidirectional_names_the_mistake(answer, words):
    assert words in hint("recurrent-bidirectional", answer)


# ---------------------------------------------------------------- what a cell holds


def held(forget, let_in):
    c = [torch.zeros(len(forget))]
    for t in range(len(forget)):  # each step proposes a direction of its own
        c.append(forget[t] * c[-1] + let_in[t] * torch.eye(len(forget))[t])
    return c[-1]


def test_held_accepts_right_answers():
    assert check("lstm-held", held).passed
    assert check("lstm-held", lambda *a: held(*a).double().numpy()).passed


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda f, i: i * f.flip(0).cumprod(0).flip(0), "One factor too many"),
        (lambda f, i: held(f, torch.ones_like(i)), "input gate is missing"),
        (lambda f, i: i * f.cumprod(0), "from the beginning on"),
        (lambda f, i: i * torch.cat([torch.ones(1), f[:-1]]).cumprod(0), "from the beginning on"),
        (lambda f, i: held(torch.cat([f[:-1], torch.ones(1)]), i), "last forget gate is missing"),
        (lambda f, i: held(f, i).sum(), "one number for each step"),
        (lambda f, i: held(f, i) ** 2, "let in once"),
    ],
)
def test_held_names_the_mistake(answer, words):
    assert words in hint("lstm-held", answer)
