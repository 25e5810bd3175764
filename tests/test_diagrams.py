"""The diagrams drawn by hand: whole, described, readable on a phone and in the dark."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching import diagrams

each_diagram = pytest.mark.parametrize("name", diagrams.names())
SVG = "{http://www.w3.org/2000/svg}"
SMALLEST = 8.5  # CSS pixels of a letter on a phone, for indices; words have 11 or more


@each_diagram
def test_it_is_described_and_names_its_own_parts(name):
    drawn = diagrams.diagram(name)
    root = ElementTree.fromstring(drawn.markup)
    assert root.get("role") == "img" and len(drawn.description) > 100
    ids = {element.get("id") for element in root.iter()} - {None}
    assert all(label in ids for label in root.get("aria-labelledby").split())
    assert set(re.findall(r"url\(#([^)]+)\)", drawn.markup)) <= ids
    assert all(label.startswith(f"{name}-") for label in ids)


@each_diagram
def test_it_takes_the_pages_colour_and_palette(name):
    markup = diagrams.diagram(name).markup
    colours = set(re.findall(r'(?:fill|stroke)="([^"]+)"', markup))
    assert colours <= {"currentColor", "none", "#0079bd", "#d55e00"}
    assert "\n" not in markup and "font-family" not in markup


@each_diagram
@pytest.mark.parametrize("width", [358, 620])
def test_its_letters_can_be_read_at_the_width_of_a_page(name, width):
    root = ElementTree.fromstring(diagrams.diagram(name).markup)
    scale = min(width, 620) / float(root.get("viewBox").split()[2])
    sizes = [float(e.get("font-size")) for e in root.iter() if e.get("font-size")]
    assert min(sizes) * scale > SMALLEST and float(root.get("font-size")) * scale > 11


def test_it_is_a_picture_on_a_page_and_words_elsewhere(monkeypatch):
    shown = []
    monkeypatch.setattr(diagrams, "display", shown.append)
    diagrams.show("wavenet", width=500)
    assert "max-width:500px" in shown[0]._repr_html_() and "<svg" in shown[0]._repr_html_()
    assert repr(shown[0]).startswith("[Diagram: Codes enter")


def test_another_name_is_refused():
    with pytest.raises(InvalidValueError, match="wavenet"):
        diagrams.diagram("wavnet")
