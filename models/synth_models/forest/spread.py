"""Evenly spread uniforms: less noise in a sample than independent draws at no cost in law."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

GOLDEN = (5.0**0.5 - 1) / 2
"""Fractional parts of its multiples spread most evenly over [0, 1) (Weyl's sequence)."""


def spread_uniforms(keys: npt.NDArray[np.float32], rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """One uniform a row, such that rows with similar keys get well-spread values.

    Each value is uniform on [0, 1) by itself, since the sequence is shifted at random; rows that expect similar values
    repel each other. This is systematic sampling: shares and means of a block vary less than under independent draws.

    Args:
        keys: (n,) what each row's law expects, on any scale; ties are put in random order.
        rng: the block's generator.
    """
    order = np.lexsort((rng.random(len(keys)), keys))
    uniforms = np.empty(len(keys))
    uniforms[order] = (np.arange(len(keys)) * GOLDEN + rng.random()) % 1.0
    return uniforms
