"""Both roads of precision, on any machine: what torch says of the processor is put in its mouth, or forced upon it."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from headlight.model.training import precision, trainer
from headlight.model.training.checkpoint import read_progress
from headlight.model.training.precision import Precision, choose
from headlight.model.training.recipes import DECODER, RECIPES, RECURRENT
from headlight.model.training.run import prepare
from headlight.model.training.trainer import Budget
from tests.model.training.test_training import small

BOTH = Precision(model="bfloat16", muon="bfloat16")
NEITHER = Precision(model="float32", muon="float32")


def processor(monkeypatch: pytest.MonkeyPatch, slowness: float, refusal: str = "") -> None:
    """Stand for a processor that takes so many times as long in bfloat16, and may refuse an LSTM."""
    monkeypatch.setattr(precision, "slowness", lambda: slowness)
    monkeypatch.setattr(precision, "lstm_refusal", lambda: refusal)


def test_bfloat16_is_chosen_where_it_is_faster_and_an_lstm_can_be_had(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    processor(monkeypatch, 0.5)
    assert choose(DECODER, "cpu") == choose(RECURRENT, "cpu") == BOTH
    processor(monkeypatch, 11.0)
    assert choose(DECODER, "cpu") == choose(RECURRENT, "cpu") == NEITHER
    processor(monkeypatch, 0.5, "there is none")
    assert choose(DECODER, "cpu") == BOTH
    assert choose(RECURRENT, "cpu") == Precision(model="float32", muon="bfloat16")
    assert choose(replace(DECODER, bfloat16=False), "cpu") == NEITHER
    told = capsys.readouterr().out.splitlines()
    assert len(told) == 7
    assert told[0] == (
        "headlight-decoder calculates in bfloat16, Muon in bfloat16: products in bfloat16 take 0.50 times as long here"
    )
    assert told[5].endswith("but of an LSTM in bfloat16 torch says: there is none")


def test_a_run_that_goes_on_changes_its_type_only_for_a_clear_gain(monkeypatch: pytest.MonkeyPatch) -> None:
    for slowness, began, goes_on in (
        (1.1, BOTH, BOTH),
        (0.9, NEITHER, NEITHER),
        (2.0, BOTH, NEITHER),
        (0.5, NEITHER, BOTH),
    ):
        processor(monkeypatch, slowness)
        assert choose(DECODER, "cpu", began) == goes_on


def test_this_processor_is_asked_once() -> None:
    assert 0 < precision.slowness() == precision.slowness()
    assert precision.slowness.cache_info().misses == 1


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("slowness", [0.5, 11.0])
def test_every_recipe_walks_both_roads(
    name: str, slowness: float, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where torch has no LSTM in bfloat16, the recurrent model walks the road in float32 twice, as it must."""
    processor(monkeypatch, slowness, precision.lstm_refusal())
    task = prepare(small(name), corpus, tmp_path, None)
    seen: set[torch.dtype] = set()
    loss = task.loss

    def watched(inputs: dict[str, torch.Tensor]) -> torch.Tensor:
        seen.add((torch.ones(2, 2) @ torch.ones(2, 2)).dtype)
        return loss(inputs)

    monkeypatch.setattr(task, "loss", watched)
    trainer.train(task, small(name), tmp_path, Budget(steps=3), device="cpu", commit="abc")
    (chosen,) = read_progress(tmp_path / trainer.CHECKPOINT).precisions
    assert chosen.muon == ("bfloat16" if slowness < 1 else "float32")
    assert seen == {precision.TYPES[chosen.model]}
    assert all(bool(weight.isfinite().all()) for weight in task.module.parameters())


@pytest.mark.parametrize("isa", ["ALL", "AVX512_CORE", "AVX2"])
def test_the_recurrent_model_learns_on_processors_that_lack_parts_of_this_one(
    isa: str, corpus: Path, tmp_path: Path
) -> None:
    """oneDNN is told to do without; on a processor it does not know by these names it does as always."""
    command = [sys.executable, "-m", "tests.model.training.test_precision", str(corpus), str(tmp_path)]
    run = subprocess.run(
        command, env={**os.environ, "ONEDNN_MAX_CPU_ISA": isa}, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert "headlight-recurrent calculates in" in run.stdout


if __name__ == "__main__":
    _, corpus_folder, run_folder = sys.argv
    recipe = small(RECURRENT.name)
    trainer.train(
        prepare(recipe, Path(corpus_folder), Path(run_folder), None),
        recipe,
        Path(run_folder),
        Budget(steps=3),
        device="cpu",
        commit="abc",
    )
