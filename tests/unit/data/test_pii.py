"""Personal identifiers: found by content without a telling name, and not where there are none."""

from __future__ import annotations

import pyarrow as pa
import pytest
from faker import Faker

from synth.data.metadata import Pii
from synth.data.pii import find_pii


def made(locale: str, method: str, n: int = 120) -> pa.ChunkedArray:
    fake = Faker(locale)
    fake.seed_instance(7)
    return pa.chunked_array([[str(getattr(fake, method)()).replace("\n", ", ") for _ in range(n)]])


@pytest.mark.parametrize(
    ("locale", "method", "kind"),
    [
        ("en_US", "email", Pii.EMAIL),
        ("en_US", "name", Pii.PERSON_NAME),
        ("de_DE", "name", Pii.PERSON_NAME),
        ("zh_CN", "name", Pii.PERSON_NAME),
        ("es_ES", "name", Pii.PERSON_NAME),
        ("en_US", "first_name", Pii.GIVEN_NAME),
        ("en_US", "last_name", Pii.FAMILY_NAME),
        ("en_US", "street_address", Pii.ADDRESS),
        ("de_DE", "street_address", Pii.ADDRESS),
        ("zh_CN", "address", Pii.ADDRESS),
        ("en_US", "ssn", Pii.NATIONAL_ID),
        ("es_ES", "nie", Pii.NATIONAL_ID),
        ("zh_CN", "phone_number", Pii.PHONE),
        ("de_DE", "iban", Pii.IBAN),
        ("en_US", "ipv4", Pii.IP_ADDRESS),
        ("en_US", "ipv6", Pii.IP_ADDRESS),
    ],
)
def test_identifier_is_found_by_its_cells(locale: str, method: str, kind: Pii) -> None:
    found = find_pii("col_0", made(locale, method))
    assert found is not None
    assert found.kind is kind or {found.kind, kind} == {Pii.GIVEN_NAME, Pii.FAMILY_NAME}
    assert found.guess.confidence >= 0.7


@pytest.mark.parametrize(
    ("locale", "method"),
    [
        ("en_US", "city"),
        ("de_DE", "city"),
        ("zh_CN", "city"),
        ("zh_CN", "province"),
        ("en_US", "company"),
        ("en_US", "job"),
        ("en_US", "sentence"),
        ("en_US", "color_name"),
        ("en_US", "uuid4"),
        ("en_US", "date"),
        ("en_US", "currency_name"),
        ("en_US", "ean13"),
        ("en_US", "zipcode"),
        ("en_US", "license_plate"),
        ("en_US", "time"),
        ("en_US", "word"),
    ],
)
def test_other_columns_are_left_alone(locale: str, method: str) -> None:
    assert find_pii("col_0", made(locale, method)) is None


@pytest.mark.parametrize(
    "values",
    [
        [1_000_000 + i * 37 for i in range(200)],
        [19.5 + i for i in range(200)],
        [f"{i:05d}" for i in range(200)],
        ["male", "female"] * 100,
        [20_200_101 + i for i in range(200)],
        [None] * 50,
    ],
)
def test_numbers_codes_and_labels_are_no_identifiers(values: list[object]) -> None:
    assert find_pii("value", pa.chunked_array([pa.array(values)])) is None


def test_name_of_the_column_makes_sure_but_does_not_decide() -> None:
    mails = made("en_US", "email")
    alone, named = find_pii("col_0", mails), find_pii("e-mail", mails)
    assert alone is not None
    assert named is not None
    assert named.guess.confidence > alone.guess.confidence
    misnamed = find_pii("address", made("en_US", "ipv4"))
    assert misnamed is not None
    assert misnamed.kind is Pii.IP_ADDRESS
    assert find_pii("name", made("en_US", "catch_phrase")) is None


def test_chinese_cells_tell_the_place_and_reasons_hold_no_cell() -> None:
    cells = pa.chunked_array([["11010519491231002X"] * 20])
    found = find_pii("号码", cells)
    assert found is not None
    assert (found.kind, found.locale) == (Pii.CN_RESIDENT_ID, "zh_CN")
    assert "110105" not in found.guess.reason
