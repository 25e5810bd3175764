"""Starting several processes on this machine, and stopping between two steps."""

from __future__ import annotations

import logging
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from aigc_edu.errors import CourseError
from aigc_edu.paths import COMPLAINTS
from aigc_edu.training.engine import computes_on_cpu


def launch(count: int, arguments: Sequence[str], device: str = "auto") -> int:
    """Run ``python -m aigc_edu`` in several processes on this machine; return the exit status.

    Parameters
    ----------
    count
        Number of processes.
    arguments
        The command line of each.
    device
        Where they compute; see :class:`aigc_edu.training.engine.DistributedProcesses`.

    Raises
    ------
    InvalidValueError
        If so many processes cannot compute there.
    CourseError
        If one of them ends without having said why.
    """
    computes_on_cpu(device, count)
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // count)))
    how = [*_here(), f"--nproc-per-node={count}", "-m", "aigc_edu", *arguments]
    with tempfile.TemporaryDirectory() as folder:
        os.environ[COMPLAINTS] = folder
        try:
            return _run_all(how)
        finally:
            del os.environ[COMPLAINTS]
            complaints = sorted(Path(folder).iterdir(), key=lambda file: int(file.name))
            if complaints:  # most often they all say the same: the first speaks for all
                print(complaints[0].read_text(encoding="utf-8"), file=sys.stderr)


def _here() -> list[str]:
    """Let the processes find each other by this machine's own address, which needs no name."""
    loopback = "lo0" if sys.platform == "darwin" else "lo"
    os.environ.setdefault("GLOO_SOCKET_IFNAME", loopback)
    meeting = ["--rdzv-backend=c10d", "--rdzv-endpoint=127.0.0.1:0", "--local-addr=127.0.0.1"]
    return [*meeting, "--nnodes=1"]


def _run_all(how: Sequence[str]) -> int:
    """Start the processes, wait for them, and return the exit status."""
    from torch.distributed.elastic.multiprocessing import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.run import parse_args, run

    logging.disable(logging.ERROR)  # our processes say themselves what is wrong
    try:
        run(parse_args(how))
    except SignalException as stop:
        return 128 + stop.sigval
    except ChildFailedError as error:
        rank, failure = error.get_first_failure()
        if failure.exitcode in (2, 130):
            return failure.exitcode
        raise CourseError(
            f"process {rank} ended with {failure.exitcode}; if it could say why, that stands above"
        ) from error
    finally:
        logging.disable(logging.NOTSET)
    return 0


@contextmanager
def interrupt_between_steps(several: bool = False) -> Iterator[list[int]]:
    """Collect Ctrl-C in a list instead of raising, so that no update is cut in half.

    With ``several`` processes, SIGTERM too: that is how their launcher ends them.
    """
    received: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield received  # only the main thread may handle signals
        return
    wanted = [signal.SIGINT, signal.SIGTERM] if several else [signal.SIGINT]
    previous = {
        number: signal.signal(number, lambda number, frame: received.append(number))
        for number in wanted
    }
    try:
        yield received
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
