"""Compiled functions are kept on disk, and made anew when what they call has changed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from aigc_edu.models.samplernn import loop as samplernn
from aigc_edu.models.wavenet import loop as wavenet
from aigc_edu.nn import compiled_drawing, compiled_layers

INNER = """
from aigc_edu.nn.compiling import jit

@jit(True, forceinline=True)
def number(x):
    return x + {}
"""
OUTER = """
from aigc_edu.nn.compiling import jit
from inner import number

@jit(True)
def twice(x):
    return 2 * number(x)
"""
ROOT = Path(__file__).resolve().parents[1]


def twice_one(folder: Path) -> tuple[int, bool]:
    """Return 2 * number(1) of a fresh process, and whether its code lay on the disk."""
    program = "from outer import twice; print(twice(1), sum(twice.stats.cache_hits.values()))"
    paths = os.pathsep.join([str(folder), str(ROOT)])
    told = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": paths, "NUMBA_CACHE_DIR": str(folder / "kept")},
        capture_output=True,
        text=True,
        check=True,
    )
    result, hits = told.stdout.split()
    return int(result), hits == "1"


def test_machine_code_follows_the_files_of_what_it_calls(tmp_path):
    (tmp_path / "outer.py").write_text(OUTER)
    (tmp_path / "inner.py").write_text(INNER.format(1))
    assert twice_one(tmp_path) == (4, False)
    assert twice_one(tmp_path) == (4, True)
    (tmp_path / "inner.py").write_text(INNER.format(20))
    assert twice_one(tmp_path) == (42, False)


@pytest.mark.parametrize("loop", [wavenet, samplernn])
def test_both_loops_are_made_of_the_same_pieces(loop):
    for name in ("add_product", "fill", "rectify", "exp_minus_one"):
        assert getattr(loop, name) is getattr(compiled_layers, name)
    assert loop.draw_next is compiled_drawing.draw_next
