"""Stand-ins: valid, consistent, unique where a key says so, and the same however rows are cut."""

from __future__ import annotations

import ipaddress
import json
import re
import uuid
from itertools import pairwise
from typing import Any

import numpy as np
import phonenumbers
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import iban, luhn
from stdnum.cn import ric

from synth.data.entities import entity_codes
from synth.data.metadata import Pii, Table
from synth.data.standins import Standins, fit_standins
from synth.data.standins.numbers import permuted

N = 400
KINDS = {kind.value: {"type": "text", "pii": kind.value, "role": "direct_identifier"} for kind in Pii}


def standins(columns: dict[str, Any], cells: dict[str, Any], **table: Any) -> Standins:
    spec = Table.model_validate({"columns": columns, **table})
    rows = pa.table(cells)
    learnt = fit_standins(rows, spec, entity_codes(rows, spec), 5)
    return Standins.from_json(json.loads(json.dumps(learnt.to_json())))


def people(locale: str, n: int = N) -> dict[str, list[Any]]:
    made = standins(KINDS, {kind: [f"real {i}" for i in range(N)] for kind in KINDS}, locale=locale)
    return {name: array.to_pylist() for name, array in made.make(range(n), pa.table({"x": range(n)}), 1, "t").items()}


@pytest.mark.parametrize("locale", ["en_US", "zh_CN", "de_DE", "ja_JP", "fr_FR", "en_GB"])
def test_people_have_valid_numbers_and_agree_with_themselves(locale: str) -> None:
    rows = people(locale)
    for card, account, internet, resident in zip(
        rows["card_number"], rows["iban"], rows["ip_address"], rows["cn_resident_id"], strict=True
    ):
        assert luhn.is_valid(card)
        assert iban.is_valid(account, check_country=False)
        assert ipaddress.ip_address(internet).is_private
        assert ric.is_valid(resident)
    for given_name, family, full, email in zip(
        rows["given_name"], rows["family_name"], rows["person_name"], rows["email"], strict=True
    ):
        assert given_name in full
        assert family in full
        assert re.fullmatch(r"[a-z.]+\d+@example\.(org|com|net)", email)
    assert len(set(rows["email"])) == N
    assert all(rows["address"])


def test_american_phones_are_fictitious_and_social_security_numbers_never_issued() -> None:
    rows = people("en_US")
    assert all(re.fullmatch(r"\(\d{3}\) 555-01\d\d", phone) for phone in rows["phone"])
    assert all(phonenumbers.is_possible_number(phonenumbers.parse(phone, "US")) for phone in rows["phone"])
    assert all(re.fullmatch(r"9\d\d-0[1-9]-\d{4}", number) for number in rows["national_id"])


def test_chinese_names_have_the_family_first() -> None:
    rows = people("zh_CN")
    triples = zip(rows["family_name"], rows["given_name"], rows["person_name"], strict=True)
    assert all(family + given_name == full for family, given_name, full in triples)
    assert all(re.fullmatch(r"[\u4e00-\u9fff]{2,4}", full) for full in rows["person_name"])


def test_names_and_resident_ids_agree_with_sex_and_birth_of_the_row() -> None:
    columns = {"name": KINDS["given_name"], "no": KINDS["cn_resident_id"]}
    columns |= {"sex": {"type": "category"}, "birth_date": {"type": "date"}}
    dates = pa.array([(i * 37) % 20_000 for i in range(N)], pa.int32()).cast(pa.date32())
    sexes = ["female", "male"] * (N // 2)
    cells = {"name": ["Ada"] * N, "no": ["1"] * N, "sex": sexes, "birth_date": dates}
    made = standins(columns, cells).make(range(N), pa.table({"sex": sexes, "birth_date": dates}), 3, "t")
    women, men = set(made["name"].to_pylist()[::2]), set(made["name"].to_pylist()[1::2])
    assert not women & men or len(women & men) < len(women) / 4  # a few names are borne by both
    for number, sex, born in zip(made["no"].to_pylist(), sexes, dates.to_pylist(), strict=True):
        assert number[6:14] == f"{born:%Y%m%d}"
        assert int(number[16]) % 2 == (sex == "male")


UUIDS = [str(uuid.UUID(int=i * 7919 << 64 | i)) for i in range(N)]
KEYS = {
    "fixed": ([f"AB-{1000 + i * 17 % 9000}" for i in range(N)], r"AB-\d{4}\d*"),
    "uuid": (UUIDS, r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    "zeros": ([f"{i * 13:07d}" for i in range(N)], r"000\d{4}\d*"),
    "letters": ([f"{'ABCDE'[i % 5]}{'xyz'[i % 3]}{i:04d}" for i in range(N)], r"[A-Z][a-z]0\d{3}\d*"),
}


@pytest.mark.parametrize("name", KEYS)
def test_text_keys_keep_their_form_are_unique_and_no_real_key(name: str) -> None:
    cells, form = KEYS[name]
    made = standins({"k": {"type": "text", "role": "key"}}, {"k": cells}, primary_key=["k"])
    values = made.make(range(20_000), pa.table({"x": range(20_000)}), 1, "t")["k"].to_pylist()
    assert len(set(values)) == 20_000
    assert all(re.fullmatch(form, value) for value in values)
    assert not any(cell in json.dumps(made.to_json()) for cell in cells)


def test_forms_of_fewer_than_k_subjects_are_forgotten() -> None:
    cells = [f"A{i:05d}" for i in range(N)] + ["CANARY-5417!"] * 4
    made = standins({"k": {"type": "text", "role": "key"}}, {"k": cells}, primary_key=["k"])
    assert "CANARY" not in json.dumps(made.to_json())
    assert all(
        re.fullmatch(r"A\d{5}", value)
        for value in made.make(range(999), pa.table({"x": range(999)}), 1, "t")["k"].to_pylist()
    )


@pytest.mark.parametrize(
    ("cells", "kind", "form"),
    [
        (list(range(1, N + 1)), pa.int64(), r"\d{1,5}"),
        ([10**8 + i * 9_999 for i in range(N)], pa.int64(), r"\d{9}"),
        ([20_000 + i * 7 for i in range(N)], pa.int32(), r"[1-9]\d{4,5}"),
    ],
)
def test_integer_keys_count_or_keep_their_digits_and_type(cells: list[int], kind: pa.DataType, form: str) -> None:
    columns = {"k": {"type": "integer", "role": "key", "arrow": str(kind)}}
    made = standins(columns, {"k": pa.array(cells, kind)}, primary_key=["k"])
    keys = made.make(range(20_000), pa.table({"x": range(20_000)}), 1, "t")["k"]
    assert keys.type == kind
    assert len(set(keys.to_pylist())) == 20_000
    assert all(re.fullmatch(form, str(value)) for value in keys.to_pylist())


def test_rows_of_one_entity_share_person_and_key_and_lengths_are_as_learnt() -> None:
    persons = np.repeat(np.arange(200), [1, 3] * 100)
    columns = {"id": {"type": "integer", "role": "key"}, "name": KINDS["person_name"], "x": {"type": "integer"}}
    cells = {"id": persons, "name": [f"n{i}" for i in persons], "x": persons}
    made = standins(columns, cells, entity_key=["id"])
    rows = made.make(range(8000), pa.table({"x": range(8000)}), 1, "t")
    ids, names = rows["id"].to_pylist(), rows["name"].to_pylist()
    assert all(a != b or m == n for a, b, m, n in zip(ids[:-1], ids[1:], names[:-1], names[1:], strict=True))
    lengths = np.unique(np.unique(ids, return_counts=True)[1], return_counts=True)
    # 4,000 entities with lengths 1 and 3 at one half each: the share of ones is off by .04 with probability < 1e-6
    # (five standard deviations of .008); the last entity of a block may be cut.
    assert abs(dict(zip(*lengths, strict=True))[1] / lengths[1].sum() - 0.5) < 0.04


def test_missing_share_is_kept_but_never_for_keys() -> None:
    columns = {"mail": KINDS["email"], "k": {"type": "integer", "role": "key"}}
    cells = {"mail": [None if i % 4 == 0 else f"m{i}@x.org" for i in range(N)], "k": list(range(N))}
    rows = standins(columns, cells, primary_key=["k"]).make(range(8000), pa.table({"x": range(8000)}), 1, "t")
    # Binomial(8000, .25): off by .03 is six standard deviations, probability < 1e-8.
    assert abs(rows["mail"].null_count / 8000 - 0.25) < 0.03
    assert rows["k"].null_count == 0


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 9000), max_size=4))
def test_any_cutting_of_the_rows_gives_the_same_stand_ins(cuts: list[int]) -> None:
    columns = {
        "id": {"type": "text", "role": "key"},
        "name": KINDS["person_name"],
        "v": {"type": "text", "role": "key"},
    }
    cells = {"id": [f"P{i // 2:04d}" for i in range(N)], "name": ["x"] * N, "v": [f"V{i:06d}" for i in range(N)]}
    made = standins(columns, cells, entity_key=["id"], primary_key=["v"])
    edges = sorted({0, 9000, *cuts})
    whole = made.make(range(9000), pa.table({"x": range(9000)}), 5, "t")
    parts = [made.make(range(a, b), pa.table({"x": range(a, b)}), 5, "t") for a, b in pairwise(edges)]
    for name, array in whole.items():
        assert pa.concat_arrays([part[name] for part in parts]).equals(array)


@pytest.mark.parametrize("size", [1, 2, 7, 1000, 4096, 99_999])
def test_permutation_gives_each_number_once(size: int) -> None:
    numbers = permuted(np.arange(size), size, 42)
    assert np.array_equal(np.sort(numbers), np.arange(size))
    if size > 100:
        assert np.mean(numbers == np.arange(size)) < 0.05
