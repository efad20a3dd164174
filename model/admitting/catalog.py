"""The one list of models that can be chosen, and how a name becomes a folder that may be opened.

A name is one of: a bundled model ("headlight-decoder"), a Hub id ("openai-community/gpt2"), a folder below
HEADLIGHT_MODELS ("folder:my-model"), or, for Python callers, any folder. The environment decides what is allowed:

    HEADLIGHT_MODELS   a folder whose subfolders may be opened; unset: none in the app, any from Python
    HEADLIGHT_ALLOW    comma-separated Hub ids; set: no other one is opened
    HEADLIGHT_ONLINE   1: Hub ids may be downloaded
"""

import json
import os
import re
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePath

from headlight.model.admitting import admission
from headlight.model.admitting.facts import Source
from headlight.model.errors import HeadlightError, ModelNotFoundError, ModelRefusedError

BUNDLED = Path(__file__).parents[1] / "bundled"
FOLDER_PREFIX = "folder:"
HUB_ID = re.compile(r"(?:[A-Za-z0-9](?:[\w.-]*\w)?/)?[A-Za-z0-9](?:[\w.-]*\w)?", re.ASCII)
MOST_LETTERS_IN_HUB_ID = 96
LIST_AGAIN_S = 10  # how long a list of what lies on the disk is believed


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A bundled model: its name is the folder's below `bundled/`."""

    name: str
    title: str
    summary: str


MODELS: tuple[Entry, ...] = (
    Entry(
        name="headlight-decoder",
        title="Headlight decoder",
        summary="Predicts the next token. GPT-2 architecture, trained on open English text.",
    ),
    Entry(
        name="headlight-translator",
        title="Headlight translator",
        summary="Translates English into Spanish. The architecture of the 2017 paper, trained on pairs of sentences.",
    ),
    Entry(
        name="headlight-encoder",
        title="Headlight encoder",
        summary="Fills in hidden words. BERT architecture, trained on open English text.",
    ),
    Entry(
        name="headlight-recurrent",
        title="Headlight recurrent",
        summary="Predicts the next token without attention. An LSTM, trained on the text of the decoder.",
    ),
)


def admit(name: str) -> Source:
    """Return the source of a model named by a Python caller, who may name any folder unless HEADLIGHT_MODELS is set.

    Raises ModelNotFoundError when nothing on this computer has that name, ModelRefusedError when it is not allowed.
    """
    if not os.environ.get("HEADLIGHT_MODELS") and not _is_bundled(name) and (folder := _existing_folder(name)):
        return Source(name=name, folder=folder, origin="folder")
    return admit_typed(name)


def admit_typed(name: str) -> Source:
    """Return the source of a model named in the app. A Hub id is never tried as a path.

    Raises ModelNotFoundError when nothing on this computer has that name, ModelRefusedError when it is not allowed.
    """
    name = name.strip()
    if _is_bundled(name):
        return Source(name=name, folder=BUNDLED / name, origin="bundled")
    if name.startswith((FOLDER_PREFIX, "/", "~", ".", "\\")) or re.match(r"[A-Za-z]:", name) or "\\" in name:
        return _admit_folder(name)
    return _admit_hub_id(name)


def folder_names() -> tuple[str, ...]:
    """Return the names of the models below HEADLIGHT_MODELS, two folders deep, as `admit_typed` takes them."""
    return _folder_names(os.environ.get("HEADLIGHT_MODELS", ""), _window())


def downloaded_names() -> tuple[str, ...]:
    """Return the Hub ids of the models on this computer that look as if they may be opened, as far as allowed here."""
    from huggingface_hub import constants

    return tuple(name for name in _downloaded_names(constants.HF_HUB_CACHE, _window()) if hub_id_allowed(name))


def hub_id_allowed(name: str) -> bool:
    """Return whether HEADLIGHT_ALLOW permits a Hub id; when it is not set, every id is."""
    allowed = os.environ.get("HEADLIGHT_ALLOW", "")
    return not allowed.strip() or name in {each.strip() for each in allowed.split(",")}


def not_offered(name: str) -> str:
    """Return what to say of a Hub id that HEADLIGHT_ALLOW does not permit."""
    return (
        f"This server does not offer the model {name}. Choose one from the list, or ask whoever runs the server to add "
        "it to HEADLIGHT_ALLOW."
    )


def online() -> bool:
    """Return whether models may be downloaded."""
    return os.environ.get("HEADLIGHT_ONLINE") == "1"


def _is_bundled(name: str) -> bool:
    return any(entry.name == name for entry in MODELS)


def _existing_folder(name: str) -> Path | None:
    """Return the folder a Python caller named, when there is one."""
    try:
        folder = Path(name).expanduser()
        return folder.resolve() if name.strip() and folder.is_dir() else None
    except (OSError, RuntimeError, ValueError):  # too long, a home of nobody, a loop of links, a NUL
        return None


def _admit_folder(name: str) -> Source:
    refusal = ModelRefusedError(
        "A folder can only be opened when it lies in the models folder of this server. "
        + (
            "Choose a model from the list, or ask whoever runs the server to put it there: HEADLIGHT_MODELS names it."
            if os.environ.get("HEADLIGHT_MODELS")
            else "There is none yet: whoever runs the server names one by starting it with HEADLIGHT_MODELS, as in "
            "HEADLIGHT_MODELS=/path/to/folder make run, and every model below it is in the list."
        )
    )
    root = os.environ.get("HEADLIGHT_MODELS")
    path = name.removeprefix(FOLDER_PREFIX)
    inside = _path_inside(root, path) if root else None
    if not root or inside is None or (path == name and not PurePath(path).is_absolute()):
        raise refusal
    try:
        top = Path(root).resolve()
        folder = (top / inside).resolve()  # follows links, so one that leads out is seen
        if not folder.is_relative_to(top) or folder == top:
            raise refusal
        found = (folder / "config.json").is_file()
    except (OSError, RuntimeError):  # too long, a loop of links
        raise refusal from None
    if not found:
        raise ModelNotFoundError(
            "There is no model in that folder: it has no config.json. A model's folder holds that file, its weights as "
            "safetensors and the files of its tokenizer. The list names those that can be opened."
        )
    return Source(name=FOLDER_PREFIX + folder.relative_to(top).as_posix(), folder=folder, origin="folder")


def _path_inside(root: str, path: str) -> PurePath | None:
    """Return a path as seen from the root, or None when its letters alone show that it leads elsewhere.

    Asks the disk nothing: on some systems to look at a path (\\\\server\\share) is already to visit a stranger.
    """
    if not path.isprintable() or "\\" in path or ":" in path or path.startswith("~"):
        return None
    pure = PurePath(path)
    if pure.is_absolute():
        top = os.path.abspath(root)  # noqa: PTH100  (resolve() would ask the disk)
        if path.startswith("//") or not pure.is_relative_to(top):
            return None
        pure = pure.relative_to(top)
    return None if ".." in pure.parts or not pure.parts else pure


def _admit_hub_id(name: str) -> Source:
    if not _is_hub_id(name):
        raise ModelNotFoundError(
            "That is not the name of a model. A name looks like openai-community/gpt2; or choose one from the list."
        )
    if not hub_id_allowed(name):
        raise ModelRefusedError(not_offered(name))
    folder = _cached_snapshot(name)
    if folder is None:
        raise ModelNotFoundError(
            f"The model {name} is not on this computer." + ("" if online() else _how_to_come_by(name)),
            downloadable=name if online() else None,
        )
    return Source(name=name, folder=folder, origin="hub", commit=folder.name)


def _how_to_come_by(name: str) -> str:
    """Return what to do for a model that is not here while the app is offline."""
    folder = FOLDER_PREFIX + name
    if folder in folder_names():
        return f" There is a folder of that name: it is in the list, and {folder} opens it."
    return (
        " This app is offline, so it cannot be fetched. Whoever runs the app can start it with HEADLIGHT_ONLINE=1, as "
        "in HEADLIGHT_ONLINE=1 make run; then a button here downloads it. Or put the model's folder into the one that "
        "HEADLIGHT_MODELS names, or choose a model from the list."
    )


def _is_hub_id(name: str) -> bool:
    """Return whether the Hub could have a model of that name: its rules, checked before anything is asked."""
    return (
        len(name) <= MOST_LETTERS_IN_HUB_ID
        and HUB_ID.fullmatch(name) is not None
        and ".." not in name
        and "--" not in name
        and not name.endswith(".git")
    )


def _cached_snapshot(name: str) -> Path | None:
    """Return the folder of a Hub model that was downloaded before, without asking the network.

    A folder without weights of any kind is none: other programs leave such behind when they only read a config.
    """
    from huggingface_hub import try_to_load_from_cache

    try:
        config = try_to_load_from_cache(name, "config.json")
        if not isinstance(config, str):
            return None
        folder = Path(config).parent
        weights = any(path.suffix in (".safetensors", *admission.PICKLES) for path in folder.iterdir())
    except (OSError, ValueError):
        return None
    return folder if weights else None


def _window() -> int:
    return int(time.monotonic() // LIST_AGAIN_S)


@lru_cache(maxsize=1)
def _folder_names(root: str, window: int) -> tuple[str, ...]:
    if not root:
        return ()
    found = sorted([*Path(root).glob("*/config.json"), *Path(root).glob("*/*/config.json")])
    names = [path.parent.relative_to(root).as_posix() for path in found if _is_of_a_model(path)]
    return tuple(FOLDER_PREFIX + name for name in names if _path_inside(root, name) is not None)


def _is_of_a_model(config: Path) -> bool:
    """Return whether a config.json is a model's own, and not of a part, such as the pooling of sentence-transformers.

    One that cannot be read counts as a model's: whoever chooses it is told what is wrong with it.
    """
    try:
        if config.stat().st_size > admission.MAX_CONFIG_BYTES:
            return True
        settings = json.loads(config.read_bytes())
    except (OSError, ValueError, RecursionError):
        return True
    return not isinstance(settings, dict) or "model_type" in settings or "architectures" in settings


@lru_cache(maxsize=1)
def _downloaded_names(cache: str, window: int) -> tuple[str, ...]:
    names = [path.name.removeprefix("models--").replace("--", "/") for path in sorted(Path(cache).glob("models--*"))]
    return tuple(name for name in names if _is_hub_id(name) and _looks_openable(_cached_snapshot(name)))


def _looks_openable(folder: Path | None) -> bool:
    if folder is None or not any((folder / name).is_file() for name in (admission.SINGLE_FILE, admission.INDEX_FILE)):
        return False
    try:
        admission.check_settings(folder)
    except (HeadlightError, OSError):
        return False
    return True
