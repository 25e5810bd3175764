"""Fetching an archive from a server of this test's own: what arrives, and what is refused."""

import dataclasses
import errno
import hashlib
import io
import os
import tarfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from aigc_edu import corpora
from aigc_edu.audio import write
from aigc_edu.corpora import CorpusError, fetching, fsdd

TOP = "free-spoken-digit-dataset-1.0.10"


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    path = tmp_path_factory.mktemp("wav") / "x.wav"
    return write(path, [0.1, -0.1] * 200, 8000).read_bytes()


def packed(members):
    """Return the bytes of a .tar.gz; a member is (name, content) or a TarInfo."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member)
            else:
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                archive.addfile(info, io.BytesIO(member[1]))
    return buffer.getvalue()


def special(name, kind, target=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


@pytest.fixture
def good(recording):
    names = [f"{TOP}/recordings/{digit}_theo_{take}.wav" for digit in range(3) for take in (0, 9)]
    folder = special(f"{TOP}/recordings", tarfile.DIRTYPE)
    return packed([folder, *((name, recording) for name in names), (f"{TOP}/README.md", b"hi")])


@pytest.fixture
def serve(monkeypatch):
    """Return a function that serves bytes as FSDD's archive, by the right hash or another."""
    answer = {"body": b"", "cut": 0, "asked": 0}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            answer["asked"] += 1
            self.send_response(200 if answer["body"] else 404)
            self.send_header("Content-Length", str(len(answer["body"])))
            self.end_headers()
            self.wfile.write(answer["body"][: len(answer["body"]) - answer["cut"]])

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}/archive.tar.gz"

    def start(body, sha256=None, cut=0):
        answer.update(body=body, cut=cut)
        digest = sha256 or hashlib.sha256(body).hexdigest()
        archive = dataclasses.replace(fsdd.ARCHIVE, url=url, sha256=digest, size=len(body))
        monkeypatch.setattr(fsdd, "ARCHIVE", archive)
        return answer

    yield start
    server.shutdown()
    server.server_close()


def left_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_good_archive_arrives_whole(serve, good, tmp_path):
    answer = serve(good)
    folder = corpora.fetch("fsdd", root=tmp_path / "new" / "place")
    assert folder == tmp_path / "new" / "place" / "fsdd"
    assert left_in(folder) == ["README.md", "recordings"]
    assert left_in(folder.parent) == ["fsdd"]  # nothing else stays
    assert len(corpora.load("fsdd", root=tmp_path / "new" / "place")) == 6
    assert corpora.fetch("fsdd", root=tmp_path / "new" / "place") == folder
    assert answer["asked"] == 1  # what is there is not fetched again


def test_it_goes_where_the_variable_says(serve, good, tmp_path, monkeypatch):
    serve(good)
    monkeypatch.setenv("AIGC_EDU_DATA", str(tmp_path))
    assert corpora.fetch("fsdd") == tmp_path / "fsdd"
    assert len(corpora.load("fsdd")) == 6


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps other rights")
def test_rights_in_the_archive_do_not_count(serve, recording, tmp_path):
    info = tarfile.TarInfo(f"{TOP}/recordings/0_theo_0.wav")
    info.mode, info.size = 0o4777, len(recording)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        archive.addfile(info, io.BytesIO(recording))
    serve(buffer.getvalue())
    path = corpora.fetch("fsdd", root=tmp_path) / "recordings" / "0_theo_0.wav"
    assert path.stat().st_mode & 0o7111 == 0


def refused(root, says):
    with pytest.raises(CorpusError, match=says) as caught:
        corpora.fetch("fsdd", root=root)
    assert left_in(root) == []
    return str(caught.value)


def test_another_hash(serve, good, tmp_path):
    serve(good, sha256="0" * 64)
    text = refused(tmp_path, "is not the archive that the course knows")
    assert hashlib.sha256(good).hexdigest() in text and "0" * 64 in text
    assert "packed the same files anew" in text and "Nothing was unpacked" in text


def test_a_connection_that_is_cut(serve, good, tmp_path):
    serve(good, cut=100)
    refused(tmp_path, "could not be put in .* run the same command again")
    serve(good)
    assert corpora.fetch("fsdd", root=tmp_path).is_dir()  # the next call starts again


def test_nothing_at_the_address(serve, tmp_path):
    serve(b"")
    refused(tmp_path, "404")


def test_no_server(serve, good, tmp_path, monkeypatch):
    serve(good)
    archive = dataclasses.replace(fsdd.ARCHIVE, url="http://127.0.0.1:9/archive.tar.gz")
    monkeypatch.setattr(fsdd, "ARCHIVE", archive)
    refused(tmp_path, "could not be put in")


@pytest.mark.parametrize(
    ("member", "says"),
    [
        (("../outside.txt", b"x"), "outside of its folder"),
        ((f"{TOP}/recordings/../../../outside.txt", b"x"), "outside of its folder"),
        (("/tmp/outside.txt", b"x"), "outside of its folder"),
        (("C:\\outside.txt", b"x"), "outside of its folder"),
        ((f"{TOP}\\..\\..\\outside.txt", b"x"), "outside of its folder"),
        (special(f"{TOP}/link", tarfile.SYMTYPE, "/etc/passwd"), "is a link"),
        (special(f"{TOP}/recordings/link", tarfile.SYMTYPE, "../../.."), "is a link"),
        (special(f"{TOP}/hard", tarfile.LNKTYPE, "../../outside.txt"), "is a link"),
        (special(f"{TOP}/pipe", tarfile.FIFOTYPE), "neither a file nor a folder"),
        (special(f"{TOP}/disk", tarfile.BLKTYPE), "neither a file nor a folder"),
    ],
)
def test_members_that_reach_outside(serve, recording, tmp_path, member, says):
    root = tmp_path / "a" / "b" / "root"
    root.mkdir(parents=True)
    serve(packed([(f"{TOP}/recordings/0_theo_0.wav", recording), member]))
    refused(root, says)
    assert not list(tmp_path.rglob("outside.txt"))


def test_all_members_are_looked_at_before_the_first_is_written(recording, tmp_path):
    path = tmp_path / "x.tar.gz"
    path.write_bytes(packed([(f"{TOP}/a", recording), ("../b", b"x")]))
    with pytest.raises(CorpusError):
        fetching.unpack(path, tmp_path / "into")
    assert not (tmp_path / "into").exists()


def test_no_archive_at_all(serve, tmp_path):
    serve(b"<html>Sorry</html>")
    refused(tmp_path, "no tar archive")


def test_an_archive_that_ends_early(serve, good, tmp_path):
    serve(good[: len(good) // 2])
    refused(tmp_path, "no tar archive or is damaged")


def test_an_archive_of_something_else(serve, tmp_path):
    serve(packed([("other/readme", b"x")]))
    refused(tmp_path, f"holds no folder '{TOP}'")


def test_an_existing_folder_is_not_touched(serve, good, tmp_path):
    answer = serve(good)
    (tmp_path / "fsdd").mkdir()
    (tmp_path / "fsdd" / "mine.txt").write_text("keep")
    with pytest.raises(CorpusError, match="holds no recordings"):
        corpora.fetch("fsdd", root=tmp_path)
    assert (tmp_path / "fsdd" / "mine.txt").read_text() == "keep"
    assert left_in(tmp_path) == ["fsdd"] and answer["asked"] == 0


def test_a_full_disk(serve, good, tmp_path, monkeypatch):
    def full(source, sink, length=0):
        sink.write(source.read(10))
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    serve(good)
    monkeypatch.setattr(fetching.shutil, "copyfileobj", full)
    refused(tmp_path, os.strerror(errno.ENOSPC))


def test_a_root_that_cannot_be(serve, good, tmp_path):
    serve(good)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CorpusError, match="could not be put in"):
        corpora.fetch("fsdd", root=tmp_path / "file")


def test_an_interruption_leaves_nothing(serve, good, tmp_path, monkeypatch):
    def stop(*arguments):
        raise KeyboardInterrupt

    serve(good)
    monkeypatch.setattr(fetching, "_put_in_place", stop)
    with pytest.raises(KeyboardInterrupt):
        corpora.fetch("fsdd", root=tmp_path)
    assert left_in(tmp_path) == []


def test_two_at_once(serve, good, tmp_path, monkeypatch):
    together = threading.Barrier(2, timeout=20)
    place, results = fetching._put_in_place, []

    def wait(*arguments):
        together.wait()  # both have unpacked, neither has moved its folder
        place(*arguments)

    serve(good)
    monkeypatch.setattr(fetching, "_put_in_place", wait)
    both = [
        threading.Thread(target=lambda: results.append(corpora.fetch("fsdd", root=tmp_path)))
        for _ in range(2)
    ]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert results == [tmp_path / "fsdd"] * 2
    assert left_in(tmp_path) == ["fsdd"] and len(corpora.load("fsdd", root=tmp_path)) == 6


def test_what_a_killed_process_left_is_cleared_a_day_later(serve, good, tmp_path):
    old, new = tmp_path / ".fsdd-part-old", tmp_path / ".fsdd-part-new"
    old.mkdir()
    new.mkdir()
    long_ago = time.time() - 2 * 24 * 3600
    os.utime(old, (long_ago, long_ago))
    serve(good)
    corpora.fetch("fsdd", root=tmp_path)
    assert left_in(tmp_path) == [".fsdd-part-new", "fsdd"]


def test_the_built_in_corpus_needs_no_fetching():
    assert (corpora.fetch("digits") / "index.json").is_file()
