import gzip
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from synth.data import read, write
from synth.data.conform import conform
from synth.data.detect import detect
from synth.data.formats import SUFFIXES
from synth.data.read import read_table, read_tables
from synth.data.write import ROW_GROUP_ROWS, write_parquet, write_table
from synth.errors import InvalidInputError
from tests.zoo import ZOO

CANARY = "CANARY-5417"


@pytest.fixture
def put(tmp_path: Path) -> Callable[[str, bytes], Path]:
    def write_bytes(name: str, content: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write_bytes


def codes(path: Path) -> list[str]:
    """Codes of the faults for which a file is refused; none may show a cell."""
    with pytest.raises(InvalidInputError) as caught:
        read_table(path)
    assert CANARY not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.exit_code == 2
    return [fault.code for fault in caught.value.faults]


def test_formats_each_has_a_reader_and_a_writer() -> None:
    assert set(read.READERS) == set(write.WRITERS) == set(SUFFIXES)


@pytest.mark.parametrize("name", ZOO)
def test_parquet_round_trip_of_the_zoo_is_equal(tmp_path: Path, name: str) -> None:
    write_table(ZOO[name], tmp_path / "t.parquet")
    back = read_tables([tmp_path / "t.parquet"])
    assert conform(back, detect({"t": ZOO[name]}))["t"].equals(ZOO[name])  # Parquet has no unit of a whole second
    if name != "datetimes":
        assert back["t"].equals(ZOO[name])


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
@pytest.mark.parametrize("name", sorted(set(ZOO) - {"datetimes"}))
def test_csv_round_trip_of_the_zoo_is_equal_by_its_metadata(tmp_path: Path, name: str, suffix: str) -> None:
    write_table(ZOO[name], tmp_path / f"t{suffix}")
    metadata = detect({"t": ZOO[name]})
    back = conform(read_tables([tmp_path / f"t{suffix}"], metadata), metadata)["t"]
    assert back.equals(ZOO[name])


def test_csv_round_trip_of_datetimes_keeps_the_moment(tmp_path: Path) -> None:
    table = ZOO["datetimes"]
    write_table(table, tmp_path / "t.csv")
    metadata = detect({"t": table})
    back = conform(read_tables([tmp_path / "t.csv"], metadata), metadata)["t"]
    assert back.equals(table)


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(st.none() | TEXT, st.none() | TEXT), min_size=1, max_size=8))
def test_csv_round_trip_any_text_comes_back(tmp_path: Path, rows: list[tuple[str | None, str | None]]) -> None:
    table = pa.table(
        {"a": pa.array([a for a, _ in rows], pa.string()), "b": pa.array([b for _, b in rows], pa.string())}
    )
    write_table(table, tmp_path / "t.csv", defuse=False)
    metadata = detect({"t": pa.table({"a": ["x"], "b": ["y"]})})
    back = conform(read_tables([tmp_path / "t.csv"], metadata), metadata)["t"]
    assert back.to_pylist() == table.to_pylist()


def test_csv_keeps_leading_zeros_names_and_order(put: Callable[[str, bytes], Path]) -> None:
    content = "\ufeffzip, Name ,zip.1,2020\r\n007,Ada,x,1\r\n010,,y,2\r\n".encode()
    table = read_table(put("t.csv", content))
    assert table.to_pydict() == {"zip": ["007", "010"], " Name ": ["Ada", None], "zip.1": ["x", "y"], "2020": [1, 2]}


def test_csv_types_depend_on_the_whole_file(put: Callable[[str, bytes], Path]) -> None:
    late = b"a,b,c\n" + b"1,2020-01-01,5\n" * 1_000_000 + b"0.5,soon,\n"  # 15 MB: two blocks
    table = read_table(put("t.csv", late))
    assert table.schema.types == [pa.float64(), pa.string(), pa.int64()]
    assert table.num_rows == 1_000_001


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_csv_delimiter_is_the_headers(put: Callable[[str, bytes], Path], delimiter: str) -> None:
    content = "a,b,c\n1,x,2020-01-01\n".replace(",", delimiter).encode()
    assert read_table(put("t.csv", content)).to_pydict() == {"a": [1], "b": ["x"], "c": [date(2020, 1, 1)]}


def test_csv_quoted_cells_hold_delimiters_lines_and_empty_text(put: Callable[[str, bytes], Path]) -> None:
    table = read_table(put("t.csv", b'a,"b\nc"\n"x,y","1\n2"\n"",\n'))
    assert table.to_pydict() == {"a": ["x,y", ""], "b\nc": ["1\n2", None]}


def test_csv_quoted_line_break_across_blocks_stays_one_cell(put: Callable[[str, bytes], Path]) -> None:
    row = b'"a\nb",1\n'  # 8 bytes: a block of 8 MiB ends between the quotes, since the header has 4
    table = read_table(put("t.csv", b"x,y\n" + row * 1_100_000))
    assert table.num_rows == 1_100_000
    assert table["x"].unique().to_pylist() == ["a\nb"]


def test_csv_single_column_empty_line_is_a_missing_cell(put: Callable[[str, bytes], Path]) -> None:
    assert read_table(put("t.csv", b"a\n1\n\n3\n")).to_pydict() == {"a": [1, None, 3]}


def test_csv_with_metadata_leaves_its_text_columns_as_text(put: Callable[[str, bytes], Path]) -> None:
    spec = detect({"t": pa.table({"code": ["1.50"], "n": [1]})}).tables["t"]
    table = read_table(put("t.csv", b"code,n\n1.50,1\n2.00,2\n"), spec)
    assert table.to_pydict() == {"code": ["1.50", "2.00"], "n": [1, 2]}


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("t.csv", b"", ["empty-file"]),
        ("t.csv", b"\n1\n", ["empty-file"]),
        ("t.csv", b"a,b", ["no-rows"]),
        ("t.csv", b"a,b\n", ["no-rows"]),
        ("t.csv", b"a,b\n\n\n", ["no-rows"]),
        ("t.csv", b"a,a\n1,2\n", ["column-duplicate"]),
        ("t.csv", b",a\n1,2\n", ["column-unnamed"]),
        ("t.csv", b"a,a, \n1,2,3\n1,2\n", ["column-duplicate", "column-unnamed", "ragged-rows"]),
        ("t.csv", f"a\n{CANARY}\n".encode() + b"\x81\x02\n", ["not-utf8"]),
        ("t.csv", b"\x80\x04\x95\x10\x00", ["not-utf8"]),
        ("t.csv", f"\x01{CANARY}\n1\n".encode(), ["not-text"]),
        ("t.csv", f'a,b\n1,"{CANARY}\n2,y\n'.encode(), ["broken-csv"]),
        ("t.csv", b"a\ninf\n1\n", ["not-finite"]),
        ("t.csv", b"a\n1e999\n1\n", ["not-finite"]),
        ("t.csv.gz", f"a\n{CANARY}\n".encode(), ["broken-file"]),
        ("t.csv.gz", gzip.compress(b"a\n" + bytes(range(48, 58)) * 5_000, mtime=0)[:40], ["broken-file"]),
        ("t.parquet", f"PAR1{CANARY}".encode(), ["broken-parquet"]),
        ("t.parquet", b"", ["empty-file"]),
        ("t.xls", b"x", ["unsupported-format"]),
    ],
)
def test_file_not_usable_is_refused_by_code(
    put: Callable[[str, bytes], Path], name: str, content: bytes, expected: list[str]
) -> None:
    assert codes(put(name, content)) == expected


def test_file_missing_is_refused(tmp_path: Path) -> None:
    assert codes(tmp_path / "none.csv") == ["file-missing"]


def test_csv_ragged_rows_are_counted_and_the_first_is_placed(put: Callable[[str, bytes], Path]) -> None:
    with pytest.raises(InvalidInputError, match=r"2 have more or fewer, the first is row 2 "):
        read_table(put("t.csv", f"a,b\n1,2\n{CANARY}\n3,4\n5,6,7\n".encode()))


def test_csv_wrong_encoding_names_the_line(put: Callable[[str, bytes], Path]) -> None:
    with pytest.raises(InvalidInputError, match="line 3 is not"):
        read_table(put("t.csv", b"a\nx\n\x81\x02\n"))


def test_csv_ragged_rows_that_are_no_utf8_are_told_without_a_word_of_them(
    put: Callable[[str, bytes], Path], capfd: pytest.CaptureFixture[str]
) -> None:
    assert codes(put("t.csv", b"a,b\n" + b"1,2\n" * 5000 + b"3,4,\x81\x02\n")) == ["not-utf8"]
    assert capfd.readouterr().err == ""


def test_parquet_faults_are_listed_by_column(tmp_path: Path) -> None:
    columns = [pa.array([[1]]), pa.array([{"x": 1}]), pa.array([b"x"]), pa.array([1]), pa.array([2])]
    pq.write_table(pa.table(columns, names=["l", "s", "b", "n", "n"]), tmp_path / "t.parquet")
    assert codes(tmp_path / "t.parquet") == ["column-duplicate", *["unsupported-type"] * 3]


@pytest.mark.parametrize(
    ("table", "code"), [(pa.table({"a": pa.array([], pa.int64())}), "no-rows"), (pa.table({}), "no-columns")]
)
def test_parquet_without_rows_or_columns_is_refused(tmp_path: Path, table: pa.Table, code: str) -> None:
    pq.write_table(table, tmp_path / "t.parquet")
    assert codes(tmp_path / "t.parquet") == [code]


def test_parquet_infinities_are_counted(tmp_path: Path) -> None:
    pq.write_table(pa.table({"x": [1.0, float("inf"), float("-inf"), None]}), tmp_path / "t.parquet")
    with pytest.raises(InvalidInputError, match="`x` has 2"):
        read_table(tmp_path / "t.parquet")


def test_parquet_encodings_become_plain_and_nan_missing(tmp_path: Path) -> None:
    table = pa.table(
        {
            "d": pa.array(["a", "b"]).dictionary_encode(),
            "l": pa.array(["a", None], pa.large_string()),
            "n": pa.array([1.0, float("nan")], pa.float32()),
        }
    ).replace_schema_metadata({"pandas": "{}"})
    pq.write_table(table, tmp_path / "t.parquet")
    back = read_table(tmp_path / "t.parquet")
    assert back.schema == pa.schema({"d": pa.string(), "l": pa.string(), "n": pa.float32()})
    assert back.schema.metadata is None
    assert back.to_pydict() == {"d": ["a", "b"], "l": ["a", None], "n": [1.0, None]}


def test_read_tables_of_a_folder_names_tables_by_file(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("x\n1\n")
    (tmp_path / "a.2024.CSV").write_text("x\n2\n")
    (tmp_path / "README.md").write_text("about")
    (tmp_path / ".DS_Store").write_text("hidden")
    assert list(read_tables([tmp_path])) == ["a.2024", "b"]


def test_read_tables_lists_the_faults_of_all_files(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,x\n1,2\n")
    (tmp_path / "a.csv.gz").write_bytes(b"no")
    (tmp_path / "c.sas7bdat").write_text("no")
    (tmp_path / "d").mkdir()
    with pytest.raises(InvalidInputError) as caught:
        read_tables([tmp_path, tmp_path / "none.csv"])
    assert sorted(fault.code for fault in caught.value.faults) == [
        "broken-file",
        "column-duplicate",
        "file-missing",
        "table-duplicate",
        "unsupported-format",
        "unsupported-format",
    ]


def test_read_tables_of_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="at least one file"):
        read_tables([tmp_path])


def test_write_parquet_bytes_do_not_depend_on_the_pieces(tmp_path: Path) -> None:
    n = ROW_GROUP_ROWS * 2 + 10
    table = pa.table({"a": range(n), "b": [f"x{i % 7}" for i in range(n)]})
    pieces = [table.slice(start, 5_000) for start in range(0, n, 5_000)]
    assert write_parquet(table, tmp_path / "whole.parquet") == n
    assert write_parquet(iter(pieces), tmp_path / "pieces.parquet") == n
    assert write_parquet((b for piece in pieces for b in piece.to_batches()), tmp_path / "batches.parquet") == n
    files = [(tmp_path / f"{name}.parquet").read_bytes() for name in ("whole", "pieces", "batches")]
    assert files[0] == files[1] == files[2]
    meta = pq.read_metadata(tmp_path / "whole.parquet")
    assert [meta.row_group(i).num_rows for i in range(meta.num_row_groups)] == [ROW_GROUP_ROWS, ROW_GROUP_ROWS, 10]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_write_table_twice_gives_the_same_bytes_and_no_other_file(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"t{suffix}"
    write_table(ZOO["mixed"], path)
    first = path.read_bytes()
    write_table(ZOO["mixed"], path)
    assert path.read_bytes() == first
    assert suffix != ".csv.gz" or first[4:8] == bytes(4)  # no time of writing in the gzip header
    assert [item.name for item in tmp_path.iterdir()] == [path.name]


def test_write_parquet_that_fails_midway_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    write_table(ZOO["one_row"], path)
    before = path.read_bytes()

    def pieces() -> Iterator[pa.Table]:
        yield pa.table({"a": range(ROW_GROUP_ROWS)})
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        write_parquet(pieces(), path)
    assert path.read_bytes() == before
    assert [item.name for item in tmp_path.iterdir()] == ["t.parquet"]


def test_write_table_over_a_file_leaves_its_readers_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    write_table(pa.table({"a": [1]}), path)
    with path.open() as reader:
        write_table(pa.table({"a": [2]}), path)
        assert reader.read() == '"a"\n1\n'
    assert read_table(path).to_pydict() == {"a": [2]}


def test_write_parquet_leaves_file_metadata_of_the_table_out(tmp_path: Path) -> None:
    write_parquet(pa.table({"a": [1]}).replace_schema_metadata({"pandas": "secret"}), tmp_path / "t.parquet")
    assert pq.read_schema(tmp_path / "t.parquet").metadata is None


def test_write_parquet_without_rows_keeps_the_columns(tmp_path: Path) -> None:
    assert write_parquet([ZOO["mixed"].slice(0, 0)], tmp_path / "t.parquet") == 0
    assert pq.read_schema(tmp_path / "t.parquet").equals(ZOO["mixed"].schema)
    with pytest.raises(InvalidInputError, match="no piece"):
        write_parquet([], tmp_path / "none.parquet")
    assert not (tmp_path / "none.parquet").exists()


def test_write_table_other_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="formats"):
        write_table(ZOO["one_row"], tmp_path / "t.xls")
