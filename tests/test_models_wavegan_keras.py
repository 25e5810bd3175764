"""WaveGAN in Keras, on PyTorch and on TensorFlow: clips, scores, gradients, one update, ``fit``.

Each backend is measured in a process of its own, by ``keras_measured.py``.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from functools import cache

import numpy as np
import pytest
import torch
from conftest import ROOT
from torch import nn

from aigc_edu.errors import InvalidValueError
from aigc_edu.nn.keras_layout import conv_transpose1d_layout, time_first

CASES = ("plain", "told", "nearest", "even", "halves")
MISTAKES = ("time_first", "conv1d_layout", "conv_transpose1d_layout", "same up", "same down")
LOSSES = ("generator's loss", "critic's loss", "penalty")
WEIGHTS = ("Generator after it", "Critic after it")


@cache
def measured(backend: str) -> dict:
    for package in {"keras", "torch" if backend == "torch" else "tensorflow"}:
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed")
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    quiet = {"KERAS_BACKEND": backend, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "keras_measured.py")],
        env={**os.environ, **quiet},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


each_backend = pytest.mark.parametrize("backend", ["torch", "tensorflow"])


@each_backend
def test_keras_computes_with_what_it_was_told(backend):
    found = measured(backend)
    assert found["backend"] == backend
    assert found["tensorflow"] == (backend == "tensorflow")


@each_backend
@pytest.mark.parametrize("case", CASES)
def test_clips_and_scores_are_those_of_pytorch(backend, case):
    off = measured(backend)["outputs"][case]
    assert off["size"] > 0.1
    assert max(off["clips"], off["scores"], off["moved"]) < 1e-4


@each_backend
@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_mistake_in_layout_or_padding_is_seen(backend, mistake):
    assert measured(backend)["mistaken"][mistake] > 0.1


@each_backend
@pytest.mark.parametrize("case", ["plain", "told", "nearest"])
def test_one_update_is_that_of_pytorch(backend, case):
    off = measured(backend)["steps"][case]
    assert max(off[name] for name in LOSSES) < 1e-4
    assert off["critic's gradient"] < 1e-4, "of the largest: through the slope of a slope"
    assert max(off[name] for name in WEIGHTS) < 1e-5


@each_backend
def test_the_slope_of_a_line_is_its_weights(backend):
    assert measured(backend)["line"] == 0


@each_backend
def test_adam_has_pytorchs_epsilon(backend):
    assert measured(backend)["adam"] < 1e-3


@each_backend
def test_the_phase_shuffle_moves_as_pytorchs_and_by_all_shifts_alike(backend):
    found = measured(backend)["shuffles"]
    assert found["off"] == 0 and found["still"] == 0
    assert sum(found["counts"]) == 200 and min(found["counts"]) > 20


@each_backend
def test_fit_trains_both_networks(backend):
    found = measured(backend)["trained"]
    assert found["names"] == ["critic_loss", "generator_loss", "penalty_loss"]
    assert found["finite"] and found["moved"] > 0.01 and found["steps"] == 12


# ---------------------------------------------------------------- layouts


def test_a_transposed_convolution_adds_a_copy_of_the_kernel_for_each_input():
    layer = nn.ConvTranspose1d(2, 3, 5, 4)
    kernel, bias = conv_transpose1d_layout(
        layer.weight.detach().numpy(), layer.bias.detach().numpy()
    )
    assert kernel.shape == (5, 3, 2)
    x = torch.randn(1, 2, 6)
    y = np.tile(bias.astype(float), (25, 1))  # (T, C), as Keras has it
    for t in range(6):
        y[4 * t : 4 * t + 5] += kernel @ x[0, :, t].numpy()
    assert np.allclose(y, layer(x)[0].T.detach().numpy(), atol=1e-5)


def test_time_first_turns_what_is_flattened_by_channels():
    x = np.arange(12.0).reshape(3, 4)  # (C, F)
    assert np.array_equal(time_first(x.ravel(), 4), x.T.ravel())
    both = np.stack([x.ravel(), -x.ravel()], axis=1)
    assert np.array_equal(time_first(both, 4)[:, 1], -x.T.ravel())
    with pytest.raises(InvalidValueError, match="12 rows are no multiple of 5 frames"):
        time_first(x.ravel(), 5)
    with pytest.raises(InvalidValueError, match="expected 3 dimensions"):
        conv_transpose1d_layout(x)
