"""TensorFlow is asked for by one chapter alone, and its lack is told in one line."""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys

import nbformat
import pytest
from conftest import CHAPTERS, ROOT

WITH_TENSORFLOW = sorted((ROOT / "aigc_edu").rglob("tensorflow*.py"))
WITH_KERAS = sorted((ROOT / "aigc_edu" / "models").rglob("keras*.py"))
THE_CHAPTER = "11-samplernn-tensorflow"


def run(code: str, **variables: str | None) -> subprocess.CompletedProcess:
    """Run code in a process of its own, with these environment variables set, or left out."""
    here = {name: value for name, value in os.environ.items() if name not in variables}
    here |= {name: value for name, value in variables.items() if value is not None}
    start = [sys.executable, "-c", code]
    return subprocess.run(start, cwd=ROOT, env=here, capture_output=True, text=True, check=False)


def names() -> tuple[list[str], list[str], list[str]]:
    """Return the library's modules that do without either, with TensorFlow, and with Keras."""
    paths = sorted((ROOT / "aigc_edu").rglob("*.py"))
    dotted = {p: ".".join(p.relative_to(ROOT).with_suffix("").parts) for p in paths}
    others = [*WITH_TENSORFLOW, *WITH_KERAS]
    plain = [n.removesuffix(".__init__") for p, n in dotted.items() if p not in others]
    in_tensorflow, in_keras = (
        [dotted[p] for p in found] for found in (WITH_TENSORFLOW, WITH_KERAS)
    )
    return [n for n in plain if not n.endswith("__main__")], in_tensorflow, in_keras


def test_no_other_module_and_no_other_chapter_imports_tensorflow_or_keras():
    """The chapter on Keras imports it in a cell of its own: no exercise there needs it."""
    setups = []
    for path in CHAPTERS:
        if path.stem != THE_CHAPTER:
            cells = nbformat.read(path, as_version=4).cells
            setups += [c.source for c in cells if "exercise-setup" in c.metadata.get("tags", [])]
    assert len(setups) >= len(CHAPTERS) - 1
    tree_only = "\n".join(line for cell in setups for line in imports_of(cell))
    code = f"""
import importlib, sys
for name in {names()[0]!r}:
    importlib.import_module(name)
{tree_only}
assert "tensorflow" not in sys.modules and "keras" not in sys.modules
print("all", len(sys.modules))
"""
    done = run(code)
    assert done.returncode == 0 and done.stdout.startswith("all"), done.stderr


def imports_of(cell: str) -> list[str]:
    """Return the statements of a cell that import."""
    nodes = (n for n in ast.parse(cell).body if isinstance(n, (ast.Import, ast.ImportFrom)))
    return [ast.unparse(node) for node in nodes]


@pytest.mark.parametrize("name", names()[1])
def test_without_tensorflow_one_line_says_what_to_install(name):
    done = run(f"import sys; sys.modules['tensorflow'] = None; import {name}")
    last = done.stderr.strip().splitlines()[-1]
    assert done.returncode == 1
    assert last.startswith("aigc_edu.errors.MissingPackageError: this part needs TensorFlow: pip")
    assert "aigc_edu[tensorflow]" in last and "During handling" not in done.stderr


@pytest.mark.parametrize("order", [("torch", "tensorflow"), ("tensorflow", "torch")])
def test_both_frameworks_live_in_one_process_on_one_thread_and_quietly(order):
    if importlib.util.find_spec("tensorflow") is None:
        pytest.skip("TensorFlow is not installed")
    ask = "from aigc_edu.nn.frameworks import import_tensorflow; tf = import_tensorflow()"
    imports = {"torch": "import torch", "tensorflow": ask}
    code = f"""
{imports[order[0]]}
{imports[order[1]]}
torch.set_num_threads(1)
a = torch.randn(64, 64)
assert abs((a @ a).numpy() - (tf.constant(a.numpy()) @ tf.constant(a.numpy())).numpy()).max() < 1e-4
tf.keras.layers.GRU(4)(tf.zeros((2, 3, 5))); torch.nn.GRU(5, 4)(torch.zeros(2, 3, 5))
print(tf.config.threading.get_intra_op_parallelism_threads(), end="")
"""
    done = run("import os; os.environ['OMP_NUM_THREADS'] = '1'\n" + code)
    assert (done.stdout, done.stderr) == ("1", "")


def test_keras_on_another_framework_is_named():
    if importlib.util.find_spec("tensorflow") is None:
        pytest.skip("TensorFlow is not installed")
    ask = "from aigc_edu.nn.frameworks import import_tensorflow; import_tensorflow()"
    done = run(f"import os; os.environ['KERAS_BACKEND'] = 'torch'; {ask}")
    assert "set to compute with torch" in done.stderr.splitlines()[-1]


# ---------------------------------------------------------------- Keras, on PyTorch or TensorFlow


@pytest.mark.parametrize("name", names()[2])
def test_without_keras_one_line_says_what_to_install(name):
    done = run(f"import sys; sys.modules['keras'] = None; import {name}", KERAS_BACKEND=None)
    last = done.stderr.strip().splitlines()[-1]
    assert done.returncode == 1
    assert last.startswith("aigc_edu.errors.MissingPackageError: this part needs Keras: pip")
    assert "aigc_edu[keras]" in last and "During handling" not in done.stderr


ASK = "from aigc_edu.nn.frameworks import import_keras; keras = import_keras();"


@pytest.mark.parametrize("said", [None, "torch", "tensorflow"])
def test_keras_computes_with_pytorch_unless_told(said):
    needed = {"keras", *(["tensorflow"] if said == "tensorflow" else [])}
    if any(importlib.util.find_spec(name) is None for name in needed):
        pytest.skip("not installed")
    show = "import sys; print(keras.backend.backend(), 'tensorflow' in sys.modules)"
    done = run(f"{ASK} {show}", KERAS_BACKEND=said)
    backend = said or "torch"
    assert (done.stdout, done.stderr) == (f"{backend} {backend == 'tensorflow'}\n", "")


def test_keras_on_tensorflow_that_is_not_there_is_named():
    done = run(f"import sys; sys.modules['tensorflow'] = None; {ASK}", KERAS_BACKEND="tensorflow")
    assert "this part needs TensorFlow: pip" in done.stderr.strip().splitlines()[-1]


def test_a_backend_that_is_neither_is_named():
    done = run(ASK, KERAS_BACKEND="jax")
    assert "set to compute with jax; set the environment" in done.stderr.strip().splitlines()[-1]
