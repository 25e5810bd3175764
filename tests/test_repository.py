"""The house's own rules: floors, sizes, words in the docstrings, the files that must agree."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from conftest import ROOT

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    import tomli as tomllib

LIBRARY = ROOT / "aigc_edu"
# From the ground up. What stands on one floor doesn't import its neighbours.
STOREYS = (
    ("errors",),
    ("paths", "seeds"),
    ("dsp", "audio", "nn", "text", "music"),
    ("checkpoints", "corpora", "saving"),
    ("models", "scenes"),
    ("training", "evaluation", "teaching", "speaking"),
    ("checks", "clinic", "recommending", "restyling"),
    ("kinds",),
    ("bench",),
    ("cli",),
)
FLOORS = {name: floor for floor, names in enumerate(STOREYS, start=-1) for name in names}
ABOVE_THE_FLOORS = {"aigc_edu/__main__.py", "aigc_edu/__init__.py"}
MODULES = sorted(LIBRARY.rglob("*.py"))
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in MODULES}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imported(tree: ast.Module, path: Path) -> Iterator[str]:
    """Yield the course's own modules that a module imports, as dotted names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = origin(node, path)
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def origin(node: ast.ImportFrom, path: Path) -> str:
    """Return what stands between ``from`` and ``import``, as a dotted name from the root."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    base = package[: len(package) - node.level + 1] if node.level else ()
    return ".".join((*base, *([node.module] if node.module else [])))


def floor_of(dotted: str) -> int | None:
    """Return the floor of a module of the course; None for the root and for other packages."""
    parts = dotted.split(".")
    return FLOORS.get(parts[1]) if parts[0] == "aigc_edu" and len(parts) > 1 else None


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_floor_imports_only_downwards(path: Path) -> None:
    if name_of(path) in ABOVE_THE_FLOORS:
        return
    package = path.relative_to(LIBRARY).with_suffix("").parts[0]
    assert package in FLOORS, f"give {package} a floor, in this test and in CONTRIBUTING.md"
    for dotted in imported(TREES[path], path):
        floor = floor_of(dotted)
        same = dotted.split(".")[1:2] == [package]
        assert floor is None or same or floor < FLOORS[package], (
            f"{name_of(path)} (floor {FLOORS[package]}) imports {dotted} (floor {floor})"
        )


def dotted_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def needed(path: Path, names: set[str]) -> set[str]:
    """Return those of the named modules that a module asks for itself."""
    found = set()
    for node in ast.walk(TREES[path]):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = origin(node, path)
            inner = (f"{module}.{alias.name}" for alias in node.names)
            found |= {name if name in names else module for name in inner}
    return found & names


def reachable(start: str, graph: dict[str, set[str]]) -> set[str]:
    """Return all that a module imports, directly or through others."""
    found: set[str] = set()
    ahead = [start]
    while ahead:
        ahead += graph[ahead.pop()] - found
        found |= set(ahead)
    return found


def circles(graph: dict[str, set[str]]) -> set[frozenset[str]]:
    """Return the sets of modules in which each imports, directly or not, every other."""
    reach = {name: reachable(name, graph) for name in graph}
    return {
        frozenset(other for other in reach[name] if name in reach[other])
        for name in graph
        if name in reach[name]
    }


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Within functions and behind TYPE_CHECKING too; ``from package import module`` is the module.

    What a package's ``__init__`` imports isn't charged to those that import one of its modules.
    """
    names = {dotted_name(path) for path in MODULES}
    graph = {dotted_name(path): needed(path, names) for path in MODULES}
    assert not [sorted(circle) for circle in circles(graph)]


def test_circles_are_found() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"d"}, "e": {"a", "d"}}
    assert circles(graph) == {frozenset("bc"), frozenset("d")}


@pytest.mark.parametrize("path", sorted(LIBRARY.glob("*/__init__.py")), ids=name_of)
def test_a_package_says_which_floor_it_stands_on(path: Path) -> None:
    said = re.findall(r"\(floor (-?\d+)\)", ast.get_docstring(TREES[path]) or "")
    wanted = next(n for n, names in enumerate(STOREYS, start=-1) if path.parent.name in names)
    assert [int(number) for number in said] == [wanted]


def test_the_floors_are_told_as_they_are() -> None:
    for told in ("CONTRIBUTING.md", "aigc_edu/__init__.py"):
        text = (ROOT / told).read_text(encoding="utf-8")
        floors = re.findall(r"((?:`+\w+`+(?:, )?)+) \((-?\d)\)", re.sub(r"\s+", " ", text))
        assert [(int(n), tuple(re.findall(r"\w+", names))) for names, n in floors] == [
            *enumerate(STOREYS, start=-1)
        ], told


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


def code_lines(path: Path, function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count a function's lines after its signature, without docstring, comments and blanks."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    if not body:
        return 0
    lines = path.read_text(encoding="utf-8").splitlines()[body[0].lineno - 1 : function.end_lineno]
    return sum(1 for line in lines if line.strip() and not line.strip().startswith("#"))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_functions_and_modules_are_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300
    long = {f.name: n for f in functions(TREES[path]) if (n := code_lines(path, f)) > 25}
    assert not long, f"cut these functions of {name_of(path)} up: {long}"


def public_names(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.ClassDef]:
    """Yield public functions and classes, and the public methods of public classes."""
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                methods = (n for n in node.body if isinstance(n, ast.FunctionDef))
                yield from (m for m in methods if not m.name.startswith("_"))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_public_names_are_documented_and_typed(path: Path) -> None:
    tree = TREES[path]
    assert ast.get_docstring(tree), f"{name_of(path)} has no docstring"
    for node in public_names(tree):
        assert ast.get_docstring(node), f"{name_of(path)}: {node.name} has no docstring"
        if isinstance(node, ast.FunctionDef):
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            bare = [a.arg for a in arguments if a.annotation is None and a.arg not in _SELF]
            assert not bare, f"{name_of(path)}: {node.name} has untyped arguments {bare}"
            assert node.returns is not None, f"{name_of(path)}: {node.name} has no return type"


_SELF = {"self", "cls"}


def committed_files() -> list[Path]:
    """Return the files of the repository; without git, those of an unpacked archive."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
        ).stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed if name and (ROOT / name).is_file()]


# Written in pieces, so that this file doesn't hold what it looks for.
FORBIDDEN = re.compile(
    "|".join(
        [
            r"pypi" + r"\.org",
            r"pythonhosted" + r"\.org",
            r"npmjs" + r"\.(org|com)",
            r"download\.pytorch" + r"\.org",
            r"deb\.debian" + r"\.org",
            r"conda" + r"\.anaconda\.org",
            r"(?<![\w.])/wor" + r"k/",
            r"(?<![\w.])/roo" + r"t/",
            r"(?<![\w.])/hom" + r"e/\w",
        ]
    )
)


def test_no_path_of_a_machine_and_no_registry_is_named() -> None:
    found = []
    for path in committed_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{name_of(path)}: {match[0]}" for match in FORBIDDEN.finditer(text)]
    assert not found


def test_nothing_built_is_committed() -> None:
    built = re.compile(r"(^|/)(_build|node_modules|\.venv|student|__pycache__)/|\.html$")
    assert not [name for path in committed_files() if built.search(name := name_of(path))]


def requirements(lines: list[str]) -> dict[str, str]:
    """Return name and range of each requirement."""
    rows = (line.split("#")[0].strip() for line in lines)
    parts = (re.match(r"([\w.-]+)\s*(.*)", row) for row in rows if row)
    return {p[1].lower().replace("_", "-"): p[2].replace(" ", "") for p in parts if p}


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_requirements_are_those_of_the_package() -> None:
    extras = project()["optional-dependencies"]
    asked = [*extras["book"], *extras["test"], *extras["keras"], *extras["tensorflow"]]
    declared = requirements([*project()["dependencies"], *asked])
    listed = requirements((ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines())
    assert listed == declared


def test_the_package_pins_nothing_and_the_constraints_pin_all() -> None:
    extras = project()["optional-dependencies"].values()
    declared = requirements([*project()["dependencies"], *(row for rows in extras for row in rows)])
    assert not [name for name, rule in declared.items() if "==" in rule or not rule]
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = requirements(lines)
    assert not set(declared) - set(pinned)
    assert all(rule.startswith("==") and "+" not in rule for rule in pinned.values())


def test_what_the_library_imports_is_declared() -> None:
    names = {"PIL": "pillow", "IPython": "ipython", "yaml": "pyyaml"}
    optional = {"espeakng_loader", "google"}  # asked for where they are used
    declared = requirements(project()["dependencies"])
    for path, tree in TREES.items():
        for node in tree.body:  # what a plain import of the module needs
            roots: list[str] = []
            if isinstance(node, ast.Import):
                roots = [alias.name.split(".")[0] for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                roots = [node.module.split(".")[0]]
            for root in set(roots) - sys.stdlib_module_names - optional - {"aigc_edu"}:
                package = names.get(root, root).lower().replace("_", "-")
                assert package in declared, f"{name_of(path)} imports {root}, which isn't declared"


def make_targets() -> set[str]:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z-]+):", text, re.MULTILINE))


@pytest.mark.parametrize(
    "page", ["README.md", "CONTRIBUTING.md", "book/how-to-use.md", "book/welcome.md"]
)
def test_the_make_commands_that_are_named_exist(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for command in re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE):
        assert command in make_targets(), f"{page} names make {command}"


def test_make_alone_lists_its_commands() -> None:
    try:
        told = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except OSError:
        pytest.skip("no make on this machine")
    for command in ("book", "lab", "test", "lint", "student", "clean"):
        assert re.search(rf"^\s+{command}\s+\w", told, re.M), f"make help doesn't tell of {command}"


def test_the_contents_list_every_notebook_and_nothing_else() -> None:
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    listed = [entry["file"] for part in contents["parts"] for entry in part["chapters"]]
    notebooks = sorted(
        name_of(path).removesuffix(".ipynb")
        for path in (ROOT / "chapters").rglob("*.ipynb")
        if ".ipynb_checkpoints" not in path.parts
    )
    assert [name for name in listed if name.startswith("chapters/")] == notebooks
    for name in [contents["root"], *listed]:
        assert any((ROOT / f"{name}{suffix}").is_file() for suffix in (".md", ".ipynb")), name


def test_the_build_is_strict() -> None:
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    assert config["execute"]["execute_notebooks"] == "cache"
    assert config["execute"]["allow_errors"] is False
    assert config["execute"]["raise_on_error"] is True
    assert "-W -n --keep-going" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_ci_only_calls_make() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert script.rstrip().endswith("exec make test")
    assert os.name == "nt" or os.access(ROOT / ".ci" / "run", os.X_OK)
    assert "|| true" not in script + (ROOT / "Makefile").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_what_the_readme_refers_to_is_there(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?:|#)([^)\s#]+)", text)
    for target in targets:
        assert (ROOT / target).exists(), f"{name} refers to {target}, which is missing"
