"""The registry of families: a new one is its file and one line here."""

from model.families.base import Family
from model.families.gpt2 import GPT2

GENERIC = Family()
FAMILIES: tuple[Family, ...] = (GPT2(),)


def family_of(model_type: str) -> Family:
    """Return the family of a `config.model_type`; the generic one when nobody wrote a file for it."""
    return next((family for family in FAMILIES if model_type in family.model_types), GENERIC)
