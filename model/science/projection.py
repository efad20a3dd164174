"""Vectors in three axes, their angles and their neighbours, in NumPy, with what chance alone would give.

The basis is fitted once, on the vocabulary, so a point never moves because another one was added.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Bool, Float, Int

N_AXES = 3


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Basis:
    """Three directions at right angles to draw vectors in, and the point they start from."""

    mean: Float[np.ndarray, " d_model"]  # of the vectors it was fitted on
    axes: Float[np.ndarray, "axis d_model"]  # each of length 1
    explained: Float[np.ndarray, " axis"]  # share of the variance of the vectors it was fitted on
    by_chance: float  # the sum of `explained` that as many random vectors would give
    n_fitted: int

    def project(self, vectors: Float[np.ndarray, "point d_model"]) -> Float[np.ndarray, "point axis"]:
        """Return the coordinates of vectors along the axes."""
        coordinates: np.ndarray = (vectors - self.mean) @ self.axes.T
        return coordinates

    def shares(self, vectors: Float[np.ndarray, "point d_model"]) -> Float[np.ndarray, " point"]:
        """Return how much of each vector's length, counted from the mean, lies in the axes: 0 to 1."""
        whole = np.linalg.norm(vectors - self.mean, axis=1)
        drawn = np.linalg.norm(self.project(vectors), axis=1)
        shares: np.ndarray = np.divide(drawn, whole, out=np.ones_like(drawn), where=whole > 0)
        return shares.clip(max=1.0)

    def explained_of(self, vectors: Float[np.ndarray, "point d_model"]) -> float:
        """Return the share of these vectors' own variance that the axes show; NaN when they do not differ.

        In axes that were not fitted on them, vectors without any order show 3 / d_model on average.
        """
        differences = vectors - vectors.mean(axis=0)
        total = float((differences**2).sum())
        return float(((differences @ self.axes.T) ** 2).sum()) / total if total > 0 else float("nan")


def fit_basis(vectors: Float[np.ndarray, "point d_model"]) -> Basis:
    """Return the first three principal components of vectors (Pearson 1901), the same bits at every call.

    From the eigenvectors of the smaller of the two products, d_model by d_model or point by point. Each axis points
    to where its largest entry is positive, else its sign would be left to chance. Raises ValueError when there are
    fewer than four points or three dimensions.
    """
    n_points, d_model = vectors.shape
    if n_points <= N_AXES or d_model < N_AXES:
        raise ValueError(f"{n_points} vectors of {d_model} numbers are too few to fit {N_AXES} axes")
    mean = vectors.mean(axis=0, dtype=np.float64)
    differences = vectors - mean  # (point, d_model)
    if d_model <= n_points:
        variances, directions = np.linalg.eigh(differences.T @ differences)  # ascending; (d_model, d_model)
        axes = directions[:, : -N_AXES - 1 : -1].T
    else:
        variances, weights = np.linalg.eigh(differences @ differences.T)  # (point, point)
        axes = weights[:, : -N_AXES - 1 : -1].T @ differences
        axes = axes / np.linalg.norm(axes, axis=1, keepdims=True)
    largest = axes[np.arange(N_AXES), np.abs(axes).argmax(axis=1)]
    return Basis(
        mean=_frozen(mean),
        axes=_frozen(axes * np.sign(largest)[:, None]),
        explained=_frozen(variances[: -N_AXES - 1 : -1] / variances.sum()),
        by_chance=explained_by_chance(n_points, d_model),
        n_fitted=n_points,
    )


def explained_by_own_axes(vectors: Float[np.ndarray, "point d_model"]) -> float:
    """Return the share of variance in the three axes that fit these vectors best; NaN when they do not differ."""
    differences = vectors - vectors.mean(axis=0)
    strengths = np.linalg.svd(differences, compute_uv=False) ** 2  # descending
    return float(strengths[:N_AXES].sum() / strengths.sum()) if strengths[0] > 0 else float("nan")


@lru_cache(maxsize=512)
def explained_by_chance(n_points: int, d_model: int) -> float:
    """Return the share that three axes fitted on random points show: the mean over seeded draws.

    The points are isotropic normal, so their differences make a Wishart matrix, drawn by its triangular root
    (Bartlett 1933) of min(n_points - 1, d_model) rows: the work does not grow with the larger of the two. Larger
    matrices need fewer draws, because their share hardly varies. NaN for fewer than two points.
    """
    size, freedom = sorted((n_points - 1, d_model))
    if size < 1:
        return float("nan")
    rng = np.random.default_rng(0)
    shares = []
    for _ in range(max(1, 200 // size)):
        root = np.tril(rng.standard_normal((size, size)), k=-1)
        root[np.diag_indices(size)] = np.sqrt(rng.chisquare(freedom - np.arange(size)))
        variances = np.linalg.eigvalsh(root @ root.T)  # ascending
        shares.append(variances[-N_AXES:].sum() / variances.sum())
    return float(np.mean(shares))


def angles(
    vectors: Float[np.ndarray, "point d_model"],
    *,
    origin: Float[np.ndarray, " d_model"] | None = None,
) -> Float[np.ndarray, "point point"]:
    """Return the angle between every two vectors in degrees, seen from `origin` (None: from zero).

    NaN where one of the two has no length. Two random directions stand at 90 +- 57.3 / sqrt(d_model) degrees.
    """
    seen = np.asarray(vectors, dtype=np.float64) if origin is None else vectors - np.asarray(origin, dtype=np.float64)
    lengths = np.linalg.norm(seen, axis=1, keepdims=True)
    directions = np.divide(seen, lengths, out=np.full_like(seen, np.nan), where=lengths > 0)
    degrees: np.ndarray = np.degrees(np.arccos(np.clip(directions @ directions.T, -1.0, 1.0)))
    # The cosine of a vector with itself comes out a rounding error below 1, which the arccosine blows up.
    np.fill_diagonal(degrees, np.where(lengths[:, 0] > 0, 0.0, np.nan))
    return degrees


def random_pair_angles(
    vectors: Float[np.ndarray, "point d_model"],
    *,
    origin: Float[np.ndarray, " d_model"] | None = None,
    n_pairs: int = 2_000,
) -> tuple[float, float]:
    """Return mean and standard deviation of the angle, in degrees, between two vectors drawn by lot (seeded)."""
    one, other = np.random.default_rng(0).integers(len(vectors), size=(2, n_pairs))
    one, other = one[one != other], other[one != other]
    a, b = (vectors[ids].astype(np.float64) - (0.0 if origin is None else origin) for ids in (one, other))
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    products = (a * b).sum(axis=1)[lengths > 0] / lengths[lengths > 0]
    degrees = np.degrees(np.arccos(np.clip(products, -1.0, 1.0)))
    return float(degrees.mean()), float(degrees.std())


def cosines(
    vector: Float[np.ndarray, " d_model"],
    vocabulary: Float[np.ndarray, "vocab d_model"],
) -> Float[np.ndarray, " vocab"]:
    """Return the cosine of a vector with every vector of the vocabulary; NaN where one of the two has no length."""
    lengths = np.sqrt(np.einsum("vd,vd->v", vocabulary, vocabulary)) * np.linalg.norm(vector)
    products = vocabulary @ vector.astype(vocabulary.dtype)
    found: np.ndarray = np.divide(products, lengths, out=np.full_like(products, np.nan), where=lengths > 0)
    return found.clip(-1.0, 1.0)


def nearest(cosines: Float[np.ndarray, " vocab"], n: int, *, without: Collection[int] = ()) -> Int[np.ndarray, " near"]:
    """Return the IDs of the `n` largest cosines, largest first (equal ones by ID), less those in `without`."""
    allowed: Bool[np.ndarray, " vocab"] = ~np.isnan(cosines)
    allowed[list(without)] = False
    ids = np.flatnonzero(allowed)
    order: np.ndarray = ids[np.argsort(-cosines[ids], kind="stable")]
    return order[:n]


def limits(
    cloud: Float[np.ndarray, "background axis"],
    points: Float[np.ndarray, "point axis"],
) -> Float[np.ndarray, "axis 2"]:
    """Return the two ends of each axis: they hold all points, and the cloud but for what lies far from its middle.

    Far is 10 median absolute deviations or more. Unless a point lies further out, the ends depend on the cloud alone.
    """
    middle = np.median(cloud, axis=0)
    far = 10 * np.median(np.abs(cloud - middle), axis=0)
    low = np.minimum(np.maximum(cloud.min(axis=0), middle - far), points.min(axis=0, initial=np.inf))
    high = np.maximum(np.minimum(cloud.max(axis=0), middle + far), points.max(axis=0, initial=-np.inf))
    margin = 0.06 * (high - low)
    ends: np.ndarray = np.stack([low - margin, high + margin], axis=1)
    return ends


def _frozen(array: np.ndarray) -> np.ndarray:
    array.setflags(write=False)
    return array
