"""The registry of families: a new one is its file and one line here."""

from headlight.model.families.bart import BART
from headlight.model.families.base import Family
from headlight.model.families.bert import BERT, RoBERTa
from headlight.model.families.bloom import BLOOM
from headlight.model.families.generic import Generic
from headlight.model.families.gpt2 import GPT2
from headlight.model.families.llama import Llama
from headlight.model.families.marian import Marian
from headlight.model.families.mistral import Mistral
from headlight.model.families.opt import OPT
from headlight.model.families.qwen2 import Qwen2
from headlight.model.families.recurrent import Recurrent
from headlight.model.families.t5 import T5

GENERIC = Generic()
FAMILIES: tuple[Family, ...] = (
    GPT2(),
    BERT(),
    RoBERTa(),
    Llama(),
    Qwen2(),
    Mistral(),
    T5(),
    BART(),
    Marian(),
    OPT(),
    BLOOM(),
    Recurrent(),
)


def family_of(model_type: str) -> Family:
    """Return the family of a `config.model_type`; the generic one when nobody wrote a file for it."""
    return next((family for family in FAMILIES if model_type in family.model_types), GENERIC)
