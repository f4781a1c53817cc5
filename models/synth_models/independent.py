"""Independent columns: each from its own margin; the floor that every engine must beat, never a product.

Use it to see what a figure is worth when no relation between columns is kept. Privacy promise: none, although a row
says nothing that its columns do not say one by one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from synth.data.metadata import Metadata
from synth_models.trees import Trees


class Independent(Trees):
    """Forests without trees: every column is drawn from its margin."""

    @classmethod
    def plan(
        cls, n_rows: Mapping[str, int], metadata: Metadata, config: Mapping[str, Any], budget_s: float
    ) -> dict[str, Any]:
        """The same settings with no trees, whatever the budget."""
        return super().plan(n_rows, metadata, {**config, "n_trees": 0}, budget_s)
