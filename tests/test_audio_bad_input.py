"""Some 1,500 sound files, sound and unsound: right samples, or one error that says why.

All files are made here, from a seed. They are read in a process of its own with little memory and
a time limit, so that a hang, a crash or an allocation of what a header merely claims fails the test
instead of stopping it.
"""

from __future__ import annotations

import os
import pickle
import socket
import struct
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from aigc_edu.audio import AudioFileError, read

SECONDS = 100  # for all files together; they take about two
MEMORY = 2**30  # bytes that reading may add to the address space
CHANNELS = range(1, 9)
RATES = (8000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000, 96_000, 192_000)
BITS = {"PCM_S8": 8, "PCM_U8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32}


@dataclass
class Case:
    """A file and what may become of it.

    Attributes
    ----------
    samples, rate
        What is right, (C, N); None where only an error is.
    refusal
        Whether an error is right, too.
    loss
        Whether samples are missing that the file promises; then only an error is right. Where
        nothing is promised, or one number of a header excludes another, libsndfile decides.
    warning
        Words of the warning that must come with the samples.
    tolerance
        How far samples may be off.
    """

    name: str
    data: bytes
    samples: np.ndarray | None = None
    rate: int | None = None
    refusal: bool = True
    tolerance: float = 0.0
    loss: bool = True
    warning: str = ""


# ---------------------------------------------------------------- files that are right


def pcm(random: np.random.Generator, bits: int, shape: tuple[int, int]) -> np.ndarray:
    """Return integers of so many bits, the extremes among them, (C, N)."""
    codes = random.integers(-(2 ** (bits - 1)), 2 ** (bits - 1), shape)
    codes.flat[: min(2, codes.size)] = [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1][: codes.size]
    return codes


def encoded(folder: Path, kind: str, subtype: str, samples: np.ndarray, rate: int) -> bytes:
    """Let libsndfile write (C, N) and return the file."""
    path = folder / "encoded"
    sf.write(path, samples.T, rate, format=kind, subtype=subtype)
    return path.read_bytes()


def valid(folder: Path, kind: str, subtype: str, channels: int, rate: int, seed: int) -> Case:
    random = np.random.default_rng(seed)
    shape = (channels, int(random.integers(1, 900)))
    if kind == "AIFF" and BITS.get(subtype) == 8:  # libsndfile counts a padding byte for a sample
        shape = (channels, 2 * shape[1])
    name = f"{kind}-{subtype}-{channels}-{rate}"
    if subtype in BITS:
        codes = pcm(random, BITS[subtype], shape)
        wide = (codes << (32 - BITS[subtype])).astype(np.int32)
        right = (codes / 2.0 ** (BITS[subtype] - 1)).astype(np.float32)
        return Case(name, encoded(folder, kind, subtype, wide, rate), right, rate, False)
    right = random.normal(size=shape)
    if subtype in ("VORBIS", "MPEG_LAYER_III"):  # they keep what a tone is, not its samples
        right = 0.5 * np.sin(2 * np.pi * 0.02 * np.arange(4000 + shape[1])) * np.ones((channels, 1))
        return Case(name, encoded(folder, kind, subtype, right, rate), right, rate, False, 0.2)
    right = right.astype(np.float32)
    return Case(name, encoded(folder, kind, subtype, right, rate), right, rate, False)


def matrix(folder: Path) -> Iterator[Case]:
    """Yield every format with every number of channels and rates, in turn."""
    whole = ["PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"]
    kinds = [(kind, s) for kind in ("WAV", "WAVEX", "RF64") for s in ("PCM_U8", *whole)]
    kinds += [("AIFF", s) for s in ("PCM_S8", "PCM_U8", *whole)]
    kinds += [("FLAC", s) for s in ("PCM_S8", "PCM_16", "PCM_24")] + [("OGG", "VORBIS")]
    seed = 0
    for kind, subtype in kinds:
        for channels in CHANNELS:
            for turn in range(2):
                seed += 1
                rate = RATES[(channels + 4 * turn + seed // 16) % len(RATES)]
                yield valid(folder, kind, subtype, channels, rate, seed)
    for rate in (16_000, 44_100):
        for channels in (1, 2):
            yield valid(folder, "MP3", "MPEG_LAYER_III", channels, rate, channels)


# ---------------------------------------------------------------- WAV files by hand


def chunk(name: bytes, body: bytes, size: int | None = None, order: str = "<") -> bytes:
    pad = b"\0" * (len(body) % 2)
    return name + struct.pack(order + "I", len(body) if size is None else size) + body + pad


def fmt(
    channels: int = 1,
    rate: int = 16_000,
    bits: int = 16,
    tag: int = 1,
    align: int | None = None,
    speed: int | None = None,
    order: str = "<",
) -> bytes:
    align = channels * bits // 8 if align is None else align
    speed = rate * align % 2**32 if speed is None else speed
    return struct.pack(order + "HHIIHH", tag, channels, rate, speed, align, bits)


def wav(*chunks: bytes, size: int | None = None, magic: bytes = b"RIFF") -> bytes:
    body = b"WAVE" + b"".join(chunks)
    order = ">I" if magic == b"RIFX" else "<I"
    return magic + struct.pack(order, len(body) if size is None else size) + body


def by_hand() -> Iterator[Case]:
    """Yield WAV files with rare but legal parts, with broken ones, and with contradictions."""
    codes = np.random.default_rng(7).integers(-32768, 32768, 333)
    samples, data = (codes / 32768).astype(np.float32)[None], codes.astype("<i2").tobytes()
    plain, sound = chunk(b"fmt ", fmt()), chunk(b"data", data)
    whole = 2**32 - 1

    def right(name: str, content: bytes, refusal: bool = False) -> Case:
        return Case("hand-" + name, content, samples, 16_000, refusal)

    odd = chunk(b"junk", b"abc")
    info = chunk(b"LIST", b"INFOISFT" + struct.pack("<I", 4) + b"here")
    yield right("plain", wav(plain, sound))
    yield right("odd-chunk-first", wav(odd, plain, sound))
    yield right("odd-chunk-between", wav(plain, odd, info, sound))
    yield right("chunks-behind", wav(plain, sound, odd, info))
    yield right(
        "unknown-chunks", wav(chunk(b"bext", bytes(602)), plain, chunk(b"xyz ", b""), sound)
    )
    yield right("stream", wav(plain, chunk(b"data", data, whole), size=whole))
    yield right("stream-of-known-size", wav(plain, chunk(b"data", data, whole)))
    yield right("size-of-riff-is-zero", wav(plain, sound, size=0))
    yield right("size-of-riff-is-too-large", wav(plain, sound, size=10**6))
    yield right("a-tag-behind-the-end", wav(plain, sound) + b"TAG" + b"\xff" * 125)
    yield right("no-speed", wav(chunk(b"fmt ", fmt(speed=0)), sound))
    yield right("longer-format", wav(chunk(b"fmt ", fmt() + b"\0\0"), sound))
    guid = struct.pack("<HHIH", 22, 16, 4, 1) + bytes.fromhex("000000001000800000aa00389b71")
    yield right("extensible", wav(chunk(b"fmt ", fmt(tag=0xFFFE) + guid), sound))
    big = codes.astype(">i2").tobytes()
    rifx = [chunk(b"fmt ", fmt(order=">"), order=">"), chunk(b"data", big, order=">")]
    yield right("big-endian", wav(*rifx, magic=b"RIFX"))
    ds64 = chunk(b"ds64", struct.pack("<QQQI", 72 + len(data), len(data), len(codes), 0))
    yield right("rf64", wav(ds64, plain, chunk(b"data", data, whole), size=whole, magic=b"RF64"))

    yield right("odd-chunk-without-padding", wav(plain, odd[:-1], sound), refusal=True)
    content = wav(chunk(b"fmt ", fmt(speed=5)), sound)
    yield Case("hand-wrong-speed", content, samples, 16_000, False, warning="sampling rate")
    yield right("two-formats", wav(plain, chunk(b"fmt ", fmt()), sound), refusal=True)
    yield right("twelve-bits", wav(chunk(b"fmt ", fmt(bits=12, align=2)), sound), refusal=True)

    for stated in (0x7FFFF000, 2**31, 2**31 + 36, whole - 36, whole - 1, whole):  # from pipes
        content = wav(plain, chunk(b"data", data, stated), size=min(whole, stated + 36))
        yield right(f"pipe-{stated:x}", content)
    unfinished = wav(plain, chunk(b"data", data, 0), size=0)
    yield Case("hand-never-finished", unfinished, samples, 16_000, False, warning="never finished")
    yield right("tag-in-front", b"ID3\4\0\0\0\0\0\x0a" + bytes(10) + wav(plain, sound))
    yield right("no-block-align", wav(chunk(b"fmt ", fmt(align=0, speed=32_000)), sound))
    for stated in (2, 100, 331, len(data) - 1):
        content = wav(plain, chunk(b"data", data, stated))
        yield Case(f"hand-data-size-{stated}", content, loss=False)
    for stated in (1, len(data) + 1, len(data) + 2, 10**6, 2**31 - 2**17):
        yield Case(f"hand-data-size-{stated}", wav(plain, chunk(b"data", data, stated)))
    for stated in (0, 2, len(data) + 2, 2**32, 2**62):
        long = chunk(b"ds64", struct.pack("<QQQI", 72 + len(data), stated, 9, 0))
        body = (long, plain, chunk(b"data", data, whole))
        content = wav(*body, size=whole, magic=b"RF64")
        yield Case(f"hand-rf64-size-{stated}", content, loss=stated > len(data))
    for field, values in {
        "channels": (0, 2, 3, 9, 65535),
        "rate": (0, 2**31, 2**31 - 1, 2**32 - 1, 10**7),
        "bits": (0, 7, 8, 13, 17, 32, 40, 64, 65535),
        "tag": (0, 2, 3, 6, 7, 17, 49, 80, 85, 0xFFFE, 0xFFFF),
        "align": (0, 1, 3, 4, 65535),
    }.items():
        for value in values:
            content = fmt(**({"align": 2} | {field: value}))
            yield Case(f"hand-{field}-{value}", wav(chunk(b"fmt ", content), sound), loss=False)
    for length in range(0, 16, 3):
        yield Case(f"hand-format-of-{length}", wav(chunk(b"fmt ", fmt()[:length]), sound))
    behind = wav(plain, sound, chunk(b"fmt ", fmt(2)))
    yield Case("hand-format-behind", behind, samples, 16_000)
    wrong = [
        ("no-format", wav(sound)),
        ("no-data", wav(plain)),
        ("no-chunks", wav()),
        ("no-samples", wav(plain, chunk(b"data", b""))),
        ("no-samples-but-a-list", wav(plain, chunk(b"data", b""), info)),
        ("data-before-format", wav(sound, plain)),
        ("two-data", wav(plain, sound, sound)),
        ("chunk-beyond-the-end", wav(chunk(b"LIST", b"INFO", 10**6), plain, sound)),
        ("chunk-of-4-gb", wav(chunk(b"LIST", b"INFO", whole), plain, sound)),
        ("not-wave", wav(plain, sound).replace(b"WAVE", b"AVI ")),
    ]
    yield from (Case("hand-" + name, content) for name, content in wrong)


def not_finite() -> Iterator[Case]:
    for bits, form in ((32, "<f4"), (64, "<f8")):
        for value in (np.nan, np.inf, -np.inf, 1e300):
            if bits == 32 and value == 1e300:
                continue
            for place in (0, 57, 99):
                x = np.random.default_rng(3).normal(size=100).astype(form)
                x[place] = value
                body = chunk(b"fmt ", fmt(bits=bits, tag=3)), chunk(b"data", x.tobytes())
                yield Case(f"float{bits}-{value}-at-{place}", wav(*body))


# ---------------------------------------------------------------- damage


def originals(folder: Path) -> dict[str, Case]:
    random = np.random.default_rng(11)
    wanted = [
        ("WAV", "PCM_16", 1),
        ("WAV", "PCM_24", 2),
        ("WAV", "FLOAT", 1),
        ("AIFF", "PCM_16", 2),
        ("FLAC", "PCM_16", 1),
        ("FLAC", "PCM_24", 2),
        ("OGG", "VORBIS", 2),
        ("MP3", "MPEG_LAYER_III", 1),
    ]
    found = {}
    for kind, subtype, channels in wanted:
        x = 0.2 * np.clip(random.normal(size=(channels, 9000)), -4, 4)
        data = encoded(folder, kind, subtype, x, 16_000)
        (folder / "encoded").write_bytes(data)
        right = sf.read(folder / "encoded", dtype="float32", always_2d=True)[0].T
        found[f"{kind}-{subtype}-{channels}"] = Case("", data, right, 16_000)
    return found


def cut(name: str, original: Case) -> Iterator[Case]:
    """Cut a file off at many places; none of them may go unnoticed."""
    size = len(original.data)
    early = list(range(0, 64, 3))
    places = early + np.linspace(64, size - 1, 25).astype(int).tolist() + [size - 2]
    for place in sorted(set(places)):
        yield Case(f"cut-{name}-{place}", original.data[:place])
    if name.startswith("OGG"):
        pages = [i for i in range(1, size) if original.data[i : i + 4] == b"OggS"]
        for i in pages:  # as a recorder that was stopped leaves it: only a warning can be given
            content = original.data[:i]
            yield Case(f"cut-{name}-page-{i}", content, loss=False, warning="more may have")


def flipped(name: str, original: Case) -> Iterator[Case]:
    """Turn single bits round, wherever the format can tell; rates and samples of AIFF it can't.

    In an uncompressed file's header one number may then exclude another: libsndfile decides.
    """
    random = np.random.default_rng(len(original.data))
    size = len(original.data)
    if name.startswith("WAV"):
        places = range(0, original.data.index(b"data") + 8)
    elif name.startswith("AIFF"):
        places = [*range(0, 28), *range(38, original.data.index(b"SSND") + 12)]
    elif name.startswith("FLAC"):
        places = [*range(0, 42), *random.integers(42, size, 60)]
    elif name.startswith("OGG"):
        places = random.integers(0, size, 60)
    else:
        places = [i for i in range(size - 1) if original.data[i : i + 2] == original.data[:2]][:30]
    for place in sorted(set(int(place) for place in places)):
        data = bytearray(original.data)
        data[place] ^= 1 << int(random.integers(8))
        header = name.startswith(("WAV", "AIFF")) or (name.startswith("FLAC") and place < 21)
        right = {"samples": original.samples, "rate": original.rate, "loss": not header}
        yield Case(f"flip-{name}-{place}", bytes(data), **right)


def spliced(name: str, original: Case) -> Iterator[Case]:
    """Put zeros over a stretch of a compressed file, take one out, or double it."""
    if not name.startswith(("FLAC", "OGG")):
        return
    random = np.random.default_rng(5)
    for number in range(12):
        start = int(random.integers(200, len(original.data) - 600))
        stop = start + int(random.integers(10, 500))
        head, middle, tail = (
            original.data[:start],
            original.data[start:stop],
            original.data[stop:],
        )
        inserts = {"zeros": bytes(len(middle)), "gap": b"", "double": middle * 2}
        for kind, insert in inserts.items():
            if insert == middle:
                continue
            yield Case(f"{kind}-{name}-{number}", head + insert + tail)


def claims(found: dict[str, Case]) -> Iterator[Case]:
    """Let headers claim more samples than there are, up to hundreds of gigabytes, or fewer."""
    flac, aiff = found["FLAC-PCM_16-1"], found["AIFF-PCM_16-2"]
    for frames in (0, 1, 8999, 9001, 10**6, 2**32, 2**36 - 1):
        data = bytearray(flac.data)
        fields = int.from_bytes(data[18:26], "big")
        data[18:26] = (fields >> 36 << 36 | frames).to_bytes(8, "big")
        told = {} if frames else {"samples": flac.samples, "rate": flac.rate, "refusal": False}
        yield Case(f"claim-flac-{frames}", bytes(data), **told, warning="" if frames else "count")
    data = bytearray(flac.data)
    data[26:42] = bytes(16)  # no checksum is legal
    yield Case("claim-flac-without-md5", bytes(data), flac.samples, flac.rate, False)
    place = aiff.data.index(b"COMM") + 10
    for frames in (0, 1, 8999, 9001, 2**32 - 1):
        data = aiff.data[:place] + struct.pack(">I", frames) + aiff.data[place + 4 :]
        yield Case(f"claim-aiff-{frames}", data, aiff.samples, aiff.rate, loss=frames == 9001)
    ogg = found["OGG-VORBIS-2"].data
    yield Case("two-streams.ogg", ogg + ogg.replace(ogg[14:18], b"abcd"))
    yield Case("the-same-twice.ogg", ogg + ogg)


def not_audio(folder: Path) -> Iterator[Case]:
    random = np.random.default_rng(13)
    heads = [b"", b"RIFF", b"RIFF\x24\1\0\0WAVE", b"fLaC", b"OggS\0\2", b"FORM\0\1\0\0AIFF"]
    heads += [b"ID3\4\0\0\0\0\0\x0a", b"\xff\xfb\x90\0", b".snd", b"caff\0\1\0\0"]
    for number, head in enumerate(heads):
        for size in (0, 1, 7, 30, 100, 1000, 5000, 20_000):
            yield Case(f"noise-{number}-{size}", head + random.bytes(size))
    path = folder / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("sound.wav", bytes(1000))
    yield Case("archive.wav", path.read_bytes())
    yield Case("page.wav", b"<!DOCTYPE html><title>404 Not Found</title>")
    yield Case("text.wav", b"no sound at all\n" * 40)
    yield Case(
        "pointer.flac", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
    )
    yield Case("zeros.wav", bytes(4000))
    yield Case("picture.ogg", b"\x89PNG\r\n\x1a\n" + random.bytes(400))


# ---------------------------------------------------------------- reading them all


def all_cases(folder: Path) -> list[Case]:
    found = originals(folder)
    cases = [*matrix(folder), *by_hand(), *not_finite(), *claims(found), *not_audio(folder)]
    for damage in (cut, flipped, spliced):
        for name, original in found.items():
            cases += damage(name, original)
    return cases


def read_all(folder: Path) -> None:
    """Read every file of a folder; the process of :func:`results` runs this."""
    import resource

    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
    found = {}
    for path in sorted(folder.iterdir()):
        print(path.name, flush=True)  # the last one is the one that hangs
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                found[path.name] = (*read(path, channels="keep"), str([w.message for w in caught]))
        except AudioFileError as error:
            found[path.name] = str(error)
        except BaseException as error:
            found[path.name] = error
    (folder.parent / "results").write_bytes(pickle.dumps(found))


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    return all_cases(tmp_path_factory.mktemp("made"))


@pytest.fixture(scope="module")
def results(cases: list[Case], tmp_path_factory: pytest.TempPathFactory) -> dict:
    if not Path("/proc/self/statm").exists():
        pytest.skip("the limit on memory needs Linux")
    folder = tmp_path_factory.mktemp("read") / "files"
    folder.mkdir()
    for case in cases:
        (folder / case.name).write_bytes(case.data)
    code = f"import sys; sys.path[:0] = {sys.path!r}\n"
    code += f"import pathlib, {__name__} as t; t.read_all(pathlib.Path({str(folder)!r}))"
    try:
        ran = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=SECONDS
        )
    except subprocess.TimeoutExpired as error:
        pytest.fail(f"hangs at {(error.stdout or b'?').split()[-1]}")
    last = ran.stdout.split()[-1] if ran.stdout else "the start"
    assert ran.returncode == 0, f"ends with {ran.returncode} at {last}: {ran.stderr[-2000:]}"
    return pickle.loads((folder.parent / "results").read_bytes())


def test_there_are_many_of_each_kind(cases: list[Case]) -> None:
    assert len({case.name for case in cases}) == len(cases) >= 600
    assert sum(not case.refusal for case in cases) >= 300
    assert sum(case.samples is None for case in cases) >= 300


def test_what_is_right_is_read_right(cases: list[Case], results: dict) -> None:
    wrong = [
        f"{case.name}: {problem}"
        for case in cases
        if not case.refusal and (problem := difference(case, results[case.name]))
    ]
    assert not wrong


def test_no_loss_goes_unnoticed(cases: list[Case], results: dict) -> None:
    wrong = []
    for case in cases:
        got = results[case.name]
        if not case.refusal or isinstance(got, str) or not (case.loss or case.warning):
            continue
        problem = difference(case, got)
        wrong += [f"{case.name}: {problem}"] if problem else []
    assert not wrong


def test_where_nothing_is_lost_libsndfile_decides(
    cases: list[Case], results: dict, tmp_path: Path
) -> None:
    decided = [c for c in cases if not c.loss and not isinstance(results[c.name], str)]
    assert len(decided) > 40
    for case in decided:
        (tmp_path / "file").write_bytes(case.data)
        x, rate = sf.read(tmp_path / "file", dtype="float32", always_2d=True)
        assert np.array_equal(results[case.name][0], x.T), case.name
        assert results[case.name][1] == rate, case.name


def test_a_rate_that_the_header_contradicts_is_warned_of(results: dict) -> None:
    """A bit of the rate is turned round; the number of bytes a second says so."""
    turned = [results[f"flip-WAV-PCM_16-1-{place}"] for place in (24, 25, 26)]
    turned = [got for got in turned if not isinstance(got, str)]
    assert turned and all("sampling rate" in words for *_, words in turned)


def difference(case: Case, got: object) -> str | None:
    """Say how a result differs from what is right."""
    if not isinstance(got, tuple):
        return repr(got)
    x, rate, words = got
    if (case.warning or "[]") not in words:
        return f"comes with the warning {words}"
    if case.samples is None:
        return None if case.warning else "is read without a word"
    if x.dtype != np.float32 or x.shape != case.samples.shape or rate != case.rate:
        return f"{x.dtype} {x.shape} at {rate} Hz instead of {case.samples.shape} at {case.rate}"
    off = np.abs(x - case.samples)
    if case.tolerance:  # lossy: tones, whose ends are not what they were
        off = off[:, 1000:-1000].mean(axis=1)
    return f"off by {off.max()}" if off.max() > case.tolerance else None


def test_an_error_names_the_file_and_a_reason_in_a_sentence(results: dict) -> None:
    errors = {name: text for name, text in results.items() if isinstance(text, str)}
    assert len(errors) > 500
    for name, text in errors.items():
        assert f"/{name}: " in text and "\n" not in text, text
        reason = text.split(f"/{name}: ")[1]
        assert len(reason.split()) >= 4 and "None" not in reason, text


def test_what_is_cut_off_is_called_so(cases: list[Case], results: dict) -> None:
    places = [case.name for case in cases if case.name.startswith("cut-")]
    told = [name for name in places if int(name.split("-")[-1]) > 64 and "page" not in name]
    assert len(told) > 190
    for name in told:
        assert "cut off" in results[name] or "MP3" in name, results[name]


# ---------------------------------------------------------------- what is no file


@pytest.fixture
def place(tmp_path: Path) -> Path:
    sf.write(tmp_path / "sound.wav", np.full(100, 0.5), 8000)
    return tmp_path


def run_for(seconds: float, path: Path) -> str:
    """Read a path in another process and return the error; a hang fails."""
    code = f"from aigc_edu.audio import read; read({str(path)!r})"
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=seconds
    )
    return ran.stderr.strip().splitlines()[-1]


def test_a_pipe_does_not_hang(place: Path) -> None:
    os.mkfifo(place / "pipe.wav")
    assert "AudioFileError" in (text := run_for(30, place / "pipe.wav"))
    assert "pipe.wav: this is a pipe or a device" in text
    assert "/dev/zero: this is a pipe or a device" in run_for(30, Path("/dev/zero"))


def test_folders_links_and_names(place: Path) -> None:
    (place / "loop.wav").symlink_to("loop.wav")
    (place / "nowhere.wav").symlink_to("gone.wav")
    (place / "link.wav").symlink_to("sound.wav")
    plug = socket.socket(socket.AF_UNIX)
    plug.bind(os.path.relpath(place / "plug.wav"))
    reasons = {
        "": "this is a folder",
        "gone.wav": "there is no such file",
        "nowhere.wav": "there is no such file",
        "loop.wav": "cannot be opened",
        "plug.wav": "a pipe or a device",
        "sound.wav/inner.wav": "cannot be opened",
        "n" * 300 + ".wav": "cannot be opened",
        "null\0.wav": "cannot be opened",
    }
    for name, reason in reasons.items():
        with pytest.raises(AudioFileError) as error:
            read(place / name)
        assert str(place / name) in str(error.value) and reason in str(error.value)
    plug.close()
    assert len(read(place / "link.wav")[0]) == 100
    for name in ("spaces and ümläute.wav", os.fsdecode(b"not-utf8-\xff.wav")):
        (place / name).write_bytes((place / "sound.wav").read_bytes())
        assert len(read(place / name)[0]) == 100


def test_a_file_that_one_may_not_read(place: Path) -> None:
    (place / "sound.wav").chmod(0)
    if os.geteuid() == 0:  # root may read everything: be somebody else for a moment
        place.chmod(0o755)
        os.seteuid(65534)
    try:
        with pytest.raises(AudioFileError, match=r"sound\.wav: cannot be opened .*denied"):
            read(place / "sound.wav")
    finally:
        if os.getuid() == 0:
            os.seteuid(0)
