"""The WaveNet chapters on any corpus of digits and on a part of one: which clips, which network.

Most of it on miniatures of the corpora's layouts. Where ``AIGC_EDU_DATA`` has FSDD, the chapters
that follow ``AIGC_EDU_CORPUS`` are executed with it, which takes some minutes::

    AIGC_EDU_DATA=~/datasets pytest -n0 tests/test_wavenet_corpora.py -k whole_fsdd

``AIGC_EDU_RUN_PARTS=1`` also executes them with three speakers of it and with Speech Commands.
"""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
import torch
from conftest import CHAPTERS
from nbclient import NotebookClient
from test_corpora_fsdd import miniature
from test_corpora_recorded import speech_commands

from aigc_edu import corpora
from aigc_edu.corpora import Corpus, CorpusError
from aigc_edu.corpora.choosing import (
    by_known_voices,
    generation_split,
    spread_evenly,
    two_takes,
)
from aigc_edu.models.wavenet import shipped_for
from aigc_edu.models.wavenet.clips import encode_clips, told_of


@pytest.fixture(scope="module")
def digits():
    return corpora.load("digits")


def labels(corpus):
    return [clip.label for clip in corpus]


def test_two_takes_are_one_voices_where_there_is_one(digits):
    learn, judge = two_takes(digits)
    assert labels(learn) == labels(judge) == list(range(10))
    assert {c.speaker for c in learn} == {c.speaker for c in judge} == {learn[0].speaker}
    assert not {c.key for c in learn} & {c.key for c in judge}


def test_a_voice_that_lacks_a_word_is_passed_over(digits):
    first, second = digits.speakers[:2]
    part = digits.select(speaker=first, label=3) + digits.select(speaker=second)
    assert two_takes(part)[0].speakers == (second,)


def test_without_such_a_voice_the_clips_come_from_all(digits):
    voices = digits.speakers[:3]
    clips = [digits.select(speaker=v, label=d)[:1] for v in voices[:2] for d in (1, 7)]
    clips.append(digits.select(speaker=voices[2], label=4)[:1])
    part = sum(clips[1:], start=clips[0])
    learn, judge = two_takes(part)
    assert labels(learn) == labels(judge) == [1, 7]
    assert learn[0].speaker != judge[0].speaker


def test_one_clip_of_each_word_is_refused_in_a_sentence(digits):
    with pytest.raises(CorpusError, match="no two clips of the same word"):
        two_takes(digits.select(speaker=digits.speakers[0], label=2)[:1])


def test_a_corpus_with_a_network_gets_it(digits, capsys):
    shipped = shipped_for(digits)
    assert shipped.corpus is digits and shipped.name == "wavenet-digits"
    assert not capsys.readouterr().out


@pytest.mark.parametrize("label", [None, 7])
def test_another_corpus_or_a_part_gets_a_stand_in_and_a_sentence(digits, capsys, label):
    strange = digits.select(label=label) if label else digits[:0]
    shipped = shipped_for(strange)
    assert shipped.name == "wavenet-digits" and len(shipped.corpus) == len(digits)
    said = capsys.readouterr().out
    assert said.count("\n") == 2 and "stand in" in said


# Miniatures: FSDD by george, jackson, lucas and theo, takes 0, 4, 5, 9, 10, 11, 12 and 49


def part_of_fsdd(folder: Path, keep: str) -> Corpus:
    """Write FSDD's layout, remove the recordings whose names don't match, and load the rest."""
    for path in (miniature(folder / "fsdd") / "recordings").iterdir():
        if not re.fullmatch(keep, path.stem):
            path.unlink()
    return corpora.load("fsdd", root=folder)


PARTS = {  # the names that are kept, and the voices that the network finds
    "all four": (".*", ("george", "jackson", "lucas", "theo")),
    "without the first": (r"\d_[^g].*", ("jackson", "lucas", "theo")),
    "one speaker": (r"\d_lucas_.*", ("lucas",)),
    "one lacks a digit": (r"[^4]_.*|4_theo_.*", ("theo",)),
    "only the test's takes": (r"\d_theo_[04]", ("theo",)),
    "no takes of the test": (r".*_(5|9|1\d|49)", ("george", "jackson", "lucas", "theo")),
    "no test of the first": (
        r"\d_george_1\d|\d_[jl].*",
        ("jackson", "lucas", "george"),
    ),
    "five digits": (r"[0-4]_.*", ()),
}


@pytest.mark.parametrize("part", PARTS)
def test_what_the_chapters_choose_from_a_part_of_fsdd(part, tmp_path):
    keep, voices = PARTS[part]
    corpus = part_of_fsdd(tmp_path, keep)
    learn, judge = two_takes(generation_split(corpus).train)
    assert labels(learn) == labels(judge) and len(learn) >= 5
    shipped = shipped_for(corpus)
    if not voices:
        assert shipped.name == "wavenet-digits" and shipped.corpus.name == "digits"
    else:
        assert (shipped.name, shipped.voices) == ("wavenet-fsdd", voices)
        assert shipped.corpus is corpus
    usable(shipped)


def usable(shipped) -> None:
    """Take clips as the chapters on generating, listening and judging take them."""
    split, card = generation_split(shipped.corpus), shipped.trained.description
    assert set(shipped.voices) <= set(card["speakers"])
    for name in shipped.voices:
        assert all(len(split.train.select(label=d, speaker=name)) for d in range(10))
    voice = shipped.voices[0]
    clip = split.train.select(label=7, speaker=voice)[:1]
    who, where = told_of(card, clip)
    assert who.tolist() == [[7, card["speakers"].index(voice)]]
    codes = encode_clips(clip)[0][None]
    with torch.inference_mode():
        assert torch.isfinite(shipped.trained.model.loss(codes, who, local=where))
    unheard = spread_evenly(by_known_voices(split.test, [voice]), 10)
    assert 1 <= len(unheard) <= 10 and unheard.speakers == (voice,)


def test_speech_commands_has_two_takes_and_a_stand_in(tmp_path, capsys):
    speech_commands(tmp_path / "speech_commands")
    corpus = corpora.load("speech_commands", root=tmp_path)
    learn, judge = two_takes(generation_split(corpus).train)
    assert labels(learn) == labels(judge) and len(learn) > 5
    assert not {c.key for c in learn} & {c.key for c in judge}
    assert all(np.abs(clip.samples).max() > 0 for clip in learn)
    usable(shipped := shipped_for(corpus))
    assert shipped.name == "wavenet-digits" and "stand in" in capsys.readouterr().out


# The chapters themselves


FOLLOWING = [p for p in CHAPTERS if nbformat.read(p, 4).metadata.aigc_edu.follows_corpus]


def loads_what_is_chosen(path: Path) -> bool:
    """Say whether a chapter calls load() without the name of a corpus."""
    cells = [c.source for c in nbformat.read(path, 4).cells if c.cell_type == "code"]
    code = re.sub(r"^(\s*)[%!].*$", r"\1pass", "\n".join(cells), flags=re.MULTILINE)
    calls = [n for n in ast.walk(ast.parse(code)) if isinstance(n, ast.Call) and not n.args]
    named = [n.func.attr for n in calls if isinstance(n.func, ast.Attribute)]
    return "load" in named


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_follows_the_variable_if_it_says_so(path):
    assert loads_what_is_chosen(path) == (path in FOLLOWING)


@pytest.mark.parametrize("path", FOLLOWING, ids=lambda path: path.stem)
def test_a_chapter_that_needs_a_network_for_the_corpus_may_get_another(path):
    text = "\n".join(cell.source for cell in nbformat.read(path, 4).cells)
    assert not re.search(r"load_wavenet\(f", text), "use shipped_for: not each corpus has one"
    assert ("shipped_for(corpus)" in text) == ("Otherwise" in text or "Where no trained" in text)
    assert "`speech_commands`" in text


def execute(path: Path, corpus: str, folder: str | Path, monkeypatch) -> None:
    monkeypatch.setenv("AIGC_EDU_CORPUS", corpus)
    monkeypatch.setenv("AIGC_EDU_DATA", str(folder))
    notebook = nbformat.read(path, 4)
    where = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, timeout=1800, resources=where).execute()


DATA = os.environ.get("AIGC_EDU_DATA") or "nowhere"
real = pytest.mark.skipif(
    not (Path(DATA) / "fsdd").is_dir(), reason="FSDD is not there: AIGC_EDU_DATA=DIR"
)
parts = pytest.mark.skipif(not os.environ.get("AIGC_EDU_RUN_PARTS"), reason="takes some minutes")
each_that_follows = pytest.mark.parametrize("path", FOLLOWING, ids=lambda path: path.stem)


@pytest.mark.slow
@real
@each_that_follows
def test_a_chapter_on_the_whole_fsdd(path, monkeypatch):
    execute(path, "fsdd", DATA, monkeypatch)


@pytest.mark.slow
@real
@parts
@each_that_follows
def test_a_chapter_on_three_speakers_of_fsdd(path, tmp_path, monkeypatch):
    folder = tmp_path / "fsdd" / "recordings"
    folder.mkdir(parents=True)
    for clip in (Path(DATA) / "fsdd" / "recordings").glob("*_[lny]*.wav"):
        (folder / clip.name).symlink_to(clip.resolve())
    execute(path, "fsdd", tmp_path, monkeypatch)


@pytest.mark.slow
@real
@parts
@each_that_follows
def test_a_chapter_on_speech_commands(path, monkeypatch):
    execute(path, "speech_commands", DATA, monkeypatch)
