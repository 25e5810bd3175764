"""A Sphinx extension: make the built site stand on its own.

It copies the front-end packages from ``node_modules`` into the site, loads Mermaid only on pages
that hold a diagram, leaves out the scripts that ask other hosts for something, and makes a change
of the library count as a change of every chapter.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import notebook_cache
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

ROOT = Path(__file__).resolve().parent.parent
# From a path in node_modules to a path in the site's _static/vendor.
VENDOR = {
    "mathjax/es5/tex-mml-chtml.js": "mathjax/tex-mml-chtml.js",
    "mathjax/es5/output/chtml/fonts/woff-v2": "mathjax/output/chtml/fonts/woff-v2",
    "@mermaid-js/tiny/dist/mermaid.tiny.js": "mermaid/mermaid.js",
    "@jupyter-widgets/html-manager/dist/embed.js": "widgets/embed.js",
}
# Handlers that would add scripts from other hosts: thebe (live code), and the loader of Mermaid,
# a module, which browsers refuse to import over file://. diagrams.js takes the latter's place.
DROPPED = {
    ("sphinx_thebe", "init_thebe_core"),
    ("sphinx_thebe", "update_thebe_context"),
    ("sphinxcontrib.mermaid", "install_js"),
}


def copy_front_end(app: Sphinx) -> None:
    """Copy MathJax, Mermaid and the widgets' runtime into the site."""
    if app.builder.format != "html":
        return
    for source, target in VENDOR.items():
        origin, goal = ROOT / "node_modules" / source, Path(app.outdir, "_static/vendor", target)
        if not origin.exists():
            raise ExtensionError(f"{origin} is missing; run: python tools/front_end.py")
        goal.parent.mkdir(parents=True, exist_ok=True)
        if origin.is_dir():
            shutil.copytree(origin, goal, dirs_exist_ok=True)
        else:
            shutil.copyfile(origin, goal)


def drop_remote_scripts(app: Sphinx, config: Any) -> None:
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


def load_diagrams(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Load Mermaid on the pages that hold a diagram."""
    if 'class="mermaid' in context.get("body", ""):
        app.add_js_file("vendor/mermaid/mermaid.js", priority=600, defer="defer")
        app.add_js_file("js/diagrams.js", priority=601, defer="defer")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the handlers; Sphinx calls this."""
    # A value that every page depends on: when it changes, all pages are read again.
    app.add_config_value("course_fingerprint", notebook_cache.refresh(), "env", types=[str])
    app.connect("config-inited", drop_remote_scripts, priority=1)
    app.connect("builder-inited", copy_front_end)
    app.connect("html-page-context", load_diagrams)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
