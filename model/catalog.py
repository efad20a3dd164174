"""The one list of models that can be chosen, and how a name becomes a folder that may be opened.

A name is one of: a bundled model ("headlight-decoder"), a Hub id ("openai-community/gpt2"), a folder below
HEADLIGHT_MODELS ("folder:my-model"), or, for Python callers, any folder. The environment decides what is allowed:

    HEADLIGHT_MODELS   a folder whose subfolders may be opened; unset: none in the app, any from Python
    HEADLIGHT_ALLOW    comma-separated Hub ids; set: no other one is opened
    HEADLIGHT_ONLINE   1: Hub ids may be downloaded
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from model.errors import ModelNotFoundError, ModelRefusedError

BUNDLED = Path(__file__).parent / "bundled"
FOLDER_PREFIX = "folder:"
HUB_ID = re.compile(r"(?:[A-Za-z0-9][\w.-]{0,95}/)?[A-Za-z0-9][\w.-]{0,95}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A bundled model: its name is the folder's below `bundled/`."""

    name: str
    title: str
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A model that may be opened: the name it goes by and the folder its files are in."""

    name: str
    folder: Path
    origin: Literal["bundled", "hub", "folder"]
    commit: str | None = None  # Hub only


MODELS: tuple[Entry, ...] = (
    Entry(
        name="headlight-decoder",
        title="Headlight decoder",
        summary="Predicts the next token. GPT-2 architecture, trained on open English text.",
    ),
)


def admit(name: str) -> Source:
    """Return the source of a model named by a Python caller, who may name any folder unless HEADLIGHT_MODELS is set.

    Raises ModelNotFoundError when nothing on this computer has that name, ModelRefusedError when it is not allowed.
    """
    if not os.environ.get("HEADLIGHT_MODELS") and not _is_bundled(name) and Path(name).expanduser().is_dir():
        return Source(name=name, folder=Path(name).expanduser().resolve(), origin="folder")
    return admit_typed(name)


def admit_typed(name: str) -> Source:
    """Return the source of a model named in the app. A Hub id is never tried as a path.

    Raises ModelNotFoundError when nothing on this computer has that name, ModelRefusedError when it is not allowed.
    """
    name = name.strip()
    if _is_bundled(name):
        return Source(name=name, folder=BUNDLED / name, origin="bundled")
    if name.startswith((FOLDER_PREFIX, "/", "~", ".", "\\")) or re.match(r"[A-Za-z]:[\\/]", name):
        return _admit_folder(name)
    return _admit_hub_id(name)


def folder_names() -> tuple[str, ...]:
    """Return the names of the models below HEADLIGHT_MODELS, as `admit_typed` takes them."""
    root = os.environ.get("HEADLIGHT_MODELS")
    if not root or not Path(root).is_dir():
        return ()
    return tuple(
        FOLDER_PREFIX + path.parent.relative_to(root).as_posix()
        for path in sorted([*Path(root).glob("*/config.json"), *Path(root).glob("*/*/config.json")])
    )


def hub_id_allowed(name: str) -> bool:
    """Return whether HEADLIGHT_ALLOW permits a Hub id; when it is not set, every id is."""
    allowed = os.environ.get("HEADLIGHT_ALLOW", "")
    return not allowed.strip() or name in {each.strip() for each in allowed.split(",")}


def online() -> bool:
    """Return whether models may be downloaded."""
    return os.environ.get("HEADLIGHT_ONLINE") == "1"


def _is_bundled(name: str) -> bool:
    return any(entry.name == name for entry in MODELS)


def _admit_folder(name: str) -> Source:
    root = os.environ.get("HEADLIGHT_MODELS")
    refusal = ModelRefusedError(
        "A folder can only be opened when it lies in the models folder of this server. "
        "Choose a model from the list, or ask whoever runs the server to set HEADLIGHT_MODELS."
    )
    if not root or "\0" in name:
        raise refusal
    top = Path(root).resolve()
    folder = (top / name.removeprefix(FOLDER_PREFIX)).resolve()  # follows links, so one that leads out is seen
    if not folder.is_relative_to(top) or folder == top:
        raise refusal
    if not (folder / "config.json").is_file():
        raise ModelNotFoundError("There is no model in that folder. Choose one from the list.")
    return Source(name=FOLDER_PREFIX + folder.relative_to(top).as_posix(), folder=folder, origin="folder")


def _admit_hub_id(name: str) -> Source:
    if not HUB_ID.fullmatch(name) or ".." in name or "--" in name:
        raise ModelNotFoundError(
            "That is not the name of a model. A name looks like openai-community/gpt2; or choose one from the list."
        )
    if not hub_id_allowed(name):
        raise ModelRefusedError(f"This server does not offer the model {name}. Choose one from the list.")
    folder = _cached_snapshot(name)
    if folder is None:
        raise ModelNotFoundError(
            f"The model {name} is not on this computer."
            + ("" if online() else " This app is offline, so it cannot be fetched: choose a model from the list."),
            downloadable=name if online() else None,
        )
    return Source(name=name, folder=folder, origin="hub", commit=folder.name)


def _cached_snapshot(name: str) -> Path | None:
    """Return the folder of a Hub model that was downloaded before, without asking the network."""
    from huggingface_hub import try_to_load_from_cache

    config = try_to_load_from_cache(name, "config.json")
    return Path(config).parent if isinstance(config, str) else None
