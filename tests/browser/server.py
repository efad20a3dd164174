"""The real app in a process of its own, as `streamlit run app.py` or `make run` starts it.

It runs in the environment of the tests or, where APP_VENV names one, in that one: with what is installed there.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.error import URLError
from urllib.parse import urlencode

ROOT = Path(__file__).parents[2]

Start = Literal["streamlit run app.py", "make run"]


@dataclass(frozen=True, slots=True)
class Server:
    """A running app: where it answers, its process, and where it writes what it says."""

    port: int
    process: subprocess.Popen[bytes]
    log_file: Path

    def url(self, path: str = "", **query: str) -> str:
        """Return the address of a page."""
        return f"http://127.0.0.1:{self.port}/{path}" + (f"?{urlencode(query)}" if query else "")

    def log(self) -> str:
        """Return all that the process has written so far."""
        return self.log_file.read_text(encoding="utf-8", errors="replace")

    def is_healthy(self) -> bool:
        """Tell whether the server answers. The body is read: Streamlit answers any unknown address with 200."""
        try:
            with urllib.request.urlopen(self.url("_stcore/health"), timeout=2) as answer:
                return bool(answer.read() == b"ok")
        except (URLError, OSError):
            return False

    def wait_until_healthy(self, timeout_s: float = 120) -> None:
        """Return when the server answers; raise RuntimeError with its log when it died or stays silent."""
        deadline = time.monotonic() + timeout_s
        while not self.is_healthy():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the app did not start:\n{self.log()}")
            time.sleep(0.05)


def python() -> Path:
    """Return the interpreter that runs the app."""
    return ROOT / os.environ["APP_VENV"] / "bin" / "python" if "APP_VENV" in os.environ else Path(sys.executable)


def command(start: Start, port: int) -> list[str]:
    """Return what a person would type to start the app; `make run` needs an APP_VENV, into which it would install."""
    if start == "make run":
        return ["make", "run", f"VENV={os.environ['APP_VENV']}", f"PORT={port}"]
    return [str(python()), "-m", "streamlit", "run", "app.py", f"--server.port={port}"]


@contextmanager
def running_app(start: Start = "streamlit run app.py", **environment: str) -> Iterator[Server]:
    """Start the app on a free port, with `environment` as its only HEADLIGHT_ variables, and stop it at the end.

    It may not answer yet: call `wait_until_healthy`.
    """
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("HEADLIGHT_")}
    with started(lambda port: command(start, port), ROOT, inherited | environment) as server:
        yield server


@contextmanager
def started(command_at: Callable[[int], list[str]], folder: Path, environment: dict[str, str]) -> Iterator[Server]:
    """Start the app in `folder` with what `command_at` returns for a free port, and stop it at the end."""
    with tempfile.TemporaryDirectory(prefix="headlight-") as temporary, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        log_file = Path(temporary) / "log.txt"
        with log_file.open("wb") as log:
            process = subprocess.Popen(
                command_at(port),
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            yield Server(port, process, log_file)
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
