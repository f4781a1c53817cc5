"""Sizes of a forest, resolved once by the plan."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class ForestSettings(BaseModel):
    """Every hyperparameter of `trees`.

    Attributes:
        n_trees: trees a column; each synthetic row uses one of them at random. 0 draws every column from its margin.
        bag_share: share of the subjects that a tree sees; the others score it.
        max_bag_rows: cap on the rows of a bag, so that cost stops growing with the table.
        min_leaf: fewest subjects in a leaf; at least 10 and at least k.
        leaf_sizes: candidates for the fewest subjects in a leaf, the column's own choice among them and the margin.
        donors_per_knot: neighbouring donors that a knot of a leaf law averages.
        max_predictors: columns that one column may depend on directly; the most telling ones are taken.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    n_trees: int = Field(default=20, ge=0, le=1000)
    bag_share: float = Field(default=0.5, gt=0, le=0.9)
    max_bag_rows: int = Field(default=32_768, ge=10)
    min_leaf: int = Field(default=10, ge=10)
    leaf_sizes: tuple[int, ...] = (10, 14, 20, 30, 50, 100, 200, 500, 1000)
    donors_per_knot: int = Field(default=2, ge=2)
    max_predictors: int = Field(default=40, ge=1)
