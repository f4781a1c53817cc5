"""What finders and the caller pass to each other."""

from __future__ import annotations

from dataclasses import dataclass

from synth.data.columns import Guess, Pii


@dataclass(frozen=True)
class PiiFinding:
    """What a column holds.

    Attributes:
        kind: of personal identifier.
        guess: why, and how sure; holds counts and shares, never a cell.
        locale: where the cells tell it, such as "zh_CN"; empty otherwise.
    """

    kind: Pii
    guess: Guess
    locale: str = ""


@dataclass(frozen=True)
class Hint:
    """What a column's name says.

    Attributes:
        kind: of identifier that the name means; None where it says nothing.
        is_plain: the name alone means the kind ("first_name"), where "name" or "number" could mean much.
        is_against: the name means something else ("product_name", "city").
    """

    kind: Pii | None = None
    is_plain: bool = False
    is_against: bool = False

    def means(self, *kinds: Pii) -> bool:
        """True where the name means one of these kinds."""
        return self.kind in kinds


@dataclass(frozen=True)
class Match:
    """What a finder saw.

    Attributes:
        kind: of identifier.
        share: of the sampled cells, 0 to 1.
        confidence: from the cells alone, 0 to 1.
        form: what that share of the cells is, to follow "are" ("e-mail addresses").
        locale: as in `PiiFinding`.
        is_by_name: the column's name was needed to tell.
    """

    kind: Pii
    share: float
    confidence: float
    form: str
    locale: str = ""
    is_by_name: bool = False
