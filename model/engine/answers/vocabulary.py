"""The vocabulary of a model: its tokens, their vectors, and the words that are cut into them.

The matrix of the vectors stays here: 113 MB of it in a small real model. What is asked of it is worked out beside it.
"""

import numpy as np
from jaxtyping import Float

from headlight.model.admitting.loading import LoadedModel
from headlight.model.answers import Neighbours, Vocabulary, WordSpace, WordVector
from headlight.model.errors import NotShownError
from headlight.model.science.projection import cosines, fit_basis, nearest, random_pair_angles
from headlight.model.trace import StackName, Trace

MOST_FITTED = 8_192  # vectors of the vocabulary that the basis is fitted on: 50,257 of 768 numbers would take 5 s
MOST_FITTED_WIDE = 2_048  # above 1,024 numbers a vector
FEWEST_WORDS = 64  # a vocabulary with fewer whole words is fitted on all of its tokens
N_CLOUD = 1_500  # tokens to draw behind those of a sentence


def vocabulary(loaded: LoadedModel) -> Vocabulary:
    """Return all tokens of the model."""
    tokens = loaded.tokenizer.convert_ids_to_tokens(list(range(loaded.facts.vocab_size)))
    pieces = tuple(b"" if token is None else loaded.spell_token(token) for token in tokens)
    return Vocabulary(
        pieces=pieces,
        marks=loaded.marks,
        endings=frozenset(
            token_id
            for token_id, (token, piece) in enumerate(zip(tokens, pieces, strict=True))
            if token is not None and token.startswith("##") and piece == token.removeprefix("##").encode()
        ),
    )


def word_space(loaded: LoadedModel) -> WordSpace:
    """Return the three principal components of the vocabulary, and what lies along them.

    They are fitted on the tokens of two letters or more, at most MOST_FITTED of them, spread evenly over the IDs.
    Single bytes and signs stay out: training never meets some of them, they all lie together far from the words, and
    the first axis would show little but that distance.
    """
    vectors = _vectors(loaded)
    pieces = vocabulary(loaded).pieces[: len(vectors)]
    ids = np.array([token_id for token_id, piece in enumerate(pieces) if _is_word(piece)], dtype=np.int64)
    if len(ids) < FEWEST_WORDS:
        ids = np.arange(len(vectors))
    most = MOST_FITTED if vectors.shape[1] <= 1_024 else MOST_FITTED_WIDE
    chosen = ids[np.linspace(0, len(ids) - 1, min(most, len(ids))).round().astype(np.int64)]
    basis = fit_basis(vectors[chosen])
    return WordSpace(
        basis=basis,
        cloud=basis.project(vectors[:: max(1, len(vectors) // N_CLOUD)]),
        by_chance=random_pair_angles(vectors),
        by_chance_from_mean=random_pair_angles(vectors, origin=basis.mean),
    )


def words(loaded: LoadedModel, *, words: tuple[str, ...]) -> tuple[WordVector, ...]:
    """Return each word as the model's tokenizer cuts it in the middle of a sentence, after a space, and its vector."""
    vectors = _vectors(loaded)

    def cut(text: str) -> list[int]:
        ids: list[int] = loaded.tokenizer(text, add_special_tokens=False, split_special_tokens=True)["input_ids"]
        return ids

    before = cut("a")
    found = []
    for word in words:
        ids = cut(f"a {word}")
        # Some tokenizers put a mark of their own in front of every text: a real word before it takes that.
        after = ids[len(before) :] if ids[: len(before)] == before else cut(f" {word}")
        vector = vectors[after].mean(axis=0) if after else np.zeros(vectors.shape[1], dtype=np.float32)
        found.append(WordVector(ids=tuple(after), vector=vector))
    return tuple(found)


def neighbours(
    loaded: LoadedModel, *, vector: Float[np.ndarray, " d_model"], n: int, without: tuple[int, ...]
) -> Neighbours:
    """Return the `n` tokens with the largest cosine to a vector, those in `without` left out.

    Raises NotShownError when the vector has no length.
    """
    near = cosines(vector, _vectors(loaded))
    if np.isnan(near).all():
        raise NotShownError("This vector has no length, so it points nowhere and has no neighbours.")
    ids = nearest(near, n, without=without)
    first = int(nearest(near, 1)[0])
    return Neighbours(
        ids=ids,
        cosines=near[ids],
        first=first,
        first_cosine=float(near[first]),
        median=float(np.nanmedian(near)),
    )


def embedding_scale(loaded: LoadedModel, trace: Trace, *, stack: StackName) -> float | None:
    """Return what a row of the embedding matrix was multiplied by to become a token's vector: sqrt(d_model) in Marian
    (Vaswani et al. 2017, section 3.4), 1 in most models. None when the vector is no multiple of the row.
    """
    part = getattr(loaded.module.base_model, stack) if len(trace.stacks) > 1 else loaded.module
    read = trace.stack_named(stack)
    row = part.get_input_embeddings().weight[int(read.ids[-1])].detach().numpy().astype(np.float64)  # (width,)
    vector = read.token_embeddings[-1].astype(np.float64)
    if row.shape != vector.shape or not row.any():
        return None
    scale = float(row @ vector / (row @ row))
    return scale if np.allclose(vector, scale * row, rtol=1e-4, atol=1e-6) else None


def _vectors(loaded: LoadedModel) -> Float[np.ndarray, "vocab d_model"]:
    """Return the input embedding of every token, scaled as in a Trace: in most families the model's own memory."""
    vectors: np.ndarray = loaded.family.vocabulary(loaded.module).numpy()
    return vectors


def _is_word(piece: bytes) -> bool:
    try:
        text = piece.decode().strip()
    except UnicodeDecodeError:
        return False
    return len(text) > 1 and text.isalpha()
