"""A tiny model at a time: its Trace, and what transformers itself returns for the same IDs."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from headlight.model.admitting.facts import ModelFacts
from headlight.model.admitting.loading import LoadedModel
from headlight.model.run import run
from headlight.model.trace import Attention, Trace
from tests.inside import loaded
from tests.tiny import GENERIC, HEADLESS, KINDS, NAMED, RECURRENT

TEXT = "The teacher taught the students"
TARGET = "The queen and a king read the same book"

Tiny = Callable[[str], Path]


@dataclass(kw_only=True, eq=False)
class Subject:
    """A tiny model under test."""

    kind: str
    folder: Path

    @cached_property
    def trace(self) -> Trace:
        return self.run(TEXT, TARGET)

    @property
    def loaded(self) -> LoadedModel:
        return loaded(str(self.folder))

    @property
    def facts(self) -> ModelFacts:
        return self.loaded.facts

    @cached_property
    def library(self) -> Any:
        """What transformers' model returns for the IDs of the trace."""
        return self.forward(*(stack.ids for stack in self.trace.stacks))

    @cached_property
    def module(self) -> Any:
        """The model as transformers loads it, apart from ours."""
        config = transformers.AutoConfig.from_pretrained(self.folder)
        model_class = getattr(transformers, config.architectures[0])
        return model_class.from_pretrained(self.folder, attn_implementation="eager", dtype=torch.float32)

    def run(self, text: str, target: str | None = None) -> Trace:
        return run(str(self.folder), text, target)

    def forward(self, *ids: Any) -> Any:
        names = ("input_ids", "decoder_input_ids")
        batch = {name: torch.tensor(each)[None] for name, each in zip(names, ids, strict=False)}
        with torch.inference_mode():
            return self.module(**batch, output_attentions=True, output_hidden_states=True, return_dict=True)

    def attention(self, kind: str) -> Attention:
        return next(each for each in self.trace.attentions if each.kind == kind)


@cache
def known(kind: str, folder: Path) -> Subject:
    """Return the one Subject of a kind: what was worked out for one test serves the others."""
    return Subject(kind=kind, folder=folder)


def subject(kinds: tuple[str, ...]) -> Any:
    """Return a fixture that goes through kinds of tiny models."""

    @pytest.fixture(scope="session", params=kinds)
    def fixture(request: pytest.FixtureRequest, tiny: Tiny) -> Subject:
        return known(request.param, tiny(request.param))

    return fixture


ROTARY = ("llama", "llama3-rope", "qwen2", "qwen3", "mistral")
RELATIVE = ("t5", "t5-gated", "mt5")
PAIRS = (*RELATIVE, "bart", "marian", "pegasus")
ENCODERS = ("bert", "roberta", "distilbert", "albert", "modernbert", "bert-body")
HEADS = tuple(kind for kind in KINDS if kind not in HEADLESS)
DECODERS = tuple(kind for kind in HEADS if kind not in (*PAIRS, *ENCODERS, *RECURRENT))

any_model = subject(KINDS)
described = subject(NAMED)
described_or_body = subject((*NAMED, *HEADLESS))
with_attention = subject(tuple(kind for kind in KINDS if kind not in RECURRENT))
with_head = subject(HEADS)
generic = subject(GENERIC)
decoder = subject(DECODERS)
causal = subject((*DECODERS, *PAIRS))
encoder = subject(ENCODERS)
pair = subject(PAIRS)
rotary = subject(ROTARY)
relative = subject(RELATIVE)
