"""``python -m aigc_edu``: see ``--help``."""

import sys

from aigc_edu.cli import main

if __name__ == "__main__":
    sys.exit(main())
