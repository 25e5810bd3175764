"""The assistant: rules, sentences as they come, and when the first sound is there."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

import numpy as np
import pytest
import torch
from speakers import RATE, WORD, Humming

from aigc_edu.audio import loudness, read
from aigc_edu.checkpoints import Trained
from aigc_edu.errors import InvalidValueError
from aigc_edu.models.vits import VITS, Manner, VITSConfig, say_in_pieces, say_phonemes
from aigc_edu.speaking import (
    SPOKEN,
    Network,
    ScriptError,
    Voice,
    card_from,
    first_start,
    read_card,
    sentences_as_they_come,
    stream,
    typed,
    waiting,
)
from aigc_edu.speaking.commands import shipped_or
from aigc_edu.speaking.dialogue import answer, keep, listed, script_of

CARD = """\
// a note
name: Robin
user: Kim
voice: pitch 2
your voice: pitch -4

> hello | good morning
Hello, {user}.

> what time is it
It is
{time}.

> what time is it in Rome
I don't know.

> *
No idea.
"""


def card():
    made = card_from(CARD)
    return type(made)(**{**vars(made), "now": lambda: datetime(2026, 5, 4, 7, 30)})


@pytest.mark.parametrize(
    ("question", "answered"),
    [
        ("Hello!", "Hello, Kim."),
        ("Oh, good morning to you", "Hello, Kim."),
        ("What time is it?", "It is 07:30."),
        ("what TIME is it in Rome?", "I don't know."),  # the longer rule wins
        ("Do you like cheese?", "No idea."),
        ("", "No idea."),
    ],
)
def test_the_rule_answers_whose_words_were_said(question, answered):
    assert card().answer(question) == answered


@pytest.mark.parametrize(
    ("change", "place", "hint"),
    [
        (("voice: pitch 2", "voice: pitsch 2"), "line 4: ", "did you mean 'pitch'"),
        (("name: Robin", "Robin"), "line 2: ", "expected 'key: value'"),
        (("{user}", "{usr}"), "line 7: ", "did you mean 'user'"),
        (("> hello | good morning", "> hello | !"), "line 7: ", "has words"),
        (("I don't know.\n", ""), "line 14: ", "no answer"),
        (("user: Kim", "time: now"), "line 3: ", "can't be the name"),
        (("> *", "> nothing"), "", r"lacks the rule '> \*'"),
    ],
)
def test_a_broken_card_is_told_in_one_line_with_the_place(change, place, hint):
    with pytest.raises(ScriptError, match=hint) as error:
        card_from(CARD.replace(*change, 1), "robin.txt")
    assert str(error.value).startswith(f"robin.txt: {place}") and "\n" not in str(error.value)


def test_the_card_that_ships_answers_everything():
    shipped = read_card(shipped_or("robin"))
    for rule in shipped.rules:
        for words in rule.questions:
            assert shipped.answer(" ".join(words)) == shipped.filled(rule.answer)
    assert shipped.answer("xyz") == shipped.otherwise


# ---------------------------------------------------------------- as it comes


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
def test_sentences_are_the_same_in_whatever_pieces_the_text_comes(size):
    text = "It costs 3.50 euros. Dr. Smith paid! Did he? Yes. "
    parts = [text[k : k + size] for k in range(0, len(text), size)]
    whole = ["It costs 3.50 euros.", "Dr. Smith paid!", "Did he?", "Yes."]
    assert list(sentences_as_they_come(parts)) == whole
    assert list(sentences_as_they_come(["", "  "])) == []


def test_a_sentence_is_spoken_before_the_next_one_is_written():
    written = []

    def words():
        for word in typed("One is here. Two is there. Three is", 1e6):
            written.append(word)
            yield word

    speaker = Humming()
    pieces = stream(speaker, words())
    first = next(pieces)
    assert first.text == "One is here." and written[-1] == "Two "
    rest = list(pieces)
    assert [p.text for p in rest] == ["Two is there.", "Three is"]
    assert [p.sentence for p in rest] == [1, 2]
    assert all(a.ready <= b.ready for a, b in pairwise([first, *rest]))
    assert first.seconds == pytest.approx(3 * WORD, abs=0.06)


def test_playing_from_the_first_start_never_waits_and_earlier_it_does():
    random = np.random.default_rng(0)
    for _ in range(50):
        ready, seconds = np.cumsum(random.random(6)), random.random(6) + 0.1
        start = first_start(ready, seconds)

        def gaps(begin, ready=ready, seconds=seconds):
            now, gap = begin, 0.0
            for r, d in zip(ready, seconds, strict=True):
                gap += max(0.0, r - now)
                now = max(now, r) + d
            return gap

        assert gaps(start) < 1e-9
        assert gaps(ready[0]) == pytest.approx(waiting(ready, seconds))
        if start > ready[0]:
            assert gaps(start - 0.01) > 0
    assert first_start([2.0], [1.0]) == 2.0
    with pytest.raises(InvalidValueError):
        first_start([], [])


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    config = VITSConfig.tiny()
    return Network(Trained(VITS(config).eval(), {"kind": "vits"}))


def test_pieces_of_a_sentence_are_the_sentence(network):
    manner = Manner(durations="deterministic")
    whole = say_phonemes(network.trained, "həlˈO wˈɜɹld.", manner)
    pieces = list(say_in_pieces(network.trained, "həlˈO wˈɜɹld.", manner, piece=20))
    assert len(pieces) > 1 and all(len(p) == 20 * 256 for p in pieces[:-1])
    joined = np.concatenate(pieces)
    assert joined.shape == whole.shape
    error = np.sum((joined - whole) ** 2) / np.sum(whole**2)
    assert 10 * np.log10(error + 1e-12) < -25  # the decoder hardly looks farther
    with pytest.raises(InvalidValueError, match="1 frame"):
        next(say_in_pieces(network.trained, "həlˈO.", piece=0))


def test_frames_at_a_time_are_for_the_networks_own_voice(network):
    pieces = list(stream(network, ["Hello there."], frames=10))
    assert len(pieces) > 1 and {p.sentence for p in pieces} == {0}
    for speaker, voice in ((network, Voice(pitch=2)), (Humming(), Voice())):
        with pytest.raises(InvalidValueError, match="leave frames out"):
            next(stream(speaker, ["Hello."], voice, frames=30))


# ---------------------------------------------------------------- a dialogue


def test_a_dialogue_is_timed_and_kept(tmp_path):
    speaker, turns = Humming(), []
    for question in ("Hello!", "What time is it?"):
        turns.append(answer(card(), question, speaker))
    assert all(0 <= turn.first <= turn.gapless + 1e-9 for turn in turns)
    assert "first sound after" in listed(turns[0])
    lines = [i for i in script_of(turns, card()).chapters[0].items if hasattr(i, "text")]
    assert [line.who for line in lines] == ["you", "Robin"] * 2
    assert lines[1].voice.pitch == 2 and lines[0].voice.pitch == -4
    made = keep(turns, card(), speaker, tmp_path / "talk.wav")
    x, rate = read(made.path)
    assert rate == RATE and loudness(x, rate) == pytest.approx(-18, abs=0.1)
    assert loudness(turns[1].samples, RATE, short="whole") == pytest.approx(SPOKEN, abs=0.1)
