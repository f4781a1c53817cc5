"""Metadata in SDV's form: what SDV takes, what comes back, and what is told as lost."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from synth.data.detect import detect
from synth.data.metadata import ColumnType, Metadata, Pii
from synth.data.sdv_metadata import adopted, from_sdv, read_sdv, to_sdv, write_sdv
from synth.errors import InvalidMetadataError

N = 60
TABLES = {
    "city": pa.table({"city_id": [f"C{i:03d}" for i in range(20)], "size": [float(i) ** 0.5 for i in range(20)]}),
    "person": pa.table(
        {
            "person_id": range(N),
            "email": [f"p{i}@mail.test" for i in range(N)],
            "city_id": [f"C{i % 20:03d}" for i in range(N)],
            "born": [date(1950 + i % 50, 1 + i % 12, 1) for i in range(N)],
            "weight_kg": [50.5 + i % 7 for i in range(N)],
            "smoker": [i % 3 == 0 for i in range(N)],
            "word": [("red", "blue", "green")[i % 3] for i in range(N)],
        }
    ),
}


def test_detected_metadata_are_valid_for_sdv() -> None:
    sdv = pytest.importorskip("sdv.metadata", reason="the extra sdv is not installed")
    described, _ = to_sdv(detect(TABLES))
    sdv.Metadata.load_from_dict(described).validate()


def test_types_keys_links_and_identifiers_come_back() -> None:
    described, notes = to_sdv(detect(TABLES))
    back, unread = from_sdv(described)
    person = back.tables["person"]
    assert person.primary_key == ("person_id",)
    assert person.columns["email"].pii is Pii.EMAIL
    assert person.columns["born"].type is ColumnType.DATE
    assert person.columns["smoker"].type is ColumnType.BOOLEAN
    assert [(key.columns, key.table) for key in person.foreign_keys] == [(("city_id",), "city")]
    assert unread == []
    assert any("units" in note for note in notes)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({}, "sdv-version"),
        ({"METADATA_SPEC_VERSION": "SINGLE_TABLE_V1", "columns": {}}, "sdv-version"),
        ({"METADATA_SPEC_VERSION": "V1", "tables": {"t": []}}, "sdv-form"),
        ({"METADATA_SPEC_VERSION": "V1", "tables": {"t": {"columns": {"a": 3}}}}, "sdv-form"),
        ({"METADATA_SPEC_VERSION": "V1", "tables": {"t": {"columns": {}}}}, "metadata-form"),
    ],
)
def test_other_data_are_refused(data: dict[str, Any], code: str) -> None:
    with pytest.raises(InvalidMetadataError) as caught:
        from_sdv(data)
    assert {fault.code for fault in caught.value.faults} == {code}


def test_what_sdv_says_and_synth_does_not_know_is_told() -> None:
    described = {"columns": {"a": {"sdtype": "license_plate"}}, "alternate_keys": ["a"]}
    metadata, notes = from_sdv({"METADATA_SPEC_VERSION": "V1", "tables": {"t": described}})
    assert isinstance(metadata, Metadata)
    assert len(notes) == 2


def test_what_a_person_told_sdv_wins_over_guesses_and_keeps_physical_types() -> None:
    told = {
        "METADATA_SPEC_VERSION": "V1",
        "tables": {
            "city": {
                "primary_key": "city_id",
                "columns": {"city_id": {"sdtype": "id"}, "size": {"sdtype": "numerical"}},
            },
            "person": {
                "columns": {
                    "person_id": {"sdtype": "categorical"},
                    "email": {"sdtype": "email", "pii": True},
                    "word": {"sdtype": "first_name", "pii": True},
                    "city_id": {"sdtype": "id"},
                }
            },
        },
        "relationships": [
            {"parent_table_name": "city", "parent_primary_key": "city_id", "child_table_name": "person",
             "child_foreign_key": "city_id"}
        ],
    }  # fmt: skip
    detected = detect(TABLES)
    merged = adopted(detected, from_sdv(told)[0])
    person = merged.tables["person"].columns
    assert (person["person_id"].type, person["person_id"].arrow_type) == (ColumnType.CATEGORY, pa.int64())
    assert person["word"].pii is Pii.GIVEN_NAME
    assert person["word"].guessed == {}
    assert person["weight_kg"] == detected.tables["person"].columns["weight_kg"]
    assert merged.tables["city"].columns["size"].type is ColumnType.DECIMAL
    assert [key.table for key in merged.tables["person"].foreign_keys] == ["city"]


def test_columns_that_the_data_lack_are_told_together() -> None:
    told = {"columns": {"no": {"sdtype": "numerical"}, "nor": {"sdtype": "numerical"}}}
    theirs, _ = from_sdv({"METADATA_SPEC_VERSION": "V1", "tables": {"city": told, "person": told}})
    with pytest.raises(InvalidMetadataError) as caught:
        adopted(detect(TABLES), theirs)
    assert [fault.where for fault in caught.value.faults] == ["city.no", "city.nor", "person.no", "person.nor"]


def test_files_of_sdv_are_read_and_written_but_never_over_another(tmp_path: Path) -> None:
    notes = write_sdv(detect(TABLES), tmp_path / "sdv.json")
    assert notes
    metadata, _ = read_sdv(tmp_path / "sdv.json")
    assert list(metadata.tables) == list(TABLES)
    with pytest.raises(FileExistsError):
        write_sdv(metadata, tmp_path / "sdv.json")


@pytest.mark.parametrize("text", ["", "[" * 100_000, "{", "\x00"])
def test_other_files_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "sdv.json").write_text(text)
    with pytest.raises(InvalidMetadataError, match="readable JSON"):
        read_sdv(tmp_path / "sdv.json")
