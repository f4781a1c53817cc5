"""What kind of personal identifier a column holds: its cells decide, its name makes sure."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from synth.data.columns import Guess
from synth.data.pii.column_names import hint_of
from synth.data.pii.finding import Hint, Match, PiiFinding
from synth.data.pii.kinds import address, money, national, network, person, phone
from synth.data.pii.sample import Sample, sample_of

_FINDERS: tuple[Callable[[Sample, Hint], Match | None], ...] = (
    network.find_email,
    money.find_iban,
    network.find_ip,
    national.find_cn_resident_id,
    money.find_card,
    national.find_national_id,
    phone.find,
    network.find_user_name,
    address.find,
    person.find,
)
"""The strictest form first: a card number must not be taken for a long phone number."""

_DOUBT_LEFT = 0.4
"""Share of the doubt that remains where the column's name says the same as its cells; chosen, not tuned."""

_FEW, _MOST_OF_FEW = 4, 0.69
"""Cells up to which no column is taken for an identifier without a fitting name."""


def find_pii(name: str, cells: pa.ChunkedArray) -> PiiFinding | None:
    """What kind of personal identifier a column holds, or None.

    At most 1,000 different cells are looked at. A fitting name raises the confidence; a name with unfitting cells finds
    nothing.

    Args:
        name: of the column; may mean nothing ("col_0").
        cells: of the column, of any type.

    Returns:
        The finding; its confidence is 0.7 or more where it may be relied on.
    """
    sample = sample_of(cells)
    if sample is None:
        return None
    hint = hint_of(name)
    match = next((found for finder in _FINDERS if (found := finder(sample, hint)) is not None), None)
    return None if match is None else _finding(match, hint, len(sample.cells))


def _finding(match: Match, hint: Hint, n: int) -> PiiFinding:
    is_named = hint.means(match.kind)
    sure = match.confidence
    if is_named:
        sure = 1 - (1 - sure) * _DOUBT_LEFT
    elif n < _FEW:
        sure = min(sure, _MOST_OF_FEW)
    also = ", and the column's name says so" if is_named else ""
    reason = f"{match.share:.0%} of {n:,} sampled values are {match.form}{also}"
    return PiiFinding(match.kind, Guess(reason=reason, confidence=round(min(sure, 0.99), 2)), match.locale)
