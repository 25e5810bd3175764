"""Asking for TensorFlow or Keras: quietly, on PyTorch's number of threads, or with a clear error.

Chapter: chapters/03-autoregressive/11-samplernn-tensorflow.ipynb
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from types import ModuleType

import torch

from aigc_edu.errors import MissingPackageError

INSTALL = 'pip install "aigc_edu[tensorflow]", or pip install tensorflow-cpu (tensorflow on a Mac)'
INSTALL_KERAS = 'pip install "aigc_edu[keras]", or pip install keras'
BACKENDS = ("torch", "tensorflow")


def import_tensorflow() -> ModuleType:
    """Return the module ``tensorflow``; nothing else in the library imports it.

    Before the import, its lines on standard error are turned off, and so are oneDNN's kernels,
    which add up in another order on each processor; set the variables ``TF_CPP_MIN_LOG_LEVEL``
    and ``TF_ENABLE_ONEDNN_OPTS`` to have them. It computes on the CPU, so that results can be held
    against PyTorch's, on as many threads; unless it has begun to compute, when both are settled.

    Raises
    ------
    MissingPackageError
        If TensorFlow is not installed (the text says how to install it), or if Keras is set to
        compute with something else.
    """
    _quiet()
    try:
        import tensorflow as tf
    except ModuleNotFoundError as error:
        if error.name != "tensorflow":  # it is there, but not whole
            raise
        raise MissingPackageError(f"this part needs TensorFlow: {INSTALL}") from None
    backend = tf.keras.backend.backend()
    if backend != "tensorflow":
        raise MissingPackageError(
            f"Keras is set to compute with {backend}; set the environment variable "
            "KERAS_BACKEND to tensorflow and start Python anew"
        )
    tf.get_logger().setLevel("ERROR")
    with suppress(RuntimeError):  # it has begun
        tf.config.set_visible_devices([], "GPU")
        tf.config.threading.set_intra_op_parallelism_threads(torch.get_num_threads())
        tf.config.threading.set_inter_op_parallelism_threads(1)
    return tf


def import_keras() -> ModuleType:
    """Return the module ``keras``, with one of :data:`BACKENDS` to compute.

    Keras settles that when it is first imported: by the environment variable ``KERAS_BACKEND``, and
    where there is none, by this function, for PyTorch, which the course has anyway.

    Raises
    ------
    MissingPackageError
        If Keras is not installed, or TensorFlow if it is to compute, or if something else is.
    """
    if "keras" not in sys.modules:
        os.environ.setdefault("KERAS_BACKEND", "torch")
        _check_backend(os.environ["KERAS_BACKEND"])
    _quiet()  # beside PyTorch, Keras looks for TensorFlow too
    try:
        if os.environ.get("KERAS_BACKEND") == "tensorflow":
            import_tensorflow()  # before Keras does it, loudly
        import keras
    except ModuleNotFoundError as error:
        if error.name != "keras":  # it is there, but not whole
            raise
        raise MissingPackageError(f"this part needs Keras: {INSTALL_KERAS}") from None
    _check_backend(keras.backend.backend())
    return keras


def _quiet() -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")


def _check_backend(name: str) -> None:
    if name not in BACKENDS:
        raise MissingPackageError(
            f"Keras is set to compute with {name}; set the environment variable KERAS_BACKEND to "
            "torch or tensorflow and start Python anew"
        )
