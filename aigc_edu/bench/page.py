"""The page of a bench: verdicts, tables, and every sound beside the others, equally loud.

It needs no server and nothing from elsewhere. Where no script runs, each sound is a link to a file.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

from aigc_edu.audio.placing import replacing
from aigc_edu.bench.making import BASELINES
from aigc_edu.bench.players import (
    BANDS,
    COLUMNS,
    Sounds,
    names_of,
    sounds_of,
    write_pictures,
    write_players,
)
from aigc_edu.bench.results import REAL, Costs, ListResults, Results
from aigc_edu.bench.scores import MEASURES
from aigc_edu.bench.verdicts import failures, text_of, verdict
from aigc_edu.kinds.recipes import recipes_dir

_TRAINED = re.compile(r"^\| Hardware and time \| (.*?) \|$", re.M)


def write_page(results: Results, out: Path) -> None:
    """Write ``index.html`` into a bench's folder, with players and pictures beside it."""
    sections = [
        _section(name, found, results.costs.get(name, {}), out)
        for name, found in results.lists.items()
    ]
    with replacing(out / "index.html") as made:
        made.write_text(_HEAD + "".join(sections) + _TAIL, encoding="utf-8")


def _section(name: str, found: ListResults, costs: Mapping[str, Costs], out: Path) -> str:
    sounds = sounds_of(out / "sounds" / name, found)
    write_players(sounds, out / "players" / name)
    write_pictures(sounds, out / "pictures" / name)
    fails = "".join(
        f"<li><b>{html.escape(row)}</b>: {html.escape(failures(found, row))}</li>"
        for row in found.models
    )
    return (
        f'<section id="{name}"><h2>{html.escape(found.title)}</h2><p>{html.escape(found.about)}</p>'
        f'<p class="verdict">{html.escape(verdict(found))}</p><h3>Scores</h3>{_scores(found)}'
        f"<h3>Where each one fails</h3><ul>{fails}</ul><h3>Cost</h3>{_costs(found.title, costs)}"
        f"<h3>All sounds</h3>{_grid(name, found, sounds)}</section>\n"
    )


def _scores(found: ListResults) -> str:
    """Return the table of means: recordings first, then models from the best on, then copies."""
    rows = [row for row in (REAL, *found.models, *sorted(found.copies)) if row in found.sheets]
    measures = list(dict.fromkeys(m for row in rows for m in found.sheets[row].numbers))
    cells = [
        [
            row + (" (a copy)" if row in found.copies else ""),
            str(len(found.items[row])),
            *(text_of(found, row, m) if m in found.sheets[row].numbers else "" for m in measures),
        ]
        for row in rows
    ]
    heads = ["", "sounds", *(MEASURES[m].title for m in measures)]
    return _table(f"{found.title}: scores", heads, cells)


def _costs(title: str, costs: Mapping[str, Costs]) -> str:
    heads = ["", "weights", "file", "training", "computing for a second of sound"]
    heads += ["longest wait", "memory on top"]
    return _table(f"{title}: cost", heads, [_cost(name, told) for name, told in costs.items()])


def _cost(name: str, told: Costs) -> list[str]:
    memory = told.get("memory_mib")
    return [
        name,
        f"{told['weights']:,}",
        f"{told['bytes'] / 2**20:.1f} MiB",
        training_of(name),
        f"{told['seconds_per_second']:.3f} s",
        f"{told['longest_wait']:.3f} s",
        f"{memory:.0f} MiB" if memory is not None else "not known",
    ]


def training_of(name: str) -> str:
    """Return what the card of a shipped checkpoint says of its training's hardware and time.

    A baseline has had none; of a model without a card nobody knows.
    """
    if name in BASELINES:
        return "none"
    card = recipes_dir() / f"{name}.md"
    found = _TRAINED.search(card.read_text(encoding="utf-8")) if card.is_file() else None
    return found[1] if found else "not known"


def _table(label: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    body = "".join(
        f'<tr><th scope="row">{html.escape(first)}</th>'
        + "".join(f"<td>{html.escape(text)}</td>" for text in rest)
        + "</tr>"
        for first, *rest in rows
    )
    return _wide(label, heads, body)


def _wide(label: str, heads: Sequence[str], body: str, of: str = "") -> str:
    """Return a table that is moved sideways in its own frame where a screen is narrow."""
    head = "".join(f'<th scope="col">{html.escape(x)}</th>' if x else "<td></td>" for x in heads)
    return (
        f'<div class="wide" role="region" aria-label="{html.escape(label)}" tabindex="0">'
        f'<table class="{of}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _grid(name: str, found: ListResults, sounds: Sounds) -> str:
    rows = [row for row in (REAL, *found.models, *sorted(found.copies)) if row in found.sheets]
    places = {row: {n: i for i, n in enumerate(names_of(found.items[row]))} for row in rows}
    items = list(dict.fromkeys(sound.rsplit("-", 1)[0] for sound in sounds))
    body = ""
    for item in items:
        cells = "".join(f"<td>{_cell(name, found, row, item, places[row])}</td>" for row in rows)
        called = html.escape(found.names.get(item, item))
        body += f'<tr><th scope="row">{called}</th>{cells}</tr>'
    return _wide(f"{found.title}: all sounds", ["", *rows], body, "grid")


def _cell(name: str, found: ListResults, row: str, item: str, places: Mapping[str, int]) -> str:
    """Return one model's takes of one item: a picture of the first, and a link for each."""
    own = [sound for sound in places if sound.rsplit("-", 1)[0] == item]
    if not own:
        return "none"
    links = "".join(_link(name, found, row, sound, places[sound]) for sound in own)
    source = f"pictures/{name}/{row}-{own[0]}.png"
    alt = f"spectrogram of the first take of {item} by {row}"
    size = f'width="{COLUMNS}" height="{BANDS}"'
    return f'<img src="{source}" alt="{html.escape(alt)}" {size} loading="lazy"><br>{links}'


def _link(name: str, found: ListResults, row: str, sound: str, place: int) -> str:
    sheet = found.sheets[row]
    heard = f", heard: {sheet.heard[place]}" if sheet.heard else ""
    missed = MEASURES[found.measure].share and not sheet.numbers[found.measure][place]
    take = int(sound.rsplit("-", 1)[1]) + 1
    label = html.escape(f"play take {take} of {sound.rsplit('-', 1)[0]} by {row}{heard}")
    mark, cross = (' class="missed"', "&times;") if missed else ("", "")
    return (
        f'<a href="players/{name}/{row}-{sound}.flac"{mark} title="{label}" '
        f'aria-label="{label}">{take}{cross}</a> '
    )


@cache
def _asset(name: str) -> str:
    return files("aigc_edu.bench").joinpath(name).read_text(encoding="utf-8")


_HEAD = (
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    f"<title>The listening bench</title><style>{_asset('page.css')}</style></head><body><main>"
    "<h1>The listening bench</h1><p>Every model was asked for the same list, with the same seeds. "
    "Nothing was picked. All versions of a take are equally loud; a number with a cross was not "
    "heard as what was asked for. Intervals are those of 95 %. Times are those of one thread of "
    "the machine that ran this bench, to be compared with each other only; memory is what a model "
    "took on top of Python and the library.</p>\n"
)
_TAIL = f"<script>{_asset('page.js')}</script></main></body></html>\n"
