"""Numbers and dates as people write them: read where the column leaves no doubt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import pyarrow as pa
import pytest

from synth.data.infer import typed


def read(cells: Sequence[str | None]) -> list[object]:
    found: list[object] = typed(pa.chunked_array([pa.array(cells)])).to_pylist()
    return found


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["1.234,56", "7,5", "-0"], [1234.56, 7.5, 0.0]),
        (["1,234.50", "12", None], [1234.5, 12.0, None]),
        (["0,5", "1,25"], [0.5, 1.25]),
        (["1 234,5", "12"], [1234.5, 12.0]),
        (["1'234", "NA"], [1234, None]),
        (["1,234,567", "12"], [1_234_567, 12]),
        (["1.234", "5,1"], [1234.0, 5.1]),
        (["1,234", "1.234,5"], [1.234, 1234.5]),
        (["1.234", "5.678"], [1.234, 5.678]),
    ],
)
def test_numbers_with_marks_are_read_by_the_convention_of_the_column(cells: list[str], values: list[float]) -> None:
    assert read(cells) == values


@pytest.mark.parametrize(
    "cells",
    [
        ["1,234", "5,678"],
        ["1,234.5", "1.234,5"],
        ["10,000+", "5"],
        ["$4.99", "5"],
        ["1,23,456", "1"],
        ["01 234", "5"],
        ["10%", "5%"],
    ],
)
def test_numbers_of_two_meanings_stay_text(cells: list[str]) -> None:
    assert read(cells) == cells


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["31.12.2020", "1.2.1500", None], [date(2020, 12, 31), date(1500, 2, 1), None]),
        (["31/12/2020", "01/02/2020"], [date(2020, 12, 31), date(2020, 2, 1)]),
        (["12/31/2020", "01/02/2020"], [date(2020, 12, 31), date(2020, 1, 2)]),
        (["3/3/2020", "4/4/2020"], [date(2020, 3, 3), date(2020, 4, 4)]),
        (["2020/2/29"], [date(2020, 2, 29)]),
        (["2020年1月3日", "2020年12月31日"], [date(2020, 1, 3), date(2020, 12, 31)]),
        (["1.1.0001 2:30", "31.12.9999 23:59"], [datetime(1, 1, 1, 2, 30), datetime(9999, 12, 31, 23, 59)]),
        (["2020/12/31T01:02:03"], [datetime(2020, 12, 31, 1, 2, 3)]),
    ],
)
def test_dates_are_read_in_the_order_that_the_column_tells(cells: list[str], values: list[date]) -> None:
    assert read(cells) == values


@pytest.mark.parametrize(
    "cells",
    [
        ["1/2/2020", "3/4/2020"],
        ["31.06.2020"],
        ["29.02.2021"],
        ["13/13/2020"],
        ["31/12/20"],
        ["12/31/2020", "31/12/2020"],
    ],
)
def test_dates_of_two_meanings_or_none_stay_text(cells: list[str]) -> None:
    assert read(cells) == cells
