"""The registry of families: a new one is its file and one line here."""

from model.families.bart import BART
from model.families.base import Family
from model.families.bert import BERT, RoBERTa
from model.families.bloom import BLOOM
from model.families.generic import Generic
from model.families.gpt2 import GPT2
from model.families.llama import Llama
from model.families.marian import Marian
from model.families.mistral import Mistral
from model.families.opt import OPT
from model.families.qwen2 import Qwen2
from model.families.recurrent import Recurrent
from model.families.t5 import T5

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
