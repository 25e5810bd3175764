"""Pack what another machine needs to make the checkpoints: one without internet, with a GPU, say.

It must have Python, PyTorch, numba, SciPy, matplotlib, tqdm, safetensors and Accelerate. The folder
(``runs/elsewhere`` by default) gets the wheels of all else that is needed, the recordings of FSDD,
and a script. Copy the folder there together with the repository, and run in the repository's root

    bash runs/elsewhere/make.sh MINUTES DEVICE OUT [NAME ...]

It trains the named checkpoints, or all whose recipes have changed, within so many minutes, scores
them, and leaves zip files of less than 16 MB in OUT. Unpack these here in ``runs``; then
``python -m aigc_edu checkpoints ship NAME`` copies what was made to the course's checkpoints.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NEEDED = (
    "audioread",
    "cffi",
    "decorator",
    "lazy-loader",
    "librosa",
    "platformdirs",
    "pooch",
    "pycparser",
    "pyloudnorm",
    "soundfile",
    "soxr",
)
PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")
SCRIPT = """#!/usr/bin/env bash
# bash make.sh MINUTES DEVICE OUT [NAME ...]: make these, or all whose recipes have changed
set -euo pipefail
minutes=$1 device=$2 out=$3
shift 3
here=$(cd "$(dirname "$0")" && pwd)
site=$(mktemp -d)
python3 -m pip install -q --no-index --no-deps --no-compile --target "$site" "$here"/wheels/*.whl
export PYTHONPATH=$PWD:$site AIGC_EDU_DATA=$here/datasets
python3 -m aigc_edu checkpoints make "$@" --minutes "$minutes" --device "$device" \\
  --out runs --pack "$out"
"""


def wheels(folder: Path, version: str) -> None:
    """Download the wheels, in the versions that the course is tested with."""
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    names = [
        found[0] if (found := re.findall(rf"(?m)^{name}==\S+", pins)) else name for name in NEEDED
    ]
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--dest", str(folder)]
    command += ["--only-binary=:all:", "--python-version", version, "--implementation", "cp"]
    for platform in PLATFORMS:
        command += ["--platform", platform]
    subprocess.run([*command, *names], check=True)


def main() -> None:
    """Pack."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--python", default="3.12", help="the other machine's (default: 3.12)")
    parser.add_argument("--recordings", type=Path, required=True, help="FSDD's folder")
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "elsewhere")
    options = parser.parse_args()
    for part in ("wheels", "datasets"):
        shutil.rmtree(options.out / part, ignore_errors=True)
        (options.out / part).mkdir(parents=True)
    shutil.copytree(options.recordings, options.out / "datasets" / "fsdd")
    wheels(options.out / "wheels", options.python)
    (options.out / "make.sh").write_text(SCRIPT, encoding="utf-8")
    size = sum(file.stat().st_size for file in options.out.rglob("*") if file.is_file())
    print(f"{options.out}: {size / 2**20:.0f} MiB")


if __name__ == "__main__":
    main()
