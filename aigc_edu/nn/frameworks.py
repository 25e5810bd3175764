"""Asking for TensorFlow: quietly, on as many threads as PyTorch has, or with one clear error.

Chapter: chapters/03-autoregressive/11-samplernn-tensorflow.ipynb
"""

from __future__ import annotations

import os
from contextlib import suppress
from types import ModuleType

import torch

from aigc_edu.errors import MissingPackageError

INSTALL = 'pip install "aigc_edu[tensorflow]", or pip install tensorflow-cpu (tensorflow on a Mac)'


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
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
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
