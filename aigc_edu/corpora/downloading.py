"""Downloading one file over HTTP, going on where an earlier attempt was cut."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tqdm import tqdm

from aigc_edu.corpora.base import CorpusError

_TIMEOUT = 30  # seconds without an answer
_CHUNK = 2**18


class InterruptedDownloadError(OSError):
    """The connection ended before all had come; what came is in the file."""


def download(url: str, path: Path, title: str, limit: int) -> None:
    """Download ``url`` to ``path``; if that exists, ask for what comes after its bytes.

    The file is appended to only if the server answers 206 and names the byte that was asked for. If
    it answers 416, there is nothing more, and the file stays as it is; whether it is right is for
    its hash to say. A server that answers anything else sends the whole, and the file begins anew.

    Parameters
    ----------
    title
        What the bar of progress is called.
    limit
        Bytes that the whole may have; a server that sends more is not believed.

    Raises
    ------
    InterruptedDownloadError
        If the connection is cut or goes silent on the way.
    CorpusError
        If the server sends more than ``limit``.
    OSError
        If the server can't be reached, answers with an error, or the disk is full.
    """
    import requests  # pooch needs it too; slow to import, so only here

    have = path.stat().st_size if path.exists() else 0
    try:
        with _ask(url, have) as answer:
            if have and answer.status_code == 416:
                return  # nothing comes after our bytes: perhaps they are all
            if have and not _goes_on(answer, have):
                with _ask(url, 0) as anew:
                    _receive(anew, path, 0, title, limit)
            else:
                _receive(answer, path, have, title, limit)
    except requests.RequestException as error:  # the way's fault, not the disk's
        if path.exists() and path.stat().st_size:
            raise InterruptedDownloadError(_reason(error)) from error
        raise


def _ask(url: str, first: int) -> Any:
    """Return the server's answer to the wish for all bytes from ``first`` on."""
    import requests

    # identity: the bytes of the file itself are counted and hashed, not those of a packed answer.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={first}-"} if first else {})
    answer = requests.get(url, stream=True, timeout=_TIMEOUT, headers=headers)
    if not (first and answer.status_code == 416):
        answer.raise_for_status()
    return answer


def _goes_on(answer: Any, have: int) -> bool:
    named = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
    return answer.status_code == 206 and named is not None and int(named[1]) == have


def _receive(answer: Any, path: Path, have: int, title: str, limit: int) -> None:
    """Write what comes behind the first ``have`` bytes of the file."""
    announced = answer.headers.get("Content-Length", "")
    total = have + int(announced) if announced.isdecimal() else None
    bar = {"total": total, "initial": have, "unit": "B", "unit_scale": True, "desc": title}
    with open(path, "ab" if have else "wb") as file, tqdm(**bar) as progress:
        for chunk in answer.iter_content(_CHUNK):
            have += len(chunk)
            if have > limit:
                raise CorpusError(f"{answer.url} sends far more than it should; nothing was kept")
            file.write(chunk)
            progress.update(len(chunk))
    if total is not None and have < total:
        kind = InterruptedDownloadError if have else OSError
        raise kind(f"{have:,} of {total:,} bytes came")


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
