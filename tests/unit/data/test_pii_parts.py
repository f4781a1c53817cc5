"""The parts of the finder of personal identifiers: column names, the sample, the letter model, the mixture."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pyarrow as pa
import pytest

from synth.data.columns import Pii
from synth.data.pii import spelling
from synth.data.pii.column_names import hint_of
from synth.data.pii.kinds.person import shares_of
from synth.data.pii.kinds.person_cells import read_cell
from synth.data.pii.sample import MOST, sample_of
from synth.data.pii.spelling import Spelling
from synth.data.pii.words import read_words, tokens, words

NAMES = {
    Pii.EMAIL: ["email", "E-Mail", "customer_email", "emailAddress", "邮箱", "电子邮件"],
    Pii.PHONE: ["phone", "PhoneNumber", "home_phone", "Tel.", "mobile", "fax", "Telefonnummer", "手机号", "联系电话"],
    Pii.GIVEN_NAME: ["first_name", "FirstName", "fname", "Vorname", "prénom", "nombres", "имя"],
    Pii.FAMILY_NAME: ["last_name", "LastName", "Surname", "Nachname", "nom", "apellido", "cognome", "姓"],
    Pii.PERSON_NAME: ["full_name", "patient name", "CustomerName", "姓名", "客户姓名", "联系人", "name"],
    Pii.USER_NAME: ["user_name", "userName", "login", "用户名"],
    Pii.ADDRESS: ["address", "BillingAddress", "Anschrift", "street", "address_line_1", "dirección", "住址"],
    Pii.CARD_NUMBER: ["card_number", "credit card", "CreditCardNumber", "银行卡号"],
    Pii.IBAN: ["iban", "customer_iban"],
    Pii.IP_ADDRESS: ["ip", "ip_address", "client_ip", "IPv4"],
    Pii.CN_RESIDENT_ID: ["身份证号", "居民身份证号码"],
    Pii.NATIONAL_ID: ["ssn", "SSN", "social_security_number", "dni", "PESEL", "passport_no"],
}
NO_NAMES = [
    "col_0",
    "clinic_name",
    "product_name",
    "city",
    "mac_address",
    "description",
    "zip",
    "sin_theta",
    "phone_model",
]


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in NAMES.items() for name in names])
def test_hint_of_a_telling_name_is_its_kind(kind: Pii, name: str) -> None:
    assert hint_of(name).kind is kind


@pytest.mark.parametrize("name", NO_NAMES)
def test_hint_of_another_name_is_nothing(name: str) -> None:
    assert hint_of(name).kind is None


def test_hint_of_a_city_is_against_people() -> None:
    assert hint_of("city").is_against
    assert not hint_of("col_0").is_against


def test_sample_of_a_long_column_is_spread_bounded_and_the_same_each_time() -> None:
    cells = pa.chunked_array([[f"v{i}" for i in range(50_000)]])
    sample = sample_of(cells)
    assert sample is not None
    assert len(sample.cells) <= MOST
    assert len(set(sample.cells)) == len(sample.cells)
    places = [int(cell[1:]) for cell in sample.cells]
    assert np.histogram(places, bins=10, range=(0, 50_000))[0].min() > 0.5 * len(places) / 10
    assert sample_of(cells) == sample


@pytest.mark.parametrize(
    "cells", [pa.array([0.5, 1.0]), pa.array([True]), pa.nulls(3), pa.array([1e300]), pa.array([" "])]
)
def test_sample_of_what_identifies_nobody_is_nothing(cells: pa.Array) -> None:
    assert sample_of(pa.chunked_array([cells])) is None


def test_letter_model_spreads_at_most_probability_one_over_all_words() -> None:
    """Brute force: over all words of two letters up to length nine, each class sums to one, less longer words."""
    lists = tuple(Counter(held) for held in (["ab", "abb", "ba"], ["aab"], ["bbb", "b"], ["a", "ab"]))
    model = Spelling(lists)
    words = ["".join(letters) for n in range(1, 10) for letters in itertools.product("ab", repeat=n)]
    total = np.exp(model.log_probability(words)).sum(axis=0)
    assert (total <= 1 + 1e-9).all()
    assert (total > 0.5).all()


def test_letter_model_of_a_part_of_long_lists_does_not_hang_on_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spelling, "_READ", 3)
    held = ["anna", "berta", "carla", "dora", "emma", "frieda", "gerda", "helga"]
    first, second = (Spelling((Counter(names),) * 4).log_probability(["erna"]) for names in (held, held[::-1]))
    np.testing.assert_array_equal(first, second)


def test_letter_model_prefers_the_class_of_a_listed_word() -> None:
    model = Spelling(tuple(Counter(held) for held in (["anna"], ["berg"], ["rom"], ["tisch"])))
    assert model.log_probability(["anna", "berg", "rom", "tisch"]).argmax(axis=1).tolist() == [0, 1, 2, 3]


def test_letter_model_likens_an_unlisted_word_to_its_class() -> None:
    kinds = (["ivanova", "petrova", "sidorova"], ["jansson", "olsson", "karlsson"], ["wien"], ["tisch"])
    model = Spelling(tuple(map(Counter, kinds)))
    assert model.log_probability(["smirnova", "persson"]).argmax(axis=1).tolist() == [0, 1]


def test_mixture_of_two_clear_classes_gives_their_shares() -> None:
    scores = np.full((100, 5), -50.0)
    scores[:70, 1], scores[70:, 3] = -5.0, -5.0
    np.testing.assert_allclose(shares_of(scores), [0, 0.7, 0, 0.3, 0], atol=1e-6)


def test_mixture_gives_undecided_cells_to_the_class_of_the_decided() -> None:
    scores = np.full((100, 5), -50.0)
    scores[:60, 3] = -5.0
    scores[60:, [1, 3]] = -5.0  # "Houston": family name or place
    assert shares_of(scores)[3] > 0.99


def test_tokens_of_a_cell_are_folded_words_whatever_the_script() -> None:
    assert tokens("Dr. Bjørn O’Neill-Müller") == ["dr", "bjørn", "o'neill", "muller"]
    assert tokens("निखिला") == ["निखिला"]


def test_words_without_some_names_lack_them_and_keep_all_else() -> None:
    told = read_words(lambda name: "anna" not in tokens(name))
    assert "anna" in words().counts["given"]
    assert "anna" not in told.counts["given"]
    assert told.counts["place"] == words().counts["place"]


def test_words_hold_months_and_their_short_forms() -> None:
    assert all(words().counts["word"][token] for token in ("january", "jan", "oct", "thu", "februar", "mittwoch"))


def test_cell_of_a_name_loses_title_and_initials() -> None:
    cell = read_cell("Dr. Anna M. Berg")
    assert cell is not None
    assert cell.tokens == ("anna", "berg")
    assert (cell.n_initials, cell.has_title) == (1, True)


@pytest.mark.parametrize("text", ["A1", "a@b", "Smith & Sons", "berg.net", "Smith, Jones and Brown, Inc", "x" * 81])
def test_cell_that_is_no_name_by_its_form_is_refused(text: str) -> None:
    assert read_cell(text) is None
