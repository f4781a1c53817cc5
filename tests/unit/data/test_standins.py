"""Stand-ins: valid, consistent, unique where a key says so, and the same however rows are cut."""

from __future__ import annotations

import ipaddress
import json
import re
import uuid
from datetime import date
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
from stdnum.fr import nir
from stdnum.pl import pesel

from synth.data.entities import entity_codes
from synth.data.metadata import Pii, Table
from synth.data.standins import Standins, fit_standins, locale_faults
from synth.data.standins.ids import residents
from synth.data.standins.numbers import permuted
from synth.data.standins.pools import pool

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
    assert all(re.fullmatch(r"9\d\d-([1-4]\d|0[1-9])-\d{4}", number) for number in rows["national_id"])


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


def values(made: Standins, name: str, rows: range, seed: int = 1, table: str = "t") -> list[Any]:
    found: list[Any] = made.make(rows, pa.table({"x": rows}), seed, table)[name].to_pylist()
    return found


def test_pool_does_not_depend_on_what_was_drawn_before() -> None:
    pool.cache_clear()
    alone = pool("it_IT", "last_name")
    pool.cache_clear()
    pool("it_IT", "street_address")
    assert pool("it_IT", "last_name") == alone


def test_rows_of_one_entity_share_a_person_whatever_their_own_sex_and_birth() -> None:
    persons = np.repeat(np.arange(200), 2)
    columns = {"id": {"type": "integer", "role": "key"}, "name": KINDS["given_name"], "no": KINDS["cn_resident_id"]}
    columns |= {"sex": {"type": "category"}, "birth_date": {"type": "date"}}
    sexes, dates = ["female", "male"] * 200, pa.array(range(N), pa.int32()).cast(pa.date32())
    cells = {"id": persons, "name": ["Ada"] * N, "no": ["1"] * N, "sex": sexes, "birth_date": dates}
    made = standins(columns, cells, entity_key=["id"])
    rows = made.make(range(N), pa.table({"sex": sexes, "birth_date": dates}), 1, "t")
    for name in ("name", "no"):
        assert rows[name].to_pylist()[::2] == rows[name].to_pylist()[1::2]


def test_people_of_two_tables_differ() -> None:
    made = standins({"name": KINDS["person_name"]}, {"name": [f"n{i}" for i in range(N)]})
    pairs = zip(values(made, "name", range(N)), values(made, "name", range(N), table="u"), strict=True)
    # Over 600 given times 1,000 family names: 20 or more of 400 pairs agree by chance with probability < 1e-20.
    assert sum(a == b for a, b in pairs) < 20


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("locale", ["en_US", "zh_CN", "fr_FR", "de_DE"])
def test_unique_personal_columns_differ_in_all_rows_of_an_entity(kind: str, locale: str) -> None:
    persons = np.repeat(np.arange(200), 2)
    columns = {"id": {"type": "integer", "role": "key"}, "v": KINDS[kind]}
    rules = [{"kind": "unique", "columns": ["v"]}]
    cells = {"id": persons, "v": [f"v{i}" for i in range(N)]}
    made = standins(columns, cells, entity_key=["id"], rules=rules, locale=locale)
    assert len(set(values(made, "v", range(1000)))) == 1000


@pytest.mark.parametrize("locale", ["en_US", "zh_CN", "fr_FR", "pl_PL"])
def test_unique_numbers_are_valid_beyond_a_million_rows(locale: str) -> None:
    columns = {name: KINDS[name] for name in ("phone", "iban", "ip_address", "cn_resident_id", "national_id")}
    rules = [{"kind": "unique", "columns": [name]} for name in columns]
    cells = {name: [f"v{i}" for i in range(N)] for name in columns}
    made = standins(columns, cells, rules=rules, locale=locale)
    parts = [range(start, start + 100) for start in (0, 200_000, 20_000_000)]
    found = {name: [v for part in parts for v in values(made, name, part)] for name in columns}
    assert all(len(set(column)) == 300 for column in found.values())
    assert all(iban.is_valid(value, check_country=False) for value in found["iban"])
    assert all(ipaddress.ip_address(value).is_private for value in found["ip_address"])
    assert all(ric.is_valid(value) for value in found["cn_resident_id"])
    phones = [phonenumbers.parse(value, locale[-2:]) for value in found["phone"]]
    assert all(map(phonenumbers.is_possible_number, phones))
    valid = {"en_US": lambda v: re.fullmatch(r"9\d\d-[0-4]\d-\d{4}", v), "zh_CN": ric.is_valid}
    valid |= {"fr_FR": nir.is_valid, "pl_PL": pesel.is_valid}
    assert all(map(valid[locale], found["national_id"][:100]))


def test_unique_resident_ids_of_people_born_on_one_day_differ() -> None:
    numbers = np.r_[0:40_000, 200_000:240_000]
    born = [date(1980, 5, 17)] * len(numbers)
    found = residents(numbers, 7, True, [True] * len(numbers), born)
    assert len(set(found)) == len(numbers)
    assert all(value[6:14] == "19800517" for value in found[:40_000])


def test_only_one_key_of_a_composite_primary_key_is_unique() -> None:
    key = {"type": "integer", "role": "key"}
    cells = {"a": [i // 4 for i in range(N)], "b": [i % 100 for i in range(N)], "c": [0] * N}
    columns = {"a": key, "b": key, "c": {"type": "integer"}}
    assert standins(columns, cells, primary_key=["a", "b"]).unique == {"b"}
    assert standins(columns, cells, primary_key=["a", "b"], entity_key=["b"]).unique == {"a"}
    rules = [{"kind": "unique", "columns": ["a"]}]
    assert standins(columns, cells, primary_key=["a", "b"], rules=rules).unique == {"a"}
    assert standins(columns, cells, primary_key=["a", "c"], entity_key=["a"]).unique == set()


@pytest.mark.parametrize(
    ("first", "step", "kind"),
    [
        (10**18, 10**15, pa.int64()),
        (2_100_000_000, 10, pa.int32()),
        (2**64 - 10**9, 10**6, pa.uint64()),
        (20_000, 7, pa.int16()),
        (1, 1, pa.int16()),
    ],
)
def test_integer_keys_fit_their_type_and_are_never_missing(first: int, step: int, kind: pa.DataType) -> None:
    columns = {"k": {"type": "integer", "role": "key", "arrow": str(kind)}}
    made = standins(columns, {"k": pa.array([first + i * step for i in range(N)], kind)}, primary_key=["k"])
    n = 40_000
    keys = made.make(range(n), pa.table({"x": range(n)}), 1, "t")["k"]
    assert keys.null_count == 0
    assert len(set(keys.to_pylist())) == n
    if first >= 10**17:
        assert {len(str(value)) for value in keys.to_pylist()} == {18}


def test_large_forms_vary_in_every_character() -> None:
    cells = [str(uuid.UUID(int=permuted(np.array([i]), 2**62, 3)[0].item() * 2**66 + i)) for i in range(N)]
    made = standins({"k": {"type": "text", "role": "key"}}, {"k": cells}, primary_key=["k"])
    keys = values(made, "k", range(5000))
    assert len({key[0] for key in keys}) >= 15
    assert len({key[:8] for key in keys}) > 4900


@pytest.mark.parametrize(
    ("letters", "form"), [("éßñ", r"[a-z]\d{4}"), ("ЖДФ", r"[A-Z]\d{4}"), ("京沪粤", r"[\u4e00-\u9fff]\d{4}")]
)
def test_letters_of_other_scripts_become_letters_of_their_case(letters: str, form: str) -> None:
    cells = [f"{letters[i % 3]}{i * 23 + 1000}"[:5] for i in range(N)]
    made = standins({"k": {"type": "text", "role": "key"}}, {"k": cells}, primary_key=["k"])
    assert all(re.fullmatch(form, key) for key in values(made, "k", range(500)))


@pytest.mark.parametrize("kind", [pa.date32(), pa.date64(), pa.timestamp("s")], ids=str)
def test_date_keys_keep_type_and_begin_in_a_year_of_k_subjects(kind: pa.DataType) -> None:
    years = [1903] * 4 + [2019] * 300 + [2020] * (N - 304)
    cells = pa.array([date(year, 3, 1 + i % 28) for i, year in enumerate(years)]).cast(kind)
    type_ = "date" if pa.types.is_date(kind) else "datetime"
    made = standins({"k": {"type": type_, "role": "key"}}, {"k": cells}, primary_key=["k"])
    keys = made.make(range(300), pa.table({"x": range(300)}), 1, "t")["k"]
    assert keys.type == kind
    assert keys.null_count == 0
    assert len(set(keys.to_pylist())) == 300
    assert keys[0].as_py().year == 2019
    few = pa.array([date(1800 + i // 4, 1, 1) for i in range(N)]).cast(kind)
    made = standins({"k": {"type": type_, "role": "key"}}, {"k": few}, primary_key=["k"])
    assert made.make(range(1), pa.table({"x": [1]}), 1, "t")["k"][0].as_py().year == 2000  # 4 subjects a year, k is 5


def test_card_numbers_in_integer_columns_are_valid() -> None:
    columns = {"card": {"type": "integer", "pii": "card_number", "role": "direct_identifier"}}
    made = standins(columns, {"card": [4 * 10**15 + i for i in range(N)]})
    assert all(luhn.is_valid(str(card)) and len(str(card)) == 16 for card in values(made, "card", range(N)))


def test_user_names_and_mail_agree_with_chinese_and_japanese_names() -> None:
    for locale, name, plain in (("zh_CN", "王", "wang"), ("ja_JP", "佐藤", "sato")):
        rows = people(locale)
        readings: dict[str, set[str]] = {}
        for family, user, email in zip(rows["family_name"], rows["user_name"], rows["email"], strict=True):
            assert email.startswith(f"{user}@")
            assert "user" not in user
            readings.setdefault(family, set()).add(re.sub(r"\d", "", user.split(".")[1]))
        assert all(len(reading) == 1 for reading in readings.values())
        assert readings[name] == {plain}


def test_chinese_national_id_is_the_resident_id() -> None:
    rows = people("zh_CN")
    assert rows["national_id"] == rows["cn_resident_id"]


def test_missing_is_drawn_for_each_row_where_values_repeat() -> None:
    cells = [None if i % 4 == 0 else f"C{i % 6}" for i in range(N)]
    made = standins({"k": {"type": "text", "role": "key"}}, {"k": cells})
    found = values(made, "k", range(8000))
    # Binomial(8000, .25): off by .03 is six standard deviations, probability < 1e-8.
    assert abs(found.count(None) / 8000 - 0.25) < 0.03


def test_missing_share_of_fewer_than_k_subjects_on_either_side_is_forgotten() -> None:
    for n_present in (3, N - 3):
        cells = [f"m{i}@x.org" if i < n_present else None for i in range(N)]
        made = standins({"mail": KINDS["email"]}, {"mail": cells})
        assert made.columns["mail"]["missing"] == 0


def test_unknown_locale_is_a_fault_and_known_or_absent_ones_are_not() -> None:
    def spec(locale: str) -> Table:
        return Table.model_validate({"columns": {"a": {"type": "text"}}, "locale": locale})

    assert locale_faults(spec("")) == locale_faults(spec("zh_CN")) == []
    [fault] = locale_faults(spec("xx_YY"))
    assert (fault.code, fault.where) == ("locale-unknown", "locale")


@pytest.mark.parametrize("locale", ["en_PH", "uk_UA", "ko_KR", "ru_RU"])
def test_places_of_which_less_is_known_have_stand_ins_of_every_kind(locale: str) -> None:
    rows = people(locale)
    assert all(all(column) for column in rows.values())
    assert all(iban.is_valid(account, check_country=False) for account in rows["iban"])
    assert len(set(rows["phone"])) == len(set(rows["iban"])) == N


def test_zoned_time_keys_have_their_zone() -> None:
    kind = pa.timestamp("us", "Asia/Shanghai")
    cells = pa.array([1_600_000_000_000_000 + i * 3_600_000_000 for i in range(N)]).cast(kind)
    columns = {"k": {"type": "datetime", "role": "key", "timezone": "Asia/Shanghai"}}
    made = standins(columns, {"k": cells}, primary_key=["k"])
    keys = made.make(range(300), pa.table({"x": range(300)}), 1, "t")["k"]
    assert keys.type == kind
    assert len(set(keys.cast(pa.int64()).to_pylist())) == 300
