"""Measure pages of the built book in a real browser: bytes, requests, width.

What a reader's first visit transfers is measured over a local server, uncompressed; the width at
1,280 and at 390 pixels: equations wider than their column, a page that scrolls sideways, code and
outputs that scroll without showing that they do.

Run ``python tools/page_measure.py`` for the whole book, or name pages, as files of a built book::

    python tools/page_measure.py _build/html/book/notation.html
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

ROOT = Path(__file__).resolve().parent.parent
WIDTHS = (1280, 390)
PATIENCE = 120_000  # milliseconds
# The browser must not talk to its maker, or the record of requests would say nothing.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# What doesn't fit at the present width, one line each.
WIDTH = """() => {
  const found = [];
  const words = (e) => e.textContent.trim().replace(/\\s+/g, ' ').slice(0, 60);
  const named = (e) => {
    const box = e.closest('[id]');
    return box && box.id ? `#${box.id}` : '';
  };
  const shown = (e) => e.getClientRects().length > 0;
  if (document.documentElement.scrollWidth > window.innerWidth) found.push('the page scrolls');
  const columns = new Set();
  for (const maths of document.querySelectorAll('mjx-container')) {
    if (!shown(maths)) continue;
    const display = maths.getAttribute('display') === 'true';
    let column = maths.closest('div.math') || maths.parentElement;
    while (getComputedStyle(column).display === 'inline') column = column.parentElement;
    const set = maths.querySelector('svg') || maths;
    const room = column.getBoundingClientRect(), ink = set.getBoundingClientRect();
    const inside = getComputedStyle(column);
    const right = room.right - parseFloat(inside.paddingRight) + 1;
    const own = maths.scrollWidth - maths.clientWidth;
    const over = Math.round(Math.max(display ? own : 0, ink.right - right));
    if (over > 0) {
      const kind = display ? 'equation' : 'formula';
      found.push(`${kind} ${named(maths)} is ${over} px too wide: ${words(
        maths.querySelector('mjx-assistive-mml') || maths)}`);
    }
  }
  for (const box of document.querySelectorAll('main pre, main .cell_output .output, main table')) {
    if (!shown(box)) continue;
    let scrolls = box;
    while (scrolls && scrolls.tagName !== 'MAIN' &&
      !['auto', 'scroll'].includes(getComputedStyle(scrolls).overflowX)) {
      scrolls = scrolls.parentElement;
    }
    if (!scrolls || scrolls.tagName === 'MAIN' || columns.has(scrolls)) continue;
    columns.add(scrolls);
    if (scrolls.scrollWidth <= scrolls.clientWidth + 1) continue;
    const style = getComputedStyle(scrolls);
    const layers = style.backgroundAttachment.split(', ');
    if (!(layers.includes('local') && layers.includes('scroll'))) {
      found.push(`scrolls without showing it: ${words(scrolls)}`);
    }
  }
  return found;
}"""

# Waits until the fonts are there and the players are alive.
SETTLE = """async () => {
  const alive = () => [...document.querySelectorAll('.aigc-clip')]
    .every((e) => e.querySelector('.aigc-play'));
  for (let i = 0; i < 600 && !alive(); i++) await new Promise((r) => setTimeout(r, 100));
  await document.fonts.ready;
  await new Promise((r) => setTimeout(r, 100));
  return alive();
}"""

# After a change of width: figures that draw themselves have done it again.
REDRAWN = """async () => {
  for (let i = 0; i < 10; i++) await new Promise(requestAnimationFrame);
}"""


@dataclass
class Measure:
    """What one page costs on the first visit, and what doesn't fit at which width."""

    name: str
    bytes: int = 0
    seconds: float = 0.0
    requests: list[tuple[int, str]] = field(default_factory=list)
    misfits: dict[int, list[str]] = field(default_factory=dict)

    def __str__(self) -> str:
        line = f"{self.bytes / 1e6:6.2f} MB {len(self.requests):3d} requests {self.seconds:5.2f} s"
        wrong = [f"    {w} px: {text}" for w, texts in self.misfits.items() for text in texts]
        return "\n".join([f"{line}  {self.name}", *wrong])


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: Any) -> None:
        pass


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve a folder on the loopback address; yield its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_QuietHandler, directory=folder)) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_port}"
        httpd.shutdown()


# One leads to the first page, one is shown where there is none; neither loads anything.
ALONE = ("index.html", "404.html")


def pages_of(site: Path) -> list[str]:
    """Return the pages of a built book, without those that are none of the book's own."""
    found = (path.relative_to(site).as_posix() for path in sorted(site.rglob("*.html")))
    return [name for name in found if name not in ALONE and not name.startswith("_")]


def site_of(page: Path) -> Path:
    """Return the folder of the built book that a page belongs to."""
    for folder in page.resolve().parents:
        if (folder / "_static").is_dir() and (folder / "searchindex.js").is_file():
            return folder
    raise SystemExit(f"{page} is no page of a built book")


def measure(browser: Any, origin: str, name: str, widths: tuple[int, ...] = WIDTHS) -> Measure:
    """Open one page as on a first visit, with an empty cache, and measure it.

    ``seconds`` is the time until the page's load event.
    """
    context = browser.new_context(viewport={"width": widths[0], "height": 900})
    context.set_default_timeout(PATIENCE)
    page, result = context.new_page(), Measure(name)
    finished: list[Any] = []
    page.on("requestfinished", lambda request: finished.append(request))
    begin = time.perf_counter()
    page.goto(f"{origin}/{quote(name)}", wait_until="load")
    result.seconds = time.perf_counter() - begin
    if not page.evaluate(SETTLE):
        raise RuntimeError(f"{name}: a player has not come to life")
    for request in finished:
        if urlsplit(request.url).scheme in ("http", "https"):
            size = request.sizes()["responseBodySize"]
            result.requests.append((size, urlsplit(request.url).path))
    result.bytes = sum(size for size, _ in result.requests)
    for width in widths:
        page.set_viewport_size({"width": width, "height": 844})
        page.evaluate(REDRAWN)
        result.misfits[width] = page.evaluate(WIDTH)
    context.close()
    return result


def find_chromium() -> str:
    """Return the path of a Chromium, from $CHROMIUM or from where browsers usually lie."""
    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    for path in map(shutil.which, filter(None, names)):
        if path:
            return path
    raise SystemExit("no Chromium; install one, or name it in $CHROMIUM")


def main(arguments: list[str] | None = None) -> int:
    """Print the measures of all pages, or of those named; 1 if something doesn't fit."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pages", nargs="*", type=Path, help="built pages (default: all)")
    parser.add_argument("--requests", action="store_true", help="list each request with its bytes")
    chosen = parser.parse_args(arguments)
    site = site_of(chosen.pages[0]) if chosen.pages else ROOT / "_build" / "html"
    names = [p.resolve().relative_to(site).as_posix() for p in chosen.pages] or pages_of(site)
    wrong = 0
    with serving(site) as origin, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        for name in names:
            result = measure(browser, origin, name)
            wrong += sum(map(len, result.misfits.values()))
            print(result, flush=True)
            if chosen.requests:
                print(*(f"    {size:9d} {path}" for size, path in result.requests), sep="\n")
        browser.close()
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
