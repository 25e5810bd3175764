"""A Sphinx extension: make the built site stand on its own.

It leaves out the scripts that ask other hosts for something, finishes the pages when they are
written (``site_pages.py``), and makes a change of the library count as a change of every chapter.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import notebook_cache
import site_cells
import site_meta
import site_pages
from docutils import nodes
from identity import identity
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

ROOT = Path(__file__).resolve().parent.parent
# Handlers that would add scripts to pages: thebe (live code) from other hosts, and MathJax, which
# sets the formulas before a page is published.
DROPPED = {
    ("sphinx_thebe", "init_thebe_core"),
    ("sphinx_thebe", "update_thebe_context"),
    ("sphinx.ext.mathjax", "install_mathjax"),
}
FRONT_END = ("tools/*", "book/assets/**/*", "aigc_edu/teaching/js/*", "package-lock.json")


def drop_scripts(app: Sphinx, config: Any) -> None:
    """Take out the event handlers that are listed in DROPPED."""
    for listeners in app.events.listeners.values():
        listeners[:] = [
            entry
            for entry in listeners
            if (
                getattr(entry.handler, "__module__", ""),
                getattr(entry.handler, "__name__", ""),
            )
            not in DROPPED
        ]


def set_addresses(app: Sphinx, config: Any) -> None:
    """Give the pages a button for a hub, if ``identity.toml`` names one."""
    if hub := identity()["hub"]:
        buttons = config.html_theme_options.setdefault("launch_buttons", {})
        buttons["jupyterhub_url"] = hub


def name_cells(app: Sphinx, doctree: nodes.document) -> None:
    """Say on the closed box of a folded cell what opens there; leave "Next: ..." to the button."""
    site_cells.name_folded_cells(doctree)
    site_cells.drop_next(doctree)


def finish_pages(app: Sphinx, exception: Exception | None) -> None:
    """Set formulas, put sounds beside the pages, bundle what pages load."""
    if exception is not None or app.builder.name != "html":
        return
    try:
        site_pages.finish(Path(app.outdir))
    except (site_pages.PageError, FileNotFoundError) as error:
        raise ExtensionError(str(error)) from error
    site_meta.write_site_files(app)


def drop_stale_pages(app: Sphinx, exception: Exception | None) -> None:
    """Delete the pages of chapters that have been renamed or removed since the last build."""
    if exception is not None or app.builder.name != "html":
        return
    current = {*app.env.found_docs, "index", "search", "genindex", "404"}
    for page in sorted(Path(app.outdir).rglob("*.html")):
        name = page.relative_to(app.outdir).with_suffix("").as_posix()
        if name not in current and not name.startswith("_"):
            page.unlink()


def front_end_fingerprint() -> str:
    """Return a hash over what makes the pages look as they do."""
    digest = hashlib.sha256()
    for path in sorted(path for pattern in FRONT_END for path in ROOT.glob(pattern)):
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the handlers; Sphinx calls this."""
    # Values that every page depends on: when they change, all pages are read, or written, again.
    app.add_config_value("course_fingerprint", notebook_cache.refresh(), "env", types=[str])
    app.add_config_value("course_front_end", front_end_fingerprint(), "html", types=[str])
    app.connect("config-inited", drop_scripts, priority=1)
    app.connect("config-inited", set_addresses)
    app.connect("doctree-read", name_cells)
    app.connect("html-page-context", site_meta.add_tags)
    app.connect("build-finished", drop_stale_pages, priority=400)
    app.connect("build-finished", finish_pages, priority=900)  # after the theme's last files
    return {"version": "2", "parallel_read_safe": True, "parallel_write_safe": True}
