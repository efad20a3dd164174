"""The documentation says what is there."""

import ast
import re
import runpy
import shlex
from pathlib import Path

import pytest

from headlight.__main__ import command_line
from headlight.model.admitting.catalog import MODELS
from headlight.pages.frame.closing import GLOSSARY, glossary
from headlight.pages.frame.registry import PAGES, PageEntry

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.title)
def test_the_readme_gives_every_page_and_its_question(page: PageEntry) -> None:
    question = ast.get_docstring(ast.parse((ROOT / page.file).read_text(encoding="utf-8")))
    assert question is not None
    assert question.endswith("?")
    assert f"| {page.title} | {question} |" in README


def test_the_readme_gives_every_bundled_model() -> None:
    for entry in MODELS:
        assert entry.name in README


def test_the_readme_gives_every_environment_variable() -> None:
    sources = [path for folder in ("headlight", "model", "pages", "viz") for path in (ROOT / folder).rglob("*.py")]
    used = {name for path in sources for name in re.findall(r"\bHEADLIGHT_[A-Z_]+\b", path.read_text(encoding="utf-8"))}
    assert used == set(re.findall(r"\bHEADLIGHT_[A-Z_]+\b", README))


def test_the_example_in_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    file = tmp_path / "example.py"
    file.write_text(example, encoding="utf-8")
    trace = runpy.run_path(str(file))["trace"]
    n_layers, _, n_tokens, _ = trace.attentions[0].weights.shape
    assert trace.stacks[0].hidden_states.shape[:2] == (n_layers + 1, n_tokens)
    assert {path.name for path in tmp_path.iterdir()} == {"example.py", "trace.safetensors", "trace.json", "page.html"}


def test_every_command_in_the_readme_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    commands = re.findall(r"^headlight ((?:models|trace|explore)[^#\n]*)", README, re.MULTILINE)
    assert {each.split()[0] for each in commands} == {"models", "trace", "explore"}
    for each in commands:
        command_line().parse_args(shlex.split(each))  # leaves with an error for what it does not know


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_link_leads_nowhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", document.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (document.parent / target).exists(), target


def test_every_term_is_one_line_and_stands_once() -> None:
    text = GLOSSARY.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("**")]
    assert len(lines) == len(glossary())
    assert all(meaning.endswith((".", "?")) for meaning in glossary().values())
