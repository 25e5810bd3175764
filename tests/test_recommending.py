"""Retrieval and its measures, an index of a folder, and playlists by one command."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aigc_edu import audio, corpora
from aigc_edu.audio import AudioFileError
from aigc_edu.cli import main
from aigc_edu.errors import InvalidValueError
from aigc_edu.evaluation.retrieval import (
    average_precision,
    bootstrap,
    nearest,
    precision_at,
    retrieval_of,
    similarities,
    unit_rows,
)
from aigc_edu.recommending import (
    EMBEDDINGS,
    Index,
    embedding_of,
    index_of_folder,
    order_of,
    playlist,
    preview,
    write_playlist,
)
from aigc_edu.recommending.embeddings import pieces_of
from aigc_edu.recommending.playlists import Item

RATE = 16_000

# ---------------------------------------------------------------- measures


def test_the_cosine_knows_directions_and_no_lengths():
    rows = np.array([[1.0, 0], [0, 2], [-3, 0], [1, 1]])
    assert np.allclose(similarities(rows[:1], rows), [[1, 0, -1, 2**-0.5]])
    assert np.allclose(similarities(5 * rows, rows), similarities(rows, 0.1 * rows))
    assert nearest(rows[:1], rows, 4).tolist() == [[0, 3, 1, 2]]
    but = np.array([[True, False, False, False]])
    assert nearest(rows[:1], rows, 1, but).tolist() == [[3]]
    for wrong, says in (
        (lambda: unit_rows(np.zeros((1, 3))), "no direction"),
        (lambda: unit_rows(np.ones(3)), "rows"),
        (lambda: similarities(rows, np.ones((1, 3))), "numbers"),
        (lambda: nearest(rows[:1], rows, 4, but), "3 rows to choose 4"),
        (lambda: nearest(rows, rows, 1, but), "shape"),
    ):
        with pytest.raises(InvalidValueError, match=says):
            wrong()


@given(st.lists(st.booleans(), min_size=1, max_size=30).filter(any))
def test_average_precision_is_the_mean_of_the_precisions_at_the_hits(hits):
    by_hand = np.mean([precision_at(hits, n + 1) for n, hit in enumerate(hits) if hit])
    assert average_precision(hits) == pytest.approx(by_hand)
    assert average_precision(sorted(hits, reverse=True)) == 1.0, "all hits first"
    assert average_precision(hits) >= average_precision(sorted(hits))


def test_without_anything_to_find_there_is_no_precision():
    assert np.isnan(average_precision([False, False]))
    for k in (0, 3):
        with pytest.raises(InvalidValueError, match="k lies"):
            precision_at([True, False], k)


def test_retrieval_of_clusters():
    rng = np.random.default_rng(0)
    labels = np.repeat(range(4), 10)
    rows = np.eye(4)[labels] + 0.05 * rng.standard_normal((40, 4))
    relevant, itself = labels[:, None] == labels, np.eye(40, dtype=bool)
    good = retrieval_of(rows, rows, relevant, 5, itself)
    assert good.found.mean() == good.precision.mean() == good.average.mean() == 1
    blind = retrieval_of(rng.standard_normal((40, 4)), rows, relevant, 5, itself)
    assert blind.precision.mean() < 0.5
    with pytest.raises(InvalidValueError, match="nothing to be found"):
        retrieval_of(rows, rows, relevant, 5, relevant)
    with pytest.raises(InvalidValueError, match="masks of the shape"):
        retrieval_of(rows, rows, relevant, 5, itself[0])


def test_an_interval_covers_the_mean_as_often_as_it_says():
    rng = np.random.default_rng(1)
    covered = []
    for n in range(60):
        low, high = bootstrap(rng.random(40) < 0.7, seed=n)
        covered.append(low <= 0.7 <= high)
    assert 0.85 <= np.mean(covered)
    assert bootstrap(np.ones(5)) == (1.0, 1.0)
    assert bootstrap(np.arange(9.0), of=lambda x: x.max(axis=1))[1] == 8.0
    with pytest.raises(InvalidValueError, match="values"):
        bootstrap(np.zeros(0))


# ---------------------------------------------------------------- embeddings and index


def test_both_embeddings_find_a_note_again_at_another_level():
    notes = corpora.load("notes")
    clips = [
        notes.select(family=f, pitch=notes.select(family=f)[0].note.pitch)[0].samples
        for f in ("flute", "bass", "organ", "mallet")
    ]
    for name, embedding in EMBEDDINGS.items():
        rows = np.stack([embedding.row(x, RATE) for x in clips])
        softer = np.stack([embedding.row(0.1 * x, RATE) for x in clips])
        assert nearest(softer, rows, 1)[:, 0].tolist() == [0, 1, 2, 3], name
        assert similarities(softer, rows).diagonal().min() > 0.999, name
    with pytest.raises(InvalidValueError, match="there are heard, cepstral"):
        embedding_of("smell")
    with pytest.raises(InvalidValueError, match="did you mean 'cepstral'"):
        embedding_of("cepstrum")


def test_a_long_sound_is_heard_second_by_second():
    x = np.concatenate([np.ones(RATE), np.zeros(RATE), np.full(RATE // 2 + 1, 0.5)])
    pieces = pieces_of(x, RATE)
    assert [len(p) for p in pieces] == [RATE, RATE // 2 + 1], "the silent second is left out"
    assert len(pieces_of(np.ones(200 * 100), 100)) == 60
    assert len(pieces_of(np.ones(50), 100)) == 1
    with pytest.raises(InvalidValueError, match="not silent"):
        pieces_of(np.zeros(RATE), RATE)


def an_index(count=12, seed=0):
    rows = np.random.default_rng(seed).standard_normal((count, 6))
    return Index(tuple(f"s{n}" for n in range(count)), rows)


def test_no_number_decides_alone_because_it_is_large():
    index = an_index()
    large = Index(index.names, index.rows * np.array([1, 1, 1, 1, 1, 1e6]) + 5)
    assert np.allclose(index.directions, large.directions)
    row = large.rows[3]
    assert large.nearest(row, 1) == [3] and large.nearest(row, 2, but=[3])[0] != 3
    few = Index(("a", "b"), np.array([[1.0, 0], [0, 1]]))
    assert np.allclose(few.directions, few.rows), "of two sounds there is no deviation to speak of"
    with pytest.raises(InvalidValueError, match="each of 1 sounds"):
        Index(("a",), np.zeros((2, 3)))


# ---------------------------------------------------------------- playlists


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 99), st.integers(1, 11))
def test_a_playlist_holds_each_sound_once(seed, count):
    index = an_index(seed=seed)
    for variety in (0.0, 0.4, 1.0):
        chosen = playlist(index, index.rows[0], count, variety, but=[0])
        assert len(set(chosen)) == count and 0 not in chosen
        assert sorted(order_of(index, chosen)) == sorted(chosen)
        assert order_of(index, chosen)[0] == chosen[0]


def test_without_variety_it_is_the_nearest_and_with_it_less_alike():
    rng, copies = np.random.default_rng(0), np.repeat(np.eye(8), 3, axis=0)
    rows = copies + 0.01 * rng.standard_normal(copies.shape)
    index = Index(tuple(map(str, range(24))), rows)
    seed = rows[0] + 0.6 * rows[3] + 0.5 * rows[6]
    plain = playlist(index, seed, 6, 0.0)
    assert plain == index.nearest(seed, 6)
    mixed = playlist(index, seed, 6, 0.6)

    def pairs(chosen):
        near = index.directions[chosen] @ index.directions[chosen].T
        return near[np.triu_indices(len(chosen), 1)].mean()

    assert pairs(mixed) < pairs(plain) and mixed[0] == plain[0]
    for count, variety in ((25, 0.3), (0, 0.3), (3, 1.5)):
        with pytest.raises(InvalidValueError, match="variety lies"):
            playlist(index, seed, count, variety)


def test_a_preview_is_equally_loud_and_has_no_jump():
    t = np.arange(RATE) / RATE
    soft, loud = 0.01 * np.sin(2 * np.pi * 440 * t), 0.8 * np.sin(2 * np.pi * 660 * t)
    x = preview([(soft, RATE), (loud, RATE)], RATE, 0.5)
    assert len(x) == RATE - round(0.1 * RATE)
    first, second = x[2000:6000], x[9000:13000]
    assert np.std(first) == pytest.approx(np.std(second), rel=0.15)
    assert np.abs(np.diff(x)).max() < 0.1
    with pytest.raises(InvalidValueError, match="sounds"):
        preview([], RATE)


def test_a_playlist_names_sounds_from_its_folder_on(tmp_path):
    items = [
        Item(tmp_path / "in" / "a b.wav", "a\nb", 1.6),
        Item(tmp_path.parent / "c.wav", "ü", 2),
    ]
    path = write_playlist(tmp_path / "mine.m3u8", items)
    lines = path.read_text("utf-8").splitlines()
    assert lines[:3] == ["#EXTM3U", "#EXTINF:2,a b", "in/a b.wav"]
    assert (
        lines[3] == "#EXTINF:2,ü" and lines[4] == (tmp_path.parent / "c.wav").resolve().as_posix()
    )
    assert [p.name for p in tmp_path.iterdir()] == ["mine.m3u8"]
    for wrong in (tmp_path / "mine.txt", path / "x.m3u8"):
        with pytest.raises(AudioFileError):
            write_playlist(wrong, items)


def tone(frequency, seconds=0.6):
    t = np.arange(round(seconds * RATE)) / RATE
    return 0.2 * sum(np.sin(2 * np.pi * k * frequency * t) / k for k in (1, 2, 3))


def hiss(seed, seconds=0.6):
    return 0.1 * np.random.default_rng(seed).uniform(-1, 1, round(seconds * RATE))


@pytest.fixture
def folder(tmp_path):
    """A folder with tones and hisses, a broken file, a silent one, and a text."""
    for n, frequency in enumerate((220, 260, 300, 350, 400)):
        audio.write(tmp_path / "mine" / f"tone-{n}.wav", tone(frequency), RATE)
        audio.write(tmp_path / "mine" / "more" / f"hiss-{n}.wav", hiss(n), RATE)
    (tmp_path / "mine" / "broken.wav").write_bytes(b"RIFF")
    (tmp_path / "mine" / "notes.txt").write_text("no sound")
    audio.write(tmp_path / "mine" / "silent.wav", np.zeros(RATE), RATE)
    return tmp_path / "mine"


def test_a_folder_becomes_an_index_and_says_what_it_leaves_out(folder):
    said = []
    index = index_of_folder(folder, embedding_of("cepstral"), said.append)
    assert len(index) == 10 and "more/hiss-0.wav" in index.names
    assert len(said) == 2 and all("\n" not in line for line in said)
    assert "broken.wav" in said[0] and "silent.wav" in said[1]
    with pytest.raises(AudioFileError, match="no such folder"):
        index_of_folder(folder / "none", embedding_of("cepstral"))
    (folder / "bare").mkdir()
    with pytest.raises(AudioFileError, match="no sound files"):
        index_of_folder(folder / "bare", embedding_of("cepstral"))
    (folder / "bare" / "x.wav").write_bytes(b"")
    with pytest.raises(AudioFileError, match="could be used"):
        index_of_folder(folder / "bare", embedding_of("cepstral"))


def test_one_command_makes_a_playlist_and_a_preview(folder, tmp_path, capsys):
    out = folder / "hiss.m3u8"
    command = f"playlist {folder / 'more' / 'hiss-2.wav'} {folder} --count 4 --by cepstral"
    told = [
        *command.split(),
        "--variety",
        "0",
        "--out",
        str(out),
        "--preview",
        str(tmp_path / "p.flac"),
    ]
    assert main(told) == 0
    lines = out.read_text().splitlines()[2::2]
    assert len(lines) == 4 and all(line.startswith("more/hiss-") for line in lines)
    assert "more/hiss-2.wav" not in lines, "the seed itself isn't recommended"
    x, rate = audio.read(tmp_path / "p.flac")
    assert rate == 44_100 and len(x) / rate == pytest.approx(4 * 0.6 - 3 * 0.1, abs=0.01)
    assert "left out: " in capsys.readouterr().err
    kept = out.read_bytes()
    for path in (out, tmp_path / "p.flac"):
        assert main(told) == 2
        error = capsys.readouterr().err
        assert f"{path}: there is such a file already" in error and error.count("\n") == 1
        path.unlink()
    assert not out.exists(), "nothing was written where only the preview stood in the way"
    assert main(told) == 0 and main([*told, "--replace"]) == 0 and out.read_bytes() == kept
    capsys.readouterr()
    out.unlink()
    for told, says in (
        (["--variety", "9"], "--variety"),
        (["--count", "0"], "--count"),
        (["--rate", "0"], "--rate"),
        (["--out", str(folder / "list.txt")], "list.txt: a playlist's name"),
        (["--preview", str(folder / "list.xyz")], "list.xyz: cannot be written"),
    ):
        assert main([*command.split(), "--out", str(out), *told]) == 2
        error = capsys.readouterr().err
        assert says in error and error.count("\n") == 1, "and before the folder is read"
    assert main(["playlist", "none.wav", str(folder), "--out", str(out)]) == 2
    assert "none.wav" in capsys.readouterr().err and not out.exists()
    alone = audio.write(tmp_path / "alone" / "one.wav", tone(300), RATE)
    assert main(["playlist", str(alone), str(alone.parent), "--out", str(out)]) == 2
    assert "no other sound" in capsys.readouterr().err
