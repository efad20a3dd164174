"""What the figures' scripts share: elements, bytes, colours, axes. And how one script is made of several.

A script imports what it uses from its neighbours and from this folder, as ES modules do. Streamlit mounts one script
a component and a saved page carries one, so they are joined here.
"""

import json
import re
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_VIZ = Path(__file__).parents[1]
_IMPORT = re.compile(r"^import \{[^}]*\} from '(?P<path>[^']+)';\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)
_COMMENT = re.compile(r"^ *//.*\n", re.MULTILINE)


def joined(script: str) -> str:
    """Return a script, named from `viz/`, with all that it imports before it, as one module without comments.

    All of them share one scope, so no two may give the same name to what stands outside of functions: a browser
    refuses such a script, and a test finds it first. Raises FileNotFoundError when an import leads nowhere.
    """
    modules: dict[Path, str] = {}
    _gather((_VIZ / script).resolve(), modules)
    return "".join(modules.values())


def _gather(file: Path, modules: dict[Path, str]) -> None:
    """Add a file to the modules, behind those that it imports."""
    if file in modules:
        return
    text = file.read_text(encoding="utf-8")
    for found in _IMPORT.finditer(text):
        _gather((file.parent / found["path"]).resolve(), modules)
    modules[file] = _COMMENT.sub("", _EXPORT.sub("", _IMPORT.sub("", text)))


def framed(header: Mapping[str, Any], body: bytes) -> bytes:
    """Pack what `bytes.js` unpacks: u32 length of the header, the header as JSON, padded to 4, then the body.

    A body of float32 so begins at a multiple of 4. Raises ValueError when a number of the header is not finite.
    """
    written = json.dumps(header, allow_nan=False).encode()
    written += b" " * (-len(written) % 4)
    return struct.pack("<I", len(written)) + written + body
