"""A composer: its rows, its loss, writing tunes by the grammar, going on behind a tune, players."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from aigc_edu.checkpoints import CheckpointError, save_checkpoint
from aigc_edu.corpora.recipes.tunes import make
from aigc_edu.errors import InvalidValueError
from aigc_edu.models.composer import (
    IGNORED,
    Chain,
    Composer,
    ComposerConfig,
    Drawing,
    batch_of,
    compose,
    continue_tune,
    legal_share,
    load_composer,
    write_on,
)
from aigc_edu.models.composer.generation import METRES
from aigc_edu.models.composer.players import _player
from aigc_edu.music import (
    BAR,
    END,
    STYLES,
    TOKENS,
    WORDS,
    Event,
    Score,
    from_tokens,
    perform,
    to_tokens,
)

ROWS = [to_tokens(make(f"{style}-0001")) for style in STYLES]


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return Composer(ComposerConfig(channels=16, heads=2, layers=1)).eval()


def test_style_and_metre_are_given_and_the_rest_is_scored():
    tokens, targets = batch_of(ROWS)
    assert tokens.shape == targets.shape == (5, max(map(len, ROWS)) - 1)
    for row, read, wanted in zip(ROWS, tokens.tolist(), targets.tolist(), strict=True):
        assert read[: len(row) - 1] == row[:-1] and wanted[0] == IGNORED
        assert wanted[1 : len(row) - 1] == row[2:]
        assert set(wanted[len(row) - 1 :]) <= {IGNORED}
    for rows in ([], [[1, 2]]):
        with pytest.raises(InvalidValueError, match="at least"):
            batch_of(rows)


def test_a_network_that_knows_nothing_pays_what_a_uniform_guess_does(model):
    blank = Composer(ComposerConfig(channels=16, heads=2, layers=1))
    torch.nn.init.zeros_(blank.words.output.weight)
    torch.nn.init.zeros_(blank.words.output.bias)
    assert blank.bits(ROWS) == pytest.approx(math.log2(len(WORDS)), abs=1e-4)
    assert blank.loss(*batch_of(ROWS)).item() == pytest.approx(math.log(len(WORDS)), abs=1e-4)


def test_no_word_sees_what_comes_later(model):
    tokens, _ = batch_of(ROWS[:1])
    changed = tokens.clone()
    changed[0, 30:] = END
    with torch.no_grad():
        assert torch.allclose(model(tokens)[0, :30], model(changed)[0, :30], atol=1e-5)


def test_bits_do_not_depend_on_how_rows_are_batched(model):
    many = ROWS * 4
    assert model.bits(many) == pytest.approx(model.bits(ROWS), abs=1e-5)


# ---------------------------------------------------------------- writing


@pytest.mark.parametrize("seed", range(4))
def test_even_an_untrained_network_writes_tunes(model, seed):
    tune = compose(model, rules=Drawing(seed=seed), bars=3)
    assert 1 <= tune.bars <= 3 and len(tune) and tune.style in STYLES
    assert tune.bar == METRES[tune.style]
    assert compose(model, rules=Drawing(seed=seed), bars=3) == tune


def test_without_the_grammar_it_writes_nonsense(model):
    opening = ROWS[0][:2]
    free = write_on(model, opening, Drawing(grammar=False), bars=2)
    bound = write_on(model, opening, Drawing(), bars=2)
    assert legal_share(bound) == 1.0 and bound[-1] == END
    assert legal_share(free) < 0.5
    with pytest.raises(InvalidValueError, match="may not stand there"):
        from_tokens(free)
    assert legal_share(ROWS[0]) == 1.0 and legal_share(ROWS[0][:2] + [BAR, BAR, END]) == 2 / 3


def test_with_a_cache_the_words_are_those_without(model):
    """What is drawn at temperature 0 are the likeliest words by the whole row each time."""
    tokens = write_on(model, ROWS[0][:6], Drawing(temperature=0, grammar=False))[:40]
    with torch.no_grad():
        again = model(torch.tensor([tokens]))[0].argmax(dim=1)
    assert tokens[6:] == again[5 : len(tokens) - 1].tolist()


def test_somebodys_tune_stays_as_it_is(model):
    tune = make("march-0002").cut(0, 2)
    longer = continue_tune(model, tune, Drawing(seed=1), bars=5)
    assert longer.events[: len(tune)] == tune.events and longer.tempo == tune.tempo
    assert 2 <= longer.bars <= 5
    long = make("air-0003")
    assert continue_tune(model, long, bars=6).events[: len(long)] == long.events
    with pytest.raises(InvalidValueError, match="no room"):
        continue_tune(model, long, bars=4)
    with pytest.raises(InvalidValueError, match="no notes"):
        continue_tune(model, long.cut(90, 91))


def test_behind_a_last_note_that_is_held_for_bars_the_next_bar_is_new():
    read = []

    class Reader(Chain):
        def reader(self):
            inner = super().reader()
            return lambda new: read.extend(new) or inner(new)

    tune = Score((Event(0, 60, 4), Event(4, 62, 44)))  # three bars, a note begins in the first
    longer = continue_tune(Reader(1, ROWS), tune, Drawing(seed=3), bars=8)
    opening = read[: 2 + 1 + 2 * 3 + 3]
    assert opening.count(BAR) == tune.bars + 1 and opening[-3:] == [BAR] * 3
    assert longer.events[:2] == tune.events
    assert min(e.start for e in longer.events[2:]) >= tune.steps


@pytest.mark.parametrize(
    ("wishes", "says"),
    [({"style": "opera"}, "styles"), ({"bars": 0}, "a bar at least"), ({"tempo": 5}, "tempo")],
)
def test_wishes_that_cannot_be_met(model, wishes, says):
    with pytest.raises(InvalidValueError, match=says):
        compose(model, **wishes)


def test_settings_that_cannot_be_drawn_by():
    for wrong in ({"temperature": -1}, {"seed": -1}, {"top_p": 0}):
        with pytest.raises(InvalidValueError):
            Drawing(**wrong)


def test_a_composer_of_other_words_is_refused(tmp_path, model):
    weights = {f"model.{k}": v for k, v in model.state_dict().items()}
    told = {"kind": "composer", "config": {"words": 5}}
    path = save_checkpoint(tmp_path / "a.safetensors", weights, told)
    with pytest.raises(CheckpointError, match="no whole composer"):
        load_composer(path)
    with pytest.raises(InvalidValueError, match="5 words"):
        ComposerConfig(words=5)
    sizes = [
        c.layers * c.channels**2
        for c in map(lambda n: getattr(ComposerConfig, n)(), ("tiny", "trained", "paper"))
    ]
    assert sizes == sorted(sizes)


# ---------------------------------------------------------------- chains


def test_a_chain_counts():
    chain = Chain(1, [[1, 2, 5, 6, 5, 7]])
    assert chain.chances([5]).argmax() in (6, 7)
    assert chain.chances([5])[6] == pytest.approx(chain.chances([5])[7])
    assert chain.chances([99]).argmax() == 5, "a word that it never saw: how frequent all are"
    assert chain.chances([5]).sum() == pytest.approx(1)
    assert Chain(0).bits(ROWS) == pytest.approx(math.log2(len(WORDS)))
    seen = [Chain(order, ROWS).bits(ROWS) for order in (0, 1, 2, 8)]
    assert seen == sorted(seen, reverse=True) and seen[-1] < 1 < seen[0]
    with pytest.raises(InvalidValueError, match="order"):
        Chain(-1)


def test_a_long_chain_copies():
    row = to_tokens(make("waltz-0001"))
    tune = compose(Chain(40, [row]), "waltz", Drawing(temperature=0))
    assert to_tokens(tune) == row


# ---------------------------------------------------------------- networks that play


def test_a_network_plays_within_its_keys():
    asked = []

    def note(pitch):
        asked.append(pitch)
        return np.ones(1000)

    player = _player(note, 60, 12, 1000)
    tune = from_tokens(
        [
            TOKENS[w]
            for w in (
                "style air",
                "metre 16",
                "bar",
                "position 0",
                "melody 53",
                "length 2",
                "position 4",
                "melody 84",
                "length 8",
                "end",
            )
        ]
    )
    x = perform(tune, [player], 1000)
    assert asked == [65, 60] and np.abs(x).max() <= 1
    assert len(x) == 1600, "a note of a second, and no longer"
