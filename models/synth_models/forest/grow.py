"""Growing the forest of one column: randomised trees, leaf size by the score of the averaged law, compact arrays.

Each tree sees a random share of the subjects and splits to lower the continuous ranked probability score (CRPS,
Gneiting and Raftery 2007) of its leaf law: a regression tree on the indicators 1[u <= q] for quantiles q, whose summed
variance is the CRPS, plus u itself for detail within a quantile (nominal columns: the Gini index, which is the Brier
score). The subjects that a tree did not see score the law averaged over trees, for every candidate leaf size at once,
since a larger leaf is a pruned tree. The best wins, or for columns of exact values, where small leaves copy rows, the
largest that is not clearly worse; where nothing is gained over the margin, the margin is what is left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from synth.data.encoding import CONTINUOUS, Codes
from synth_models.forest.laws import Laws, fit_laws
from synth_models.forest.settings import ForestSettings

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Features = npt.NDArray[np.float32]
Tokens = npt.NDArray[np.int32]

SHRINKAGE = 10.0
"""Pseudo-rows that pull a category's mean to the overall mean before categories are ranked (chosen, not tuned)."""

STANDARD_ERRORS = 2.0
"""How clearly a smaller leaf must be better to be taken for a column that gives back exact values.

The rule of Breiman et al. 1984 with two errors in place of one. A continuous column never gives back a donor's value,
and needs its small leaves for the tails.
"""

SCORED_ROWS = 20_000
"""Rows on which leaf sizes are compared (chosen, not tuned)."""


@dataclass(frozen=True)
class Forest:
    """All trees of one column in flat arrays; N nodes, L leaves.

    Attributes:
        roots: (T,) node number of each tree's root.
        feature: (N,) predictor that a node splits on, -1 at a leaf.
        threshold: (N,) go left where the predictor's feature is at most this.
        left: (N,) node number; at a leaf its leaf number instead. The right child is `right`.
        right: (N,) node number.
        laws: of the leaves.
        ranks: by predictor, the feature value of each token of a nominal one; None for ordered ones.
    """

    roots: Ints
    feature: npt.NDArray[np.int16]
    threshold: Floats
    left: npt.NDArray[np.int32]
    right: npt.NDArray[np.int32]
    laws: Laws
    ranks: tuple[Features | None, ...]

    def features(self, parts: Sequence[Codes]) -> Features:
        """Predictor values as the trees compare them, float32 (n, P)."""
        x = np.empty((len(parts[0].tokens), len(parts)), np.float32)
        for j, (part, ranks) in enumerate(zip(parts, self.ranks, strict=True)):
            x[:, j] = part.u if ranks is None else ranks[part.tokens]
        return x

    @property
    def is_margin(self) -> bool:
        """True where the column is drawn from its own distribution, whatever came before."""
        return len(self.roots) == 1 and bool(self.feature[0] < 0)

    def leaf_of(self, x: Features, tree: Ints) -> Ints:
        """Leaf number of each row (n,) in the tree (n,) chosen for it."""
        node = self.roots[tree]
        row = np.flatnonzero(self.feature[node] >= 0)
        while len(row):
            at = node[row]
            goes_left = x[row, self.feature[at]] <= self.threshold[at]
            node[row] = np.where(goes_left, self.left[at], self.right[at])
            row = row[self.feature[node[row]] >= 0]
        return self.left[node].astype(np.int64)

    def to_arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Arrays for an npz file."""
        arrays = {name: getattr(self, name) for name in ("roots", "feature", "threshold", "left", "right")}
        ranks = {f"rank_{j}": r for j, r in enumerate(self.ranks) if r is not None}
        return {**arrays, **ranks, "n_predictors": np.array(len(self.ranks)), **self.laws.to_arrays()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[np.generic]]) -> Self:
        """Reads what `to_arrays` gave."""
        ranks: Any = tuple(arrays.get(f"rank_{j}") for j in range(int(arrays["n_predictors"])))
        nodes: dict[str, Any] = {name: arrays[name] for name in ("roots", "feature", "threshold", "left", "right")}
        return cls(**nodes, laws=Laws.from_arrays(arrays), ranks=ranks)


@dataclass(frozen=True)
class _Tree:
    """One grown tree: sklearn's arrays, the rows in its bag, and how many subjects each node holds."""

    feature: Ints
    threshold: Floats
    left: Ints
    right: Ints
    value: Features
    bag: Ints
    leaf: Ints
    subjects: Ints
    parent: Ints
    depth: Ints

    def terminal(self, min_subjects: int) -> Ints:
        """(N,) the node that a row passing through each node ends in when leaves hold at least `min_subjects`."""
        inner = self.left >= 0
        small = np.minimum(self.subjects[self.left], self.subjects[self.right]) < min_subjects
        stops = ~inner | small
        end = np.where(stops, np.arange(len(stops)), -1)
        for level in range(1, int(self.depth.max()) + 1):
            nodes = np.flatnonzero(self.depth == level)
            above = end[self.parent[nodes]]
            end[nodes] = np.where(above >= 0, above, end[nodes])
        return end


def grow_forest(
    target: Codes,
    predictors: Sequence[Codes],
    n_tokens: Sequence[int | None],
    entities: Ints,
    settings: ForestSettings,
    rng: np.random.Generator,
) -> Forest:
    """Fits the conditional law of `target` given `predictors`.

    Args:
        target: codes of the column, n rows.
        predictors: codes of the columns drawn before it; may be empty.
        n_tokens: number of tokens of each nominal predictor, None for ordered ones.
        entities: (n,) subject of each row.
        settings: sizes.
        rng: the column's own generator.
    """
    response = _response(target)
    ranks = tuple(
        None if k is None else _rank(p.tokens, k, response) for p, k in zip(predictors, n_tokens, strict=True)
    )
    constant = bool(np.all(response == response[0]))
    if not predictors or constant or settings.n_trees == 0:
        return _margin(target, ranks, settings)
    x = Forest(*_NO_TREE, ranks).features(predictors)
    trees = [_grow(x, target, response, entities, settings, rng) for _ in range(settings.n_trees)]
    sizes = [*settings.leaf_sizes, np.iinfo(np.int64).max]
    losses = _losses(trees, response, sizes, rng)
    best = sizes[largest_good(losses, STANDARD_ERRORS if _gives_exact_values(target) else 0.0)]
    if best == sizes[-1]:
        return _margin(target, ranks, settings)
    return _compact(trees, best, target, ranks, settings)


def _response(target: Codes, n_thresholds: int = 32, all_values: int = 40) -> Features:
    """What a split should separate, float32 (n, B): cumulative indicators and u, or one column a category."""
    if target.u is None:
        top = min(int(target.tokens.max()) + 1, 64)
        return np.asarray(target.tokens[:, None] == np.arange(top), np.float32)
    values = np.unique(target.u)
    if len(values) <= all_values:
        cuts = (values[1:] + values[:-1]) / 2
    else:
        cuts = np.unique(np.quantile(target.u, (np.arange(n_thresholds) + 0.5) / n_thresholds))
    return np.hstack([target.u[:, None] <= cuts, target.u[:, None]]).astype(np.float32)


def _rank(tokens: Tokens, n_tokens: int, response: Features) -> Features:
    """Feature value of each category: its rank along the direction in which means of the response differ most."""
    counts = np.bincount(tokens, minlength=n_tokens).astype(np.float64)
    sums = np.stack([np.bincount(tokens, response[:, b], n_tokens) for b in range(response.shape[1])], axis=1)
    overall = response.mean(axis=0, dtype=np.float64)
    means = (sums + SHRINKAGE * overall) / (counts[:, None] + SHRINKAGE) - overall
    _, _, directions = np.linalg.svd(means * np.sqrt(counts / counts.sum())[:, None], full_matrices=False)
    direction = directions[0] * np.sign(directions[0][np.argmax(np.abs(directions[0]))])
    ranks = np.empty(n_tokens, np.float32)
    ranks[np.argsort(np.round(means @ direction, 12), kind="stable")] = np.arange(n_tokens)
    return ranks


def _grow(
    x: Features,
    target: Codes,
    response: Features,
    entities: Ints,
    settings: ForestSettings,
    rng: np.random.Generator,
) -> _Tree:
    bag = _bag(entities, settings, rng)
    options = {"min_samples_leaf": settings.min_leaf, "random_state": int(rng.integers(2**31))}
    if target.u is None:
        model = DecisionTreeClassifier(**options).fit(x[bag], np.minimum(target.tokens[bag], response.shape[1] - 1))
        value = np.zeros((model.tree_.node_count, response.shape[1]), np.float32)
        value[:, model.classes_] = model.tree_.value[:, 0, :]
    else:
        model = DecisionTreeRegressor(**options).fit(x[bag], response[bag])
        value = model.tree_.value[:, :, 0].astype(np.float32)
    tree = model.tree_
    left, right = tree.children_left.astype(np.int64), tree.children_right.astype(np.int64)
    parent, depth = _ancestry(left, right)
    leaf = tree.apply(x).astype(np.int64)
    subjects = _subjects(leaf[bag], entities[bag], parent, depth, tree.n_node_samples)
    return _Tree(tree.feature.astype(np.int64), tree.threshold, left, right, value, bag, leaf, subjects, parent, depth)


def _bag(entities: Ints, settings: ForestSettings, rng: np.random.Generator) -> Ints:
    """Rows of a random share of the subjects, at most `max_bag_rows` of them in expectation."""
    n_subjects = int(entities.max()) + 1
    share = min(settings.bag_share, settings.max_bag_rows / len(entities))
    chosen = rng.permutation(n_subjects)[: max(int(share * n_subjects), 1)]
    if n_subjects == len(entities):
        return np.sort(np.argsort(entities)[chosen])
    member = np.zeros(n_subjects, bool)
    member[chosen] = True
    return np.flatnonzero(member[entities])


def _ancestry(left: Ints, right: Ints) -> tuple[Ints, Ints]:
    """Parent (-1 at the root) and depth of each node; sklearn numbers parents before children."""
    parent = np.full(len(left), -1, np.int64)
    inner = np.flatnonzero(left >= 0)
    parent[left[inner]], parent[right[inner]] = inner, inner
    depth = np.zeros(len(left), np.int64)
    level = np.array([0])
    while len(level):
        children = np.concatenate([left[level], right[level]])
        level = children[children >= 0]
        depth[level] = depth[parent[level]] + 1
    return parent, depth


def _subjects(leaf: Ints, entities: Ints, parent: Ints, depth: Ints, n_rows: Ints) -> Ints:
    """Distinct subjects in each node; equal to rows where each row is a subject."""
    if len(np.unique(entities)) == len(entities):
        return n_rows.astype(np.int64)
    counts = np.zeros(len(parent), np.int64)
    node = leaf.copy()
    for level in range(int(depth.max()), -1, -1):
        here = depth[node] == level
        pairs = np.unique(np.stack([node[here], entities[here]]), axis=1)
        counts += np.bincount(pairs[0], minlength=len(parent))
        node[here] = np.maximum(parent[node[here]], 0)
    return counts


def _losses(trees: Sequence[_Tree], response: Features, sizes: Sequence[int], rng: np.random.Generator) -> Floats:
    """Out-of-bag CRPS or Brier score of the averaged law, shape (sizes, scored rows), lower is better."""
    rows = np.sort(rng.choice(len(response), min(len(response), SCORED_ROWS), replace=False))
    total = np.zeros((len(sizes), len(rows), response.shape[1]), np.float32)
    seen = np.zeros(len(rows), np.int64)
    for tree in trees:
        out = ~np.isin(rows, tree.bag, assume_unique=True)
        seen += out
        leaf = tree.leaf[rows[out]]
        for a, size in enumerate(sizes):
            total[a, out] += tree.value[tree.terminal(size)[leaf]]
    scored = seen > 0
    error = total[:, scored] / seen[scored, None] - response[rows[scored]]
    return np.asarray((error.astype(np.float64) ** 2).mean(axis=2))


def _gives_exact_values(target: Codes) -> bool:
    """True where most values are atoms or categories: a leaf then hands out values of its donors and can copy rows."""
    return target.u is None or float(np.mean(target.tokens != CONTINUOUS)) > 0.5


def largest_good(losses: Floats, standard_errors: float) -> int:
    """Index of the largest leaf size whose loss exceeds the least by at most so many standard errors of the difference.

    The last one, the margin, where there is nothing to compare.
    """
    if losses.shape[1] == 0:
        return len(losses) - 1
    mean = losses.mean(axis=1)
    error = (losses - losses[np.argmin(mean)]).std(axis=1) / np.sqrt(losses.shape[1])
    return int(np.flatnonzero(mean - mean.min() <= standard_errors * error)[-1])


def _margin(target: Codes, ranks: tuple[Features | None, ...], settings: ForestSettings) -> Forest:
    """A forest of one leaf: the column's own distribution."""
    laws = fit_laws(np.zeros(len(target.tokens), np.int64), target, 1, settings.donors_per_knot)
    roots, feature, threshold, left, right, _ = _NO_TREE
    return Forest(roots, feature, threshold, left, right, laws, ranks)


_NO_LAW = Laws(
    np.ones(1), np.zeros(1, np.int32), np.zeros(1, np.float32), np.zeros(1, np.float32), np.zeros(1, np.float32)
)
_NO_TREE = (
    np.zeros(1, np.int64),
    np.full(1, -1, np.int16),
    np.zeros(1),
    np.zeros(1, np.int32),
    np.zeros(1, np.int32),
    _NO_LAW,
)


def _compact(
    trees: Sequence[_Tree],
    leaf_size: int,
    target: Codes,
    ranks: tuple[Features | None, ...],
    settings: ForestSettings,
) -> Forest:
    """Prunes all trees to `leaf_size`, numbers nodes and leaves through, and fits the laws from each tree's own bag."""
    roots, features, thresholds, lefts, rights, donors, leaves = [], [], [], [], [], [], []
    n_nodes = n_leaves = 0
    for tree in trees:
        end = tree.terminal(leaf_size)
        kept = (end < 0) | (end == np.arange(len(end)))
        number = np.cumsum(kept) - 1 + n_nodes
        stop = kept & (end >= 0)
        leaf_number = np.cumsum(stop) - 1 + n_leaves
        split = kept & ~stop
        roots.append(n_nodes)
        features.append(np.where(split, tree.feature, -1)[kept])
        thresholds.append(np.where(split, tree.threshold, 0.0)[kept])
        lefts.append(np.where(split, number[tree.left], leaf_number)[kept])
        rights.append(np.where(split, number[tree.right], 0)[kept])
        donors.append(tree.bag)
        leaves.append(leaf_number[end[tree.leaf[tree.bag]]])
        n_nodes, n_leaves = n_nodes + int(kept.sum()), n_leaves + int(stop.sum())
    laws = fit_laws(np.concatenate(leaves), target.take(np.concatenate(donors)), n_leaves, settings.donors_per_knot)
    return Forest(
        np.array(roots),
        np.concatenate(features).astype(np.int16),
        np.concatenate(thresholds),
        np.concatenate(lefts).astype(np.int32),
        np.concatenate(rights).astype(np.int32),
        laws,
        ranks,
    )
