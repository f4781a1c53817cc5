"""Train on synthetic, test on real: does a model learnt from synthetic rows predict unseen real ones?

Statistic: AUC (for more than two classes one against the rest, weighted by prevalence) or R2 on unseen real rows of
boosted trees trained on at most 50,000 rows; the same settings for synthetic (TSTR) and train rows (TRTR).
Interval: influence of each unseen entity on the statistic (DeLong, delta method); the trees are taken as given.
Source: Esteban, Hyland and Rätsch (2017), https://arxiv.org/abs/1706.02633.
Cost: two fits, about 2 s each for 32,000 rows x 15 columns.

Where the metadata names no target, one is guessed and flagged: the last scored column that is a number, a boolean or a
category with 2 to 20 values in train. A number with exactly two values is a classification.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from synth.data.metadata import ColumnType, Table
from synth.scoring.columns import MISSING, numbers, shared_codes
from synth.scoring.estimates import Estimate, NotScorableError, auc_influence, clustered_variance, r2
from synth.scoring.features import judge_settings, matrix
from synth.scoring.results import UtilityResult
from synth.scoring.samples import Samples, draw, entities, scored_columns

TRAIN_ROWS = 50_000
TEST_ROWS = 100_000
LEAST_ROWS = 30
GUESSED_CLASSES = 20
MOST_CLASSES = 50

NUMBERS = {ColumnType.INTEGER, ColumnType.DECIMAL}
NOMINAL = {ColumnType.CATEGORY, ColumnType.BOOLEAN}

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Target:
    """The column to predict and how."""

    name: str
    guessed: bool
    task: Literal["classification", "regression"]


@dataclass(frozen=True)
class Judged:
    """A model's answers on unseen rows.

    Attributes:
        target: what was predicted.
        test: the rows; the same for every source of the same samples.
        truth: shape (rows,), codes of classes or numbers.
        predicted: shape (rows, classes) of probabilities, or (rows,) of numbers.
        who: entity of each row.
    """

    target: Target
    test: pa.Table
    truth: NDArray[np.generic]
    predicted: Floats
    who: Ints

    def estimate(self, rows: NDArray[np.bool_] | None = None) -> Estimate:
        """AUC or R2, of some of the rows."""
        at = slice(None) if rows is None else rows
        if self.target.task == "classification":
            return _weighted_auc(self.predicted[at], np.asarray(self.truth[at], np.int64), self.who[at])
        return r2(np.asarray(self.truth[at], np.float64), self.predicted[at], self.who[at])


def tstr(samples: Samples) -> UtilityResult:
    """Utility of the synthetic rows; higher is better, TRTR is the mark to reach."""
    return _utility(samples, samples.synthetic)


def trtr(samples: Samples) -> UtilityResult:
    """Utility of the train rows, the mark for TSTR."""
    return _utility(samples, samples.train)


def target_of(samples: Samples) -> Target:
    """The declared target, or the guess of the module's docstring.

    Raises:
        NotScorableError: no suitable column.
    """
    known = samples.train if samples.train.num_rows else samples.unseen
    declared = samples.spec.target
    if declared is not None:
        if declared not in scored_columns(samples.spec):
            raise NotScorableError("the target `{target}` is a key, an identifier or free text", target=declared)
        return _target(declared, samples.spec, known, guessed=False)
    for name in reversed(scored_columns(samples.spec)):
        kind = samples.spec.columns[name].type
        if kind in NUMBERS and _n_values(known, name) > 1:
            return _target(name, samples.spec, known, guessed=True)
        if kind in NOMINAL and 2 <= _n_values(known, name) <= GUESSED_CLASSES:
            return _target(name, samples.spec, known, guessed=True)
    raise NotScorableError("no target is declared and no column suits as one")


def _target(name: str, spec: Table, known: pa.Table, *, guessed: bool) -> Target:
    kind = spec.columns[name].type
    classes = not kind.is_ordered or (kind in NUMBERS and _n_values(known, name) == 2)
    return Target(name, guessed, "classification" if classes else "regression")


def _n_values(table: pa.Table, name: str) -> int:
    return len(shared_codes([table[name]])[1])


def _utility(samples: Samples, source: pa.Table) -> UtilityResult:
    return described(judged(samples, source))


def described(found: Judged) -> UtilityResult:
    """The figure over all unseen rows, and what was predicted."""
    return UtilityResult(
        figure=found.estimate().figure(found.test.num_rows, "higher", 1.0),
        target=found.target.name,
        target_guessed=found.target.guessed,
        task=found.target.task,
        metric="auc" if found.target.task == "classification" else "r2",
    )


def judged(samples: Samples, source: pa.Table) -> Judged:
    """Trains on `source` and predicts the target of unseen rows.

    Raises:
        NotScorableError: no target, or too few rows or classes.
    """
    target = target_of(samples)
    names = [name for name in scored_columns(samples.spec) if name != target.name]
    if not names:
        raise NotScorableError("a single column cannot be predicted from others")
    fit, test = _present(source, target.name), _present(samples.unseen, target.name)
    fit, test = draw(fit, TRAIN_ROWS, samples.rng("fit")), draw(test, TEST_ROWS, samples.rng("test"))
    if min(fit.num_rows, test.num_rows) < LEAST_ROWS:
        raise NotScorableError(
            "needs at least {least} rows with a target to learn from and to test on, has {fit} and {test}",
            least=LEAST_ROWS,
            fit=fit.num_rows,
            test=test.num_rows,
        )
    (X, X_test), nominal = matrix([fit, test], samples.spec, names)
    answer = _classified if target.task == "classification" else _regressed
    truth, predicted = answer(X, fit[target.name], X_test, test[target.name], nominal, samples.seed)
    return Judged(target, test, truth, predicted, entities(test, samples.spec))


def _present(table: pa.Table, name: str) -> pa.Table:
    return table.filter(pa.array(shared_codes([table[name]])[0][0] != MISSING))


def _classified(
    X: Floats,
    y: pa.ChunkedArray,
    X_test: Floats,
    y_test: pa.ChunkedArray,
    nominal: NDArray[np.bool_],
    seed: int,
) -> tuple[Ints, Floats]:
    (learnt, truth), values = shared_codes([y, y_test])
    if len(values) > MOST_CLASSES:
        raise NotScorableError(
            "the target has {n} classes, at most {most} are assessed", n=len(values), most=MOST_CLASSES
        )
    # A class of one row cannot be in both sides of the early-stopping split.
    enough = np.bincount(learnt, minlength=len(values))[learnt] > 1
    if len(np.unique(learnt[enough])) < 2:
        raise NotScorableError("the rows to learn from hold fewer than two classes of the target")
    model = HistGradientBoostingClassifier(**judge_settings(nominal, seed)).fit(X[enough], learnt[enough])
    probability = np.zeros((len(truth), len(values)))
    probability[:, model.classes_] = model.predict_proba(X_test)
    return truth, probability


def _weighted_auc(probability: Floats, truth: Ints, who: Ints) -> Estimate:
    value, influence = weighted_auc_influence(probability, truth)
    return Estimate(value, float(np.sqrt(clustered_variance(influence, who))), len(np.unique(who)))


def weighted_auc_influence(probability: Floats, truth: Ints) -> tuple[float, Floats]:
    """AUC of each class against the rest, weighted by prevalence, and each row's influence on it.

    Raises:
        NotScorableError: the truth is a single class.
    """
    classes = np.unique(truth)
    if len(classes) < 2:
        raise NotScorableError("the unseen rows hold a single class of the target")
    weights = np.bincount(truth)[classes] / len(truth)
    parts = [auc_influence(probability[:, label], truth == label) for label in classes]
    value = float(sum(w * value for w, (value, _) in zip(weights, parts, strict=True)))
    return value, np.asarray(sum(w * each for w, (_, each) in zip(weights, parts, strict=True)))


def _regressed(
    X: Floats,
    y: pa.ChunkedArray,
    X_test: Floats,
    y_test: pa.ChunkedArray,
    nominal: NDArray[np.bool_],
    seed: int,
) -> tuple[Floats, Floats]:
    values, truth = numbers(y), numbers(y_test)
    if not (np.isfinite(values).all() and np.isfinite(truth).all()):
        raise NotScorableError("the target holds infinite values")
    model = HistGradientBoostingRegressor(**judge_settings(nominal, seed)).fit(X, values)
    return truth, np.asarray(model.predict(X_test), dtype=np.float64)
