from __future__ import annotations

import uuid
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synth.storage.objects import Objects


@pytest.fixture(params=["folder", "memory"])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> Objects:
    return Objects(tmp_path / "a b" / "ü" if request.param == "folder" else f"memory://{uuid.uuid4()}")


def test_objects_from_their_url_are_the_same_store(objects: Objects) -> None:
    objects.put("x/y", b"1")
    assert Objects(objects.url).get("x/y") == b"1"
    assert Objects(objects.url).url == objects.url


def test_objects_of_another_scheme_are_refused() -> None:
    with pytest.raises(ValueError, match="scheme='ftp'"):
        Objects("ftp://host/folder")


def test_put_with_create_keeps_what_is_there(objects: Objects) -> None:
    assert objects.put("x", b"1", create=True)
    assert not objects.put("x", b"2", create=True)
    assert objects.get("x") == b"1"
    assert objects.put("x", b"3")
    assert objects.get("x") == b"3"


def test_get_of_a_missing_key_raises_file_not_found(objects: Objects) -> None:
    assert not objects.exists("x")
    with pytest.raises(FileNotFoundError):
        objects.get("x")


def test_reading_makes_no_folder(tmp_path: Path) -> None:
    objects = Objects(tmp_path / "store")
    assert not objects.exists("x")
    assert objects.keys() == []
    assert not objects.root.exists() if objects.root else False


def test_keys_are_sorted_and_by_whole_segments(objects: Objects) -> None:
    for key in ("b/2", "a/1", "b/1", "bc/1"):
        objects.put(key, b"")
    assert objects.keys() == ["a/1", "b/1", "b/2", "bc/1"]
    assert objects.keys("b") == ["b/1", "b/2"]


def test_delete_removes_the_key_and_what_is_below(objects: Objects) -> None:
    for key in ("b/1", "b/c/2", "bc", "a"):
        objects.put(key, b"")
    objects.delete("b")
    objects.delete("a")
    objects.delete("nothing")
    assert objects.keys() == ["bc"]


def test_json_comes_back_equal(objects: Objects) -> None:
    value = {"b": [1, 2.5, None], "a": "ü"}
    objects.put_json("x.json", value)
    assert objects.get_json("x.json") == value


def test_table_comes_back_equal_and_by_column(objects: Objects) -> None:
    table = pa.table({"a": [1, 2, 3], "b": ["x", None, "z"]})
    with objects.writing("t/rows.parquet") as path:
        pq.write_table(table, path)
    assert objects.read_table("t/rows.parquet").equals(table)
    assert objects.read_table("t/rows.parquet", ["b"]).equals(table.select(["b"]))
    with objects.open_parquet("t/rows.parquet") as file:
        assert [batch.num_rows for batch in file.iter_batches(batch_size=2)] == [2, 1]


def test_writing_that_fails_leaves_no_trace(objects: Objects) -> None:
    def write() -> None:
        with objects.writing("t/rows.parquet") as path:
            path.write_bytes(b"half")
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        write()
    assert objects.keys() == []
    assert objects.root is None or list(objects.root.iterdir()) == []


def test_upload_and_download_give_the_same_folder(objects: Objects, tmp_path: Path) -> None:
    (tmp_path / "from" / "deep").mkdir(parents=True)
    (tmp_path / "from" / "one").write_bytes(b"1")
    (tmp_path / "from" / "deep" / "two").write_bytes(b"2")
    objects.upload(tmp_path / "from", "model")
    objects.download("model", tmp_path / "to")
    assert (tmp_path / "to" / "one").read_bytes() == b"1"
    assert (tmp_path / "to" / "deep" / "two").read_bytes() == b"2"
    objects.put("model/one", b"other")
    assert (tmp_path / "to" / "one").read_bytes() == b"1"


def test_folder_shows_objects_and_pushes_what_changed(objects: Objects) -> None:
    objects.put("work/old", b"1")
    with objects.folder("work") as (folder, push):
        assert (folder / "old").read_bytes() == b"1"
        (folder / "new").write_bytes(b"2")
        push()
        assert objects.get("work/new") == b"2"
        (folder / "new").write_bytes(b"33")
        push()
    assert objects.get("work/new") == b"33"
    with objects.folder("work") as (folder, _):
        assert sorted(path.name for path in folder.iterdir()) == ["new", "old"]
