"""The folders that ship: small enough, whole, and said to be what they are."""

import json
from pathlib import Path

import pytest

from headlight.model.admitting.catalog import BUNDLED, MODELS, Entry
from headlight.model.training import card, export
from headlight.model.training.recipes import RECIPES
from headlight.model.training.report import Table

LARGEST_FILE = 15_000_000  # bytes
ALL_FILES = 80_000_000


@pytest.mark.parametrize("entry", MODELS, ids=lambda entry: entry.name)
def test_a_model_is_what_its_provenance_says(entry: Entry) -> None:
    folder = BUNDLED / entry.name
    told = json.loads((folder / export.PROVENANCE).read_text(encoding="utf-8"))
    assert told["recipe"]["name"] == entry.name
    assert told["tokens_seen"] > 0
    assert "model.safetensors" in told["sha256"]
    for name, expected in told["sha256"].items():
        assert export.sha256(folder / name) == expected, name


@pytest.mark.parametrize("entry", MODELS, ids=lambda entry: entry.name)
def test_a_card_has_figures_limits_and_the_licence(entry: Entry) -> None:
    text = (BUNDLED / entry.name / card.CARD).read_text(encoding="utf-8")
    assert f"evaluate {entry.name}" in text
    assert text.index(card.MEASURED) < text.index("### How fast it is") < text.index(card.LIMITS)
    assert "CC BY-SA 4.0" in text


def test_what_ships_is_small_and_has_a_recipe() -> None:
    assert {entry.name for entry in MODELS} == set(RECIPES)
    sizes = [path.stat().st_size for path in BUNDLED.rglob("*") if path.is_file()]
    assert max(sizes) < LARGEST_FILE
    assert sum(sizes) < ALL_FILES


def test_figures_measured_anew_take_the_place_of_the_old_ones(tmp_path: Path) -> None:
    old = (BUNDLED / MODELS[0].name / card.CARD).read_text(encoding="utf-8")
    (tmp_path / card.CARD).write_text(old, encoding="utf-8")
    table = Table(title="New", columns=("what", "how much"), rows=(("a", "1"),))
    card.renew(tmp_path, MODELS[0].name, [table])
    new = (tmp_path / card.CARD).read_text(encoding="utf-8")
    assert new.startswith(old[: old.index(card.MEASURED)])
    assert new.endswith(old[old.index(card.LIMITS) :])
    assert table.markdown() in new
    assert "### How fast it is" not in new
