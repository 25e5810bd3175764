"""What several tests share: the built site, a browser, the notebooks."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "html"
sys.path.insert(0, str(ROOT / "tools"))
import notebook_cache  # noqa: E402

notebook_cache.settle_data_folder()  # the notebooks' tests run in the notebooks' folders
CHAPTERS = notebook_cache.chapters()
IN_CI = os.environ.get("CI", "").lower() in ("1", "true")

# The browser must not talk to its maker, or the record of requests would say nothing.
BROWSER_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]


def missing(what: str) -> None:
    """Skip a test for want of something, but fail where nothing may be missing: under CI=true."""
    if IN_CI:
        pytest.fail(f"{what} (under CI=true this is a failure)", pytrace=False)
    pytest.skip(what)


def find_chromium() -> str | None:
    """Return the path of a Chromium, from $CHROMIUM or from where browsers usually lie."""
    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    return next((path for path in map(shutil.which, filter(None, names)) if path), None)


@pytest.fixture(scope="session")
def site() -> Path:
    """The folder of the built book."""
    if not (SITE / "index.html").is_file():
        missing("the book is not built; run: make book")
    return SITE


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: Any) -> None:
        pass


@pytest.fixture(scope="session")
def server(site: Path) -> Iterator[str]:
    """The address of a local server of the built book."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_QuietHandler, directory=site)) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_port}"
        httpd.shutdown()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A headless Chromium; for the built book, ask for ``site`` or ``server`` as well."""
    path = find_chromium()
    if path is None:
        missing("no Chromium; install one (Debian: apt-get install chromium) or set $CHROMIUM")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=BROWSER_FLAGS)
        yield chromium
        chromium.close()
