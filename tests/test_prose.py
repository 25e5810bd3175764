"""The pages and the chapters' text: sources, terms, links, the syllabus, plain words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from pybtex.database import parse_file

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted((ROOT / "book").glob("*.md"))
NOTEBOOKS = sorted((ROOT / "chapters").glob("*/*.ipynb"))
BIBLIOGRAPHY = ROOT / "book" / "references.bib"

# Every section of the syllabus; how-to-use.md says of each where it is taught.
SYLLABUS = """
1.1 1.2 1.3  2.1  2.2.1 2.2.2 2.2.3  2.3.1 2.3.2 2.3.3
3.1.1 3.1.2 3.1.3  3.2.1 3.2.2 3.2.3  3.3.1 3.3.2 3.3.3
4.1.1 4.1.2 4.1.3  4.2.1 4.2.2 4.2.3  4.3.1 4.3.2 4.3.3
5.1.1 5.1.2 5.1.3  5.2.1 5.2.2 5.2.3  5.3.1 5.3.2 5.3.3
6.1.1 6.1.2 6.1.3  6.2.1 6.2.2 6.2.3  6.3.1 6.3.2 6.3.3
7.1 7.2 7.3  8.1 8.2 8.3  9
""".split()

HYPE = (
    "revolution|powerful|delve|unlock|unleash|seamless|cutting-edge|state-of-the-art|game-chang|"
    "harness|effortless|groundbreaking|breathtaking|amazing|incredible|simply put|\\bit is worth"
)
AMERICAN = "quantiz|normaliz|synthesiz|recogniz|optimiz|behavior|[^#]color|center[^:]|analyz"


def text_of(path: Path) -> str:
    """Return a page's text, or that of a notebook's Markdown cells."""
    if path.suffix == ".md":
        return path.read_text(encoding="utf-8")
    cells = nbformat.read(path, as_version=4).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def prose_of(path: Path) -> str:
    """Return the text without code, roles, options and what is inside of links."""
    text = re.sub(r"^```\{?(?!glossary|list-table).*?^```$", "", text_of(path), flags=re.M | re.S)
    text = re.sub(r"`[^`\n]*`|^:[\w-]+:.*$|\]\([^)]*\)", "", text, flags=re.M)
    return text


def roles(path: Path, name: str) -> Iterator[str]:
    """Yield the contents of {name}`...` in a text."""
    yield from re.findall(rf"\{{{name}\}}`([^`]+)`", text_of(path))


def ids(paths: list[Path]) -> list[str]:
    return [path.stem for path in paths]


TEXTS = pytest.mark.parametrize("path", PAGES + NOTEBOOKS, ids=ids(PAGES + NOTEBOOKS))


@TEXTS
def test_cited_sources_are_in_the_bibliography(path):
    known = set(parse_file(BIBLIOGRAPHY).entries)
    used = {
        key.strip()
        for role in ("cite", "cite:p", "cite:t", "cite:year")
        for keys in roles(path, role)
        for key in keys.split(",")
    }
    assert not used - known


def test_every_source_can_be_found():
    for key, entry in parse_file(BIBLIOGRAPHY).entries.items():
        assert entry.persons.get("author") or key == "itu1988g711", key
        assert entry.fields["title"] and entry.fields["year"].isdigit(), key
        assert key[-1].isalnum() and entry.fields["year"] in key, key


@TEXTS
def test_terms_are_in_the_glossary(path):
    known = set(glossary())
    used = [re.sub(r".*<(.+)>", r"\1", term, flags=re.S) for term in roles(path, "term")]
    assert not {" ".join(term.lower().split()) for term in used} - known


def glossary() -> list[str]:
    """Return the glossary's terms in lower case: the lines that are not indented."""
    text = (ROOT / "book" / "glossary.md").read_text(encoding="utf-8")
    body = re.search(r"^```\{glossary\}\n(.*?)^```$", text, flags=re.M | re.S)[1]
    return [line.lower() for line in body.splitlines() if line and not line.startswith(" ")]


def test_each_entry_of_the_glossary_has_its_terms_and_what_they_mean():
    text = (ROOT / "book" / "glossary.md").read_text(encoding="utf-8")
    body = re.search(r"^```\{glossary\}\n(.*?)^```$", text, flags=re.M | re.S)[1]
    for entry in body.strip("\n").split("\n\n"):
        assert re.fullmatch(r"(\S.*\n)+(  .*\n?)+", entry), entry


def test_glossary_is_in_order_without_doubles():
    terms = [term for term in glossary() if term.isascii()]  # "µ-law" stands below "mu-law"
    assert len(terms) >= 40
    assert terms == sorted(set(terms))


@TEXTS
def test_links_lead_to_files(path):
    for target in re.findall(r"\]\(([^)\s#]+\.(?:md|ipynb))(?:#[\w-]+)?\)", text_of(path)):
        if not target.startswith("http"):
            assert (path.parent / target).is_file(), target


def test_syllabus_is_covered():
    rows = syllabus_rows()
    assert [section for section, *_ in rows] == SYLLABUS
    for section, subject, where, state in rows:
        assert subject and where, section
        assert state in ("here", "in part", "planned"), section


def syllabus_rows() -> list[list[str]]:
    text = (ROOT / "book" / "how-to-use.md").read_text(encoding="utf-8")
    table = text.split("(syllabus-table)=")[1]
    rows = re.findall(r"^\| ([\d.]+) \|(.*)\|(.*)\|(.*)\|$", table, flags=re.M)
    return [[cell.strip() for cell in row] for row in rows]


def test_what_is_said_to_be_here_is_here():
    """A section marked *here* names a page or a chapter that exists, by link or by title."""
    titles = {re.match(r"# ([^:\n]+)", text_of(p))[1].strip() for p in NOTEBOOKS}
    for section, _, where, state in syllabus_rows():
        if state == "here":
            named = re.search(r"\]\(|this page", where) or any(t in where for t in titles)
            assert named, f"{section}: {where}"


def test_chapters_claim_no_section_that_is_planned():
    planned = {section for section, *_, state in syllabus_rows() if state == "planned"}
    for path in NOTEBOOKS:
        claimed = nbformat.read(path, as_version=4).metadata["aigc_edu"]["syllabus"]
        assert not planned & set(claimed), path.stem


@TEXTS
@pytest.mark.parametrize("words", [HYPE, AMERICAN], ids=["hype", "spelling"])
def test_words_are_plain_and_british(path, words):
    if path.name == "bibliography.md":
        return
    found = re.findall(rf".*(?:{words}).*", prose_of(path), flags=re.I)
    assert not found


@TEXTS
def test_titles_are_in_sentence_case(path):
    names = {"WaveNet", "WaveGAN", "GANSynth", "AudioLM", "VITS", "AIGC", "GANs", "VAEs", "PyTorch"}
    names |= {"SampleRNN", "TensorFlow", "Keras", "Python"}
    names |= {"Three", "Transformers", "Adam", "I", "A-weighting", "Fourier", "Hann", "Gabor"}
    names |= {
        "Griffin-Lim",
        "Commands",
        "Karplus-Strong",
        "LJSpeech",
        "NSynth",
        "Ogg",
        "Bessel",
        "Parseval",
        "Transformer",
    }
    for title in re.findall(r"^#+ (.+)$", prose_of(path), flags=re.M):
        words = re.findall(r"[A-Za-z][\w-]*", re.sub(r"[:.?!] +\w", "", title))[1:]
        assert not [w for w in words if w[0].isupper() and not w.isupper() and w not in names], (
            title
        )
