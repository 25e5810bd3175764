"""What ``python -m aigc_edu checkpoints`` does: list, make, score."""

from __future__ import annotations

import argparse
import math
import shutil
import time
import zipfile
from pathlib import Path

from aigc_edu import corpora
from aigc_edu.audio import write
from aigc_edu.checkpoints import Trained
from aigc_edu.corpora.choosing import by_speakers
from aigc_edu.errors import CourseError
from aigc_edu.kinds import cards, making
from aigc_edu.kinds.catalogue import find_kind
from aigc_edu.kinds.making import Made
from aigc_edu.kinds.recipes import Recipe, read_recipe, recipe_names, recipes_dir

PACK = 15 * 2**20  # bytes of a pack at most
TRAINING = 0.8  # share of the minutes that is trained in; the rest is for scores


def make_all(options: argparse.Namespace) -> None:
    """Make the named checkpoints, or all whose recipes have changed, within a time.

    One that can't be made is no reason to lose the others: what went wrong is said at the end.

    Raises
    ------
    CourseError
        If some could not be made.
    """
    names = options.names or [name for name in recipe_names() if cards.changed(name)]
    recipes = [read_recipe(name) for name in names]
    for recipe in recipes:  # before the work, not after it
        making.check(recipe)
        cards.check_marks(_card_text(recipe), recipe.name)
    if not recipes:
        print("nothing to make: no recipe has changed")
    end = time.monotonic() + 60 * (options.minutes or math.inf)
    failed = []
    for i, recipe in enumerate(recipes):
        share = recipe.share / sum(other.share for other in recipes[i:])
        try:
            _make_one(recipe, options, TRAINING * share * (end - time.monotonic()) / 60)
        except (CourseError, OSError) as error:
            failed.append(f"{recipe.name}: {error}")
    if options.pack:
        for pack in packs([options.out / recipe.name for recipe in recipes], options.pack):
            print(f"packed: {pack}")
    if failed:
        raise CourseError("; ".join(failed))


def _make_one(recipe: Recipe, options: argparse.Namespace, minutes: float) -> None:
    print(f"{recipe.name}: {recipe.about}")
    made = making.make(recipe, options.out, options.device, minutes, options.threads or 0)
    if not made.ended:
        print(f"{recipe.name}: step {made.step:,} of {recipe.steps:,}; the same command goes on")
    model = making.write_weights(made)
    anchors = making.make_anchors(recipe, options.out, options.device, minutes / 4)
    told = making.finish(made, model, anchors)
    cards.draw_curve(told, made.folder / f"{recipe.name}.svg")
    _let_it_be_heard(made)
    _write_card(recipe, told, made.folder)
    print(f"{made.file}: {told['scores']}")
    if options.ship:
        ship(recipe, made.folder)


def _let_it_be_heard(made: Made) -> None:
    """Write what the network says after 1, 10 and 100 % of the training."""
    recipe, kind = made.recipe, find_kind(made.recipe.kind)
    if kind.sample is None:
        return
    for percent in cards.HEARD_AT if made.ended else cards.HEARD_AT[:-1]:
        mark = "" if percent == 100 else f"at-{percent:03d}"
        file = made.folder / f"{mark or recipe.name}.safetensors"
        if file.is_file():
            sound = kind.sample(kind.load(file), made.split, recipe.score)
            write(made.folder / f"{recipe.name}-{percent:03d}.wav", sound.samples, sound.rate)


def _write_card(recipe: Recipe, told: dict, folder: Path) -> None:
    """Write the card, its text from the course's card and its measurements new."""
    beside = cards.files_beside(recipe.name, folder)
    card = cards.with_measurements(_card_text(recipe), told, recipe, beside)
    part = folder / f"{recipe.name}.md.part"
    part.write_text(card, encoding="utf-8")
    part.replace(folder / f"{recipe.name}.md")


def _card_text(recipe: Recipe) -> str:
    card = recipes_dir() / f"{recipe.name}.md"
    return card.read_text(encoding="utf-8") if card.is_file() else _empty_card(recipe)


def _empty_card(recipe: Recipe) -> str:
    return f"# {recipe.name}\n\n{recipe.about}\n\n{cards.BEGIN}\n\n{cards.END}\n"


def ship_all(options: argparse.Namespace) -> None:
    """Copy what was made of the named checkpoints to those of the course."""
    for name in options.names:
        ship(read_recipe(name), options.out / name)
        print(f"{name}: copied to {recipes_dir()}")


def ship(recipe: Recipe, folder: Path) -> None:
    """Copy a checkpoint, its measurements, picture and sounds to those of the course.

    The card there keeps what was written by hand; its measurements become these.

    Raises
    ------
    CourseError
        If there is no whole checkpoint, or it is not by the recipe of today.
    """
    told, file = cards.read_measurements(recipe.name, folder), f"{recipe.name}.safetensors"
    run = told.get("training", {})
    if not run or run["file"] != making.file_hash(folder / file):
        raise CourseError(f"{folder} holds no checkpoint with its scores; make it first")
    if not run["ended"]:
        raise CourseError(
            f"{folder}: unfinished, step {run['step']:,} of {run['steps']:,}; the command that "
            "made it goes on"
        )
    if run["recipe"] != recipe.fingerprint:
        raise CourseError(f"{folder}: made by another recipe than that of today")
    shipped = recipes_dir()
    (shipped / "sounds").mkdir(exist_ok=True)
    for old in (*shipped.glob(f"{recipe.name}.svg"), *_sounds(recipe, shipped / "sounds")):
        old.unlink()
    for new in (folder / file, *folder.glob(f"{recipe.name}.svg")):
        _copy(new, shipped / new.name)
    for sound in _sounds(recipe, folder):
        _copy(sound, shipped / "sounds" / sound.name)
    making.write_json(shipped / f"{recipe.name}.json", told)
    _write_card(recipe, told, shipped)


def _sounds(recipe: Recipe, folder: Path) -> list[Path]:
    return sorted(folder.glob(f"{recipe.name}-[0-9][0-9][0-9].wav"))


def _copy(source: Path, target: Path) -> None:
    part = target.with_name(target.name + ".part")
    shutil.copyfile(source, part)
    part.replace(target)


def score_again(options: argparse.Namespace) -> None:
    """Measure shipped checkpoints again, and print it; with ``--ship`` write it to their cards.

    The networks that they are compared with don't ship: what was measured of them stays.
    """
    for name in options.names or recipe_names():
        recipe = read_recipe(name)
        kind = find_kind(recipe.kind)
        model = kind.load(recipes_dir() / f"{name}.safetensors")
        split = kind.parts(_corpus_of(model, recipe, kind.rate))
        told = cards.updated(cards.read_measurements(name), making.measure(recipe, model, split))
        for table in told["tables"]:
            print(cards.table_text(table), end="\n\n")
        print(f"{name}: {told['scores']}")
        if options.ship:
            making.write_json(recipes_dir() / f"{name}.json", told)
            _write_card(recipe, told, recipes_dir())


def _corpus_of(model: Trained, recipe: Recipe, rate: int | None) -> corpora.Corpus:
    """Return the clips that a checkpoint was made of: its corpus, and of it its recipe's voices."""
    told, speakers = model.description, recipe.stages[-1].get("speakers")
    names = ",".join(speakers) if isinstance(speakers, list) else speakers
    return by_speakers(corpora.load(told["corpus"], rate=told.get("rate", rate)), names)


def packs(folders: list[Path], out: Path) -> list[Path]:
    """Pack what was made into zip files of :data:`PACK` bytes at most: all but resuming needs."""
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob("made-*.zip"):
        old.unlink()
    bins: list[list[tuple[Path, Path]]] = [[]]
    room = PACK
    for folder in folders:
        for file in filter(_travels, sorted(folder.rglob("*"))):
            size = file.stat().st_size
            if size > PACK:
                print(f"left out, too large to be packed: {file}")
                continue
            if size > room:
                bins.append([])
                room = PACK
            bins[-1].append((file, file.relative_to(folder.parent)))
            room -= size
    return [_packed(files, out / f"made-{i}.zip") for i, files in enumerate(bins, 1) if files]


def _travels(file: Path) -> bool:
    return file.is_file() and file.name != "last.safetensors" and file.suffix != ".part"


def _packed(files: list[tuple[Path, Path]], path: Path) -> Path:
    part = path.with_suffix(".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, name in files:
            archive.write(file, name)
    part.replace(path)
    return path
