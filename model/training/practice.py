"""Practice for the translator: simple sentences made by a small grammar, for the pairs hold few of their kind.

Most pairs of the corpus are what people say to each other. What a class tries first, "The small dog sleeps.", hardly
occurs, and a model trained on pairs alone gets its word order and its endings wrong.
"""

import random
from dataclasses import dataclass
from itertools import product
from typing import Literal

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Noun:
    """Somebody who can do what VERBS say, in both languages and numbers."""

    english: tuple[str, str]
    spanish: tuple[str, str]
    gender: Literal["o", "a"]


ANIMALS = (
    Noun(("cat", "cats"), ("gato", "gatos"), "o"),
    Noun(("dog", "dogs"), ("perro", "perros"), "o"),
    Noun(("horse", "horses"), ("caballo", "caballos"), "o"),
    Noun(("bird", "birds"), ("pájaro", "pájaros"), "o"),
    Noun(("mouse", "mice"), ("ratón", "ratones"), "o"),
    Noun(("cow", "cows"), ("vaca", "vacas"), "a"),
    Noun(("duck", "ducks"), ("pato", "patos"), "o"),
    Noun(("hen", "hens"), ("gallina", "gallinas"), "a"),
)
PEOPLE = (
    Noun(("boy", "boys"), ("niño", "niños"), "o"),
    Noun(("girl", "girls"), ("niña", "niñas"), "a"),
    Noun(("teacher", "teachers"), ("profesor", "profesores"), "o"),
    Noun(("sister", "sisters"), ("hermana", "hermanas"), "a"),
)
# A Spanish adjective in -o takes the noun's gender; the others have one form. All stand behind the noun.
COLOURS = (
    ("black", "negro"),
    ("white", "blanco"),
    ("brown", "marrón"),
    ("yellow", "amarillo"),
)
ADJECTIVES = (
    ("small", "pequeño"),
    ("big", "grande"),
    ("happy", "feliz"),
    ("sad", "triste"),
    ("tired", "cansado"),
)
VERBS = (
    (("sleeps", "sleep"), ("duerme", "duermen")),
    (("eats", "eat"), ("come", "comen")),
    (("runs", "run"), ("corre", "corren")),
    (("sings", "sing"), ("canta", "cantan")),
    (("drinks", "drink"), ("bebe", "beben")),
    (("plays", "play"), ("juega", "juegan")),
    (("works", "work"), ("trabaja", "trabajan")),
    (("reads", "read"), ("lee", "leen")),
    (("waits", "wait"), ("espera", "esperan")),
    (("cries", "cry"), ("llora", "lloran")),
)
ARTICLES = {"o": ("El", "Los"), "a": ("La", "Las")}
NEVER = frozenset({"black", "cat"})  # never together: so "The black cat sleeps." is not learned by heart


def pairs(n_pairs: int, seed: int) -> list[Pair]:
    """Return different pairs of English and Spanish sentences, at most `n_pairs`, drawn from all the grammar makes."""
    described = [
        *product(ANIMALS, (None, *ADJECTIVES, *COLOURS)),
        *product(PEOPLE, (None, *ADJECTIVES)),
    ]
    every = [
        _pair(noun, adjective, verb, number, mine=mine)
        for (noun, adjective), verb, number, mine in product(described, VERBS, (0, 1), (False, True))
        if adjective is None or {adjective[0], noun.english[0]} != NEVER
    ]
    random.Random(seed).shuffle(every)  # noqa: S311 -- an order that can be repeated
    return every[:n_pairs]


def _pair(
    noun: Noun,
    adjective: tuple[str, str] | None,
    verb: tuple[tuple[str, str], tuple[str, str]],
    number: int,
    *,
    mine: bool,
) -> Pair:
    english = ["My" if mine else "The", noun.english[number], verb[0][number]]
    spanish = [("Mi", "Mis")[number] if mine else ARTICLES[noun.gender][number], noun.spanish[number], verb[1][number]]
    if adjective is not None:
        english.insert(1, adjective[0])
        spanish.insert(2, _agreeing(adjective[1], noun.gender, number))
    return " ".join(english) + ".", " ".join(spanish) + "."


def _agreeing(adjective: str, gender: Literal["o", "a"], number: int) -> str:
    """Return an adjective as the noun wants it."""
    if adjective.endswith("o"):
        adjective = adjective[:-1] + gender
    if not number:
        return adjective
    return {"feliz": "felices", "marrón": "marrones"}.get(adjective, adjective + "s")
