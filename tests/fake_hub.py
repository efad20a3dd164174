"""A Hugging Face Hub on this machine: as much of its HTTP interface as the app uses, and its faults on demand."""

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

COMMIT = "c0ffee" * 6 + "c0ff"


@dataclass(slots=True)
class FakeModel:
    """A model on the fake Hub. Its faults can be changed while it is served."""

    files: dict[str, bytes]
    claimed_sizes: dict[str, int] = field(default_factory=dict)
    gated: bool = False
    info_status: int = 200
    file_status: int = 200
    info_body: bytes | None = None  # instead of the description
    seconds_per_piece: float = 0.0
    piece_bytes: int = 2**14
    cuts: list[int] = field(default_factory=list)  # after so many bytes of weights the connection is cut, once each
    garbled: bool = False  # weights arrive with other bytes than the description says
    ranges: bool = True

    @classmethod
    def of(cls, folder: Path, **faults: Any) -> "FakeModel":
        """Serve the files of a folder."""
        return cls({path.name: path.read_bytes() for path in sorted(folder.iterdir())}, **faults)

    def description(self, name: str) -> dict[str, Any]:
        """Return what the Hub says of a model with `files_metadata=True`."""
        siblings = []
        for file, content in self.files.items():
            size = self.claimed_sizes.get(file, len(content))
            git = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
            large = file.endswith((".safetensors", ".bin"))
            lfs = {"sha256": hashlib.sha256(content).hexdigest(), "size": size, "pointerSize": 134}
            siblings.append({"rfilename": file, "size": size, "blobId": git} | ({"lfs": lfs} if large else {}))
        return {"id": name, "sha": COMMIT, "gated": "manual" if self.gated else False, "siblings": siblings}


@dataclass(slots=True)
class FakeHub:
    """A running fake Hub: its address, what it serves, and what was asked of it."""

    endpoint: str
    models: dict[str, FakeModel]
    requests: list[str] = field(default_factory=list)
    sent_bytes: int = 0

    def asked_for(self, ending: str) -> int:
        """Return how many requests there were for addresses with that ending."""
        return sum(request.endswith(ending) for request in self.requests)


@contextmanager
def fake_hub(**models: FakeModel) -> Iterator[FakeHub]:
    """Serve models on a free port of this machine; `owner__name` stands for the id owner/name."""
    served = {name.replace("__", "/"): model for name, model in models.items()}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *arguments: Any) -> None:
            pass

        def do_GET(self) -> None:
            hub.requests.append(f"{self.command} {urlparse(self.path).path}")
            path = unquote(urlparse(self.path).path).strip("/")
            try:
                if path.startswith("api/models/"):
                    self.describe(path.removeprefix("api/models/"))
                else:
                    name, _, rest = path.partition("/resolve/")
                    commit, _, file = rest.partition("/")
                    self.send_file(name, commit, file)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def describe(self, name: str) -> None:
            model = served.get(name)
            if model is None:
                self.answer(401, b"", {"X-Error-Code": "RepoNotFound"})  # what the Hub answers to strangers
            else:
                body = model.info_body or json.dumps(model.description(name)).encode()
                self.answer(model.info_status, body if model.info_status == 200 else b"", {})

        def send_file(self, name: str, commit: str, file: str) -> None:
            model = served.get(name)
            if model is None or commit != COMMIT or file not in model.files:
                self.answer(404, b"", {"X-Error-Code": "EntryNotFound"})
                return
            weights = file.endswith(".safetensors")
            if model.file_status != 200 and weights:
                self.answer(model.file_status, b"", {})
                return
            content = model.files[file]
            if model.garbled and weights:
                content = content[:-1] + bytes([content[-1] ^ 1])
            wanted = self.headers.get("Range")
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and model.ranges else 0
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(content) - start))
            self.end_headers()
            cut = model.cuts.pop(0) if model.cuts and weights else None
            for first in range(start, len(content), model.piece_bytes):
                if cut is not None and first - start >= cut:
                    self.close_connection = True
                    return
                if weights:
                    time.sleep(model.seconds_per_piece)
                hub.sent_bytes += self.wfile.write(content[first : first + model.piece_bytes])

        def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for key, value in headers.items():
                self.send_header(key, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hub = FakeHub(f"http://127.0.0.1:{server.server_port}", served)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
