"""What is done to the pages when they are written, so that they are light and whole.

Formulas are set; sounds that a page carries go into files, which are loaded when they are played;
plain audio elements get the course's players; style sheets and scripts are bundled. A page that
is finished says so in its root element, so that the next build leaves it alone.
"""

from __future__ import annotations

import base64
import hashlib
import html
import os
import re
from pathlib import Path

import soundfile as sf
from site_access import accessible
from site_bundles import Bundler, icons_used
from site_maths import Setter

from aigc_edu.teaching import players

FINISHED = ' data-finished="course"'
SOUND = re.compile(r'(?<=src=")data:audio/(wav|flac);base64,([A-Za-z0-9+/=]+)(?=")')
# An audio element without a waveform, as the cards of checkpoints have it.
PLAIN = re.compile(
    r'<audio controls preload="none" aria-label="(?P<name>[^"]*)" src="(?P<src>[^":]+)"></audio>'
)
WIDGET = "application/vnd.jupyter.widget-view+json"
LOGO = re.compile(r"<img (?=[^>]*images/logo_\w+\.(?:svg|png))(?![^>]*loading=)")


class PageError(Exception):
    """A page that can't be published as it is."""


def pages_of(site: Path) -> list[Path]:
    """Return the pages of a built book."""
    return [
        path
        for path in sorted(site.rglob("*.html"))
        if not path.relative_to(site).parts[0].startswith("_")
    ]


def finish(site: Path) -> None:
    """Finish the pages that were written since the last time.

    Raises
    ------
    PageError
        If a formula can't be read, or a figure comes as a widget alone.
    FileNotFoundError
        If Node or MathJax is missing.
    """
    texts = {path: path.read_text(encoding="utf-8") for path in pages_of(site)}
    fresh = {path: t for path, t in texts.items() if FINISHED not in t and "<head>" in t}
    scripts = [path.read_text("utf-8") for path in (site / "_static").rglob("*.js") if _own(path)]
    bundler = Bundler(site, icons_used([*texts.values(), *scripts]))
    with Setter() as setter:
        for path, text in fresh.items():
            texts[path] = _finished(path, text, site, bundler, setter)
            path.write_text(texts[path], encoding="utf-8")
    _forget(site, "".join(texts.values()))


def _own(script: Path) -> bool:
    return script.name != "fontawesome.js" and not script.name.startswith("bundle-")


def _finished(path: Path, text: str, site: Path, bundler: Bundler, setter: Setter) -> str:
    """Return a page as it is published."""
    if WIDGET in text:
        raise PageError(f"{path}: a widget alone moves nothing here; use teaching.interactive")
    try:
        text = setter.page(text)
    except ValueError as error:
        raise PageError(f"{path}: {error}") from error
    text = SOUND.sub(lambda m: _file_of(m, path, site), text)
    text = PLAIN.sub(lambda m: _dressed(m, path), text)
    text = accessible(text)
    text = LOGO.sub('<img loading="lazy" ', text)
    return bundler.page(path, text).replace("<html", f"<html{FINISHED}", 1)


def _file_of(match: re.Match[str], page: Path, site: Path) -> str:
    """Write a sound into a file of its own; return its address from the page."""
    content = base64.b64decode(match[2])
    name = hashlib.sha256(content).hexdigest()[:16]
    file = site / "_sounds" / f"{name}.{match[1]}"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content)
    return os.path.relpath(file, page.parent).replace(os.sep, "/")


def _dressed(match: re.Match[str], page: Path) -> str:
    """Return a player with its waveform in the place of an audio element."""
    x, rate = sf.read(page.parent / match["src"], dtype="float64")
    return players.clip_html(html.unescape(match["name"]), x, rate, match["src"], titled=False)


def _forget(site: Path, texts: str) -> None:
    """Delete sounds and bundles that no page asks for any more."""
    files = [*(site / "_sounds").glob("*"), *(site / "_static").glob("bundle-*.*")]
    for file in files:
        if file.name not in texts:
            file.unlink()
