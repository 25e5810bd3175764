"""Hours of speech, rendered bit by bit: lists, going on, what is refused. It needs no voice."""

import json
import shlex
import zlib

import numpy as np
import pytest

from aigc_edu import corpora
from aigc_edu.cli import main
from aigc_edu.corpora import CorpusError
from aigc_edu.corpora.base import LARGE
from aigc_edu.corpora.recipes import large
from aigc_edu.corpora.recipes.voice import FRAME, Spoken
from aigc_edu.corpora.rendered import CHUNK, Rendering
from aigc_edu.errors import InvalidValueError


class Beeps:
    """A voice that beeps once for each letter, and may be stopped after some texts."""

    said: list[str] = []
    patience = 10**9

    def read(self, text):
        return [text] if any(map(str.isascii, filter(str.isalnum, text))) else []

    def say(self, text, seed):
        if len(Beeps.said) >= Beeps.patience:
            raise KeyboardInterrupt
        Beeps.said.append(text)
        letters = [letter for letter in text if letter.isalnum()]
        x = np.sin(np.arange(FRAME * (len(letters) + 2)) * (1 + seed % 7) / 9)
        rows = [[s, FRAME * i, FRAME * (i + 1)] for i, s in enumerate(["", *letters, ""])]
        return Spoken((x * (1 + seed % 3) / 3).astype(np.float32), rows)


@pytest.fixture(autouse=True)
def beeps(monkeypatch):
    monkeypatch.setattr(large, "Voice", Beeps)
    monkeypatch.setattr(large, "made_with", lambda: {"beeps": "1"})
    monkeypatch.setattr(Beeps, "said", [])
    monkeypatch.setattr(Beeps, "patience", 10**9)


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "metadata.csv"
    rows = [f'LJ{i:03d}|The "{i}th" one|The "{i}th" one, read' for i in range(130)]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def build(out, **options):
    return corpora.build(LARGE, out=out, **options)


def stop_after(texts_said, out, **options):
    Beeps.patience = len(Beeps.said) + texts_said
    with pytest.raises(KeyboardInterrupt):
        build(out, **options)
    Beeps.patience = 10**9
    Beeps.said.clear()


def contents(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


# Lists


def test_a_table_in_ljspeech_s_layout(tmp_path):
    path = tmp_path / "list"
    path.write_text('\ufeffA-1|"Dr. B|"Doctor B\nA-2|Yes.\n\nA-3| No. |\n', encoding="utf-8")
    texts = large.read_texts(path)
    assert [tuple(text) for text in texts] == [
        ("A-1", '"Dr. B', '"Doctor B'),
        ("A-2", "Yes.", "Yes."),
        ("A-3", "No.", "No."),
    ]


def test_a_sentence_in_each_line(tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("Yes.\n\n   \n...\nNo, thanks.\n", encoding="utf-8")
    texts = large.read_texts(str(path))
    assert [tuple(t) for t in texts] == [
        ("T000001", "Yes.", "Yes."),
        ("T000005", "No, thanks.", "No, thanks."),
    ]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"A|one\nno bars", 2),
        (b"A|one\nA|two", 2),
        (b"A|one|two|three", 1),
        (b"../A|one", 1),
        (b".A|one", 1),
        (b"|one", 1),
        (b"A||one", 1),
        (b"A|" + b"x" * 2000, 1),
        (b"word " * 999, 1),
    ],
)
def test_lines_that_are_none(tmp_path, content, line):
    path = tmp_path / "list"
    path.write_bytes(content)
    with pytest.raises(CorpusError, match=f"line {line}: expected name") as caught:
        large.read_texts(path)
    assert "\n" not in str(caught.value)


def test_lists_that_cannot_be_read(tmp_path):
    (tmp_path / "latin").write_bytes(b"na\xefve")
    for path in (tmp_path / "nowhere", tmp_path / "latin", tmp_path):
        with pytest.raises(CorpusError, match="cannot be read"):
            build(tmp_path / "out", texts=path)
    assert not (tmp_path / "out").exists()


def test_the_order_is_that_of_a_checksum(table):
    texts = large.read_texts(table)
    ordered = large.in_order(texts[::-1])
    assert ordered == large.in_order(texts) != texts and set(ordered) == set(texts)
    checksums = [zlib.crc32(text.key.encode()) for text in ordered]
    assert checksums == sorted(checksums)


# Rendering, and loading


def test_what_is_rendered_is_loaded(tmp_path, table):
    out = build(tmp_path / "out", texts=table, count=120)
    assert len(Beeps.said) == 120
    corpus = corpora.load(LARGE, root=out)
    expected = large.in_order(large.read_texts(table))[:120]
    assert [(clip.key, clip.text) for clip in corpus] == [(t.key, t.text) for t in expected]
    assert corpus.rate == 16_000 and corpus.labels == () and len(corpus.speakers) == 1
    for clip in corpus[::10]:
        assert clip.phonemes[-1].stop == len(clip.samples)
        assert [p.symbol for p in clip.phonemes if p.symbol] == [*filter(str.isalnum, clip.text)]
        assert 0 < np.abs(clip.samples).max() <= large.LOUDEST + 1e-3
    assert 100 < len(corpus.split().train) < 120 and corpora.fetch(LARGE, root=out) == out
    half = corpora.load(LARGE, root=out, rate=8000)[0]
    assert half.phonemes[-1].stop == len(half.samples) == len(corpus[0].samples) // 2


def test_it_is_in_ljspeech_s_layout_too(tmp_path, table):
    out = build(tmp_path / "out", texts=table, count=60)
    other = {clip.key: clip for clip in corpora.load("ljspeech", root=out)}
    for clip in corpora.load(LARGE, root=out):
        assert other[clip.key].text == clip.text and other[clip.key].split == clip.split
        assert np.array_equal(other[clip.key].samples, clip.samples)


def test_a_rendering_that_was_stopped_goes_on(tmp_path, table):
    whole = build(tmp_path / "whole", texts=table, count=120)
    out = tmp_path / "out"
    stop_after(70, out, texts=table, count=120)
    with pytest.raises(CorpusError, match="50 of 120 clips are in") as caught:
        corpora.load(LARGE, root=out)
    told = str(caught.value)
    assert "\n" not in told and f"corpora build {LARGE} --out {out}'" in told
    assert build(out) == out and len(Beeps.said) == 70  # the chunk that was cut, and the last
    assert contents(out) == contents(whole)
    Beeps.said.clear()
    assert build(out, texts=table, count=120) == out and not Beeps.said


def test_the_command_that_it_names_goes_on(tmp_path, table, capsys):
    out = tmp_path / "out"
    stop_after(60, out, texts=table, count=110)
    with pytest.raises(CorpusError) as caught:
        corpora.load(LARGE, root=out)
    go_on, fewer = str(caught.value).split("'")[1::2]
    assert main([*shlex.split(fewer.replace("N", "50"))][3:]) == 0 and not Beeps.said
    assert len(corpora.load(LARGE, root=out)) == 50
    assert main(["corpora", "build", LARGE, "--texts", str(table), "--out", str(out)]) == 2
    assert "the list has 130 texts to speak, not 5,000" in capsys.readouterr().err
    assert main([*shlex.split(go_on)][3:]) == 0  # complete already
    assert len(corpora.load(LARGE, root=out)) == 50


def test_the_default_place(tmp_path, table, monkeypatch):
    monkeypatch.setenv("AIGC_EDU_DATA", str(tmp_path / "data"))
    stop_after(3, None, texts=table, count=9)
    with pytest.raises(CorpusError, match=f"go on with 'python -m aigc_edu corpora build {LARGE}'"):
        corpora.load(LARGE)
    assert build(None) == tmp_path / "data" / LARGE == corpora.describe(LARGE).folder
    assert len(corpora.load(LARGE)) == 9


def test_more_are_added_and_fewer_make_do(tmp_path, table):
    out = build(tmp_path / "out", texts=table, count=70)
    first = contents(out / "wavs")
    Beeps.said.clear()
    build(out, texts=table, count=130)
    assert len(Beeps.said) == 60 and len(corpora.load(LARGE, root=out)) == 130
    assert first.items() <= contents(out / "wavs").items()
    Beeps.said.clear()
    build(out, count=20)
    assert not Beeps.said and len(corpora.load(LARGE, root=out)) == 20


def test_damaged_pieces_are_rendered_again(tmp_path, table):
    out = build(tmp_path / "out", texts=table, count=120)
    good = contents(out)
    place = Rendering(out)
    missing = place.wanted()[3].key
    (out / "wavs" / f"{missing}.flac").unlink()
    place.chunk(1).write_text('{"clips": [{"key"')
    with pytest.raises(CorpusError, match=f"{120 - 1 - CHUNK} of 120"):
        corpora.load(LARGE, root=out)
    Beeps.said.clear()
    build(out)
    assert len(Beeps.said) == 1 + CHUNK and contents(out) == good


def test_texts_without_words_are_left_out(tmp_path):
    path = tmp_path / "list"
    path.write_text("漢字\nYes.\n漢\nNo.\n", encoding="utf-8")
    with pytest.raises(InvalidValueError, match="has 2 texts to speak, not 3"):
        build(tmp_path / "out", texts=path, count=3)
    assert {c.text for c in corpora.load(LARGE, build(tmp_path / "out", texts=path, count=2))} == {
        "Yes.",
        "No.",
    }


# What is refused


def refused(says, out, **options):
    before = contents(out) if out.is_dir() else None
    with pytest.raises((CorpusError, InvalidValueError), match=says) as caught:
        build(out, **options)
    assert "\n" not in str(caught.value) and not Beeps.said
    assert (contents(out) if out.is_dir() else None) == before


def test_nothing_to_go_on_with(tmp_path):
    refused("nothing was begun in .* name a list of texts", tmp_path / "out")
    refused("a count is 1 or more", tmp_path / "out", count=0)
    with pytest.raises(CorpusError, match="render a list of texts, such as LJSpeech's"):
        corpora.load(LARGE, root=tmp_path)
    (tmp_path / "empty").write_text("\n")
    refused("has 0 texts to speak", tmp_path / "out", texts=tmp_path / "empty", count=1)


def test_more_than_were_wanted_need_the_list(tmp_path, table):
    out = build(tmp_path / "out", texts=table, count=5)
    Beeps.said.clear()
    refused("has 5 texts to speak, not 6", out, count=6)


def test_another_list(tmp_path, table):
    out = build(tmp_path / "out", texts=table, count=5)
    Beeps.said.clear()
    table.write_text(table.read_text(encoding="utf-8").replace("read", "spoken"), encoding="utf-8")
    refused("a rendering of another list", out, texts=table, count=5)


def test_a_folder_of_somebody_else_s(tmp_path, table):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("keep")
    refused("holds other files, such as mine.txt", tmp_path / "out", texts=table, count=5)


@pytest.mark.parametrize("change", [{"wanted": 4}, {"clips": [{"key": "A"}] * 5}, {"clips": 7}])
def test_a_damaged_index(tmp_path, table, change):
    out = build(tmp_path / "out", texts=table, count=5)
    index = json.loads((out / "index.json").read_text(encoding="utf-8"))
    (out / "index.json").write_text(json.dumps(index | change))
    for action in (corpora.load, lambda name, root: build(root)):
        with pytest.raises(CorpusError, match="index.json is damaged"):
            action(LARGE, root=out)


def test_options_of_others(tmp_path, table, capsys):
    command = ["corpora", "build", "notes", "--texts", str(table), "--out", str(tmp_path / "out")]
    assert main(command) == 2
    told = capsys.readouterr().err
    assert "notes has no option 'texts' to build it with" in told and told.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_disk_that_is_full(tmp_path, table, monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(large, "write", full)
    with pytest.raises(CorpusError, match="cannot be written to .*No space left"):
        build(tmp_path / "out", texts=table, count=5)
    monkeypatch.undo()
