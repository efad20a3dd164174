"""One script a component: what its modules import is there, and nothing in it is named twice."""

import json
import re
import struct
from collections import Counter
from pathlib import Path

import pytest

from headlight.viz import address, bars, blank, camera, explorer, heatmap, lines
from headlight.viz.browser import framed, joined

VIZ = Path(__file__).parents[2] / "viz"
MODULES = sorted(file for file in VIZ.rglob("*.js") if "vendor" not in file.parts)
SCRIPTS = {
    "address": address.SCRIPT,
    "bars": bars.SCRIPT,
    "blank": blank.SCRIPT,
    "camera": camera.SCRIPT,
    "courier": explorer.COURIER,
    "explorer": explorer.SCRIPT,
    "heatmap": heatmap.SCRIPT,
    "lines": lines.SCRIPT,
}
IMPORT = re.compile(r"^import \{ (?P<names>[^}]*) \} from '(?P<path>[^']+)';$", re.MULTILINE)
EXPORT = re.compile(r"^export (?:async )?(?:const|let|function|class) (\w+)", re.MULTILINE)
NAMED = re.compile(
    r"^(?:export (?:default )?)?(?:async )?(?:const|let|function|class) (\[[^\]]*\]|\{[^}]*\}|\w+)", re.M
)


def imports_of(file: Path) -> dict[Path, set[str]]:
    """Return which names a module takes from which other."""
    found = IMPORT.finditer(file.read_text(encoding="utf-8"))
    return {(file.parent / each["path"]).resolve(): set(each["names"].split(", ")) for each in found}


def exports_of(file: Path) -> set[str]:
    return set(EXPORT.findall(file.read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_joined_script_is_one_module(name: str) -> None:
    script = SCRIPTS[name]
    assert re.findall(r"^(?:import|export) .*", script, re.MULTILINE) == re.findall(r"^export default .*", script, re.M)
    assert script.count("export default ") == 1
    names = [each for found in NAMED.findall(script) for each in re.findall(r"\w+", found)]
    assert not {each: count for each, count in Counter(names).items() if count > 1}


def test_every_import_leads_to_an_export_and_every_export_is_imported() -> None:
    taken: dict[Path, set[str]] = {file: set() for file in MODULES}
    for file in MODULES:
        for source, names in imports_of(file).items():
            assert names <= exports_of(source), f"{file.name} imports {names - exports_of(source)} from {source.name}"
            taken[source] |= names
    unused = {file.name: exports_of(file) - names for file, names in taken.items() if exports_of(file) - names}
    assert not unused, f"exported for nobody: {unused}"


@pytest.mark.parametrize("file", MODULES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_what_a_module_imports_it_uses_and_what_it_shares_it_imports(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    code = re.sub(r"//.*", "", IMPORT.sub("", text))
    imported = set().union(*imports_of(file).values())
    unused = {name for name in imported if not re.search(rf"\b{name}\b", code)}
    assert not unused, f"imported for nothing: {unused}"
    # A joined script would run without the import: its modules share one scope. It would break for whoever moves it.
    own = {each for found in NAMED.findall(code) for each in re.findall(r"\w+", found)}
    elsewhere = set().union(*(exports_of(each) for each in MODULES)) - imported - own
    called = {name for name in elsewhere if re.search(rf"(?<![\w.'])(?<!function ){name}\(", code)}
    local = {name for name in called if re.search(rf"\b(?:const|let) {name} =", code)}
    assert not called - local, f"used without an import: {called - local}"


def test_comments_stay_behind_and_what_two_need_comes_once() -> None:
    assert not re.search(r"^ *//", explorer.SCRIPT, re.MULTILINE)
    assert explorer.SCRIPT.count("function element(") == 1
    assert explorer.SCRIPT.index("function element(") < explorer.SCRIPT.index("export default function explorer(")
    assert "function element(" not in camera.SCRIPT


def test_a_script_that_is_not_there_is_refused() -> None:
    with pytest.raises(FileNotFoundError):
        joined("heatmap/no_such_script.js")


def test_what_is_framed_comes_apart_again_and_floats_begin_at_a_multiple_of_4() -> None:
    for text in ("", "ö", "</script>", "abcd"):
        data = framed({"text": text}, b"\x01\x02\x03\x04")
        (length,) = struct.unpack("<I", data[:4])
        assert length % 4 == 0
        assert json.loads(data[4 : 4 + length]) == {"text": text}
        assert data[4 + length :] == b"\x01\x02\x03\x04"
    with pytest.raises(ValueError, match="not JSON compliant"):
        framed({"number": float("nan")}, b"")
