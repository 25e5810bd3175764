"""Run the chapters through jupyter-cache, two at a time, and know when their outputs are stale.

jupyter-cache keys an executed notebook on its own cells. But a chapter's outputs also depend on
the library, the shipped data, the versions of the packages and the corpus that was asked for. So
the cache carries a fingerprint of all these, and is dropped when the fingerprint changes.

Run ``python tools/notebook_cache.py`` before ``jupyter-book build .`` to execute what has changed
(the build would do it too, but one notebook after the other).
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / "_build" / ".jupyter_cache"  # where Jupyter Book looks for it
CHAPTERS = ROOT / "chapters"
VARIABLES = ("AIGC_EDU_CORPUS", "AIGC_EDU_DATA")
PINS = ("requirements.txt", "constraints.txt", "pyproject.toml")
CELL_TIMEOUT = 600  # seconds; _config.yml has the same


def _inputs() -> Iterator[Path]:
    """Yield the files, besides the notebooks, that a chapter's outputs depend on."""
    yield from (ROOT / name for name in PINS)
    for folder in ("aigc_edu", "data"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path


def fingerprint() -> str:
    """Return a hash over the library, the data, the pins, the variables and Python's version."""
    digest = hashlib.sha256(platform.python_version().encode())
    for name in VARIABLES:
        digest.update(f"\0{name}={os.environ.get(name, '')}".encode())
    for path in _inputs():
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"\0{path.relative_to(ROOT).as_posix()}={content}".encode())
    return digest.hexdigest()


def settle_data_folder() -> None:
    """Make $AIGC_EDU_DATA absolute: a notebook runs in its own folder, the reader is elsewhere."""
    if os.environ.get("AIGC_EDU_DATA"):
        folder = Path(os.environ["AIGC_EDU_DATA"]).expanduser().absolute()
        os.environ["AIGC_EDU_DATA"] = os.path.normpath(folder)


def refresh(cache: Path = CACHE) -> str:
    """Drop the cache if anything that the outputs depend on has changed; return the fingerprint."""
    settle_data_folder()
    os.environ["AIGC_EDU_STATIC"] = "1"  # interactive figures in their form for pages alone
    current, stamp = fingerprint(), cache / "fingerprint.txt"
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != current:
        shutil.rmtree(cache, ignore_errors=True)
        cache.mkdir(parents=True)
        stamp.write_text(current, encoding="utf-8")
    return current


def execute(paths: list[Path], workers: int = 2) -> list[str]:
    """Execute the notebooks that the cache lacks; return a message for each that failed."""
    from jupyter_cache import get_cache

    refresh()
    cache = get_cache(str(CACHE))
    for path in paths:
        cache.add_nb_to_project(str(path))
    waiting = [path for path in paths if cache.get_cached_project_nb(str(path)) is None]
    print(
        f"{len(paths) - len(waiting)} notebooks are up to date, {len(waiting)} to run", flush=True
    )
    projects = [cache.get_project_notebook(str(path)) for path in waiting]
    with ThreadPoolExecutor(workers) as pool:
        results = zip(projects, pool.map(_run, projects), strict=True)
        messages = [_store(cache, project, result) for project, result in results]
    return [message for message in messages if message]


def _run(project: Any) -> Any:
    """Execute one notebook in its own folder."""
    from jupyter_cache.executors.utils import single_nb_execution

    folder = str(Path(project.uri).parent)
    return single_nb_execution(
        project.nb,
        folder,
        timeout=CELL_TIMEOUT,
        allow_errors=False,
        extra_arguments=["--IPKernelApp.log_level=40"],  # no line about TCP from each kernel
    )


def _store(cache: Any, project: Any, result: Any) -> str | None:
    """Put an executed notebook into the cache, or say why it failed."""
    from jupyter_cache.executors.utils import create_cache_bundle

    name = Path(project.uri).relative_to(ROOT).as_posix()
    if result.err is not None:
        return f"{name} failed:\n{result.err}"
    bundle = create_cache_bundle(project, result.cwd, None, result.time, None)
    cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
    print(f"{name}: {result.time:.0f} s", flush=True)
    return None


def main(arguments: list[str] | None = None) -> int:
    """Execute all chapters, or those named; the exit status is 1 if one failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", type=Path, help="notebooks (default: all chapters)")
    parser.add_argument("--workers", type=int, default=2, help="notebooks at a time (default: 2)")
    chosen = parser.parse_args(arguments)
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # two kernels share the cores
    failures = execute([path.resolve() for path in chosen.notebooks] or chapters(), chosen.workers)
    print("\n\n".join(failures), file=sys.stderr)
    return 1 if failures else 0


def chapters() -> list[Path]:
    """Return all the notebooks of the course, in order."""
    return sorted(p for p in CHAPTERS.rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)


if __name__ == "__main__":
    sys.exit(main())
