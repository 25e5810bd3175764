"""Small pieces of HTML that several displays share."""

from __future__ import annotations

import html


def caption_html(caption: str | None) -> str:
    """Return a figcaption, or nothing where there is no caption."""
    if not caption:
        return ""
    return f'<figcaption style="margin-top:0.3rem">{html.escape(caption)}</figcaption>'
