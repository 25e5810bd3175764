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
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinxcontrib.mermaid import mermaid

logger = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parent.parent
# From a path in node_modules to a path in the site's _static/vendor.
VENDOR = {
    "mathjax/es5/tex-mml-chtml.js": "mathjax/tex-mml-chtml.js",
    "mathjax/es5/output/chtml/fonts/woff-v2": "mathjax/output/chtml/fonts/woff-v2",
    "@mermaid-js/tiny/dist/mermaid.tiny.js": "mermaid/mermaid.js",
    "@jupyter-widgets/html-manager/dist/embed.js": "widgets/embed.js",
    "@jupyter-widgets/html-manager/dist/*.woff2": "widgets",  # the icons that embed.js asks for
}
# Handlers that would add scripts from other hosts: thebe (live code), and the loader of Mermaid,
# a module, which browsers refuse to import over file://. diagrams.js takes the latter's place.
DROPPED = {
    ("sphinx_thebe", "init_thebe_core"),
    ("sphinx_thebe", "update_thebe_context"),
    ("sphinxcontrib.mermaid", "install_js"),
}
# From a cell's tag to what stands on its closed box.
PROMPTS = {
    "exercise-solution": "the solution",
    "colab": "the set-up for Google Colab",
}


def copy_front_end(app: Sphinx) -> None:
    """Copy MathJax, Mermaid and the widgets' runtime into the site."""
    if app.builder.format != "html":
        return
    for source, target in VENDOR.items():
        folder, pattern = (ROOT / "node_modules" / source).parent, Path(source).name
        origins = sorted(folder.glob(pattern))
        if not origins:
            raise ExtensionError(f"{folder / pattern} is missing; run: python tools/front_end.py")
        for origin in origins:
            goal = Path(app.outdir, "_static/vendor", target)
            _copy(origin, goal / origin.name if "*" in pattern else goal)


def _copy(origin: Path, goal: Path) -> None:
    """Copy a file or a folder, over what is there."""
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


def name_hidden_cells(app: Sphinx, doctree: nodes.document) -> None:
    """Say on the closed box of a hidden cell what opens there."""
    for cell in doctree.findall(nodes.container):
        for tag, words in PROMPTS.items():
            if f"tag_{tag}" in cell.get("classes", []) and "prompt_show" in cell:
                cell["prompt_show"], cell["prompt_hide"] = f"Show {words}", f"Hide {words}"


def visit_diagram(translator: Any, node: mermaid) -> None:
    """Write a diagram as text that diagrams.js draws, with a description for screen readers."""
    alt = node.get("alt", "").strip()
    if not alt:
        logger.warning("a diagram needs :alt:, a sentence on what it shows", location=node)
    translator.body.append(
        f'<pre class="mermaid" role="img" aria-label="{translator.attval(alt)}">\n'
        f"{translator.encode(node['code'])}\n</pre>"
    )
    raise nodes.SkipNode


def load_page_scripts(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Load what only some pages need: Mermaid for diagrams, the fix for widgets' labels."""
    body = context.get("body", "")
    if '<pre class="mermaid' in body:
        app.add_js_file("vendor/mermaid/mermaid.js", priority=600, defer="defer")
        app.add_js_file("js/diagrams.js", priority=601, defer="defer")
    if "application/vnd.jupyter.widget-view+json" in body:
        app.add_js_file("js/widget-labels.js", priority=602, defer="defer")


def drop_stale_pages(app: Sphinx, exception: Exception | None) -> None:
    """Delete the pages of chapters that have been renamed or removed since the last build."""
    if exception is not None or app.builder.name != "html":
        return
    current = {*app.env.found_docs, "index", "search", "genindex"}
    for page in sorted(Path(app.outdir).rglob("*.html")):
        name = page.relative_to(app.outdir).with_suffix("").as_posix()
        if name not in current and not name.startswith("_"):
            page.unlink()


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the handlers; Sphinx calls this."""
    # A value that every page depends on: when it changes, all pages are read again.
    app.add_config_value("course_fingerprint", notebook_cache.refresh(), "env", types=[str])
    app.connect("config-inited", drop_remote_scripts, priority=1)
    app.connect("builder-inited", copy_front_end)
    app.connect("doctree-read", name_hidden_cells)
    app.connect("build-finished", drop_stale_pages)
    app.connect("html-page-context", load_page_scripts)
    app.add_node(mermaid, override=True, html=(visit_diagram, None))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
