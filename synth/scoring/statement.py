"""What people say about a release, and which roles the columns had: what no test can measure."""

from __future__ import annotations

from typing import Literal

from synth.data.columns import Model, Pii, Role
from synth.data.metadata import Table


class Statement(Model):
    """What was stated about the release that is asked for; empty: not stated.

    Attributes:
        recipient: who is to have the rows.
        purpose: what for.
        legal_basis: on which the seed rows are used; or a reference to an assessment.
        population: whose rows they are.
        classified_by: who classified the columns.
        other_releases: of the same population.
        ledger: the privacy budget spent on the population so far.
    """

    recipient: str = ""
    purpose: str = ""
    legal_basis: str = ""
    population: str = ""
    classified_by: str = ""
    other_releases: str = ""
    ledger: str = ""


class ColumnUse(Model):
    """A column of the seed, as the review took it.

    Attributes:
        column: name.
        type: of its values.
        role: for attacks and identifiers.
        pii: kind of personal identifier.
        guessed: the role is a guess that nobody confirmed.
        sensitive: it counts as a secret: declared, or neither key, identifier nor quasi-identifier where none is.
    """

    column: str
    type: str
    role: Role
    pii: Pii | None = None
    guessed: bool = False
    sensitive: bool = False


def column_uses(spec: Table) -> tuple[ColumnUse, ...]:
    """Of all columns, in order."""
    declared = any(column.role is Role.SECRET for column in spec.columns.values())
    secret: Literal[Role.SECRET, Role.FEATURE] = Role.SECRET if declared else Role.FEATURE
    return tuple(
        ColumnUse(
            column=name,
            type=column.type.value,
            role=column.role,
            pii=column.pii,
            guessed="role" in column.guessed,
            sensitive=column.role in {Role.SECRET, secret} and name not in spec.identifying,
        )
        for name, column in spec.columns.items()
    )
