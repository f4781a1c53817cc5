"""A small zoo of tables that every model and metric must survive; seeded, a few kilobytes each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_RNG = np.random.Generator(np.random.PCG64(20_240_601))
_N = 200


def _texts(values: list[str], n: int = _N) -> list[str]:
    return [values[i] for i in _RNG.integers(0, len(values), n)]


def _moments(n: int, zone: str | None) -> pa.Array:
    seconds = _RNG.integers(0, 3 * 365 * 86_400, n) + 1_577_836_800
    return pa.array(seconds * 1_000_000, pa.int64()).cast(pa.timestamp("us", zone))


def _with_gaps(values: pa.Array, share: float = 0.15) -> pa.Array:
    keep = pa.array(_RNG.random(len(values)) >= share)
    return pc.if_else(keep, values, pa.scalar(None, values.type))


def _mixed() -> pa.Table:
    cents = _RNG.integers(0, 100_000, _N)
    days = _RNG.integers(0, 20_000, _N).astype(np.int32)
    return pa.table(
        {
            "age": _with_gaps(pa.array(_RNG.integers(0, 100, _N))),
            "small": pa.array(_RNG.integers(-100, 100, _N), pa.int8()),
            "beyond_2_53": pa.array(_RNG.integers(0, 1000, _N) + 2**53),
            "income": _with_gaps(pa.array(np.round(_RNG.lognormal(10, 1, _N), 2))),
            "weight": pa.array(_RNG.normal(70, 10, _N), pa.float32()),
            "price": pa.array([Decimal(int(c)).scaleb(-2) for c in cents], pa.decimal128(10, 2)),
            "sex": _with_gaps(pa.array(_texts(["female", "male"]))),
            "zip": pa.array(_texts(["00123", "01067", "99999"])),
            "smoker": _with_gaps(pa.array(_RNG.random(_N) < 0.3)),
            "born": _with_gaps(pa.array(days, pa.int32()).cast(pa.date32())),
            "wakes": pa.array([time(int(h), int(m)) for h, m in _RNG.integers(0, 24, (_N, 2))], pa.time64("us")),
            "seen": _with_gaps(_moments(_N, None)),
        }
    )


def _equal_rows() -> pa.Table:
    return pa.table({"a": [1, 2] * 50, "b": ["x", "y"] * 50})


def _wide() -> pa.Table:
    return pa.table({f"x{i}": _RNG.normal(size=60) if i % 3 else _RNG.integers(0, 4, 60) for i in range(300)})


ZOO: Mapping[str, pa.Table] = {
    "one_row": pa.table({"age": [41], "name": ["Ada"], "born": [date(1815, 12, 10)]}),
    "one_cell": pa.table({"age": [41]}),
    "one_column": pa.table({"height": _RNG.normal(170, 10, _N)}),
    "two_rows": pa.table({"age": [41, 36], "sex": ["female", "male"]}),
    "all_null": pa.table({"nothing": pa.nulls(50), "number": pa.nulls(50, pa.float64()), "x": _RNG.normal(size=50)}),
    "only_null": pa.table({"nothing": pa.nulls(50)}),
    "constant": pa.table({"number": [7] * 50, "text": ["same"] * 50, "share": [0.5] * 50, "x": _RNG.normal(size=50)}),
    "high_cardinality": pa.table(
        {"code": [f"c{i:05d}" for i in _RNG.permutation(_N)], "city": _texts([f"city {i}" for i in range(80)])}
    ),
    "datetimes": pa.table(
        {
            "plain": _moments(_N, None),
            "utc": _moments(_N, "UTC"),
            "paris": _with_gaps(_moments(_N, "Europe/Paris")),
            "seconds": _moments(_N, None).cast(pa.timestamp("s")),
            "nanoseconds": _moments(_N, None).cast(pa.timestamp("ns")),
            "far": pa.array([datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59)] * (_N // 2), pa.timestamp("us")),
            "far_days": pa.array([date(1, 1, 1), date(9999, 12, 31)] * (_N // 2)),
        }
    ),
    "equal_rows": _equal_rows(),
    "cjk": pa.table(
        {
            "姓名": _texts(["王伟", "李娜", "張敏"]),
            "年齢": _RNG.integers(0, 99, _N),
            "都市 (東京)": _texts(["渋谷", "新宿"]),
        }
    ),
    "odd_names": pa.table(
        {"a b": [1, 2, 3], "a.b": [1.5, 2.5, 3.5], "a/b~c": ["x", "y", "x"], "SELECT": [True, False, True]}
    ),
    "wide": _wide(),
    "mixed": _mixed(),
    "mostly_missing": pa.table({"x": _with_gaps(pa.array(_RNG.normal(size=_N)), 0.97), "y": _RNG.integers(0, 9, _N)}),
}
"""Tables by name; names say what is odd about them."""
