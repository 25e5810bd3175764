"""The kind composer: batches in all keys, training, what its card says, and files from a tune."""

from __future__ import annotations

import numpy as np
import pytest

from aigc_edu import audio, corpora
from aigc_edu.checkpoints import Trained
from aigc_edu.cli import main
from aigc_edu.corpora import Split
from aigc_edu.corpora.recipes.tunes import make
from aigc_edu.errors import InvalidValueError
from aigc_edu.kinds.catalogue import find_kind
from aigc_edu.kinds.composer_scores import RANDOM, RULES, measure_tunes, written
from aigc_edu.kinds.composer_training import Rows, composer_trainer, rows_of
from aigc_edu.models.composer import Chain, ComposerConfig, Drawing
from aigc_edu.music import ANY, TOKENS, WORDS, read_midi, write_midi
from aigc_edu.training import TrainingSettings


@pytest.fixture(scope="module")
def tunes():
    return corpora.load("tunes").select(speaker="waltz")


def few(tunes, count):
    return tunes[:count]


def small():
    return ComposerConfig(channels=16, heads=2, layers=1)


def test_a_batch_depends_on_its_step_alone_and_is_in_many_keys(tunes):
    rows, again = (Rows(few(tunes, 3), 8, 5, 6) for _ in range(2))
    assert all((a == b).all() for a, b in zip(rows(7), again(7), strict=True))
    assert rows(7)[0].tolist() != rows(8)[0].tolist()
    words = [WORDS[t].split() for step in range(20) for t in rows(step)[0][:, 4].tolist()]
    assert len({pitch for kind, pitch in words if kind == "melody"}) > 6, "first notes differ"
    styles = [rows(step)[0][:, 0] == TOKENS[f"style {ANY}"] for step in range(40)]
    assert 0.05 < float(np.mean(np.concatenate(styles))) < 0.3
    still = Rows(few(tunes, 3), 8, 5, 0)
    assert {tuple(r[4:7]) for r in still(0)[0].tolist()} <= {
        tuple(r[4:7]) for r in rows_of(few(tunes, 3))
    }


def test_some_steps_lower_what_words_cost(tunes):
    settings = TrainingSettings(steps=40, learning_rate=1e-2, warmup=5, validate_every=40)
    trainer = composer_trainer(
        few(tunes, 6), small(), settings, batch_size=4, device="cpu", validation=tunes[6:9]
    )
    trainer.run(progress=False)
    assert trainer.losses[-1] < trainer.losses[0] / 1.5
    assert trainer.best[1] < np.log2(len(WORDS)) - 1
    with pytest.raises(InvalidValueError, match="not written down"):
        composer_trainer(corpora.load("digits")[:2])


def test_the_card_compares_with_rules_chains_and_chance(tunes):
    part = few(tunes, 12)
    split = Split(part[:8], part[8:10], part[8:])
    trainer = composer_trainer(part[:8], small(), TrainingSettings(steps=1), device="cpu")
    trained = Trained(trainer.model.eval(), {})
    told = measure_tunes(trained, split, {"each": 1, "seed": 3}, {"tiny": trained})
    names = [row[0] for row in told.tables[0].rows]
    assert {"this checkpoint", "tiny", RULES, RANDOM} <= set(names) and len(names) == 6
    assert all(len(row) == len(told.tables[0].columns) for row in told.tables[0].rows)
    assert told.scores["bits_per_word"] > 3 and "copied" in told.scores
    assert told.anchors["a uniform guess"] == pytest.approx(np.log2(len(WORDS)))
    assert "new tunes by the rules" in told.says and told.unit == "bits a word"
    kind = find_kind("composer")
    sound = kind.sample(trained, split, {"style": "lament", "players": ["string", "organ"]})
    assert sound.rate == 16_000 and np.abs(sound.samples).max() <= 1


def test_a_copyist_is_found_out_by_nothing_but_the_copies(tunes):
    rows = rows_of(few(tunes, 4))
    split = Split(few(tunes, 4), tunes[4:6], tunes[6:12])
    trained = Trained(Chain(40, rows), {})
    from aigc_edu.evaluation.tunes import copied, mean_scores

    made = written(trained.model, 4, Drawing(seed=1), ["waltz"])
    rules = [clip.score for clip in split.test]
    for name, (mean, _) in mean_scores(made).items():
        assert mean > mean_scores(rules)[name][0] - 0.35, name
    assert (
        copied(made, [c.score for c in split.train])
        > 0.5
        > copied(rules, [c.score for c in split.train])
    )


def test_one_command_goes_on_behind_a_tune_of_ones_own(tunes, tmp_path, capsys):
    trainer = composer_trainer(few(tunes, 2), small(), TrainingSettings(steps=1), device="cpu")
    from aigc_edu.kinds.running import export

    file = export(trainer, tmp_path / "model.safetensors")
    mine = make("march-0004").cut(0, 2)
    path = write_midi(tmp_path / "mine.mid", mine)
    command = f"generate composer --checkpoint {file} --midi {path} --bars 3 --seed 2"
    assert main([*command.split(), "--melody", "reed", "--out", str(tmp_path / "out")]) == 0
    made = tmp_path / "out" / "composer_mine_seed2_000"
    assert read_midi(made.with_suffix(".mid")).events[: len(mine)] == mine.events
    x, rate = audio.read(made.with_suffix(".wav"))
    assert rate == 16_000 and len(x) / rate > mine.seconds
    assert capsys.readouterr().out.count("composer_mine") == 2
    made.with_suffix(".mid").write_bytes(b"somebody else's")
    for _ in range(2):  # the second time, both files are there already
        assert main([*command.split(), "--melody", "reed", "--out", str(tmp_path / "out")]) == 0
    assert made.with_suffix(".mid").read_bytes() == b"somebody else's"
    again = tmp_path / "out" / "composer_mine_seed2_000-2.mid"
    assert read_midi(again).events[: len(mine)] == mine.events
    assert len(list((tmp_path / "out").iterdir())) == 3
    path.write_bytes(b"MThd")
    assert main([*command.split(), "--out", str(tmp_path / "out")]) == 2
    told = capsys.readouterr().err
    assert "mine.mid: is no whole MIDI file" in told and told.count("\n") == 1
    assert main([*command.split(), "--melody", "kazoo", "--out", str(tmp_path / "out")]) == 2
