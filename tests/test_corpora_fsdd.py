"""The common interface of the corpora, on a miniature of FSDD that these tests write."""

import os
from pathlib import Path

import numpy as np
import pytest

from aigc_edu import corpora
from aigc_edu.audio import write
from aigc_edu.corpora import CorpusError, clips, fsdd
from aigc_edu.errors import CourseError, InvalidValueError

SPEAKERS = ("george", "jackson", "lucas", "theo")
TAKES = (0, 4, 5, 9, 10, 11, 12, 49)


def tone(digit, speaker, take):
    """A waveform that tells its digit, speaker and take apart."""
    t = np.arange(800 + 10 * take) / 8000
    return 0.3 * np.sin(2 * np.pi * (200 + 100 * digit + 17 * len(speaker)) * t)


def miniature(folder):
    """Write FSDD's layout: 10 digits, 4 speakers, 8 takes."""
    for digit in range(10):
        for speaker in SPEAKERS:
            for take in TAKES:
                path = folder / "recordings" / f"{digit}_{speaker}_{take}.wav"
                write(path, tone(digit, speaker, take), 8000)
    return folder


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    miniature(folder / "fsdd")
    return folder


@pytest.fixture(params=["digits", "fsdd"])
def corpus(request, root):
    return corpora.load(request.param, root=root if request.param == "fsdd" else None)


@pytest.fixture(autouse=True)
def no_variables(monkeypatch):
    monkeypatch.delenv("AIGC_EDU_CORPUS", raising=False)
    monkeypatch.delenv("AIGC_EDU_DATA", raising=False)


# Both corpora


def test_interface(corpus):
    assert corpus.rate == 8000
    words = "zero one two three four five six seven eight nine"
    assert corpus.labels == corpora.DIGITS == tuple(words.split())
    assert len({clip.key for clip in corpus}) == len(corpus) > 0
    assert corpus.speakers == tuple(sorted({clip.speaker for clip in corpus}))
    assert corpus.licence and corpus.citation and corpus.homepage.startswith("https://")
    for clip in corpus[:: max(1, len(corpus) // 50)]:
        assert clip.samples.dtype == np.float32 and clip.samples.ndim == 1
        assert 0 < np.abs(clip.samples).max() <= 1
        assert clip.rate == 8000 and clip.duration == len(clip.samples) / 8000
        assert clip.label in range(10) and clip.split in corpora.Split._fields


def test_samples_are_read_once_and_cannot_be_changed(corpus):
    clip = corpus[3]
    assert clip.samples is clip.samples
    with pytest.raises(ValueError, match="read-only"):
        clip.samples[0] = 1


@pytest.mark.parametrize("by", ["official", "speaker", "clip"])
def test_splits_cover_the_corpus_without_a_leak(corpus, by):
    parts = corpus.split(by)
    keys = [clip.key for part in parts for clip in part]
    assert sorted(keys) == sorted(clip.key for clip in corpus)  # each clip in exactly one part
    assert all(len(part) > 0 for part in parts)
    assert len(parts.train) > max(len(parts.validation), len(parts.test))
    if by == "speaker":
        speakers = [s for part in parts for s in part.speakers]
        assert len(speakers) == len(set(speakers))


def test_splits_do_not_change_with_the_order_of_the_clips(corpus):
    backwards = corpus[::-1]
    for by in ("official", "speaker", "clip"):
        for one, other in zip(corpus.split(by), backwards.split(by), strict=True):
            assert {c.key for c in one} == {c.key for c in other}


def test_select_and_join(corpus):
    speaker = corpus.speakers[1]
    chosen = corpus.select(label=7, speaker=speaker)
    assert len(chosen) > 0
    assert {(c.label, c.speaker) for c in chosen} == {(7, speaker)}
    parts = corpus.split()
    assert len(parts.train + parts.validation) == len(corpus) - len(parts.test)
    assert {c.split for c in corpus.select(split="test")} == {"test"}
    assert len(chosen[:2]) == 2 and chosen[-1] is list(chosen)[-1]


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ({"label": 10}, "0 ... 9"),
        ({"label": -1}, "0 ... 9"),
        ({"speaker": "nobody"}, "no speaker 'nobody'"),
        ({"split": "tests"}, "train, validation, test"),
    ],
)
def test_select_refuses_what_is_not_there(corpus, wanted, says):
    with pytest.raises(InvalidValueError, match=says):
        corpus.select(**wanted)


def test_split_refuses_an_unknown_way(corpus):
    with pytest.raises(InvalidValueError, match="'official', 'speaker' or 'clip'"):
        corpus.split("digit")


def test_a_split_by_speaker_takes_three(corpus):
    with pytest.raises(InvalidValueError, match="three speakers"):
        corpus.select(speaker=corpus.speakers[0]).split("speaker")


def test_corpora_of_different_rates_do_not_join(root):
    with pytest.raises(InvalidValueError, match="same rate"):
        corpora.load("fsdd", root=root) + corpora.load("fsdd", root=root, rate=16000)


# FSDD's own layout


@pytest.mark.parametrize(
    "inside", ["", "fsdd", "free-spoken-digit-dataset-1.0.10", "free-spoken-digit-dataset"]
)
def test_the_folder_itself_or_the_one_above(tmp_path, inside):
    write(tmp_path / inside / "recordings" / "3_theo_7.wav", tone(3, "theo", 7), 8000)
    (clip,) = corpora.load("fsdd", root=tmp_path)
    assert (clip.label, clip.speaker, clip.split) == (3, "theo", "validation")


def test_found_under_the_variable(root, monkeypatch):
    monkeypatch.setenv("AIGC_EDU_DATA", str(root))
    assert len(corpora.load("fsdd")) == 320
    assert corpora.describe("fsdd").folder == root / "fsdd"


def test_samples_are_the_files(root):
    for clip in corpora.load("fsdd", root=root)[::17]:
        digit, speaker, take = clip.key.split("_")
        expected = tone(int(digit), speaker, int(take))
        assert np.abs(clip.samples - expected).max() <= 1 / 32768


def test_official_split(root):
    parts = corpora.load("fsdd", root=root).split("official")
    takes = [{int(clip.key.split("_")[2]) for clip in part} for part in parts]
    assert takes == [{10, 11, 12, 49}, {5, 9}, {0, 4}]
    assert all(part.speakers == SPEAKERS for part in parts)


def test_rate(root):
    slow, fast = (corpora.load("fsdd", root=root, rate=rate) for rate in (8000, 16000))
    assert fast.rate == fast[0].rate == 16000
    assert len(fast[0].samples) == 2 * len(slow[0].samples)
    inner = slice(100, -100)  # away from the ends, where the filter sees silence
    assert np.allclose(fast[0].samples[::2][inner], slow[0].samples[inner], atol=1e-3)
    with pytest.raises(InvalidValueError, match="positive"):
        corpora.load("fsdd", root=root, rate=0)


def test_resampling_does_not_leave_the_range(tmp_path):
    square = np.sign(np.sin(2 * np.pi * 440 * np.arange(4000) / 8000) + 1e-9)
    write(tmp_path / "recordings" / "0_theo_0.wav", square * 32767 / 32768, 8000)
    (clip,) = corpora.load("fsdd", root=tmp_path, rate=16000)
    assert np.abs(clip.samples).max() <= 1


def test_a_missing_data_set_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("AIGC_EDU_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(CourseError) as caught:
        corpora.load("fsdd")
    text = str(caught.value)
    assert "python -m aigc_edu corpora fetch fsdd" in text and "AIGC_EDU_DATA" in text
    assert str(tmp_path / "nowhere") in text and "\n" not in text
    assert corpora.describe("fsdd").folder is None
    assert "not here" in str(corpora.describe("fsdd"))


def test_an_empty_folder(tmp_path):
    (tmp_path / "fsdd" / "recordings").mkdir(parents=True)
    with pytest.raises(CorpusError, match="holds no recordings"):
        corpora.load("fsdd", root=tmp_path)


@pytest.mark.parametrize(
    "name", ["10_theo_1.wav", "x_theo_1.wav", "3_theo.wav", "3_theo_1_2.wav", "seven.wav"]
)
def test_a_bad_file_name(tmp_path, name):
    write(tmp_path / "recordings" / name, tone(0, "theo", 0), 8000)
    with pytest.raises(CorpusError, match="expected a name like 7_theo_12.wav"):
        corpora.load("fsdd", root=tmp_path)


def test_other_files_and_hidden_ones_are_no_recordings(tmp_path):
    write(tmp_path / "recordings" / "0_theo_0.wav", tone(0, "theo", 0), 8000)
    (tmp_path / "recordings" / "notes.txt").write_text("hello")
    (tmp_path / "recordings" / "._0_theo_0.wav").write_bytes(b"of another system")
    assert [clip.key for clip in corpora.load("fsdd", root=tmp_path)] == ["0_theo_0"]


def test_an_unreadable_recording_is_named_when_it_is_wanted(tmp_path):
    (tmp_path / "recordings").mkdir()
    (tmp_path / "recordings" / "1_lucas_3.wav").write_bytes(b"RIFF, cut off")
    (clip,) = corpora.load("fsdd", root=tmp_path)
    with pytest.raises(CourseError, match="1_lucas_3.wav"):
        _ = clip.samples


# Choosing by name


def test_available_and_described():
    assert {"digits", "fsdd", "ljspeech", "nsynth"} < set(corpora.available())
    assert corpora.available()[0] == "digits"
    for name in corpora.available():
        about = corpora.describe(name)
        assert about.name == name and about.licence and name in str(about)


def test_the_variable_chooses(root, monkeypatch):
    assert corpora.load().name == "digits"
    monkeypatch.setenv("AIGC_EDU_CORPUS", "fsdd")
    assert corpora.load(root=root).name == "fsdd"
    assert corpora.load("digits").name == "digits"  # an argument goes first
    monkeypatch.setenv("AIGC_EDU_CORPUS", "")
    assert corpora.load().name == "digits"


def test_an_unknown_corpus(monkeypatch):
    with pytest.raises(CorpusError, match="no corpus 'digit'; there are digits, .*fsdd"):
        corpora.load("digit")
    monkeypatch.setenv("AIGC_EDU_CORPUS", "FSDD")
    with pytest.raises(CorpusError, match="AIGC_EDU_CORPUS .* there is no corpus 'FSDD'"):
        corpora.load()
    assert corpora.load("digits").name == "digits"  # with a name, the variable does not matter


def test_the_variable_chooses_among_the_digits_only(monkeypatch):
    monkeypatch.setenv("AIGC_EDU_CORPUS", "ljspeech")
    with pytest.raises(CorpusError) as caught:
        corpora.load()
    text = str(caught.value)
    assert "one of digits, fsdd, speech_commands" in text and "not the ten digits" in text
    assert "corpora.load('ljspeech')" in text


def test_an_option_that_a_corpus_does_not_have(root):
    with pytest.raises(InvalidValueError, match="fsdd has no option 'words' .* it has none"):
        corpora.load("fsdd", root=root, words=("one",))
    with pytest.raises(InvalidValueError, match="vctk has no option 'mic' .* it has microphone"):
        corpora.load("vctk", root=root, mic=2)


def test_notes_are_chosen_among_notes_only(corpus):
    with pytest.raises(InvalidValueError, match="no notes: they have no pitch"):
        corpus.select(pitch=60)


# What stays in memory


def test_clips_let_go_of_their_samples_when_there_are_too_many(root, monkeypatch):
    few = corpora.load("fsdd", root=root)[:20]
    first = few[0].samples.copy()
    sizes = [clip.samples.nbytes for clip in few]
    assert all("samples" in vars(clip) for clip in few)
    monkeypatch.setattr(clips, "SAMPLES_IN_MEMORY", 5 * max(sizes))
    again = corpora.load("fsdd", root=root)[:20]
    for clip in again:
        _ = clip.samples
        held = sum(vars(c)["samples"].nbytes for c in (*few, *again) if "samples" in vars(c))
        assert held <= 5 * max(sizes)
    assert "samples" in vars(again[-1]) and "samples" not in vars(again[0])
    assert np.array_equal(again[0].samples, first)  # read again


def test_a_recorded_corpus_is_not_built():
    with pytest.raises(CorpusError, match="fetch it"):
        corpora.build("fsdd")


# The real one, where it is


REAL = Path(os.environ.get("AIGC_EDU_DATA") or "nowhere") / "fsdd"  # before no_variables


@pytest.mark.skipif(not REAL.is_dir(), reason="FSDD is not under AIGC_EDU_DATA")
def test_the_real_data_set():
    corpus = corpora.load("fsdd", root=REAL)
    assert corpus.speakers == fsdd.SPEAKERS
    parts = corpus.split()
    assert len(parts.test) == len(parts.validation) == 300 and len(parts.train) in (2200, 2400)
    durations = [clip.duration for clip in parts.test]
    assert 0.1 < min(durations) and max(durations) < 2.5
