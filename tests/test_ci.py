"""What .ci/run promises: three parts, each in an environment of its own, and what each command needs is installed."""

import ast
import os
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

STANDS_IN = """#!/bin/sh
[ "$(basename "$0")" = make ] || exit 0
for each in "$@"; do
  case "$each" in *VENV=*) [ -e "${each#*=}" ] && found="$found there:$each"; mkdir -p "${each#*=}" ;; esac
done
echo "browser:$REQUIRE_BROWSER $*$found" >> "$CALLS"
[ "$1" != "$FAILS" ]
"""


def calls(folder: Path, fails: str = "nothing") -> tuple[int, list[list[str]]]:
    """Run .ci/run with stand-ins for all that it starts; return its exit status, and how it called make."""
    for name in ("make", "chromium", "python3", "apt-get"):
        (folder / name).write_text(STANDS_IN, encoding="utf-8")
        (folder / name).chmod(0o755)
    log = folder / "calls"
    environment = os.environ | {"PATH": f"{folder}:{os.environ['PATH']}", "CALLS": str(log), "FAILS": fails}
    environment.pop("REQUIRE_BROWSER", None)
    done = subprocess.run([ROOT / ".ci" / "run"], env=environment, capture_output=True, text=True)
    return done.returncode, [line.split() for line in log.read_text(encoding="utf-8").splitlines()]


def test_three_parts_share_no_environment_and_the_tests_come_first(tmp_path: Path) -> None:
    status, (test, visit, check) = calls(tmp_path)
    assert status == 0
    assert [each[:2] for each in (test, visit, check)] == [
        ["browser:1", "test"],
        ["browser:1", "visit"],
        ["browser:1", "check"],
    ]
    (tests,), (driver, app), (checks,) = (
        [word for word in each if word.startswith(("VENV=", "APP_VENV="))] for each in (test, visit, check)
    )
    assert driver == tests, "the browser is driven from the environment of the tests"
    environments = [each.partition("=")[2] for each in (tests, app, checks)]
    assert len(set(environments)) == 3
    assert not any(one != other and Path(other).is_relative_to(one) for one in environments for other in environments)
    assert [word for each in (test, visit, check) for word in each if word.startswith("there:")] == [f"there:{tests}"]
    assert not any(Path(each).exists() for each in environments), "what was installed is removed again"


@pytest.mark.parametrize(("part", "n_calls"), [("test", 1), ("visit", 2), ("check", 3)])
def test_a_part_that_fails_fails_all(tmp_path: Path, part: str, n_calls: int) -> None:
    status, made = calls(tmp_path, fails=part)
    assert status != 0
    assert len(made) == n_calls


def installed(*extras: str) -> set[str]:
    """Return the names of all distributions that installing the project with these extras brings, in this Python."""
    waiting = [Requirement(each) for each in PROJECT["dependencies"]]
    waiting += [Requirement(each) for extra in extras for each in PROJECT["optional-dependencies"][extra]]
    found: set[str] = set()
    asked: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        requirement = waiting.pop()
        name, own = canonicalize_name(requirement.name), frozenset(requirement.extras)
        if (name, own) in asked:
            continue
        asked.add((name, own))
        if name == PROJECT["name"]:
            waiting += [Requirement(each) for extra in own for each in PROJECT["optional-dependencies"][extra]]
            continue
        found.add(name)
        further = [Requirement(each) for each in requires(name) or []]
        waiting += [
            each
            for each in further
            if each.marker is None or any(each.marker.evaluate({"extra": extra}) for extra in ("", *own))
        ]
    return found


def imported(paths: list[Path]) -> dict[str, Path]:
    """Return the packages of others that Python files import anywhere, and a file that does."""
    found = {}
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            else:
                continue
            found.update({name.partition(".")[0]: path for name in names})
    own = {"headlight", "tests", "__future__"}
    return {name: path for name, path in found.items() if name not in sys.stdlib_module_names | own}


TRAINING = sorted((ROOT / "model" / "training").rglob("*.py"))
APP = [
    ROOT / "app.py",
    *(each for folder in ("headlight", "pages", "viz", "model") for each in (ROOT / folder).rglob("*.py")),
]


@pytest.mark.parametrize(
    ("extras", "files"),
    [
        ((), [each for each in APP if each not in TRAINING]),
        (("train",), TRAINING),
        (("test",), sorted((ROOT / "tests").rglob("*.py")) + APP),
    ],
    ids=["make run", "training", "make test, bench and screenshots"],
)
def test_what_is_imported_is_installed(extras: tuple[str, ...], files: list[Path]) -> None:
    there = installed(*extras)
    homes = packages_distributions()
    for name, path in imported(files).items():
        brought_by = {canonicalize_name(each) for each in homes.get(name, [])}
        assert brought_by & there, f"{path.relative_to(ROOT)} imports {name}, which is not installed with it"
