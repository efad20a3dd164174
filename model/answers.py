"""What the engine answers with, beside the Trace and the types of the science: plain data, NumPy only."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from headlight.model.science.projection import Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The tokens of a model, by ID."""

    pieces: tuple[bytes, ...]  # the bytes each stands for; b"" for an ID that has no token
    marks: frozenset[int]  # special tokens, which stand for no text
    endings: frozenset[int]  # those WordPiece writes "##ing": the end of a word, not the word "ing"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class WordSpace:
    """Where the vectors of a vocabulary lie: the axes to draw in, some of the vectors, and angles that mean nothing."""

    basis: Basis
    cloud: Float[np.ndarray, "token axis"]  # tokens spread evenly over the IDs, along the axes
    by_chance: tuple[float, float]  # mean and standard deviation of the angle of two tokens drawn by lot, in degrees
    by_chance_from_mean: tuple[float, float]  # the same, seen from the mean of the basis


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class WordVector:
    """A word as a model's vocabulary has it, in the middle of a sentence."""

    ids: tuple[int, ...]  # () when the tokenizer reads nothing in it
    vector: Float[np.ndarray, " d_model"]  # the mean over its tokens; zeros when there are none


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Neighbours:
    """The tokens of a vocabulary that point most nearly the same way as a vector, the nearest first."""

    ids: Int[np.ndarray, " near"]
    cosines: Float[np.ndarray, " near"]
    first: int  # the nearest of all, those that were to be left out included
    first_cosine: float
    median: float  # cosine of the whole vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class BlankJobs:
    """How the typed tokens of a text are hidden in turn: the places of each job, and whether all is little work."""

    places: tuple[tuple[int, ...], ...]
    quick: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Continuation:
    """A text with a token written behind it."""

    added: str  # the characters to put behind the text
    recut: tuple[bytes, ...]  # the end of the longer text, when the tokenizer cuts it otherwise; () when it does not


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """A text in which one token was exchanged for another."""

    text: str
    recut: tuple[bytes, ...]  # the changed part, when the tokenizer cuts it otherwise; () when it does not


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A text in two parts: what fell out of the model's view, and the end that it reads."""

    text: str
    most: int  # tokens, those the tokenizer adds included
    n_fallen_characters: int = 0  # in front of those whose tokens are known
    fallen: tuple[bytes, ...] = ()  # the tokens between them and the text, the oldest first
