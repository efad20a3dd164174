"""What `pip install` gives: a wheel is built and installed into a folder, and used from another one."""

import email
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import settle
from tests.browser.notebook import CELLS, run_notebook
from tests.browser.server import ROOT, Server, started

FOLDERS = (".streamlit", "headlight", "model", "pages", "viz")
FILES = ("app.py", "pyproject.toml", "setup.py", "README.md", "LICENSE")
SENTENCE = "The teacher taught the students with the book."
COMMAND = "import sys; from headlight.__main__ import main; sys.exit(main(sys.argv[1:]))"


@dataclass(frozen=True, kw_only=True)
class Installed:
    """Headlight installed from a wheel: the folder of modules, and an empty one to work in."""

    modules: Path
    elsewhere: Path

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a program that finds this Headlight and no other."""
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("HEADLIGHT_")}
        return inherited | {"PYTHONPATH": str(self.modules)}

    def python(self, program: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a Python program."""
        return subprocess.run(
            [sys.executable, "-c", program, *arguments],
            cwd=self.elsewhere,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def answer(self, program: str) -> Any:
        """Return what a Python program prints last, read as JSON."""
        done = self.python(program)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Build the wheel from a copy of the sources, offline and with what is installed here, and install it."""
    sources, wheels, modules = (tmp_path_factory.mktemp(name) for name in ("sources", "wheels", "modules"))
    for name in FOLDERS:
        shutil.copytree(ROOT / name, sources / name)
    for name in FILES:
        shutil.copy(ROOT / name, sources / name)
    offline = ["--no-deps", "--no-index", "--disable-pip-version-check", "--quiet"]
    pip = [sys.executable, "-m", "pip"]
    wheel = [*pip, "wheel", *offline, "--no-build-isolation", "--wheel-dir", str(wheels), str(sources)]
    subprocess.run(wheel, check=True, timeout=300)
    (built,) = wheels.iterdir()
    subprocess.run([*pip, "install", *offline, "--target", str(modules), str(built)], check=True, timeout=300)
    return Installed(modules=modules, elsewhere=tmp_path_factory.mktemp("elsewhere"))


def test_everything_is_inside_one_package(installed: Installed) -> None:
    found = {path.name.split("-")[0] for path in installed.modules.iterdir()} - {"bin"}
    assert found == {"headlight"}
    program = """
import json, sys
from importlib.util import find_spec
print(json.dumps([name for name in ("model", "viz", "pages", "app", "tests") if find_spec(name)]))
"""
    assert installed.answer(program) == []


def test_the_wheel_holds_every_file_that_the_checkout_has(installed: Installed) -> None:
    def files(root: Path) -> set[str]:
        return {
            path.relative_to(root).as_posix()
            for path in root.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }

    expected = files(ROOT / "headlight") | {"app.py", ".streamlit/config.toml"}
    for folder in ("model", "viz", "pages"):
        expected |= {f"{folder}/{name}" for name in files(ROOT / folder)}
    expected = {name for name in expected if not name.startswith("model/training/")}  # makes the weights that ship
    assert files(installed.modules / "headlight") == expected


def test_the_licences_come_along(installed: Installed) -> None:
    (about,) = installed.modules.glob("*.dist-info")
    metadata = email.message_from_string((about / "METADATA").read_text(encoding="utf-8"))
    for name in metadata.get_all("License-File", []):
        assert (about / "licenses" / name).is_file()
    assert len(metadata.get_all("License-File", [])) == 2


def test_importing_is_light_and_changes_nothing(installed: Installed) -> None:
    program = """
import json, os, sys, threading
before = dict(os.environ), list(sys.path), threading.active_count()
import headlight
assert (dict(os.environ), list(sys.path), threading.active_count()) == before
assert set(headlight.__all__) <= set(dir(headlight))
assert not hasattr(headlight, "nothing_of_that_name")
heavy = ("numpy", "torch", "transformers", "streamlit", "plotly", "headlight.model", "headlight.viz")
print(json.dumps([name for name in heavy if name in sys.modules]))
"""
    assert installed.answer(program) == []


def test_a_trace_is_run_explored_saved_and_loaded(installed: Installed) -> None:
    program = f"""
import json, sys
import headlight
trace = headlight.run("headlight-decoder", {SENTENCE!r})
explorer = headlight.explore(trace)
explorer.save("explored.html")
headlight.save(trace, "a.safetensors")
again = headlight.load("a.safetensors")
assert "<iframe" in explorer._repr_html_()
print(json.dumps({{
    "same": bool((again.attentions[0].weights == trace.attentions[0].weights).all()),
    "one class": type(again) is sys.modules["headlight.model.trace"].Trace,
    "names": [name for name in sys.modules if name.split(".")[0] in ("model", "viz", "pages")],
    "streamlit": "streamlit" in sys.modules,
}}))
"""
    assert installed.answer(program) == {"same": True, "one class": True, "names": [], "streamlit": False}
    page = (installed.elsewhere / "explored.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    # In another process, which has not opened the model, the page of the loaded trace carries no less.
    program = """
import json
import headlight
headlight.explore(headlight.load("a.safetensors")).save("again.html")
print(json.dumps(None))
"""
    installed.answer(program)
    assert (installed.elsewhere / "again.html").read_text(encoding="utf-8") == page


def test_the_command_is_installed(installed: Installed) -> None:
    (script,) = (installed.modules / "bin").glob("headlight*")
    done = subprocess.run(
        [sys.executable, script, "--help"],
        cwd=installed.elsewhere,
        env=installed.environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    for command in ("trace", "explore", "models", "--port", "--no-browser"):
        assert command in done.stdout


def test_the_commands_write_what_they_say(installed: Installed) -> None:
    done = installed.python(COMMAND, "models")
    assert [line.split()[0] for line in done.stdout.splitlines()[:4]] == [
        "headlight-decoder",
        "headlight-translator",
        "headlight-encoder",
        "headlight-recurrent",
    ]
    arguments = ("headlight-translator", SENTENCE, "--target", "El libro", "-o")
    done = installed.python(COMMAND, "trace", *arguments, "t.safetensors")
    assert done.stdout == "t.safetensors and t.json\n"
    assert json.loads((installed.elsewhere / "t.json").read_text(encoding="utf-8"))["target"] == "El libro"
    program = """
import json, sys
import headlight
headlight.load("t.safetensors")
print(json.dumps([name for name in ("torch", "transformers", "streamlit") if name in sys.modules]))
"""
    assert installed.answer(program) == []
    done = installed.python(COMMAND, "explore", *arguments, "cross.html", "--kind", "cross")
    assert done.stdout == "cross.html\n"
    assert (installed.elsewhere / "cross.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_the_app_starts_from_the_wheel_and_draws_a_page(installed: Installed, browser: Browser) -> None:
    def command(port: int) -> list[str]:
        return [sys.executable, "-c", COMMAND, f"--port={port}"]

    opened = installed.elsewhere / "opened"
    note = f'{sys.executable} -c \'import sys; open("{opened}", "w").write(sys.argv[1])\' %s'
    with started(command, installed.elsewhere, installed.environment | {"BROWSER": note}) as server:
        server.wait_until_healthy()
        assert_said(server)
        page = browser.new_page()
        page.goto(server.url())
        settle(page)
        page.get_by_text("Words on this page").wait_for()  # the last thing a page draws
        colour = page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
        assert colour == "rgb(252, 250, 245)"  # of .streamlit/config.toml, which lies beside the app
        assert page.locator("[data-testid=stAppDeployButton]").count() == 0
        page.close()
        assert opened.read_text(encoding="utf-8") == f"http://localhost:{server.port}"
        taken = installed.python(COMMAND, "--port", str(server.port))
        assert taken.returncode == 1
        assert f"Port {server.port} is taken" in taken.stderr


def assert_said(server: Server) -> None:
    """Raise AssertionError when the start did not name the address on this machine."""
    assert f"On this machine:     http://localhost:{server.port}\n" in server.log()
    assert "To stop: Ctrl+C" in server.log()


def test_a_notebook_shows_the_explorer_by_naming_it(installed: Installed, browser: Browser) -> None:
    notebook = run_notebook(CELLS, installed.elsewhere, installed.modules)
    shape, explorer = (only.data for (only,) in (cell.outputs for cell in notebook.cells))  # and no warning
    assert shape["text/plain"] == "(6, 8, 10, 10)"
    page = browser.new_page()
    failed: list[str] = []
    page.on("pageerror", lambda error: failed.append(str(error)))
    page.set_content(explorer["text/html"])
    frame = page.frame_locator("iframe")
    frame.locator("canvas").first.wait_for()
    assert frame.get_by_text("teacher").count() > 0
    assert failed == []
    page.close()
