"""The WaveNet chapters on any corpus of digits and on a part of one: which clips, which network."""

from __future__ import annotations

import pytest

from aigc_edu import corpora
from aigc_edu.corpora import CorpusError
from aigc_edu.corpora.choosing import two_takes
from aigc_edu.models.wavenet import shipped_for


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
