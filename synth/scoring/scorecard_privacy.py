"""The scorecard's figures of privacy: attacks, checks, copies, and what the deep tier adds."""

from __future__ import annotations

from synth.scoring.figures import AnyFigure, Measured, Model
from synth.texts import Said


class Roc(Model):
    """Points of an attack's ROC curve on a fixed grid of false positive rates (not one point a row)."""

    fpr: tuple[float, ...]
    tpr: tuple[float, ...]


class Risk(Model):
    """One measure of a check: a rate of success, the control's, and the excess; or a count; or why there is none.

    Attributes:
        name: stable.
        about: attack, column or predicate, for people.
        value: the estimate, with lower and upper its one-sided 95 % bounds.
        attack, control: the two rates or counts behind it.
        n: entities, or attacks made.
        p_value: of "no more than chance", where it is tested.
        not_assessed: why there is no number.
    """

    name: str
    about: Said = ""
    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    attack: float | None = None
    control: float | None = None
    n: int = 0
    p_value: float | None = None
    not_assessed: Said = ""


class ColumnSet(Model):
    """Columns in which synthetic rows differ from the real row that is nearest to them.

    Attributes:
        columns: names; none where the rows agree in all.
        attack, control: share of synthetic rows whose best match in train, or among unseen rows, is such.
        n: synthetic rows.
    """

    columns: tuple[str, ...]
    attack: float
    control: float
    n: int


class Curve(Model):
    """A curve for people to look at, on a fixed grid of shares.

    Attributes:
        name: stable.
        x: values, rising.
        y: share of rows at or below.
    """

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]


class Check(Model):
    """A check of privacy: its headline, all measures, and what is drawn beside."""

    name: str
    title: Said
    threat: Said
    figure: AnyFigure
    risks: tuple[Risk, ...] = ()
    sets: tuple[ColumnSet, ...] = ()
    curves: tuple[Curve, ...] = ()


class Attack(Model):
    """A membership attack: AUC of telling train rows from holdout rows.

    Attributes:
        name: stable name in the registry of attacks.
        title: for people.
        threat: what the attacker holds and wants.
        auc: 0.5 means no better than guessing.
        roc: curve on a fixed grid.
        members, non_members: sizes.
    """

    name: str
    title: Said
    threat: Said
    auc: Measured
    roc: Roc | None
    members: int
    non_members: int
    risks: tuple[Risk, ...] = ()


class Copies(Model):
    """Verbatim copies of rows that are unique in train, beside the same count for the control (holdout) rows.

    Attributes:
        share: synthetic rows that equal a unique train row, as a share of synthetic rows.
        control: the same against equally many holdout rows; chance coincidences.
        excess: share - control.
    """

    share: AnyFigure
    control: AnyFigure
    excess: Measured


class Twins(Model):
    """Membership by in/out twins: the engine fitted again on halves of train (docs/privacy-tests.md).

    Attributes:
        title, threat: for people.
        auc: of telling rows that a twin saw from those it did not; 0.5 means no better than guessing.
        twins: fits.
        rows: of train that were attacked.
        risks: AUC and rates, and the entities recognised in all pairs (`attack`) beside chance (`control`).
    """

    title: str
    threat: str
    auc: AnyFigure
    twins: int = 0
    rows: int = 0
    risks: tuple[Risk, ...] = ()


class Volume(Model):
    """The membership attacks and copies when somebody holds so many rows of the generator.

    Attributes:
        rows: held, the file's own among them.
        evaluated: of these that every attack looked at.
        auc: of the worst attack.
        found: worst share of members found at 1 % false alarms; None where it was not measured.
        copies: excess of verbatim copies.
        judged: within the quota, so that the gate looks at it.
    """

    rows: int
    evaluated: int
    auc: AnyFigure
    found: float | None = None
    copies: AnyFigure
    judged: bool = False


class Deep(Model):
    """What the deep tier adds; `quota` is the rows that may ever leave."""

    quota: int | None = None
    twins: Twins | None = None
    volumes: tuple[Volume, ...] = ()


class Privacy(Model):
    """What attackers who hold the synthetic file learn about who was in train."""

    copies: Copies
    attacks: tuple[Attack, ...]
    worst_attack: Measured
    checks: tuple[Check, ...] = ()
    deep: Deep | None = None
