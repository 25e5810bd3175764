"""Make matplotlib's SVG fit for standing inside a page: themed, small, without clashing names."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from xml.etree import ElementTree

from PIL import Image

_SVG = "http://www.w3.org/2000/svg"
_HREF = "{http://www.w3.org/1999/xlink}href"
_BLACK = {"#000000", "#000", "black"}
_DROPPED_STYLES = {"font-family"}  # the page's own font is taken
_GEOMETRY = {"d", "x", "y", "width", "height", "points", "transform"}
_NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_TEXT = {f"{{{_SVG}}}text", f"{{{_SVG}}}tspan"}

ElementTree.register_namespace("", _SVG)
ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")


def for_page(svg: str, alt: str, scale: float = 1.45) -> str:
    """Rewrite a whole SVG file as an element of an HTML page.

    Black becomes the page's text colour, fonts become the page's, coordinates keep two decimals,
    and every name that is referred to gets a prefix that depends on the picture alone, so that
    several pictures stand on one page and the same figure always gives the same text.

    Parameters
    ----------
    svg
        What matplotlib's SVG backend wrote.
    alt
        The text for those who don't see the picture.
    scale
        CSS pixels a matplotlib point on a page that is wide enough.
    """
    root = ElementTree.fromstring(svg.encode())
    _drop_preamble(root)
    prefix = "f" + hashlib.sha1(svg.encode(), usedforsecurity=False).hexdigest()[:8] + "-"
    used = _references(root)
    names = {old: f"{prefix}{number}" for number, old in enumerate(used)}
    for element in root.iter():
        _rename(element, names)
        _restyle(element)
        _shrink(element)
    _dress(root, alt, scale)
    return ElementTree.tostring(root, encoding="unicode")


def _drop_preamble(root: ElementTree.Element) -> None:
    """Remove the metadata, and the style sheet that would leak into the whole page."""
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{_SVG}}}metadata", f"{{{_SVG}}}style"):
                parent.remove(child)


def _references(root: ElementTree.Element) -> list[str]:
    """Return the ids that something refers to, in the order of first use."""
    used: dict[str, None] = {}
    for element in root.iter():
        for key, value in element.attrib.items():
            if key in (_HREF, "href") and value.startswith("#"):
                used[value[1:]] = None
            used.update(dict.fromkeys(_REFERENCE.findall(value)))
    return list(used)


def _rename(element: ElementTree.Element, names: dict[str, str]) -> None:
    for key, value in list(element.attrib.items()):
        if key == "id":
            if value in names:
                element.set(key, names[value])
            else:
                del element.attrib[key]
        elif key in (_HREF, "href") and value.startswith("#"):
            element.set(key, "#" + names[value[1:]])
        elif "url(#" in value:
            element.set(key, _REFERENCE.sub(lambda m: f"url(#{names[m[1]]})", value))


def _restyle(element: ElementTree.Element) -> None:
    """Let black follow the page's text colour, and the font be the page's."""
    style = element.get("style")
    if not style:
        return
    pairs = (pair.split(":", 1) for pair in style.split(";") if ":" in pair)
    kept = []
    for key, value in ((key.strip(), value.strip()) for key, value in pairs):
        if key in ("fill", "stroke") and value.lower() in _BLACK:
            value = "currentColor"
        if key == "font":  # the short form that some versions write: keep all but the families
            value = re.sub(r"(\d+(?:\.\d+)?px).*", r"\1 sans-serif", value)
        if key not in _DROPPED_STYLES:
            kept.append(f"{key}:{value}")
    element.set("style", ";".join(kept))


def _shrink(element: ElementTree.Element) -> None:
    """Round the geometry, drop white space, and give pictures a palette."""
    for key in _GEOMETRY & element.attrib.keys():
        value = " ".join(element.attrib[key].split())
        element.set(key, _NUMBER.sub(_rounded, value))
    if element.tag not in _TEXT:
        element.text = (element.text or "").strip() or None
        element.tail = (element.tail or "").strip() or None
    href = element.get(_HREF, "")
    if href.startswith("data:image/png;base64,"):
        element.set(_HREF, _with_palette(href))


def _rounded(match: re.Match[str]) -> str:
    text = f"{float(match[0]):.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _with_palette(uri: str) -> str:
    """Store an embedded PNG with 256 colours: a third of the size, and no visible difference."""
    image = Image.open(io.BytesIO(base64.b64decode(uri.split(",", 1)[1])))
    image = image.convert("RGBA").quantize(256, method=Image.Quantize.FASTOCTREE, dither=0)
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def _dress(root: ElementTree.Element, alt: str, scale: float) -> None:
    """Set the root's size, role and description."""
    width = float(root.get("viewBox", "0 0 432 173").split()[2])
    for key in ("width", "height", "version"):
        root.attrib.pop(key, None)
    root.set("role", "img")
    root.set("aria-label", alt)
    root.set("fill", "currentColor")
    root.set(
        "style",
        f"display:block;width:100%;max-width:{width * scale:.0f}px;height:auto;"
        "stroke-linejoin:round;background:transparent",
    )
