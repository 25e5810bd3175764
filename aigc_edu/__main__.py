"""``python -m aigc_edu``: see ``--help``."""

import contextlib
import os
import sys
from typing import Any, TextIO

from aigc_edu.cli import main


class PatientOutput:
    """A stream that goes on when nobody listens any more, and in any encoding.

    ``python -m aigc_edu generate ... | head -1`` closes the pipe after a line. All that was asked
    for is written, without a word. A letter that the encoding lacks is written as a number.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")

    def write(self, text: str) -> int:
        """Write, unless the reader has gone."""
        with self._unheard():
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush, unless the reader has gone."""
        with self._unheard():
            self._stream.flush()

    @contextlib.contextmanager
    def _unheard(self) -> Any:
        try:
            yield
        except BrokenPipeError:  # from now on, write into nothing; so does Python at its end
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, self._stream.fileno())
            os.close(nothing)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


if __name__ == "__main__":
    sys.stdout = PatientOutput(sys.stdout)
    sys.stderr = PatientOutput(sys.stderr)
    sys.exit(main())
