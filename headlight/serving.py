"""Starting the app: where its entry lies, who can reach it at which address, and Streamlit, which serves it."""

import os
import socket
import subprocess
import sys
import threading
import time
import webbrowser
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from importlib.util import find_spec
from pathlib import Path

DEFAULT_PORT = 8501
LOOK_AGAIN_S = 0.1  # how often it is tried whether the app answers
OPEN_WITHIN_S = 60
OUTSIDE = ("192.0.2.1", "192.168.0.1", "10.0.0.1", "172.16.0.1")  # addresses that a machine has different ways to


def serve(port: int, *, browser: bool) -> None:
    """Say where the app is found and serve it until it is stopped. `browser` opens it in a browser, if there is one.

    Raises SystemExit with a sentence when the port is taken.
    """
    if not _is_free(port):
        sys.exit(
            f"Port {port} is taken, perhaps by a Headlight that runs already: http://localhost:{port}\n"
            f"To start another one, choose another port: headlight --port {port + 1 if port < 65535 else DEFAULT_PORT}"
        )
    print(announcement(port, room_addresses()), flush=True)
    if browser and _has_screen():
        threading.Thread(target=_open_when_it_answers, args=(port,), daemon=True).start()
    from streamlit.web import cli  # slow to import; what is said above is read meanwhile

    # Everything else stands in .streamlit/config.toml beside the entry, where Streamlit looks for it.
    cli.main(["run", str(entry()), f"--server.port={port}", "--logger.hideWelcomeMessage=true"])


def entry() -> Path:
    """Return app.py: in a checkout it lies beside this package, installed inside it."""
    found = find_spec("headlight.app")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin)


def announcement(port: int, room: list[str]) -> str:
    """Return what is said at the start: the address on this machine, and those that others type."""
    lines = ["", f"  On this machine:     http://localhost:{port}"]
    lines += [f"  Others in the room:  http://{each}:{port}" for each in room]
    if not room:
        lines.append("  This machine is in no network, so nobody else can open it.")
    return "\n".join([*lines, "  To stop: Ctrl+C"])


def room_addresses() -> list[str]:
    """Return the addresses of this machine in its networks, without those that only it can use."""
    found = []
    for target in OUTSIDE:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect((target, 9))  # a datagram socket sends nothing here: it only finds the way out
                found.append(probe.getsockname()[0])
            except OSError:
                pass
    if not found:
        try:
            told = subprocess.run(["hostname", "-I"], capture_output=True, text=True, timeout=5).stdout  # noqa: S607
            found = [each for each in told.split() if ":" not in each]
        except (OSError, subprocess.SubprocessError):
            pass
    return [each for each in dict.fromkeys(found) if not each.startswith(("127.", "0."))]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        if os.name != "nt":  # there it would share the port with whoever has it
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))  # noqa: S104
        except OSError:
            return False
    return True


def _has_screen() -> bool:
    """Tell whether a browser could open a window here: where none can, a text browser would take the terminal."""
    return sys.platform in ("win32", "darwin") or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")))


def _open_when_it_answers(port: int) -> None:
    """Open the app in the browser. Streamlit would do so itself for a plain script, but not for an ASGI app."""
    deadline = time.monotonic() + OPEN_WITHIN_S
    while time.monotonic() < deadline:
        with suppress(OSError, HTTPException):
            server = HTTPConnection("127.0.0.1", port, timeout=2)  # no proxy, whatever the environment says
            server.request("GET", "/_stcore/health")
            if server.getresponse().read() == b"ok":
                webbrowser.open(f"http://localhost:{port}")
                return
        time.sleep(LOOK_AGAIN_S)
