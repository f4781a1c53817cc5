"""Personal identifiers are found by their cells alone; the column's name makes sure; nothing else is taken for one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest
from faker import Faker
from stdnum import luhn

from synth.data.columns import Pii
from synth.data.pii import PiiFinding, find_pii

SURE = 0.7

_GIVEN = """
Anna Peter Maria Jonas Sophie Lukas Emma Felix Laura Simon Julia Paul Lena Thomas Clara David
"""
GIVEN = _GIVEN.split()
_FAMILY = """
Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Koch Richter Klein Wolf
"""
FAMILY = _FAMILY.split()
_CHINESE = """
王伟 李娜 张敏 刘洋 陈静 杨勇 黄艳 赵军 吴强 周磊 徐丽 孙涛 马超 朱琳 胡斌 林峰 郭鹏 何平 高翔 欧阳雪
"""
CHINESE = _CHINESE.split()
_CITIES = """
Houston Lincoln Chicago Madison Dallas Austin Denver Boston Seattle Portland Jackson Memphis Atlanta
Orlando
"""
CITIES = _CITIES.split()
_DISTRICTS = """
东城区 西城区 朝阳区 丰台区 海淀区 和平区 河东区 南开区 长安区 桥西区 新华区 高新区 黄浦区 徐汇区 静安区
"""
DISTRICTS = _DISTRICTS.split()
_MONTHS = """
Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec
"""
MONTHS = _MONTHS.split()
_TEAMS = """
OKC ATL MIA DEN SAS BOS BKN CHA CHI CLE DAL DET GSW HOU IND LAC LAL MEM MIL MIN NOP NYK ORL PHI
"""
TEAMS = _TEAMS.split()
IBANS = [
    "DE89370400440532013000",
    "GB82 WEST 1234 5698 7654 32",
    "FR1420041010050500013M02606",
    "NL91ABNA0417164300",
    "ES9121000418450200051332",
    "CH9300762011623852957",
]
CARDS = [
    "4111111111111111",
    "5555 5555 5555 4444",
    "378282246310005",
    "6011111111111117",
    "30569309025904",
    "3530111333300000",
    "4012888888881881",
    "5105105105105100",
    "2223003122003222",
]


def find(cells: Sequence[object], name: str = "col_0") -> PiiFinding | None:
    """What is found and may be relied on."""
    found = find_pii(name, pa.chunked_array([list(cells)]))
    return found if found is not None and found.guess.confidence >= SURE else None


def kind_of(cells: Sequence[object], name: str = "col_0") -> Pii | None:
    found = find(cells, name)
    return None if found is None else found.kind


def digits(n: int, length: int, rng: np.random.Generator) -> list[str]:
    return ["".join(map(str, rng.integers(0, 10, length))) for _ in range(n)]


def resident_ids(n: int = 20) -> list[str]:
    made = []
    for i in range(n):
        body = f"{('110101', '310104', '440305')[i % 3]}{1950 + i}{1 + i % 12:02d}{1 + i:02d}{i * 37 % 1000:03d}"
        made.append(body + iso_7064(body))
    return made


def iso_7064(body: str) -> str:
    """Check digit of mod 11-2: weights 2**(17 - i) mod 11, remainder to sign."""
    return "10X98765432"[sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(body)) % 11]


def pesels(n: int = 20) -> list[str]:
    made = []
    for i in range(n):
        body = f"{50 + i}{1 + i % 12:02d}{1 + i:02d}{i * 97 % 10000:04d}"
        total = sum(int(digit) * weight for digit, weight in zip(body, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3), strict=True))
        made.append(body + str(-total % 10))
    return made


def _ean_check(body: str) -> int:
    return -sum(int(digit) * weight for digit, weight in zip(body, (1, 3) * 6, strict=True)) % 10


FOUND: dict[str, tuple[Pii, list[object]]] = {
    "given": (Pii.GIVEN_NAME, [*GIVEN]),
    "family": (Pii.FAMILY_NAME, [*FAMILY]),
    "whole": (Pii.PERSON_NAME, [f"{a} {b}" for a, b in zip(GIVEN, FAMILY, strict=False)]),
    "last, first": (Pii.PERSON_NAME, [f"{b}, {a}" for a, b in zip(GIVEN, FAMILY, strict=False)]),
    "titles": (Pii.PERSON_NAME, [f"Dr. {a} {b}" for a, b in zip(GIVEN, FAMILY, strict=False)]),
    "initials": (Pii.PERSON_NAME, [f"{a[0]}. {b}" for a, b in zip(GIVEN, FAMILY, strict=False)]),
    "capitals": (Pii.PERSON_NAME, [f"{a} {b}".upper() for a, b in zip(GIVEN, FAMILY, strict=False)]),
    "chinese": (Pii.PERSON_NAME, [*CHINESE]),
    "email": (Pii.EMAIL, [f"{a.lower()}@example.{end}" for a in GIVEN for end in ("org", "co.uk")]),
    "email with name": (Pii.EMAIL, [f"{a} B <{a.lower()}@example.org>" for a in GIVEN]),
    "phone": (Pii.PHONE, [f"+1 (555) 010-{i:04d}" for i in range(20)]),
    "phone of one region": (
        Pii.PHONE,
        [f"020 7946 {i * 7:04d}" if i % 2 else f"0161 496 {i * 7:04d}" for i in range(20)],
    ),
    "chinese mobile": (Pii.PHONE, [f"1{39 - i}{10000000 + i * 4567891}" for i in range(10)]),
    "address": (Pii.ADDRESS, [f"{i} {b} Street" for i, b in enumerate(FAMILY, start=10)]),
    "german address": (Pii.ADDRESS, [f"{b}straße {i}, 10115 Berlin" for i, b in enumerate(FAMILY, start=1)]),
    "chinese address": (Pii.ADDRESS, [f"北京市朝阳区建国路{i}号" for i in range(10, 30)]),
    "iban": (Pii.IBAN, [*IBANS]),
    "card": (Pii.CARD_NUMBER, [*CARDS]),
    "ipv4": (Pii.IP_ADDRESS, [f"192.0.2.{i}" for i in range(20)]),
    "ipv6": (Pii.IP_ADDRESS, [f"2001:db8::{i:x}" for i in range(20)]),
    "resident id": (Pii.CN_RESIDENT_ID, [*resident_ids()]),
    "pesel": (Pii.NATIONAL_ID, [*pesels()]),
    "ssn": (Pii.NATIONAL_ID, [f"{100 + 7 * i}-{10 + i}-{1000 + i * 13}" for i in range(20)]),
}

NOTHING: dict[str, list[object]] = {
    "cities": [*CITIES],
    "districts": [*DISTRICTS],
    "months": [*MONTHS],
    "companies": [f"{b} {end}" for b in FAMILY for end in ("GmbH", "& Sons", "Group")],
    "airlines": ["Delta Air Lines", "United Airways", "Alaska Airlines", "Virgin America", "Hawaiian Airlines"] * 2,
    "products": [f"{a} {b}" for a in ("Red", "Small", "Steel") for b in ("Chair", "Lamp", "Table", "Kettle", "Door")],
    "genres": [
        "Rock",
        "Jazz",
        "Metal",
        "Blues",
        "Latin",
        "Reggae",
        "Pop",
        "Soundtrack",
        "Classical",
        "Opera",
        "World",
        "Comedy",
        "Drama",
    ],
    "weather": ["Clouds", "Clear", "Rain", "Drizzle", "Mist", "Haze", "Fog", "Thunderstorm", "Snow", "Smoke"] * 30,
    "yes no": ["Yes", "No"] * 20,
    "airports": ["JFK", "LAX", "ATL", "ORD", "DFW", "DEN", "SFO", "SEA", "MIA", "BOS", "PHX", "IAH"],
    "teams": [*TEAMS],
    "regions": [f"SE-{a}{b}" for a in "ABCDEFGH" for b in "ABC"],
    "sequence": list(range(1_000_000_000, 1_000_000_400)),
    "mobile-like sequence": list(range(13_800_000_000, 13_800_000_400)),
    "unix time": [1_546_300_800 + 86_401 * i for i in range(300)],
    "zip codes": [f"{10000 + 37 * i:05d}" for i in range(200)],
    "zip plus four": [f"{10000 + 37 * i:05d}-{1000 + i}" for i in range(200)],
    "order numbers": [f"{1 + i % 9}{i * 7 % 100:02d}-{i * 104729 % 10**6:06d}" for i in range(300)],
    "case numbers": [f"17-{i * 1613:06d}" for i in range(300)],
    "zero-led numbers": [f"0171 {700_000 + 3 * i}" for i in range(300)],
    "prices": [f"{i * 37 % 1000}.{i % 100:02d}" for i in range(200)],
    "dates": [f"2019-{1 + i % 12:02d}-{1 + i % 28:02d}" for i in range(200)],
    "versions": [f"{1 + i % 9}.{i % 7}.{i % 5}.{i % 10}" for i in range(200)],
    "ean": [f"400{i:09d}{_ean_check(f'400{i:09d}')}" for i in range(17, 200_000, 1009)],
    "isbn": ["978-0-306-40615-7", "978-3-16-148410-0", "978-1-4028-9462-6", "978-0-13-110362-7"] * 5,
    "wheels": [f"{i}-Wheel Drive{end}" for i in (2, 4, 6, 8) for end in ("", ", Rear", ", Front")],
    "roads": ["Ring Road 1", "Ring Road 2", "Mile Road 5", "Main Street 1", "9 Park Avenue"] * 10,
    "malaysian numbers": [f"{60 + i % 40}{1 + i % 12:02d}{1 + i % 28:02d}-14-{1000 + 37 * i}" for i in range(100)],
    "fractions": [i / 7 for i in range(200)],
    "truth": [True, False] * 20,
    "missing": [None] * 20,
    "blank": ["", " "] * 20,
}


@pytest.mark.parametrize("case", FOUND)
def test_identifier_without_header_is_found(case: str) -> None:
    kind, cells = FOUND[case]
    assert kind_of(cells) is kind


@pytest.mark.parametrize("case", NOTHING)
def test_other_column_without_header_is_left_alone(case: str) -> None:
    assert kind_of(NOTHING[case]) is None


@pytest.mark.parametrize("length", range(7, 20))
def test_random_digits_of_any_length_are_no_identifier(length: int) -> None:
    rng = np.random.default_rng(length)
    assert kind_of([*digits(300, length, rng)]) is None
    if length < 19:
        assert kind_of([int(number) for number in digits(300, length, rng)]) is None


def test_few_cells_without_header_are_told_but_not_relied_on() -> None:
    found = find_pii("col_0", pa.chunked_array([["4111111111111111", "5555555555554444", "378282246310005"]]))
    assert found is not None
    assert found.kind is Pii.CARD_NUMBER
    assert found.guess.confidence < SURE


def test_resident_id_of_no_province_or_no_living_person_is_not_found() -> None:
    for start in ("990101", "110101"):
        body = [f"{start}{(1960 if start == '990101' else 1060) + i}0101{i:03d}" for i in range(20)]
        assert kind_of([text + iso_7064(text) for text in body]) is None


def test_card_check_digit_without_an_issuer_is_no_card() -> None:
    rng = np.random.default_rng(0)
    cells = [f"9{body}{luhn.calc_check_digit('9' + body)}" for body in digits(100, 14, rng)]
    assert kind_of(cells) is None


def test_resident_id_without_a_birth_date_is_not_found() -> None:
    body = [f"110101{1960 + i}1301{i:03d}" for i in range(20)]
    assert kind_of([text + iso_7064(text) for text in body]) is None


def test_titles_make_names_of_places_names_of_people() -> None:
    assert kind_of([f"Dr. {city}" for city in CITIES]) is Pii.PERSON_NAME


@pytest.mark.parametrize("case", ["card", "iban", "resident id", "pesel"])
def test_number_with_another_last_digit_is_not_found(case: str) -> None:
    cells = [f"{cell[:-1]}{(int(cell[-1]) + 1) % 10}" for cell in map(str, FOUND[case][1]) if cell[-1].isdigit()]
    assert kind_of(cells) is None


def test_resident_id_of_a_region_without_county_is_found_without_fault() -> None:
    """The library raises a KeyError on a known province with an unknown county."""
    body = [f"11999919{60 + i}0101{i:03d}" for i in range(20)]
    assert kind_of([text + iso_7064(text) for text in body]) is Pii.CN_RESIDENT_ID


@pytest.mark.parametrize(
    ("name", "cells", "kind"),
    [
        ("first_name", ["melisandre", "jhezane", "grunt", "rolley", "ravella", "quort", "emmon"], Pii.GIVEN_NAME),
        ("姓名", CHINESE[:4], Pii.PERSON_NAME),
        ("手机号", ["13800000001", "13800000002", "13800000003"], Pii.PHONE),
        ("Anschrift", ["Am Markt 3", "Hinterm Deich 12", "Unter den Linden 7"], Pii.ADDRESS),
        ("user_name", ["kl4us", "mad_max", "x.y", "q7"], Pii.USER_NAME),
        ("SSN", ["100-20-3000", "101-21-3001", "102-22-3002"], Pii.NATIONAL_ID),
        ("address", ["192.0.2.1", "192.0.2.7", "198.51.100.3", "203.0.113.9"], Pii.IP_ADDRESS),
    ],
)
def test_telling_name_with_fitting_cells_is_found(name: str, cells: list[object], kind: Pii) -> None:
    assert kind_of(cells, name) is kind


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("address", ["U", "R"] * 50),
        ("name", NOTHING["products"]),
        ("name", NOTHING["airlines"]),
        ("first", ["yes", "no"] * 20),
        ("email", list(range(100))),
        ("phone", ["iPhone 12", "Galaxy S20", "Pixel 4"] * 5),
        ("card_number", [*digits(50, 16, np.random.default_rng(1))]),
        ("ssn", ["yes", "no"] * 20),
        ("last_name", [1, 2, 3, 4]),
        ("ip_address", ["host-a", "host-b", "host-c"]),
        ("city", [f"{a} {b}" for a, b in zip(GIVEN, FAMILY, strict=False)]),
        ("price", [f"0{i}-55501{i}" for i in range(10, 40)]),
    ],
)
def test_telling_name_with_unfitting_cells_finds_nothing(name: str, cells: list[object]) -> None:
    assert kind_of(cells, name) is None


@pytest.mark.parametrize(("case", "name"), [("given", "vorname"), ("email", "e-mail"), ("phone", "Telefon")])
def test_fitting_name_raises_the_confidence(case: str, name: str) -> None:
    alone, named = find(FOUND[case][1]), find(FOUND[case][1], name)
    assert alone is not None
    assert named is not None
    assert named.guess.confidence > alone.guess.confidence
    assert "name says so" in named.guess.reason


@pytest.mark.parametrize("case", FOUND)
def test_reason_holds_no_cell(case: str) -> None:
    found = find(FOUND[case][1])
    assert found is not None
    assert not any(str(cell) in found.guess.reason for cell in FOUND[case][1])


@pytest.mark.parametrize(
    ("case", "locale"),
    [("chinese", "zh_CN"), ("resident id", "zh_CN"), ("pesel", "pl_PL"), ("chinese address", "zh_CN")],
)
def test_locale_is_told_where_the_cells_tell_it(case: str, locale: str) -> None:
    found = find(FOUND[case][1])
    assert found is not None
    assert found.locale == locale


@pytest.mark.parametrize("type_", [pa.large_string(), pa.dictionary(pa.int32(), pa.string())])
def test_other_physical_type_of_text_gives_the_same(type_: pa.DataType) -> None:
    cells = pa.chunked_array([[*GIVEN, None]]).cast(type_)
    assert find_pii("col_0", cells) == find_pii("col_0", pa.chunked_array([[*GIVEN, None]]))


def test_whole_numbers_held_as_floats_are_read_as_digits() -> None:
    cells: list[object] = [None, *(float(str(cell)) for cell in FOUND["chinese mobile"][1])]
    assert kind_of(cells) is Pii.PHONE


@pytest.mark.parametrize("locale", ["en_US", "fr_FR", "ru_RU", "zh_CN", "ja_JP", "ko_KR", "ar_SA"])
def test_columns_made_by_faker_are_told_apart(locale: str) -> None:
    """The short form of benchmarks/pii.py."""
    fake = Faker(locale)
    fake.seed_instance(1)
    wanted = {"name": Pii.PERSON_NAME, "first_name": Pii.GIVEN_NAME, "last_name": Pii.FAMILY_NAME, "email": Pii.EMAIL}
    wanted |= {"phone_number": Pii.PHONE, "address": Pii.ADDRESS}
    others = ("country", "company", "job", "word", "sentence", "date", "postcode", "uuid4", "color_name")
    found = {method: kind_of([getattr(fake, method)() for _ in range(80)]) for method in (*wanted, *others)}
    assert found == {**wanted, **dict.fromkeys(others)}
