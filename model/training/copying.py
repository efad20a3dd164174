"""Practice in copying, for the language models: in some windows a passage comes twice.

Running text repeats itself seldom, and a model as small as these then needs more of it than we have before it learns to
look for what came after the same token earlier (Olsson et al. 2022 call such heads induction heads).
"""

import numpy as np
from jaxtyping import Int

SHORTEST = 4  # tokens of a passage; the longest is half a window


def repeat_passages(windows: Int[np.ndarray, "example token"], share: float, draw: np.random.Generator) -> None:
    """In a share of the windows, drawn, write a passage of the window a second time, over what stood further on.

    Half of these passages are shuffled before, so that nothing but looking back tells how the second goes on.
    """
    width = windows.shape[1]
    for row in np.flatnonzero(draw.random(len(windows)) < share):
        window = windows[row]
        length = int(draw.integers(SHORTEST, width // 2 + 1))
        first = int(draw.integers(0, width - 2 * length + 1))
        second = int(draw.integers(first + length, width - length + 1))
        passage = window[first : first + length]
        if draw.random() < 0.5:
            passage[:] = draw.permutation(passage)
        window[second : second + length] = passage
