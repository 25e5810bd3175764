"""The library's source inside a chapter, rendered from the source itself."""

from __future__ import annotations

import html
import inspect
from dataclasses import dataclass
from typing import Any

from IPython.display import display
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from aigc_edu.errors import InvalidValueError

# In JupyterLab its editor's colours; in the book the theme's rules for .highlight are stronger.
_SHEET = """
.aigc-source pre{background:transparent;color:inherit;margin:0;padding:.5rem;overflow-x:auto;\
line-height:1.35;font-size:.85em}
.aigc-source .k,.aigc-source .kn,.aigc-source .kc,.aigc-source .ow\
{color:var(--jp-mirror-editor-keyword-color,inherit);font-weight:600}
.aigc-source .s1,.aigc-source .s2,.aigc-source .sd,.aigc-source .sa\
{color:var(--jp-mirror-editor-string-color,inherit)}
.aigc-source .c1{color:var(--jp-mirror-editor-comment-color,inherit);font-style:italic}
.aigc-source .mi,.aigc-source .mf{color:var(--jp-mirror-editor-number-color,inherit)}
.aigc-source .nf,.aigc-source .nc{color:var(--jp-mirror-editor-def-color,inherit);font-weight:600}
"""


@dataclass(frozen=True)
class Source:
    """Source code, as a closed box on a page and as text elsewhere."""

    markup: str
    code: str

    def _repr_html_(self) -> str:
        return self.markup

    def __repr__(self) -> str:
        return self.code


def show_source(*objects: Any) -> None:
    """Put the source of functions, classes or modules on the page, in a box that opens.

    Parameters
    ----------
    objects
        Python functions, classes or modules.

    Raises
    ------
    InvalidValueError
        If something has no Python source, such as a number or a function written in C.
    """
    display(*(source(item) for item in objects))


def source(item: Any) -> Source:
    """Return what :func:`show_source` displays, for one object."""
    try:
        code = inspect.getsource(item).rstrip() + "\n"
    except (TypeError, OSError) as error:
        raise InvalidValueError(f"{item!r} has no Python source to show") from error
    module = getattr(item, "__module__", None)
    name = getattr(item, "__qualname__", None) or item.__name__
    title = html.escape(f"{module}.{name}" if module else name)
    body = highlight(code, PythonLexer(), HtmlFormatter(cssclass="highlight aigc-source"))
    markup = (
        f"<style>{_SHEET}</style><details class='aigc-source-box'>"
        f"<summary>Source of <code>{title}</code></summary>{body}</details>"
    )
    return Source(markup, code)
