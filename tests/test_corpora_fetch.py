"""Fetching an archive from a server of this test's own: what arrives, and what is refused."""

import bz2
import dataclasses
import errno
import gzip
import hashlib
import io
import json
import os
import signal
import stat
import subprocess
import sys
import tarfile
import threading
import time
import warnings
import zipfile
from collections import namedtuple
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from aigc_edu import corpora
from aigc_edu.audio import write
from aigc_edu.corpora import CorpusError, downloading, fetching, fsdd, nsynth, unpacking
from aigc_edu.corpora import catalogue as catalogue_module
from aigc_edu.errors import InvalidValueError

TOP = "free-spoken-digit-dataset-1.0.10"
KINDS = ("tar.gz", "tar.bz2", "zip")
each_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    path = tmp_path_factory.mktemp("wav") / "x.wav"
    return write(path, [0.1, -0.1] * 200, 8000).read_bytes()


def special(name, kind, target=""):
    """Return a member that is no plain file: a folder, a link, a pipe, a device."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def packed(members, kind="tar.gz"):
    """Return the bytes of an archive; a member is (name, content) or from ``special``."""
    if kind == "zip":
        return packed_zip(members)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member)
            else:
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                archive.addfile(info, io.BytesIO(member[1]))
    return {"tar.gz": gzip.compress, "tar.bz2": bz2.compress}[kind](buffer.getvalue())


UNIX_KINDS = {
    tarfile.DIRTYPE: stat.S_IFDIR,
    tarfile.SYMTYPE: stat.S_IFLNK,
    tarfile.FIFOTYPE: stat.S_IFIFO,
    tarfile.BLKTYPE: stat.S_IFBLK,
}


def packed_zip(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in members:
            name, content = (
                (member.name, member.linkname)
                if isinstance(member, tarfile.TarInfo)
                else member[:2]
            )
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            if isinstance(member, tarfile.TarInfo):
                info.external_attr = (UNIX_KINDS[member.type] | 0o777) << 16
                info.filename += "/" * member.isdir()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # a name twice is what some tests want
                archive.writestr(info, content)
    return buffer.getvalue()


def good_members(recording, top=f"{TOP}/"):
    names = [f"{top}recordings/{digit}_theo_{take}.wav" for digit in range(3) for take in (0, 9)]
    folder = special(f"{top}recordings", tarfile.DIRTYPE)
    return [folder, *((name, recording) for name in names), (f"{top}README.md", os.urandom(9000))]


@pytest.fixture
def good(recording):
    return packed(good_members(recording))


@pytest.fixture
def server():
    """Start a server whose answers a test sets; ``asked`` records the wishes for a range."""
    answer = {"body": b"", "cut": 0, "asked": [], "ranges": True, "length": True, "wait": None}
    answer["code"] = 206

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            wish = self.headers.get("Range", "")
            answer["asked"].append(wish)
            if answer["wait"]:
                answer["wait"]()
            body, first = answer["body"], int(wish[len("bytes=") : -1] or 0) if wish else 0
            if first and answer["ranges"]:
                code = answer["code"] if first < len(body) else 416
                start = answer["ranges"] - 1 + first  # True: where it was asked to; 2: one late
                where, body = f"bytes {start}-{len(body) - 1}/{len(body)}", body[start:]
            else:
                code, where = 200 if body else 404, ""
            self.send_response(code)
            if answer["length"]:
                self.send_header("Content-Length", str(len(body)))
            if where:
                self.send_header("Content-Range", where)
            self.end_headers()
            self.wfile.write(body[: len(body) - answer["cut"]])

        def log_message(self, *arguments):
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    threading.Thread(target=httpd.serve_forever, args=(0.02,), daemon=True).start()
    answer["url"] = f"http://127.0.0.1:{httpd.server_address[1]}/archive"
    yield answer
    httpd.shutdown()
    httpd.server_close()


@pytest.fixture
def serve(server, monkeypatch):
    """Return a function that serves bytes as FSDD's archive, by the right hash or another."""
    monkeypatch.setattr(downloading, "_CHUNK", 256)  # of a cut download, whole chunks are kept

    def start(body, known_hash=None, **changes):
        server.update({"cut": 0, "ranges": True, "length": True} | changes, body=body)
        archive = dataclasses.replace(
            fsdd.DATA_SET.archives["fsdd"],
            url=server["url"],
            known_hash=known_hash or f"sha256:{hashlib.sha256(body).hexdigest()}",
            size=len(body),
        )
        monkeypatch.setitem(fsdd.DATA_SET.archives, "fsdd", archive)
        return server

    return start


def replace_archive(monkeypatch, **changes):
    archive = dataclasses.replace(fsdd.DATA_SET.archives["fsdd"], **changes)
    monkeypatch.setitem(fsdd.DATA_SET.archives, "fsdd", archive)


def left_in(folder):
    return sorted(path.name for path in folder.iterdir())


def arrived(folder):
    return len(corpora.load("fsdd", root=folder)) == 6


# What arrives


@each_kind
def test_a_good_archive_arrives_whole(serve, recording, kind, tmp_path):
    answer = serve(packed(good_members(recording), kind))
    folder = corpora.fetch("fsdd", root=tmp_path / "new" / "place")
    assert folder == tmp_path / "new" / "place" / "fsdd"
    assert left_in(folder) == ["README.md", "recordings"]
    assert left_in(folder.parent) == ["fsdd"]  # nothing else stays
    assert (folder / "recordings" / "2_theo_9.wav").read_bytes() == recording
    assert arrived(tmp_path / "new" / "place")
    assert corpora.fetch("fsdd", root=tmp_path / "new" / "place") == folder
    assert len(answer["asked"]) == 1  # what is there is not fetched again


@each_kind
@pytest.mark.parametrize("top", ["", "./"])
def test_an_archive_without_a_folder_at_its_top(serve, recording, kind, top, tmp_path, monkeypatch):
    serve(packed(good_members(recording, top=top), kind))
    replace_archive(monkeypatch, folder=".")
    assert left_in(corpora.fetch("fsdd", root=tmp_path)) == ["README.md", "recordings"]
    assert left_in(tmp_path) == ["fsdd"] and arrived(tmp_path)


def test_it_goes_where_the_variable_says(serve, good, tmp_path, monkeypatch):
    serve(good)
    monkeypatch.setenv("AIGC_EDU_DATA", str(tmp_path))
    assert corpora.fetch("fsdd") == tmp_path / "fsdd"
    assert len(corpora.load("fsdd")) == 6


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps other rights")
@each_kind
def test_rights_in_the_archive_do_not_count(serve, recording, kind, tmp_path):
    name = f"{TOP}/recordings/0_theo_0.wav"
    buffer = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(buffer, "w") as archive:
            info = zipfile.ZipInfo(name)
            info.external_attr = (stat.S_IFREG | 0o4777) << 16
            archive.writestr(info, recording)
    else:
        with tarfile.open(fileobj=buffer, mode=f"w:{kind[4:]}") as archive:
            info = tarfile.TarInfo(name)
            info.mode, info.size = 0o4777, len(recording)
            archive.addfile(info, io.BytesIO(recording))
    serve(buffer.getvalue())
    path = corpora.fetch("fsdd", root=tmp_path) / "recordings" / "0_theo_0.wav"
    assert path.stat().st_mode & 0o7111 == 0


def test_the_size_is_told_first(serve, good, tmp_path, capfd):
    serve(good)
    replace_archive(monkeypatch := pytest.MonkeyPatch(), size=2_748_572_632, unpacked=10**6)
    with pytest.raises(CorpusError):
        monkeypatch.setattr(fetching.shutil, "disk_usage", usage(free=0))
        corpora.fetch("fsdd", root=tmp_path)
    monkeypatch.undo()
    assert "2.7 GB to fetch, 1.0 MB unpacked, from http://" in capfd.readouterr().err


def test_a_hash_by_md5_will_do(serve, good, tmp_path):
    serve(good, known_hash=f"md5:{hashlib.md5(good).hexdigest()}")
    assert corpora.fetch("fsdd", root=tmp_path).is_dir()


def test_a_miniature_is_not_the_data_set(serve, good, tmp_path, monkeypatch):
    mini = dataclasses.replace(fsdd.DATA_SET, miniatures=("fsdd-mini",))
    monkeypatch.setattr(fsdd, "fetch", mini.fetch)
    (tmp_path / "fsdd-mini" / "recordings").mkdir(parents=True)
    assert mini.find(tmp_path) == tmp_path / "fsdd-mini"
    serve(good)
    assert corpora.fetch("fsdd", root=tmp_path) == tmp_path / "fsdd"


@pytest.mark.parametrize("name", corpora.available())
def test_every_archive_is_described(name):
    data_set = getattr(catalogue_module._module(name), "DATA_SET", None)
    for archive in data_set.archives.values() if data_set else ():
        algorithm, digits = archive.known_hash.split(":")
        assert len(digits) == {"sha256": 64, "md5": 32}[algorithm]
        assert archive.unpacked >= 0.9 * archive.size > 10**7 and archive.url.startswith("http")
    about = corpora.describe(name)
    assert about.clips > 0 and about.rate >= 8000 and about.purpose and about.licence


# What is refused


def refused(root, says):
    with pytest.raises(CorpusError, match=says) as caught:
        corpora.fetch("fsdd", root=root)
    assert left_in(root) == []
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("known", ["sha256:" + "0" * 64, "md5:" + "0" * 32])
def test_another_hash(serve, good, known, tmp_path):
    serve(good, known_hash=known)
    text = refused(tmp_path, "is not the archive that the course knows")
    algorithm = known.split(":")[0]
    assert getattr(hashlib, algorithm)(good).hexdigest() in text and known in text
    assert "packed the same files anew" in text and "Nothing was unpacked" in text


def test_nothing_at_the_address(serve, tmp_path):
    serve(b"")
    refused(tmp_path, "404")


def test_no_server(serve, good, tmp_path, monkeypatch):
    serve(good)
    replace_archive(monkeypatch, url="http://127.0.0.1:9/archive.tar.gz")
    refused(tmp_path, "could not be put in")


OUTSIDE = [
    (("../outside.txt", b"x"), "outside of its folder"),
    ((f"{TOP}/recordings/../../../outside.txt", b"x"), "outside of its folder"),
    (("/tmp/outside.txt", b"x"), "outside of its folder"),
    (("C:\\outside.txt", b"x"), "outside of its folder"),
    (("c:outside.txt", b"x"), "outside of its folder"),
    ((f"{TOP}\\..\\..\\outside.txt", b"x"), "outside of its folder"),
    (("\\\\host\\share\\outside.txt", b"x"), "outside of its folder"),
    (special("../outside", tarfile.DIRTYPE), "outside of its folder"),
    (special(f"{TOP}/link", tarfile.SYMTYPE, "/etc/passwd"), "is a link"),
    (special(f"{TOP}/recordings/link", tarfile.SYMTYPE, "../../.."), "is a link"),
    (special(f"{TOP}/hard", tarfile.LNKTYPE, "../../outside.txt"), "is a link"),
    (special(f"{TOP}/pipe", tarfile.FIFOTYPE), "neither a file nor a folder"),
    (special(f"{TOP}/disk", tarfile.BLKTYPE), "neither a file nor a folder"),
]


@pytest.mark.parametrize(
    ("member", "says", "kind"),
    [
        (member, says, kind)
        for member, says in OUTSIDE
        for kind in ("tar.gz", "zip")
        if (kind, getattr(member, "type", "")) != ("zip", tarfile.LNKTYPE)  # it knows no such
    ],
)
def test_members_that_reach_outside(serve, recording, tmp_path, member, says, kind):
    root = tmp_path / "a" / "b" / "root"
    root.mkdir(parents=True)
    serve(packed([(f"{TOP}/recordings/0_theo_0.wav", recording), member], kind))
    refused(root, says)
    assert not list(tmp_path.rglob("outside*"))


@each_kind
def test_a_refused_archive_leaves_nothing_of_itself(recording, kind, tmp_path):
    path = tmp_path / "x"
    path.write_bytes(packed([(f"{TOP}/a", recording), ("../b", b"x")], kind))
    with pytest.raises(CorpusError):
        unpacking.unpack(path, tmp_path / "into")
    assert left_in(tmp_path) == ["x"]


def test_what_is_in_the_way_of_unpacking_is_kept(recording, tmp_path):
    path = tmp_path / "x"
    path.write_bytes(packed([("a", recording)]))
    (tmp_path / "into").mkdir()
    (tmp_path / "into" / "mine").write_text("keep")
    with pytest.raises(OSError):
        unpacking.unpack(path, tmp_path / "into")
    assert left_in(tmp_path / "into") == ["mine"]


@each_kind
@pytest.mark.parametrize("second", ["a/b", "a/b/c"])
def test_two_members_in_one_place(recording, kind, second, tmp_path):
    path = tmp_path / "x"
    path.write_bytes(packed([("a/b", recording), (second, b"another")], kind))
    with pytest.raises(CorpusError, match="in another one's place"):
        unpacking.unpack(path, tmp_path / "into")
    assert left_in(tmp_path) == ["x"]


@each_kind
def test_an_archive_that_swells(kind, tmp_path):
    path = tmp_path / "x"
    path.write_bytes(packed([(f"zeros{i}", bytes(2 * 10**6)) for i in range(3)], kind))
    assert path.stat().st_size < 20_000
    with pytest.raises(CorpusError, match="unpacks to more than 5,000,000 bytes"):
        unpacking.unpack(path, tmp_path / "into", limit=5 * 10**6)
    assert left_in(tmp_path) == ["x"]
    unpacking.unpack(path, tmp_path / "into", limit=6 * 10**6)
    assert len(left_in(tmp_path / "into")) == 3


def test_a_data_set_may_not_swell_far_beyond_its_size(serve, recording, tmp_path, monkeypatch):
    serve(packed([*good_members(recording), (f"{TOP}/zeros", bytes(10**6))], "zip"))
    replace_archive(monkeypatch, unpacked=10**5)
    monkeypatch.setattr(fetching, "_SPARE", 0)
    refused(tmp_path, "unpacks to more than 200,000 bytes")


@pytest.mark.parametrize("kind", ["tar.gz", "zip"])
def test_no_archive_at_all(serve, kind, tmp_path):
    serve(b"<html>Sorry</html>" if kind == "tar.gz" else b"PK\x03\x04 Sorry")
    refused(tmp_path, "no tar or zip archive")


@each_kind
def test_an_archive_that_ends_early(serve, recording, kind, tmp_path):
    body = packed(good_members(recording), kind)
    serve(body[: len(body) // 2])
    refused(tmp_path, "no tar or zip archive or is damaged")


@each_kind
def test_an_archive_with_wrong_bytes_inside(serve, recording, kind, tmp_path):
    body = bytearray(packed(good_members(recording), kind))
    for i in range(len(body) // 3, len(body) // 3 + 40):
        body[i] ^= 0x55
    serve(bytes(body))
    refused(tmp_path, "no tar or zip archive or is damaged")


def test_an_encrypted_zip(recording, tmp_path):
    body = bytearray(packed([("a", recording)], "zip"))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # the flags of member and index
        body[body.index(mark) + offset] |= 1
    (tmp_path / "x").write_bytes(body)
    with pytest.raises(CorpusError, match="encrypted"):
        unpacking.unpack(tmp_path / "x", tmp_path / "into")


@each_kind
def test_an_archive_of_something_else(serve, kind, tmp_path, monkeypatch):
    serve(packed([("other/readme", b"x")], kind))
    refused(tmp_path, f"holds no folder or file '{TOP}'")
    replace_archive(monkeypatch, folder=".")
    refused(tmp_path, "holds no folder or file 'recordings'")


def test_an_existing_folder_is_not_touched(serve, good, tmp_path):
    answer = serve(good)
    (tmp_path / "fsdd").mkdir()
    (tmp_path / "fsdd" / "mine.txt").write_text("keep")
    with pytest.raises(CorpusError, match="holds no recordings"):
        corpora.fetch("fsdd", root=tmp_path)
    assert (tmp_path / "fsdd" / "mine.txt").read_text() == "keep"
    assert left_in(tmp_path) == ["fsdd"] and answer["asked"] == []


def test_a_root_that_cannot_be(serve, good, tmp_path):
    serve(good)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CorpusError, match="could not be put in"):
        corpora.fetch("fsdd", root=tmp_path / "file")


# The disk


def usage(free):
    return lambda path: namedtuple("Usage", "total used free")(10**12, 0, free)


def test_too_little_room_is_found_before_the_download(serve, good, tmp_path, monkeypatch):
    answer = serve(good)
    monkeypatch.setattr(fetching.shutil, "disk_usage", usage(free=10**8))
    text = refused(tmp_path, "make room")
    assert "100 MB are free" in text and "25 MB unpacked" in text and "AIGC_EDU_DATA" in text
    assert answer["asked"] == []


@each_kind
def test_a_disk_that_is_full_while_unpacking(serve, recording, kind, tmp_path, monkeypatch):
    def full(source, sink, length=0):
        sink.write(source.read(10))
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    serve(packed(good_members(recording), kind))
    monkeypatch.setattr(unpacking.shutil, "copyfileobj", full)
    refused(tmp_path, os.strerror(errno.ENOSPC))


def test_a_disk_that_is_full_while_downloading(serve, good, tmp_path, monkeypatch):
    class Full(io.FileIO):
        def write(self, data):
            super().write(data[:1000])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    serve(good)
    monkeypatch.setattr(downloading, "open", Full, raising=False)
    refused(tmp_path, os.strerror(errno.ENOSPC))  # what came is not kept: it only takes room


def test_a_server_that_sends_without_end(serve, good, tmp_path, monkeypatch):
    serve(good)
    replace_archive(monkeypatch, size=1000)
    monkeypatch.setattr(fetching, "_SPARE", 0)
    refused(tmp_path, "far more than it should")


# Going on with a download that was cut


def cut_off(serve, body, tmp_path, missing=100, **changes):
    answer = serve(body, cut=missing, **changes)
    with pytest.raises(CorpusError, match="did not arrive whole .* same command again") as caught:
        corpora.fetch("fsdd", root=tmp_path)
    assert "\n" not in str(caught.value)
    (kept,) = left_in(tmp_path)
    assert kept.startswith(".fsdd-part-") and kept.endswith(".download")
    path = tmp_path / kept
    assert body.startswith(path.read_bytes())
    assert len(body) - missing - 256 < path.stat().st_size <= len(body) - missing
    answer["cut"] = 0
    answer["asked"].clear()
    return answer, path


def test_a_download_that_was_cut_goes_on(serve, good, tmp_path):
    answer, kept = cut_off(serve, good, tmp_path)
    size = kept.stat().st_size
    assert corpora.fetch("fsdd", root=tmp_path).is_dir()
    assert answer["asked"] == [f"bytes={size}-"]  # the missing part alone
    assert left_in(tmp_path) == ["fsdd"] and arrived(tmp_path)


def test_a_download_may_be_cut_again_and_again(serve, good, tmp_path):
    for missing in (3000, 2000, 1000):
        cut_off(serve, good, tmp_path, missing)
    assert corpora.fetch("fsdd", root=tmp_path).is_dir() and left_in(tmp_path) == ["fsdd"]


def test_a_server_without_ranges_sends_it_all_again(serve, good, tmp_path):
    answer, _ = cut_off(serve, good, tmp_path)
    answer["ranges"] = False
    assert corpora.fetch("fsdd", root=tmp_path).is_dir() and arrived(tmp_path)


def test_a_server_that_goes_on_elsewhere_is_not_believed(serve, good, tmp_path):
    answer, kept = cut_off(serve, good, tmp_path)
    answer["ranges"], size = 2, kept.stat().st_size
    assert corpora.fetch("fsdd", root=tmp_path).is_dir() and arrived(tmp_path)
    assert answer["asked"] == [f"bytes={size}-", ""]


@pytest.mark.parametrize("lie", [{"ranges": 2}, {"code": 200}])
def test_only_what_follows_is_appended(serve, good, lie, tmp_path):
    answer = serve(good)
    answer.update(lie)
    (tmp_path / "x").write_bytes(good[:500])
    downloading.download(answer["url"], tmp_path / "x", "x", limit=10**6)
    assert (tmp_path / "x").read_bytes() == good and answer["asked"] == ["bytes=500-", ""]


def test_a_beginning_of_something_else_is_fetched_anew(serve, good, tmp_path):
    answer, kept = cut_off(serve, good, tmp_path)
    kept.write_bytes(bytes(len(good) - 100))
    assert corpora.fetch("fsdd", root=tmp_path).is_dir() and arrived(tmp_path)
    assert answer["asked"] == [f"bytes={len(good) - 100}-", ""]


@pytest.mark.parametrize("more", [b"", b"too much"])
def test_a_beginning_that_is_the_whole(serve, good, more, tmp_path):
    answer, kept = cut_off(serve, good, tmp_path)
    kept.write_bytes(good + more)
    assert corpora.fetch("fsdd", root=tmp_path).is_dir() and arrived(tmp_path)
    assert answer["asked"] == [f"bytes={len(good + more)}-", *([""] if more else [])]


def test_a_beginning_outlives_a_server_that_is_down(serve, good, tmp_path):
    answer, kept = cut_off(serve, good, tmp_path)
    answer["body"] = b""
    answer["ranges"] = False
    with pytest.raises(CorpusError, match="404"):
        corpora.fetch("fsdd", root=tmp_path)
    assert left_in(tmp_path) == [kept.name]


def test_a_beginning_of_another_address_is_not_taken(serve, good, recording, tmp_path):
    cut_off(serve, good, tmp_path)
    other = packed(good_members(recording))
    answer = serve(other)
    answer["asked"].clear()
    corpora.fetch("fsdd", root=tmp_path)
    assert answer["asked"] == [""]


def test_a_connection_that_is_cut_before_the_first_byte(serve, good, tmp_path):
    serve(good, cut=len(good))
    refused(tmp_path, "could not be put in")


def test_a_cut_without_a_stated_length_is_found_by_the_hash(serve, good, tmp_path):
    serve(good, cut=100, length=False)
    refused(tmp_path, "is not the archive that the course knows")


def test_ctrl_c_keeps_what_has_come(serve, good, tmp_path, monkeypatch):
    def stop(self, amount=1):
        raise KeyboardInterrupt

    answer = serve(good)
    with monkeypatch.context() as patch:
        patch.setattr(downloading.tqdm, "update", stop)
        with pytest.raises(KeyboardInterrupt):
            corpora.fetch("fsdd", root=tmp_path)
    (kept,) = left_in(tmp_path)
    assert kept.endswith(".download")
    assert corpora.fetch("fsdd", root=tmp_path).is_dir() and left_in(tmp_path) == ["fsdd"]
    assert answer["asked"] == ["", "bytes=256-"]


def test_an_interruption_afterwards_leaves_nothing(serve, good, tmp_path, monkeypatch):
    def stop(*arguments):
        raise KeyboardInterrupt

    serve(good)
    monkeypatch.setattr(fetching, "_put_in_place", stop)
    with pytest.raises(KeyboardInterrupt):
        corpora.fetch("fsdd", root=tmp_path)
    assert left_in(tmp_path) == []


# Several processes


def in_processes(root, count=2):
    """Fetch in real processes, all from the same server into the same place."""
    archive = dataclasses.asdict(fsdd.DATA_SET.archives["fsdd"])
    code = (
        "import json, sys, pathlib\n"
        "from aigc_edu.corpora.fetching import Archive, fetch_archive\n"
        "archive = Archive(**json.loads(sys.argv[1]))\n"
        "fetch_archive(archive, pathlib.Path(sys.argv[2]))\n"
    )
    command = [sys.executable, "-c", code, json.dumps(archive), str(root / "fsdd")]
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    return [subprocess.Popen(command, **pipes) for _ in range(count)]


@pytest.mark.parametrize("kind", ["tar.gz", "zip"])
def test_two_processes_at_once(serve, recording, kind, tmp_path):
    answer = serve(packed(good_members(recording), kind))
    answer["wait"] = threading.Barrier(2, timeout=60).wait  # neither is answered before both ask
    both = in_processes(tmp_path)
    errors = [process.communicate(timeout=60)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], errors
    assert len(answer["asked"]) == 2
    assert left_in(tmp_path) == ["fsdd"] and arrived(tmp_path)
    assert left_in(tmp_path / "fsdd") == ["README.md", "recordings"]


def test_two_processes_do_not_share_a_beginning(serve, good, tmp_path):
    answer, kept = cut_off(serve, good, tmp_path)
    answer["wait"], size = threading.Barrier(2, timeout=60).wait, kept.stat().st_size
    for process in in_processes(tmp_path):
        process.communicate(timeout=60)
        assert process.returncode == 0
    assert sorted(answer["asked"]) == ["", f"bytes={size}-"]
    assert left_in(tmp_path) == ["fsdd"] and arrived(tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="Windows ends processes in another way")
def test_a_process_that_is_killed_is_in_nobody_s_way(serve, good, tmp_path):
    answer = serve(good)
    hold = threading.Event()
    answer["wait"] = lambda: hold.wait(60)
    (process,) = in_processes(tmp_path, count=1)
    while not answer["asked"]:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    hold.set()
    assert [name for name in left_in(tmp_path) if not name.startswith(".fsdd-part-")] == []
    assert corpora.fetch("fsdd", root=tmp_path).is_dir() and arrived(tmp_path)


def test_the_slower_of_two_takes_what_is_there(serve, good, tmp_path, monkeypatch):
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
    assert left_in(tmp_path) == ["fsdd"] and arrived(tmp_path)


def test_what_killed_processes_left_is_cleared_when_it_is_old(serve, good, tmp_path):
    hours = {"old": 48, "new": 0, "old.download": 8 * 24, "new.download": 48}
    for name, age in hours.items():
        path = tmp_path / f".fsdd-part-{name}"
        path.write_bytes(b"x") if "." in name else path.mkdir()
        long_ago = time.time() - age * 3600
        os.utime(path, (long_ago, long_ago))
    serve(good)
    corpora.fetch("fsdd", root=tmp_path)
    assert left_in(tmp_path) == [".fsdd-part-new", ".fsdd-part-new.download", "fsdd"]


# Several archives


def test_nsynth_comes_in_parts(server, recording, tmp_path, monkeypatch):
    key = "guitar_acoustic_000-060-100"
    for part, folder in nsynth._FOLDERS.items():
        members = [(f"{folder}/examples.json", b"{}"), (f"{folder}/audio/{key}.wav", recording)]
        body = packed(members)
        archive = dataclasses.replace(
            nsynth.DATA_SET.archives[part],
            url=server["url"],
            known_hash=f"md5:{hashlib.md5(body).hexdigest()}",
            size=len(body),
            unpacked=10**5,
        )
        monkeypatch.setitem(nsynth.DATA_SET.archives, part, archive)
        server["body"] = body
        assert corpora.fetch("nsynth", root=tmp_path, parts=[part]) == tmp_path
        assert (tmp_path / folder / "audio" / f"{key}.wav").read_bytes() == recording
    assert left_in(tmp_path) == ["nsynth-test", "nsynth-train", "nsynth-valid"]
    assert corpora.fetch("nsynth", root=tmp_path) == tmp_path
    assert len(server["asked"]) == 3


@pytest.mark.parametrize(
    ("name", "parts", "says"),
    [("nsynth", ["tests"], "must be a list of"), ("fsdd", ["test"], "comes in one piece")],
)
def test_parts_that_are_not_there(name, parts, says, tmp_path):
    with pytest.raises(InvalidValueError, match=says):
        corpora.fetch(name, root=tmp_path, parts=parts)


def test_the_built_in_corpus_needs_no_fetching():
    assert (corpora.fetch("digits") / "index.json").is_file()
