"""The command ``playlist``: a playlist of sounds from a folder that are alike to a seed.

Chapter: chapters/06-product/13-recommending.ipynb
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from aigc_edu.audio import AudioFileError, read, write
from aigc_edu.audio.formats import format_of
from aigc_edu.audio.placing import keep_others
from aigc_edu.errors import InvalidValueError
from aigc_edu.recommending.embeddings import EMBEDDINGS, embedding_of
from aigc_edu.recommending.index import Index, index_of_folder
from aigc_edu.recommending.playlists import (
    VARIETY,
    Item,
    order_of,
    playlist,
    preview,
    write_playlist,
)


def add_playlist(parser: argparse.ArgumentParser) -> None:
    """Add what ``playlist`` can be told."""
    told = "; ".join(f"{one.name}: {one.about}" for one in EMBEDDINGS.values())
    parser.description = f"Make a playlist of what sounds like a seed. {told}."
    parser.add_argument("seed", type=Path, help="the sound file to begin with")
    parser.add_argument("folder", type=Path, help="where to choose from, with the folders in it")
    parser.add_argument("--count", type=int, default=10, help="entries (default: %(default)s)")
    parser.add_argument("--by", choices=EMBEDDINGS, default="heard", help="(default: %(default)s)")
    parser.add_argument(
        "--variety",
        type=float,
        default=VARIETY,
        help="0 takes the nearest, 1 those unlike each other (default: %(default)s)",
    )
    parser.add_argument("--out", type=Path, required=True, help="the .m3u8 file to write")
    parser.add_argument("--preview", type=Path, help="sound file with the beginning of each entry")
    parser.add_argument("--rate", type=int, default=44_100, help="of the preview (%(default)s Hz)")
    parser.add_argument("--replace", action="store_true", help="take other files' places")
    parser.set_defaults(run=run_playlist)


def run_playlist(options: argparse.Namespace) -> None:
    """Write a playlist, and a preview if one is asked for."""
    _check(options)
    embedding, folder = embedding_of(options.by), options.folder.expanduser()
    seed = embedding.row(*read(options.seed))
    index = index_of_folder(folder, embedding, lambda text: print(text, file=sys.stderr))
    own = _own(index, folder, options.seed)
    left = len(index) - len(own)
    if not left:
        raise AudioFileError(f"{folder}: there is no other sound in it than the seed")
    chosen = playlist(index, seed, min(options.count, left), options.variety, own)
    names = [index.names[n] for n in order_of(index, chosen)]
    sounds = [read(folder / name) for name in names]
    items = [
        Item(folder / name, Path(name).stem, len(x) / rate)
        for name, (x, rate) in zip(names, sounds, strict=True)
    ]
    print(write_playlist(options.out, items))
    if options.preview:
        print(write(options.preview, preview(sounds, options.rate), options.rate))


def _check(options: argparse.Namespace) -> None:
    """Find out before the folder is read, which may take long, what would fail after it."""
    if options.count < 1 or not 0 <= options.variety <= 1 or not 1000 <= options.rate <= 384_000:
        raise InvalidValueError(
            "--count is 1 or more, --variety lies from 0 to 1, and --rate from 1000 to 384000"
        )
    if options.out.suffix.lower() != ".m3u8":
        raise AudioFileError(f"{options.out}: a playlist's name ends in .m3u8")
    if options.preview:
        format_of(options.preview)
    keep_others(filter(None, (options.out, options.preview)), options.replace)


def _own(index: Index, folder: Path, seed: Path) -> list[int]:
    """Return the number of the seed in the index, if it lies in the folder itself."""
    same = seed.resolve()
    return [n for n, name in enumerate(index.names) if (folder / name).resolve() == same]
