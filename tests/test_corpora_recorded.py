"""The loaders of recorded data sets, on miniatures of their layouts that these tests write."""

import csv
import json
import os
from pathlib import Path

import numpy as np
import pytest

from aigc_edu import corpora
from aigc_edu.audio import write
from aigc_edu.corpora import CorpusError, esc10, nsynth, recorded, vctk
from aigc_edu.errors import CourseError, InvalidValueError

REAL = os.environ.get("AIGC_EDU_DATA")  # before no_variables
RATES = {"ljspeech": 22050, "vctk": 48000, "speech_commands": 16000, "nsynth": 16000}
RATES["esc10"] = 44100
NAMES = tuple(RATES)


@pytest.fixture(autouse=True)
def no_variables(monkeypatch):
    monkeypatch.delenv("AIGC_EDU_CORPUS", raising=False)
    monkeypatch.delenv("AIGC_EDU_DATA", raising=False)


# ---------------------------------------------------------------- miniatures of the five layouts


def tone(path, rate, seconds=0.01):
    """Write a sound that tells its file's name apart from others, and return it."""
    frequency = 200 + sum(map(ord, path.stem)) % 1000
    x = 0.3 * np.sin(2 * np.pi * frequency * np.arange(round(seconds * rate)) / rate)
    write(path, x, rate)
    return x


TEXTS = {
    "LJ001-0001": ("Printing, in the only sense", "Printing, in the only sense"),
    "LJ001-0002": ('the "forty-two line Bible" of 1455,', 'the "forty-two line Bible" of fourteen'),
    "LJ001-0003": ('"which was begun', '"which was begun'),  # a quote that never ends
    "LJ002-0001": ("and a naïve café", "and a naïve café"),
    "LJ002-0002": ("No third column", None),
    "LJ002-0003": ("An empty third column", ""),
}


def ljspeech(folder):
    rows = [
        "|".join(part for part in (key, *texts) if part is not None) for key, texts in TEXTS.items()
    ]
    folder.mkdir(parents=True)
    (folder / "metadata.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    for key in TEXTS:
        tone(folder / "wavs" / f"{key}.wav", 22050)


def vctk_new(folder):
    """Version 0.92: p280 lacks the second microphone, p315 that and its texts."""
    for speaker in ("p225", "p228", "p280", "p315", "s5"):
        for number in (1, 2, 23):
            key = f"{speaker}_{number:03d}"
            sounds = folder / "wav48_silence_trimmed" / speaker
            for microphone in (1,) if speaker in ("p280", "p315") else (1, 2):
                tone(sounds / f"{key}_mic{microphone}.flac", 48000)
            if speaker != "p315" and key != "p228_002":
                text = folder / "txt" / speaker / f"{key}.txt"
                text.parent.mkdir(parents=True, exist_ok=True)
                text.write_text(f"Please call Stella, {key}." + "\n" * (number != 2))
    (folder / "wav48_silence_trimmed" / "log.txt").write_text("of the trimming")
    (folder / "speaker-info.txt").write_text(
        "ID  AGE  GENDER  ACCENTS  REGION COMMENTS \n"
        "p225  23  F    English    Southern  England\n"
        "p280  25  F    Unknown   France (mic2 files unavailable)\n"
        "p315  18  M    American   New  England (no text and mic2 files)\n"
        "s5  \t 22  F    British\n\n"
    )


def vctk_old(folder):
    for speaker in ("p225", "p226"):
        for number in (1, 2):
            tone(folder / "wav48" / speaker / f"{speaker}_{number:03d}.wav", 48000)
    (folder / "speaker-info.txt").write_text(
        "ID  AGE  GENDER  ACCENTS  REGION\n225  23  F    English\n"
    )


def speech_commands(folder):
    """Three speakers of each digit, one in each part, and two words that are no digits."""
    parts = {"aaaaaaaa": None, "bbbbbbb1": "validation_list.txt", "ccccccc2": "testing_list.txt"}
    lists = {"validation_list.txt": [], "testing_list.txt": []}
    for word in (*corpora.DIGITS, "bird", "yes"):
        for number, (speaker, part) in enumerate(parts.items()):
            name = f"{word}/{speaker}_nohash_{number}.wav"
            tone(folder / name, 16000, seconds=1 - 0.3 * number)
            if part:
                lists[part].append(name)
    for name, rows in lists.items():
        (folder / name).write_text("\n".join(rows) + "\n")
    tone(folder / "_background_noise_" / "running_tap.wav", 16000, 2)
    (folder / "README.md").write_text("of the data set")


def note_row(key):
    instrument, pitch, velocity = key.rsplit("-", 2)
    family, source, _ = instrument.rsplit("_", 2)
    return {
        "note": 1,
        "note_str": key,
        "instrument_str": instrument,
        "pitch": int(pitch),
        "velocity": int(velocity),
        "sample_rate": 16000,
        "qualities": [1, 0],
        "qualities_str": ["bright"],
        "instrument_family": nsynth.FAMILIES.index(family),
        "instrument_family_str": family,
        "instrument_source": 0,
        "instrument_source_str": source,
    }


def nsynth_part(folder, instruments):
    keys = [
        f"{i}-{pitch:03d}-{velocity:03d}"
        for i in instruments
        for pitch in (21, 108)
        for velocity in (25, 127)
    ]
    for key in keys:
        tone(folder / "audio" / f"{key}.wav", 16000)
    (folder / "examples.json").write_text(json.dumps({key: note_row(key) for key in keys}))


def nsynth_whole(folder):
    nsynth_part(folder / "nsynth-train", ["guitar_acoustic_000", "synth_lead_synthetic_011"])
    nsynth_part(folder / "nsynth-valid", ["bass_electronic_003"])
    nsynth_part(folder / "nsynth-test", ["vocal_acoustic_001", "organ_electronic_104"])


def esc50(folder):
    """Two recordings of each class in each fold, one of them cut into two clips; and cows."""
    rows = []
    for target, category in (*esc10.CLASSES.items(), (3, "cow")):
        for fold in range(1, 6):
            for source, take in (("1", "A"), ("2", "A"), ("2", "B")):
                number = f"{fold}{target:02d}{source}"
                name = f"{fold}-{number}-{take}-{target}.wav"
                tone(folder / "audio" / name, 44100)
                rows.append([name, fold, target, category, target != 3, number, take])
    (folder / "meta").mkdir()
    with open(folder / "meta" / "esc50.csv", "w", newline="") as file:
        csv.writer(file).writerows([esc10._COLUMNS, *rows])


WRITERS = {
    "ljspeech": (ljspeech, "LJSpeech-1.1"),
    "vctk": (vctk_new, "VCTK-Corpus-0.92"),
    "speech_commands": (speech_commands, "SpeechCommands/speech_commands_v0.02"),
    "nsynth": (nsynth_whole, "."),
    "esc10": (esc50, "ESC-50-master"),
}


def miniature(name, above):
    """Write a data set's layout under its official name, and return its own folder."""
    writer, folder = WRITERS[name]
    writer(above / folder)
    return above / folder


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    above = tmp_path_factory.mktemp("data")
    for name in NAMES:
        miniature(name, above)
    return above


@pytest.fixture(params=NAMES)
def corpus(request, root):
    return corpora.load(request.param, root=root)


# ---------------------------------------------------------------- what all have in common


def test_interface(corpus):
    assert corpus.rate == RATES[corpus.name]  # the files' own
    assert len({clip.key for clip in corpus}) == len(corpus) > 5
    assert corpus.licence and corpus.citation and corpus.homepage.startswith("https://")
    for clip in corpus:
        assert clip.rate == corpus.rate and clip.split in corpora.Split._fields
        assert clip.samples.dtype == np.float32 and 0 < np.abs(clip.samples).max() <= 1
        assert (clip.label in range(len(corpus.labels))) if corpus.labels else clip.label is None
        assert (clip.note is not None) == (corpus.name == "nsynth")


def test_the_order_is_that_of_a_second_time(corpus, root):
    again = corpora.load(corpus.name, root=root)
    assert [clip.key for clip in again] == [clip.key for clip in corpus]
    assert all(np.array_equal(a.samples, b.samples) for a, b in zip(again, corpus, strict=True))


def test_samples_are_those_of_the_file_of_that_name(corpus, tmp_path):
    for clip in corpus[::3]:
        name = Path(clip.key).name + ("_mic1" if corpus.name == "vctk" else "")
        expected = tone(tmp_path / f"{name}.wav", corpus.rate, clip.duration)
        assert np.abs(clip.samples - expected).max() <= 1 / 32768


@pytest.mark.parametrize("name", NAMES)
def test_the_folder_itself_and_the_one_above(name, tmp_path, monkeypatch):
    folder = miniature(name, tmp_path)
    keys = [clip.key for clip in corpora.load(name, root=tmp_path)]
    assert [clip.key for clip in corpora.load(name, root=str(folder))] == keys
    monkeypatch.setenv("AIGC_EDU_DATA", str(tmp_path))
    assert [clip.key for clip in corpora.load(name)] == keys
    assert corpora.describe(name).folder.resolve() == folder.resolve()


@pytest.mark.parametrize("name", NAMES)
def test_the_course_s_own_folder_and_a_miniature(name, tmp_path):
    writer = WRITERS[name][0]
    data_set = {"esc10": "esc50"}.get(name, name)
    for folder in (data_set, *(m for m in corpora_miniatures(name))):
        if (name, folder) in (("nsynth", "nsynth-mini"), ("nsynth", "instruments-mini")):
            nsynth_part(tmp_path / folder / folder, ["flute_acoustic_000"])
        else:
            writer(tmp_path / folder / folder)
        assert len(corpora.load(name, root=tmp_path / folder)) > 0, folder


def corpora_miniatures(name):
    return __import__(f"aigc_edu.corpora.{name}", fromlist=["x"]).DATA_SET.miniatures


@pytest.mark.parametrize("by", ["official", "speaker", "clip"])
def test_splits_cover_the_corpus_without_a_leak(corpus, by):
    if (corpus.name, by) == ("ljspeech", "speaker"):
        with pytest.raises(InvalidValueError, match="three speakers"):
            corpus.split(by)
        return
    parts = corpus.split(by)
    keys = [clip.key for part in parts for clip in part]
    assert sorted(keys) == sorted(clip.key for clip in corpus)
    if by == "speaker" or (by == "official" and corpus.name != "ljspeech"):
        speakers = [speaker for part in parts for speaker in part.speakers]
        assert len(speakers) == len(set(speakers)) and all(len(part) for part in parts)


def test_another_rate(corpus, root):
    half = corpora.load(corpus.name, root=root, rate=corpus.rate // 2)
    assert half.rate == half[0].rate == corpus.rate // 2
    assert abs(len(half[0].samples) - len(corpus[0].samples) / 2) <= 1
    with pytest.raises(InvalidValueError, match="positive"):
        corpora.load(corpus.name, root=root, rate=0)


def test_nothing_is_read_before_it_is_wanted(root, monkeypatch):
    def fail(*arguments):
        raise AssertionError("a file was read")

    monkeypatch.setattr(recorded, "read", fail)
    monkeypatch.setattr(vctk, "_text", fail)
    for name in NAMES:
        corpus = corpora.load(name, root=root)
        corpus.split()
        with pytest.raises(AssertionError, match="was read"):
            _ = corpus[0].samples
    with pytest.raises(AssertionError, match="was read"):
        _ = corpora.load("vctk", root=root)[0].text


def test_files_are_listed_and_not_asked_one_by_one(root, monkeypatch):
    """The index of 300,000 notes is held against one listing; a look at each file takes minutes."""
    looks = []
    real = os.stat
    monkeypatch.setattr(os, "stat", lambda *a, **k: looks.append(a[0]) or real(*a, **k))
    corpora.load("nsynth", root=root)
    corpora.load("ljspeech", root=root)
    sounds = [look for look in looks if str(look).endswith(".wav")]
    assert looks and len(sounds) <= 2  # the first of each, for its rate


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_data_set_says_how_to_get_it(name, tmp_path, monkeypatch):
    monkeypatch.setenv("AIGC_EDU_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(CorpusError) as caught:
        corpora.load(name)
    text = str(caught.value)
    assert f"python -m aigc_edu corpora fetch {name}" in text and "AIGC_EDU_DATA" in text
    assert str(tmp_path / "nowhere") in text and "\n" not in text
    assert corpora.describe(name).folder is None and "to fetch)" in str(corpora.describe(name))


def refused(name, root, *words, **options):
    """Load, and hold that one sentence comes back which names all this."""
    with pytest.raises(CorpusError) as caught:
        corpora.load(name, root=root, **options)
    text = str(caught.value)
    assert "\n" not in text
    for word in words:
        assert str(word) in text, text
    return text


# ---------------------------------------------------------------- damage, of every data set

A_RECORDING = {
    "ljspeech": "wavs/LJ001-0002.wav",
    "speech_commands": "four/bbbbbbb1_nohash_1.wav",
    "nsynth": "nsynth-valid/audio/bass_electronic_003-108-025.wav",
    "esc10": "audio/3-3112-A-11.wav",
}
AN_INDEX = {
    "ljspeech": "metadata.csv",
    "speech_commands": "validation_list.txt",
    "nsynth": "nsynth-valid/examples.json",
    "esc10": "meta/esc50.csv",
}


@pytest.mark.parametrize("name", A_RECORDING)
def test_a_recording_that_the_index_names_is_missing(name, tmp_path):
    path = miniature(name, tmp_path) / A_RECORDING[name]
    path.unlink()
    refused(name, tmp_path, path, "is missing", "names it", f"corpora fetch {name}")


@pytest.mark.parametrize("name", ["ljspeech", "nsynth", "esc10"])
def test_a_recording_that_the_index_does_not_name(name, tmp_path):
    path = miniature(name, tmp_path) / A_RECORDING[name]
    path.with_name("extra.wav").write_bytes(path.read_bytes())
    (path.parent / "._hidden.wav").write_bytes(b"of another system")
    (path.parent / "notes.txt").write_text("no recording")
    index = tmp_path / WRITERS[name][1] / AN_INDEX[name]
    refused(name, tmp_path, path.with_name("extra.wav"), index, "does not know this file")
    path.with_name("extra.wav").unlink()
    assert len(corpora.load(name, root=tmp_path))  # the others do no harm


@pytest.mark.parametrize("name", AN_INDEX)
def test_an_index_that_is_missing(name, tmp_path):
    path = miniature(name, tmp_path) / AN_INDEX[name]
    path.unlink()
    refused(name, tmp_path, path, "is missing")


@pytest.mark.parametrize("name", AN_INDEX)
@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00garbage", b"<html>Sorry</html>\n", b"null"])
def test_an_index_that_is_something_else(name, content, tmp_path):
    path = miniature(name, tmp_path) / AN_INDEX[name]
    path.write_bytes(content)
    if name == "speech_commands" and not content:
        assert len(corpora.load(name, root=tmp_path).select(split="validation")) == 0
    else:
        refused(name, tmp_path, path, "restore it")


@pytest.mark.parametrize("name", A_RECORDING)
def test_an_unreadable_recording_is_named_when_it_is_wanted(name, tmp_path):
    path = miniature(name, tmp_path) / A_RECORDING[name]
    path.write_bytes(b"RIFF, cut off")
    corpus = corpora.load(name, root=tmp_path)
    (clip,) = [clip for clip in corpus if Path(*clip.load.args[:2]) == path]
    with pytest.raises(CourseError, match=path.name):
        _ = clip.samples


@pytest.mark.parametrize("name", NAMES)
def test_an_unreadable_first_recording_is_named_at_once(name, tmp_path):
    folder = miniature(name, tmp_path)
    first = corpora.load(name, root=tmp_path)[0].load.args
    path = folder / first[0] / first[1]
    path.write_bytes(b"RIFF, cut off")
    refused(name, tmp_path, path, "not a readable sound file")
    assert len(corpora.load(name, root=tmp_path, rate=8000))  # then nobody asks for its rate


@pytest.mark.parametrize("name", NAMES)
def test_a_recording_of_another_rate_is_brought_to_the_corpus_s(name, tmp_path):
    miniature(name, tmp_path)
    folder, file, rate = corpora.load(name, root=tmp_path)[-1].load.args
    tone(folder / file, 2 * rate, seconds=0.02)
    clip = corpora.load(name, root=tmp_path)[-1]
    assert clip.rate == rate and clip.duration == pytest.approx(0.02, abs=2 / rate)


# ---------------------------------------------------------------- LJSpeech


def test_ljspeech_texts(root):
    corpus = corpora.load("ljspeech", root=root)
    texts = {clip.key: clip.text for clip in corpus}
    assert texts == {key: third or second for key, (second, third) in TEXTS.items()}
    assert corpus.labels == () and corpus.speakers == ("LJ",)
    with pytest.raises(InvalidValueError, match="no labels"):
        corpus.select(label=0)


def test_ljspeech_s_parts_are_of_the_names_alone(root, tmp_path):
    folder = tmp_path / "wavs"
    keys = [f"LJ{book:03d}-{i:04d}" for book in range(4) for i in range(150)]
    (tmp_path / "metadata.csv").parent.mkdir(exist_ok=True)
    content = tone(folder / "LJ000-0000.wav", 22050)
    assert len(content)
    for key in keys[1:]:
        os.link(folder / "LJ000-0000.wav", folder / f"{key}.wav")
    (tmp_path / "metadata.csv").write_text("".join(f"{key}|a|a\n" for key in keys))
    corpus = corpora.load("ljspeech", root=tmp_path)
    train, validation, test = (len(part) for part in corpus.split())
    assert train > 500 and 15 < validation < 50 and 15 < test < 50
    for one, other in zip(corpus.split("official"), corpus.split("clip"), strict=True):
        assert [clip.key for clip in one] == [clip.key for clip in other]
    same = {clip.key: clip.split for clip in corpus}
    assert all(same[c.key] == c.split for c in corpus[::7])


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("LJ009-0001", "name|text|text as read"),
        ("LJ009-0001|a|b|c", "name|text|text as read"),
        ("../LJ009|a|b", "name|text|text as read"),
        ("|a|b", "name|text|text as read"),
        ("LJ001-0001|again|again", "LJ001-0001 is there a second time"),
        ("LJ009-0001|a|b", "is missing, but"),
    ],
)
def test_ljspeech_rows_that_are_damaged(row, says, tmp_path):
    index = miniature("ljspeech", tmp_path) / "metadata.csv"
    with open(index, "a", encoding="utf-8") as file:
        file.write(row + "\n")
    text = refused("ljspeech", tmp_path, says, "restore it")
    assert "is missing" in says or f"{index}: line 7: " in text


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_ljspeech_line_ends_and_a_mark_at_the_start(end, tmp_path):
    index = miniature("ljspeech", tmp_path) / "metadata.csv"
    text = "\ufeff" + index.read_text(encoding="utf-8").replace("\n", end).rstrip() + end * 2
    index.write_bytes(text.encode())
    texts = [clip.text for clip in corpora.load("ljspeech", root=tmp_path)]
    assert texts == [third or second for second, third in TEXTS.values()]


@pytest.mark.parametrize(
    ("row", "file"),
    [
        ("my clip 2|two|two", "my clip 2.wav"),
        ("a2|two|two", "a2.WAV"),
        (" a2 | two | two ", "a2.wav"),
        ("a2.wav|two|two", "a2.wav"),
        ("a2.WAV|two|two", "a2.wav"),
        ("a2|two|two", "a2.flac"),
        ("ä-2 (final)|two|two\n  \n", "ä-2 (final).wav"),
    ],
)
def test_one_s_own_recordings_in_ljspeech_s_layout(row, file, tmp_path):
    """As people name their files: spaces, capitals, an ending in the index, blank lines."""
    tone(tmp_path / "wavs" / "a1.wav", 16_000)
    os.replace(tmp_path / "wavs" / "a1.wav", tmp_path / "wavs" / file)
    tone(tmp_path / "wavs" / "a1.wav", 16_000)
    (tmp_path / "metadata.csv").write_text(f"a1|one|one\n{row}\n", encoding="utf-8")
    corpus = corpora.load("ljspeech", root=tmp_path)
    assert [clip.text for clip in corpus] == ["one", "two"]
    assert all(len(clip.samples) for clip in corpus) and corpus[1].key == Path(file).stem


# ---------------------------------------------------------------- VCTK


def test_vctk_texts_that_are_missing_are_empty(root):
    corpus = corpora.load("vctk", root=root)
    assert corpus.speakers == ("p225", "p228", "p280", "p315", "s5") and len(corpus) == 15
    texts = {clip.key: clip.text for clip in corpus}
    assert {key for key, text in texts.items() if not text} == {
        *("p315_001", "p315_002", "p315_023", "p228_002")
    }
    assert texts["p225_002"] == "Please call Stella, p225_002."  # no line end in the file
    assert texts["s5_001"] == "Please call Stella, s5_001."


def test_vctk_s_second_microphone(root):
    first, second = (corpora.load("vctk", root=root, microphone=m) for m in (1, 2))
    assert second.speakers == ("p225", "p228", "s5") and len(second) == 9
    parts = {clip.speaker: clip.split for clip in first}
    assert all(clip.split == parts[clip.speaker] for clip in second)  # no leak between the two
    assert not np.array_equal(first[0].samples, second[0].samples)
    with pytest.raises(InvalidValueError, match="1 or 2"):
        corpora.load("vctk", root=root, microphone=3)


def test_vctk_s_speakers(root, tmp_path):
    known = vctk.speaker_info(root)
    assert known["p225"] == vctk.Speaker("p225", 23, "F", "English", "Southern  England")
    assert known["p280"].region == "France" and known["p315"].region == "New  England"
    assert known["s5"].accent == "British" and known["s5"].region == ""
    vctk_old(tmp_path)
    assert vctk.speaker_info(tmp_path) == {"p225": vctk.Speaker("p225", 23, "F", "English", "")}
    (tmp_path / "speaker-info.txt").unlink()
    assert vctk.speaker_info(tmp_path) == {}


def test_vctk_s_older_layout(tmp_path):
    vctk_old(tmp_path / "VCTK-Corpus")
    corpus = corpora.load("vctk", root=tmp_path)
    assert [clip.key for clip in corpus] == ["p225_001", "p225_002", "p226_001", "p226_002"]
    assert all(clip.text == "" and clip.split == "train" for clip in corpus)
    refused("vctk", tmp_path, "no recordings by microphone 2", microphone=2)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("p225/p225_001_mic3.flac", "expected a name like p225_001_mic1.flac"),
        ("p225/p226_009_mic1.flac", "expected a name like p225_001_mic1.flac"),
        ("p225/hello.wav", "expected a name like p225_001_mic1.flac"),
        ("hello/p225_001_mic1.flac", "expected a speaker's folder, like p225"),
    ],
)
def test_vctk_names_that_are_unexpected(name, says, tmp_path):
    path = miniature("vctk", tmp_path) / "wav48_silence_trimmed" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"")
    refused("vctk", tmp_path, path if "p225/" in name else path.parent, says)


def test_vctk_ignores_what_is_no_recording(tmp_path):
    folder = miniature("vctk", tmp_path) / "wav48_silence_trimmed"
    (folder / "p225" / "p225_009.raw").write_bytes(b"")
    (folder / "p225" / "._p225_001_mic1.flac").write_bytes(b"")
    (folder / ".cache").mkdir()
    (folder / "p400").mkdir()
    assert len(corpora.load("vctk", root=tmp_path)) == 15


def test_vctk_text_that_cannot_be_read(tmp_path):
    path = miniature("vctk", tmp_path) / "txt" / "p225" / "p225_001.txt"
    path.write_bytes(b"\xff\xfe")
    clip = corpora.load("vctk", root=tmp_path)[0]
    with pytest.raises(CorpusError, match="p225_001.txt: cannot be read"):
        _ = clip.text


# ---------------------------------------------------------------- Speech Commands


def test_speech_commands_are_the_ten_digits(root):
    corpus = corpora.load("speech_commands", root=root)
    assert corpus.labels == corpora.DIGITS and len(corpus) == 30
    assert all(clip.key.startswith(f"{corpora.DIGITS[clip.label]}/") for clip in corpus)
    assert all(clip.text == corpora.DIGITS[clip.label] for clip in corpus)
    assert corpus.speakers == ("aaaaaaaa", "bbbbbbb1", "ccccccc2")
    parts = corpus.split()
    assert [part.speakers for part in parts] == [("aaaaaaaa",), ("bbbbbbb1",), ("ccccccc2",)]


def test_speech_commands_keep_their_true_lengths(root):
    lengths = {len(clip.samples) for clip in corpora.load("speech_commands", root=root)}
    assert lengths == {16000, 11200, 6400}


def test_speech_commands_other_words(root):
    everything = corpora.load("speech_commands", root=root, words=None)
    assert everything.labels == tuple(sorted((*corpora.DIGITS, "bird", "yes")))
    assert len(everything) == 36 and everything.labels[everything[0].label] == "bird"
    two = corpora.load("speech_commands", root=root, words=("yes", "bird"))
    assert two.labels == ("yes", "bird") and len(two) == 6 and two[0].label == 0
    refused("speech_commands", root, "has no folder 'no'", words=["no"])
    for words in ("yes", ()):
        with pytest.raises(InvalidValueError, match="a list of words or None"):
            corpora.load("speech_commands", root=root, words=words)


def test_speech_commands_in_the_place_of_the_digits(root, monkeypatch):
    monkeypatch.setenv("AIGC_EDU_CORPUS", "speech_commands")
    corpus = corpora.load(root=root)
    assert corpus.name == "speech_commands" and corpus.rate == 8000
    assert corpus.labels == corpora.load("digits").labels
    assert {len(clip.samples) for clip in corpus} == {8000, 5600, 3200}


def test_speech_commands_words_that_are_not_loaded_may_be_missing(tmp_path):
    folder = miniature("speech_commands", tmp_path)
    for path in (folder / "bird").iterdir():
        path.unlink()
    assert len(corpora.load("speech_commands", root=tmp_path)) == 30
    refused("speech_commands", tmp_path, folder / "bird", "holds no recordings", words=None)
    (folder / "bird").rmdir()
    assert len(corpora.load("speech_commands", root=tmp_path, words=None)) == 33


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("four", "line 13: expected word/speaker_nohash_0.wav, found 'four'"),
        ("four/zzz.wav", "line 13: expected word/speaker_nohash_0.wav"),
        ("four/ccccccc2_nohash_2.wav", "line 13: four/ccccccc2_nohash_2.wav is in the other list"),
        ("four/dddddddd_nohash_0.wav", "is missing, but one of the lists names it"),
    ],
)
def test_speech_commands_lists_that_are_damaged(row, says, tmp_path):
    path = miniature("speech_commands", tmp_path) / "validation_list.txt"
    with open(path, "a") as file:
        file.write(row + "\n\n")
    refused("speech_commands", tmp_path, says)


def test_speech_commands_names_that_are_unexpected(tmp_path):
    path = miniature("speech_commands", tmp_path) / "two" / "hello.wav"
    path.write_bytes(b"")
    refused("speech_commands", tmp_path, path, "expected a name like 3852fca2_nohash_0.wav")


# ---------------------------------------------------------------- NSynth


def test_nsynth_notes(root):
    corpus = corpora.load("nsynth", root=root)
    assert corpus.labels == nsynth.FAMILIES and len(corpus) == 20
    clip = next(c for c in corpus if c.key == "synth_lead_synthetic_011-108-025")
    expected = corpora.Note(
        108, 25, "synth_lead_synthetic_011", "synth_lead", "synthetic", ("bright",)
    )
    assert clip.note == expected and clip.speaker == "synth_lead_synthetic_011"
    assert corpus.labels[clip.label] == "synth_lead" and clip.split == "train"
    a4 = corpora.Note(69, 100, "x", "guitar", "acoustic")
    assert a4.frequency == 440 and a4.qualities == ()


def test_nsynth_s_parts_are_its_folders(root):
    parts = corpora.load("nsynth", root=root).split()
    assert [len(part) for part in parts] == [8, 4, 8]
    assert parts.validation.speakers == ("bass_electronic_003",)
    for name, part in zip(corpora.Split._fields, parts, strict=True):
        alone = corpora.load("nsynth", root=root, parts=[name])
        assert [clip.key for clip in alone] == [clip.key for clip in part]
    with pytest.raises(InvalidValueError, match="must be a list of"):
        corpora.load("nsynth", root=root, parts="train")


def test_nsynth_with_a_part_alone(tmp_path):
    nsynth_part(tmp_path / "nsynth-valid", ["bass_electronic_003"])
    for root in (tmp_path, tmp_path / "nsynth-valid"):
        assert {clip.split for clip in corpora.load("nsynth", root=root)} == {"validation"}
    refused("nsynth", tmp_path, "nsynth-test", "is not beside", parts=["test"])


def test_nsynth_s_layout_under_another_name(tmp_path):
    instruments = [f"flute_acoustic_{i:03d}" for i in range(10)]
    nsynth_part(tmp_path / "mine", instruments)
    corpus = corpora.load("nsynth", root=tmp_path / "mine")
    parts = corpus.split()
    assert [len(part.speakers) for part in parts] == [8, 1, 1]  # by the course's own rule
    for one, other in zip(parts, corpus.split("speaker"), strict=True):
        assert one.speakers == other.speakers
    test = corpora.load("nsynth", root=tmp_path / "mine", parts=["test"])
    assert test.speakers == parts.test.speakers


def test_notes_are_selected_by_family_and_pitch(root):
    corpus = corpora.load("nsynth", root=root)
    chosen = corpus.select(family="organ", pitch=21)
    assert {(c.note.family, c.note.pitch) for c in chosen} == {("organ", 21)} and len(chosen) == 2
    with pytest.raises(InvalidValueError, match="no pitch 60 here, only 21, 108"):
        corpus.select(pitch=60)
    with pytest.raises(InvalidValueError, match="no family 'flute' here, only bass, guitar"):
        corpus.select(family="flute")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("pitch", 60),
        ("pitch", "108"),
        ("velocity", None),
        ("instrument_str", "bass_electronic_004"),
        ("instrument_family_str", "vocal"),
        ("instrument_source_str", "acoustic"),
    ],
)
def test_nsynth_rows_that_contradict_their_names(field, value, tmp_path):
    path = miniature("nsynth", tmp_path) / "nsynth-valid" / "examples.json"
    rows = json.loads(path.read_text())
    rows["bass_electronic_003-108-025"][field] = value
    path.write_text(json.dumps(rows))
    refused("nsynth", tmp_path, path, f"bass_electronic_003-108-025: {field} is {value!r}")


@pytest.mark.parametrize("change", ["name", "family", "row", "cut"])
def test_nsynth_indexes_that_are_damaged(change, tmp_path):
    path = miniature("nsynth", tmp_path) / "nsynth-valid" / "examples.json"
    rows, says = json.loads(path.read_text()), "expected a name like"
    if change == "name":
        rows["bass_003-108-025"] = rows.pop("bass_electronic_003-108-025")
    elif change == "family":
        rows["tuba_electronic_003-108-025"], says = {}, "there is no family 'tuba'"
    elif change == "row":
        rows["bass_electronic_003-108-025"], says = [], "instrument_str is None"
    text = json.dumps(rows)
    if change == "cut":
        text, says = text[: len(text) // 2], "not NSynth's index"
    path.write_text(text)
    refused("nsynth", tmp_path, path, says)


# ---------------------------------------------------------------- ESC-10


def test_esc10_is_what_the_index_marks(root):
    corpus = corpora.load("esc10", root=root)
    assert corpus.labels == tuple(esc10.CLASSES.values()) and len(corpus.labels) == 10
    assert len(corpus) == 150 and not [c for c in corpus if c.key.endswith("-3")]  # no cows
    clip = next(c for c in corpus if c.key == "2-2382-B-38")
    assert corpus.labels[clip.label] == "clock_tick" and clip.speaker == "2382"


def test_esc10_s_folds(root):
    folds = [{clip.key[0] for clip in part} for part in corpora.load("esc10", root=root).split()]
    assert folds == [{"1", "2", "3"}, {"4"}, {"5"}]
    other = corpora.load("esc10", root=root, test_fold=1, validation_fold=5)
    folds = [{clip.key[0] for clip in part} for part in other.split()]
    assert folds == [{"2", "3", "4"}, {"5"}, {"1"}]
    for folds in ({"test_fold": 4}, {"test_fold": 0}, {"validation_fold": 6}):
        with pytest.raises(InvalidValueError, match="two different ones of 1 ... 5"):
            corpora.load("esc10", root=root, **folds)


def test_esc10_keeps_the_clips_of_a_recording_together(root):
    corpus = corpora.load("esc10", root=root)
    for by in ("official", "speaker"):
        parts = corpus.split(by)
        sources = [source for part in parts for source in part.speakers]
        assert len(sources) == len(set(sources)) == 100


def test_esc10_needs_its_own_clips_only(tmp_path):
    folder = miniature("esc10", tmp_path) / "audio"
    for path in folder.glob("*-3.wav"):  # the other classes, thrown away to save room
        path.unlink()
    assert len(corpora.load("esc10", root=tmp_path)) == 150


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("filename,fold", "file,fold", "its first line must name filename"),
        ("2-2001-A-0.wav,2,", "2-2001-A-0.wav,3,", "line 5: 2-2001-A-0.wav, but fold is '3'"),
        ("2-2001-A-0.wav,2,0,", "2-2001-A-0.wav,2,1,", "but target is '1'"),
        (",2001,A", ",2009,A", "but src_file is '2009'"),
        ("2-2001-A-0.wav,2,0,dog", "2-2001-A-0.wav,2,0,cat", "the class 'cat' is another one"),
        ("2-2001-A-0.wav,2,0,dog,True", "2-2001-A-0.wav,2,0,dog,False", "is another one"),
        ("2-2001-A-0.wav,2", "dog.wav,2", "expected a file like 1-100032-A-0.wav"),
        ("2-2001-A-0.wav,2,0,dog,True,2001,A", "2-2001-A-0.wav", "columns are missing"),
        ("2-2001-A-0.wav,2,0,dog,True,2001,", "1-1001-A-0.wav,1,0,dog,True,1001,", "second time"),
    ],
)
def test_esc10_rows_that_are_damaged(old, new, says, tmp_path):
    path = miniature("esc10", tmp_path) / "meta" / "esc50.csv"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    refused("esc10", tmp_path, path, says, "restore it")


# ---------------------------------------------------------------- the real ones, where they are


def real(folder):
    path = Path(REAL or "nowhere") / folder
    return pytest.mark.skipif(not path.is_dir(), reason=f"{folder} is not under AIGC_EDU_DATA")


def checked(name, folder, size, rate, **options):
    corpus = corpora.load(name, root=Path(REAL) / folder, **options)
    assert len(corpus) == size and corpus.rate == rate
    assert all(len(clip.samples) > 0 for clip in corpus)
    return corpus


@real("ljspeech-mini")
def test_real_ljspeech():
    corpus = checked("ljspeech", "ljspeech-mini", 60, 22050)
    texts = {clip.key: clip.text for clip in corpus}
    assert '"forty-two line Bible" of about fourteen fifty-five' in texts["LJ001-0007"]
    assert sum('"' in text for text in texts.values()) == 6


@real("vctk-mini")
def test_real_vctk():
    corpus = checked("vctk", "vctk-mini", 28, 16000)
    assert corpus.speakers == ("p225", "p226", "p227", "p228")
    assert all(clip.text.endswith(".") for clip in corpus)


@real("speech-commands-mini")
def test_real_speech_commands():
    folder = "speech-commands-mini"
    assert len(checked("speech_commands", folder, 20, 16000).labels) == 10
    everything = checked("speech_commands", folder, 67, 16000, words=None)
    assert sum(len(clip.samples) < 16000 for clip in everything) == 6


@real("instruments-mini")
def test_real_notes_in_nsynth_s_layout():
    corpus = checked("nsynth", "instruments-mini", 88, 16000)
    assert {len(clip.samples) for clip in corpus} == {64000} and len(corpus.speakers) == 11


@real("esc10-mini")
def test_real_esc10():
    corpus = checked("esc10", "esc10-mini", 40, 44100)
    assert {len(clip.samples) for clip in corpus} == {220500}
    assert {clip.label for clip in corpus} == set(range(10))


@pytest.mark.skipif(not REAL, reason="AIGC_EDU_DATA is not set")
@pytest.mark.parametrize("name", NAMES)
def test_real_ones_are_found_under_the_variable(name, monkeypatch):
    monkeypatch.setenv("AIGC_EDU_DATA", REAL)
    if corpora.describe(name).folder is None:
        pytest.skip(f"{name} is not under AIGC_EDU_DATA")
    assert len(corpora.load(name)) > 0
