"""Names in one place, workflows that no stranger can misuse, what a repository owes its users."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import ROOT

sys.path.insert(0, str(ROOT / "tools"))
import identity

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
# Beside Python where the environment is not activated, as in make test.
ZIZMOR = shutil.which("zizmor") or shutil.which("zizmor", path=Path(sys.executable).parent)
MINE = {
    "repository": "https://github.com/somebody/else",
    "site": "https://somebody.example/sound/",
    "hub": "https://hub.university.example",
    "author": "Some Body",
    "tag": "v1.2.3",
}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the repository's committed files, as a repository."""
    for path in identity.committed(ROOT):
        if path.name == Path(__file__).name or path.stat().st_size > 500_000:
            continue
        target = tmp_path / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    for line in (["init", "-q"], ["add", "-A", "-f"]):
        subprocess.run(["git", *line], cwd=tmp_path, check=True)
    return tmp_path


def texts(root: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in identity.committed(root)}


def test_one_command_replaces_the_names_everywhere_and_back(copy: Path) -> None:
    before, old = texts(copy), identity.identity(copy)
    assert len(identity.replace(copy, {**MINE})) > 20
    for path, content in texts(copy).items():
        for name in ("repository", "site", "author"):
            assert old[name].encode() not in content, f"{path} holds the old {name}"
    notebook = next((copy / "chapters").rglob("*.ipynb")).read_text(encoding="utf-8")
    assert "git+https://github.com/somebody/else@v1.2.3" in notebook
    assert identity.identity(copy) == MINE
    identity.replace(copy, old)
    assert texts(copy) == before


def test_no_other_address_of_the_repository_is_about() -> None:
    """What the command does not know, it can't replace."""
    told = identity.identity()
    short = told["repository"].removeprefix("https://github.com/")
    for path, content in texts(ROOT).items():
        rest = content.decode().replace(told["site"], "").replace(short, "")
        assert not re.search(r"github\.com/aigc-edu|aigc-edu\.github\.io(?!/audio)", rest), path


# ---------------------------------------------------------------- workflows


@pytest.mark.skipif(ZIZMOR is None, reason="zizmor is not installed")
def test_zizmor_finds_nothing_in_the_workflows() -> None:
    told = subprocess.run(
        [ZIZMOR, "--offline", "--no-progress", "."], cwd=ROOT, capture_output=True, text=True
    )
    assert told.returncode == 0, told.stdout


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_action_is_pinned_by_its_hash(path: Path) -> None:
    uses = re.findall(r"uses: (\S+)", path.read_text(encoding="utf-8"))
    assert uses and all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", name) for name in uses), uses


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_only_a_push_to_main_reaches_the_right_to_publish(path: Path) -> None:
    flow = yaml.safe_load(path.read_text(encoding="utf-8"))
    triggers = flow[True]  # YAML takes "on" for a truth value
    assert not {"workflow_run", "pull_request_target"} & set(triggers)
    for name, job in flow["jobs"].items():
        rights = {**(flow.get("permissions") or {}), **(job.get("permissions") or {})}
        if set(rights) - {"contents"}:
            assert job["if"] == "github.event_name == 'push' && github.ref == 'refs/heads/main'"
            assert not [step for step in job["steps"] if "run" in step], f"{name} runs code"


@pytest.mark.parametrize(
    "name",
    [
        "CHANGELOG.md",
        "SECURITY.md",
        ".github/pull_request_template.md",
        ".github/ISSUE_TEMPLATE/mistake.yml",
    ],
)
def test_what_a_public_repository_owes_is_there(name: str) -> None:
    assert len((ROOT / name).read_text(encoding="utf-8")) > 200


def test_the_change_log_knows_the_version() -> None:
    version = re.search(r'^version = "(.*)"', (ROOT / "pyproject.toml").read_text("utf-8"), re.M)
    assert version and f"## {version[1]}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
