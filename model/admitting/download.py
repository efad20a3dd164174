"""Fetching a model from the Hugging Face Hub: only when somebody asks for it, one at a time, checked before and after.

What the Hub offers is asked first (`offer`): the names, sizes and checksums of the files at one commit. Only then, and
only below the size limits, is anything downloaded (`start`): the settings, which are checked, then the weights. The
files are gathered in a hidden folder and moved into the Hub's own cache when all are there and admitted, so half a
model can never be opened.

Own code and not `snapshot_download`, which cannot be stopped between small pieces, compares sizes but no checksums,
and lets a server send more than it said.
"""

import errno
import hashlib
import re
import shutil
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from huggingface_hub import HfApi, constants, hf_hub_url
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HTTPError,  # of the HTTP library, whose name differs between versions of the Hub's
)
from huggingface_hub.file_download import repo_folder_name
from huggingface_hub.hf_api import RepoSibling
from huggingface_hub.utils import build_hf_headers, get_session, hf_raise_for_status

from headlight.model.admitting import admission
from headlight.model.admitting.catalog import hub_id_allowed, not_offered, online
from headlight.model.errors import BusyError, DownloadError, HeadlightError, ModelRefusedError

ASK_TIMEOUT_S = 5.0  # for the list of files
STALL_S = 10.0  # without a byte, then the connection is made anew
MOST_STALLS = 5  # one after the other, without a byte in between
LONGEST_S = 3_600.0  # of one download: longer, and it would keep everybody else's from starting
SPARE_BYTES = 500_000_000  # left free on the disk
BELIEVED_S = 600.0  # how long what the Hub said is believed
MOST_OFFERS = 64

SETTINGS = frozenset(
    {
        "config.json",
        "generation_config.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "special_tokens_map.json",
        "added_tokens.json",
        "vocab.json",
        "vocab.txt",
        "merges.txt",
        "README.md",
        admission.INDEX_FILE,
    }
)
VOCABULARIES = re.compile(r"tokenizer\.json|vocab\.(json|txt)|[\w-][\w.-]*\.(model|spm)", re.ASCII)
SHARD = re.compile(r"model-\d{5}-of-\d{5}\.safetensors", re.ASCII)
COMMIT = re.compile(r"[0-9a-f]{40}")

State = Literal["running", "done", "cancelled", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFile:
    """A file of a model on the Hub, at one commit."""

    name: str
    n_bytes: int
    sha256: str | None  # of a large file
    git_sha1: str | None  # of a small one, as git counts it

    @property
    def is_weights(self) -> bool:
        """Whether the file holds weights."""
        return self.name.endswith(".safetensors")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What would be downloaded: a model at one commit, and the files the app needs, settings first."""

    name: str
    commit: str
    files: tuple[RemoteFile, ...]

    @property
    def n_bytes(self) -> int:
        """The size of all files together."""
        return sum(file.n_bytes for file in self.files)


class Download:
    """A download that runs or has ended. Every session may read its progress."""

    def __init__(self, offer: Offer, endpoint: str | None) -> None:
        self.offer = offer
        self.step = "Starting"
        self.n_bytes = 0
        self.error: HeadlightError | None = None
        self.state: State = "running"
        self._endpoint = endpoint
        self._cancelled = threading.Event()
        self._deadline = time.monotonic() + LONGEST_S
        self._cache = Path(constants.HF_HUB_CACHE)
        repo = repo_folder_name(repo_id=offer.name, repo_type="model")
        self._repo = self._cache / repo
        self._staging = self._cache / ".headlight" / f"{repo}--{offer.commit}"
        self._thread = threading.Thread(target=self._run, name="headlight-download", daemon=True)

    def start(self) -> None:
        """Begin, on a thread of its own."""
        self._thread.start()

    def cancel(self) -> None:
        """Ask it to stop. It does after the piece it is reading, and leaves nothing behind."""
        self._cancelled.set()

    def wait(self, timeout_s: float | None = None) -> None:
        """Return when it has ended, or the time is over."""
        self._thread.join(timeout_s)

    def _run(self) -> None:
        try:
            self._download()
            self.step, self.state = "Done", "done"
        except _Cancelled:
            shutil.rmtree(self._staging, ignore_errors=True)
            self.state = "cancelled"
        except ConnectionBrokenError as error:  # what came stays: the next attempt goes on from there
            self.error, self.state = error, "failed"
        except Exception as error:
            shutil.rmtree(self._staging, ignore_errors=True)
            self.error, self.state = _explained(error, self.offer.name), "failed"

    def _download(self) -> None:
        self._check_disk()
        self._staging.mkdir(parents=True, exist_ok=True)
        settings = [file for file in self.offer.files if not file.is_weights]
        weights = [file for file in self.offer.files if file.is_weights]
        for file in settings:
            self._fetch(file)
        self.step = "Checking what kind of model it is"
        admission.check_settings(self._staging)
        for file in weights:
            self._fetch(file)
        self.step = "Checking the files"
        admission.check_folder(self._staging)
        self._stop_if_asked()
        self._publish([*settings, *weights])

    def _check_disk(self) -> None:
        self._cache.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self._cache).free
        if free < self.offer.n_bytes + SPARE_BYTES:
            raise DownloadError(
                f"There is not enough room on this computer's disk: {self.offer.n_bytes / 1e6:,.0f} MB would come, and "
                f"{free / 1e6:,.0f} MB are free. Make room, or choose a model from the list."
            )

    def _fetch(self, file: RemoteFile) -> None:
        """Fetch one file, from where an earlier attempt ended, and compare its checksum."""
        self.step = f"Downloading {file.name}"
        target = self._staging / file.name
        n_stalls = 0
        n_have = target.stat().st_size if target.exists() else 0
        self.n_bytes += n_have
        while n_have < file.n_bytes or not target.exists():
            try:
                self._read_from(file, target, n_have)
            except HfHubHTTPError:
                raise
            except HTTPError as error:
                n_stalls += 1
                if n_stalls > MOST_STALLS:
                    raise ConnectionBrokenError(
                        "The connection to the Hugging Face Hub broke off. What came is kept: press Download again to "
                        "go on, or choose a model from the list."
                    ) from error
                self._cancelled.wait(0.2 * n_stalls)
            self._stop_if_asked()
            n_before, n_have = n_have, target.stat().st_size if target.exists() else 0
            if n_have > n_before:
                n_stalls = 0
        if not _is_intact(target, file):
            raise DownloadError(
                f"{file.name} did not arrive as the Hub describes it (its checksum differs), so it was thrown away. "
                "Try again later, or choose a model from the list."
            )

    def _read_from(self, file: RemoteFile, target: Path, n_have: int) -> None:
        """Append what the server sends to a file; when it does not take up where the file ends, begin anew."""
        url = hf_hub_url(self.offer.name, file.name, revision=self.offer.commit, endpoint=self._endpoint)
        headers = build_hf_headers(token=False) | {"Accept-Encoding": "identity"}
        if n_have:
            headers["Range"] = f"bytes={n_have}-"
        with get_session().stream("GET", url, headers=headers, timeout=STALL_S) as response:
            hf_raise_for_status(response)
            if response.status_code != 206:
                self.n_bytes -= n_have
                n_have = 0
            with target.open("ab" if n_have else "wb") as out:
                for piece in response.iter_bytes():  # as they arrive, so that cancelling waits for no full one
                    self._stop_if_asked()
                    n_have += len(piece)
                    if n_have > file.n_bytes:
                        raise DownloadError(
                            f"The Hub sent more of {file.name} than it said, so the download was stopped. "
                            "Choose a model from the list."
                        )
                    out.write(piece)
                    self.n_bytes += len(piece)

    def _stop_if_asked(self) -> None:
        if self._cancelled.is_set():
            raise _Cancelled
        if time.monotonic() > self._deadline:
            raise ConnectionBrokenError(
                f"The download took more than {LONGEST_S / 60:.0f} minutes, so it was stopped. What came is kept: "
                "press Download again to go on."
            )

    def _publish(self, files: list[RemoteFile]) -> None:
        """Move the files into the Hub's cache; the reference, without which nobody finds them there, comes last."""
        snapshot = self._repo / "snapshots" / self.offer.commit
        snapshot.mkdir(parents=True, exist_ok=True)
        for file in files:
            (self._staging / file.name).replace(snapshot / file.name)
        refs = self._repo / "refs"
        refs.mkdir(exist_ok=True)
        (refs / ".main.headlight").write_text(self.offer.commit, encoding="ascii")
        (refs / ".main.headlight").replace(refs / "main")
        shutil.rmtree(self._staging, ignore_errors=True)


class Downloads:
    """The one place where downloads are asked for."""

    def __init__(self, endpoint: str | None = None) -> None:
        self.current: Download | None = None  # the last one, also after it has ended
        self._endpoint = endpoint
        self._offers: dict[str, tuple[float, Offer]] = {}
        self._lock = threading.Lock()

    def offer(self, name: str) -> Offer:
        """Ask the Hub what a model consists of. Downloads nothing.

        Raises ModelRefusedError when the model is not allowed here, too large, or without safetensors weights;
        DownloadError when the Hub cannot be reached or does not have it.
        """
        _refuse_unless_allowed(name)
        with self._lock:
            asked, known = self._offers.get(name, (0.0, None))
        if known is not None and time.monotonic() - asked < BELIEVED_S:
            return known
        try:
            info = HfApi(endpoint=self._endpoint).model_info(
                name, files_metadata=True, timeout=ASK_TIMEOUT_S, token=False
            )
            commit, gated, siblings = info.sha or "", bool(info.gated), info.siblings or []
        except Exception as error:
            raise _explained(error, name) from error
        if gated:
            raise DownloadError(_needs_login(name))
        if not COMMIT.fullmatch(commit):
            raise DownloadError(STRANGE_ANSWER)
        offer = Offer(name=name, commit=commit, files=_needed_files(siblings))
        admission.check_size(n_bytes=sum(file.n_bytes for file in offer.files if file.is_weights))
        with self._lock:
            self._offers.pop(name, None)
            self._offers[name] = (time.monotonic(), offer)
            while len(self._offers) > MOST_OFFERS:
                del self._offers[next(iter(self._offers))]
        return offer

    def start(self, offer: Offer) -> Download:
        """Begin a download. Raises BusyError while another one runs, ModelRefusedError when it is not allowed here."""
        _refuse_unless_allowed(offer.name)
        with self._lock:
            if self.current is not None and self.current.state == "running":
                raise BusyError(
                    f"The model {self.current.offer.name} is being downloaded, and this app downloads one at a time. "
                    "Wait until it is there, then try again."
                )
            self.current = Download(offer, self._endpoint)
            self.current.start()
            return self.current


class ConnectionBrokenError(DownloadError):
    """The connection broke or took too long; what came of the files is kept."""


class _Cancelled(Exception):  # noqa: N818  (nothing went wrong)
    pass


STRANGE_ANSWER = (
    "What answered is not the Hugging Face Hub (a login page of the network, perhaps). Check this computer's internet "
    "connection, or choose a model from the list."
)


def _refuse_unless_allowed(name: str) -> None:
    if not online():
        raise ModelRefusedError(
            "This app is offline, so it fetches no models: it does when it is started with HEADLIGHT_ONLINE=1, as in "
            "HEADLIGHT_ONLINE=1 make run. Or choose a model from the list."
        )
    if not hub_id_allowed(name):
        raise ModelRefusedError(not_offered(name))


def _needed_files(siblings: list[RepoSibling]) -> tuple[RemoteFile, ...]:
    """Choose what the app reads of a model: settings first, then the weights. Everything else stays where it is."""
    at_top = {each.rfilename: each for each in siblings if "/" not in each.rfilename}
    shards = sorted(name for name in at_top if SHARD.fullmatch(name)) if admission.INDEX_FILE in at_top else []
    weights = [admission.SINGLE_FILE] if admission.SINGLE_FILE in at_top else shards
    if not weights:
        raise ModelRefusedError(
            "This model has no safetensors weights, and other formats can hide programs. Choose another model."
        )
    if "config.json" not in at_top or not any(VOCABULARIES.fullmatch(name) for name in at_top):
        raise ModelRefusedError(
            "This is not a model that reads text: it has no config.json or no tokenizer. Choose another model."
        )
    settings = sorted(name for name in at_top if name in SETTINGS or VOCABULARIES.fullmatch(name))
    if weights == [admission.SINGLE_FILE] and admission.INDEX_FILE in settings:
        settings.remove(admission.INDEX_FILE)
    return tuple(_remote_file(at_top[name]) for name in (*settings, *weights))


def _remote_file(sibling: RepoSibling) -> RemoteFile:
    if sibling.size is None or sibling.size < 0:
        raise DownloadError("The Hub does not say how large this model is, so it is not downloaded.")
    if not sibling.rfilename.endswith(".safetensors") and sibling.size > admission.MAX_TEXT_FILE_BYTES:
        raise ModelRefusedError(
            f"{sibling.rfilename} of this model is too large to be read whole. Choose another model."
        )
    return RemoteFile(
        name=sibling.rfilename,
        n_bytes=sibling.size,
        sha256=sibling.lfs.sha256 if sibling.lfs else None,
        git_sha1=None if sibling.lfs else sibling.blob_id,
    )


def _is_intact(path: Path, file: RemoteFile) -> bool:
    if path.stat().st_size != file.n_bytes:
        return False
    with path.open("rb") as opened:
        if file.sha256:
            return hashlib.file_digest(opened, "sha256").hexdigest() == file.sha256
        if file.git_sha1:
            digest = hashlib.sha1(b"blob %d\0" % file.n_bytes, usedforsecurity=False)
            digest.update(opened.read())
            return digest.hexdigest() == file.git_sha1
    return True


def _needs_login(name: str) -> str:
    return (
        f"The model {name} is given only to people who log in at the Hub and accept its terms, which this app "
        "cannot do. Choose another model."
    )


def _explained(error: Exception, name: str) -> HeadlightError:
    """Turn whatever went wrong while asking or downloading into a sentence."""
    if isinstance(error, HeadlightError):
        return error
    if isinstance(error, HfHubHTTPError):
        return DownloadError(_explained_status(error, name))
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DownloadError("This computer's disk is full. Make room, or choose a model from the list.")
    if isinstance(error, (HTTPError, ConnectionError)):
        return DownloadError(
            "The Hugging Face Hub cannot be reached. Check this computer's internet connection, or choose a model from "
            "the list."
        )
    if isinstance(error, OSError):
        return DownloadError(
            "The files cannot be written to this computer's disk. Ask whoever runs the server, or choose a model from "
            "the list."
        )
    return DownloadError(STRANGE_ANSWER)


def _explained_status(error: HfHubHTTPError, name: str) -> str:
    status = error.response.status_code
    if isinstance(error, GatedRepoError) or status == 403:
        return _needs_login(name)
    if status in (401, 404):  # the Hub answers 401 for a model that does not exist, too
        return (
            f"The Hub has no model called {name} that everybody may fetch. Check the spelling, or choose one from the "
            "list."
        )
    if status == 429:
        return "The Hub was asked too often from here. Wait a few minutes and try again."
    if status >= 500:
        return "The Hugging Face Hub has trouble of its own at the moment. Try again later."
    return f"The Hub refused to send the model {name} (it answered {status}). Choose a model from the list."


_downloads: Downloads | None = None
_downloads_lock = threading.Lock()


def default_downloads() -> Downloads:
    """Return the downloads of this process."""
    global _downloads
    with _downloads_lock:
        if _downloads is None:
            _downloads = Downloads()
        return _downloads
