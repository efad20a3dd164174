"""Every recipe, made small, learns; a killed run goes on as if it had not been; what comes out is a model folder."""

import json
from dataclasses import replace
from pathlib import Path
from shutil import copytree
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open
from transformers import AutoModelForCausalLM, AutoModelForMaskedLM, AutoModelForSeq2SeqLM, AutoTokenizer

from headlight.model.training import card, comparison, export, recipes, trainer
from headlight.model.training.checkpoint import Progress
from headlight.model.training.export import Hardware
from headlight.model.training.optimizer import learning_rate_factor
from headlight.model.training.precision import Precision
from headlight.model.training.recipes import RECIPES, Recipe
from headlight.model.training.run import TOKENIZER_FOLDER, prepare
from headlight.model.training.start import Start
from headlight.model.training.trainer import Budget, Clock, read_log

N_STEPS = 30


def small(name: str) -> Recipe:
    """Return a recipe with its own kind of everything, and little of it."""
    recipe = RECIPES[name]
    sizes: dict[str, Any] = {"d_model": 32, "n_layers": 1, "batch_tokens": 256, "warmup_steps": 3, "vocab_size": 300}
    if isinstance(recipe, recipes.Translator):
        sizes |= {"n_decoder_layers": 1, "n_heads": 4, "d_ff": 48, "vocab_size": 60, "n_practice": 0}
    elif isinstance(recipe, recipes.Encoder):
        sizes |= {"n_heads": 4, "d_ff": 48, "windows": (16, 24), "vocab_size": 80}
    elif isinstance(recipe, recipes.Decoder):
        sizes |= {"n_heads": 4, "d_ff": 48, "window": 24}
    else:
        sizes |= {"window": 24, "vocab_size": 8192}  # the decoder's tokenizer
    return replace(recipe, **sizes)


def train(recipe: Recipe, corpus: Path, out: Path, n_steps: int, budget: Budget | None = None) -> Any:
    """Train and return the task."""
    out.mkdir(exist_ok=True)
    torch.manual_seed(recipe.seed)
    task = prepare(recipe, corpus, out, None)
    trainer.train(task, recipe, out, budget or Budget(steps=n_steps), device="cpu", commit="abc")
    return task


@pytest.mark.parametrize("name", RECIPES)
def test_the_loss_falls(name: str, corpus: Path, tmp_path: Path) -> None:
    train(small(name), corpus, tmp_path, N_STEPS)
    losses = [line.loss for line in read_log(tmp_path / trainer.LOG)]
    assert len(losses) == N_STEPS // trainer.LOG_EVERY_STEPS
    assert losses[-1] < losses[0] - 0.3  # nats
    assert (tmp_path / "loss.svg").read_text().startswith("<svg")


class KilledError(Exception):
    """Stands for the end of a process."""


@pytest.mark.parametrize("name", RECIPES)
def test_a_killed_run_goes_on_as_if_it_had_not_been(
    name: str, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = small(name)
    whole = train(recipe, corpus, tmp_path / "whole", 8).module.state_dict()

    # Trained twice, a WordPiece tokenizer may break ties in another order.
    copytree(tmp_path / "whole" / TOKENIZER_FOLDER, tmp_path / "killed" / TOKENIZER_FOLDER)
    monkeypatch.setattr(trainer, "SAVE_EVERY_SECONDS", 0.0)
    step = trainer._step

    def dies(*arguments: Any) -> float:
        if arguments[4].step == 5:
            raise KilledError
        return step(*arguments)

    monkeypatch.setattr(trainer, "_step", dies)
    with pytest.raises(KilledError):
        train(recipe, corpus, tmp_path / "killed", 8)
    monkeypatch.setattr(trainer, "_step", step)
    resumed = train(recipe, corpus, tmp_path / "killed", 8).module.state_dict()
    assert whole.keys() == resumed.keys()
    for key, weight in whole.items():
        torch.testing.assert_close(resumed[key], weight, rtol=0, atol=0)


@pytest.mark.parametrize("name", RECIPES)
def test_a_run_goes_on_from_a_models_folder(name: str, corpus: Path, tmp_path: Path) -> None:
    recipe, first, second = small(name), tmp_path / "first", tmp_path / "second"
    task = train(recipe, corpus, first, N_STEPS)
    export.write_model(task.module, task.tokenizer, first / "export")
    second.mkdir()
    again = prepare(recipe, corpus, second, first / "export")
    assert again.tokenizer.get_vocab() == task.tokenizer.get_vocab()
    trainer.train(again, recipe, second, Budget(steps=trainer.LOG_EVERY_STEPS), device="cpu", commit="abc")
    assert {weight.dtype for weight in again.module.parameters()} == {torch.float32}
    begun, went_on = (read_log(folder / trainer.LOG)[0].loss for folder in (first, second))
    assert went_on < begun - 0.3  # nats


def test_weights_are_kept_evenly_on_a_log_axis_and_the_run_is_none_the_wiser(corpus: Path, tmp_path: Path) -> None:
    recipe = replace(small("headlight-decoder"), n_snapshots=3)
    task = train(recipe, corpus, tmp_path / "kept", 25)
    folders = tmp_path / "kept" / trainer.SNAPSHOTS_FOLDER
    n_tokens = task.batch(0).n_tokens  # of a step
    assert {int(folder.name) for folder in folders.iterdir()} == {step * n_tokens for step in (4, 10, 25)}
    auto: Any = AutoModelForCausalLM
    last, report = auto.from_pretrained(folders / f"{25 * n_tokens}", output_loading_info=True)
    assert not report["missing_keys"]
    plain = train(replace(recipe, n_snapshots=0), corpus, tmp_path / "plain", 25).module.state_dict()
    for key, weight in task.module.state_dict().items():
        assert weight.dtype == torch.float32
        torch.testing.assert_close(weight, plain[key], rtol=0, atol=0)
        torch.testing.assert_close(last.state_dict()[key], weight.half(), rtol=0, atol=0, check_dtype=False)


def test_a_card_says_how_it_was_trained(tmp_path: Path) -> None:
    progress = Progress(step=3, tokens=4, seconds=5.0, precisions=(Precision(model="float32", muon="bfloat16"),))
    (tmp_path / comparison.LOSSES).write_text("tokens,loss\n1,2.0\n")
    for recipe in RECIPES.values():
        card.write(
            tmp_path, recipe, progress, [], before=Start(), n_parameters=1, ran_on=Hardware(device="a chip", threads=1)
        )
        text = (tmp_path / card.CARD).read_text()
        assert "weight decay 0.1) moved the matrices" in text
        assert "Matrices were multiplied in float32, Muon's in bfloat16." in text
        copies = isinstance(recipe, recipes.Decoder | recipes.Recurrent)
        assert ("In 10 % of the windows it read" in text) == copies


def test_the_log_forgets_what_the_checkpoint_does_not_know(tmp_path: Path) -> None:
    path = tmp_path / "loss.csv"
    path.write_text("step,tokens,seconds,loss\n10,5,1.0,3.0\n20,10,2.0,2.5\n")
    trainer._forget_after(path, 13)
    assert [line.step for line in read_log(path)] == [10]


def test_a_stopped_process_loses_none_of_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([0.0, 1.0, 2.0, 602.0, 603.0])
    monkeypatch.setattr("time.monotonic", lambda: next(now))
    clock = Clock()
    assert [clock.lap() for _ in range(4)] == pytest.approx([1, 1, 3, 1])


def test_the_learning_rate_ends_at_nothing() -> None:
    recipe = RECIPES["headlight-decoder"]
    factors = [learning_rate_factor(recipe, step, step / 1000) for step in range(1001)]
    assert factors[0] == pytest.approx(1 / recipe.warmup_steps)
    assert factors[recipe.warmup_steps] == factors[int(1000 * recipe.constant_share)] == 1
    assert factors[800] == pytest.approx(0.5)
    assert factors[1000] == 0


def test_the_recurrent_model_has_as_many_parameters_as_the_decoder(corpus: Path, tmp_path: Path) -> None:
    recurrent = prepare(RECIPES["headlight-recurrent"], corpus, tmp_path / "r", None)
    with safe_open(Path("model/bundled/headlight-decoder/model.safetensors"), "pt") as file:
        n_decoder = sum(int(np.prod(file.get_slice(name).get_shape())) for name in file.keys())  # noqa: SIM118
    assert abs(recurrent.module.num_parameters() / n_decoder - 1) < 0.05


@pytest.mark.parametrize(
    ("name", "auto"),
    [
        ("headlight-translator", AutoModelForSeq2SeqLM),
        ("headlight-encoder", AutoModelForMaskedLM),
        ("headlight-decoder", AutoModelForCausalLM),
        ("headlight-recurrent", AutoModelForCausalLM),
    ],
)
def test_what_is_exported_loads_with_from_pretrained(name: str, auto: Any, corpus: Path, tmp_path: Path) -> None:
    recipe = small(name)
    task = prepare(recipe, corpus, tmp_path, None)
    folder = tmp_path / "export"
    export.write_model(task.module, task.tokenizer, folder)
    progress = Progress(step=3, tokens=4, seconds=5.0, commits=("abc",))
    export.write_provenance(
        folder,
        recipe,
        progress,
        read=[corpus / "en-es.tsv.xz"],
        start=None,
        before=(0, 0.0),
        ran_on=export.hardware("cpu"),
    )

    module, report = auto.from_pretrained(folder, dtype=torch.float32, output_loading_info=True)
    assert not report["missing_keys"]
    assert not report["unexpected_keys"]
    for key, weight in task.module.state_dict().items():
        if not key.endswith("embed_positions.weight"):  # worked out, not stored
            torch.testing.assert_close(module.state_dict()[key], weight.float(), rtol=0, atol=0)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    sentence = "The black cat sleeps."
    assert tokenizer(sentence)["input_ids"] == task.tokenizer(sentence)["input_ids"]
    provenance = json.loads((folder / export.PROVENANCE).read_text())
    assert provenance["commits"] == ["abc"]
    assert provenance["corpus_sha256"].keys() == {"en-es.tsv.xz"}
    assert provenance["sha256"]["model.safetensors"] == export.sha256(folder / "model.safetensors")


def test_a_closing_token_typed_by_hand_closes_nothing(corpus: Path, tmp_path: Path) -> None:
    tokenizer = prepare(small("headlight-translator"), corpus, tmp_path, None).tokenizer
    ids = tokenizer("The cat </s> sleeps.", split_special_tokens=True)["input_ids"]
    assert ids.count(tokenizer.eos_token_id) == 1
    assert ids[-1] == tokenizer.eos_token_id
