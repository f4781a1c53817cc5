from __future__ import annotations

from pathlib import Path

import pytest

from synth.errors import Fault, InvalidInputError, StepFailedError
from synth.pipeline.publish import check_out
from synth.pipeline.workarea import WorkArea, work_path

FAULT = Fault("code", "a must hold", "it does not", "mend it")


def code_of(out: Path, *, replace: bool = False) -> str:
    with pytest.raises(InvalidInputError) as caught:
        check_out(out, replace=replace)
    return caught.value.faults[0].code


def test_check_out_takes_new_and_empty_folders(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    check_out(tmp_path / "empty")
    check_out(tmp_path / "new" / "deep")
    assert not (tmp_path / "new").exists()


def test_check_out_refuses_a_file_and_what_is_below_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert code_of(tmp_path / "file") == "out-not-a-folder"
    assert code_of(tmp_path / "file" / "out") == "out-not-writable"


def test_check_out_replaces_only_an_earlier_result(tmp_path: Path) -> None:
    (tmp_path / "scorecard.json").write_text("{}")
    assert code_of(tmp_path) == "out-not-empty"
    check_out(tmp_path, replace=True)
    (tmp_path / "thesis.docx").write_text("")
    assert code_of(tmp_path, replace=True) == "out-not-empty"


def fill(out: Path, error: Exception | None) -> None:
    with WorkArea(out) as area:
        area.objects.put("x", b"")
        if error is not None:
            raise error
        area.staging.mkdir()
        (area.staging / "scorecard.json").write_text("new")
        area.publish()


@pytest.mark.parametrize("there", ["nothing", "an empty folder", "an earlier result"])
def test_publish_puts_the_result_in_place_and_removes_the_work(tmp_path: Path, there: str) -> None:
    out = tmp_path / "deep" / "out"
    if there != "nothing":
        out.mkdir(parents=True)
    if there == "an earlier result":
        (out / "report.html").write_text("old")
    fill(out, None)
    assert [path.name for path in out.iterdir()] == ["scorecard.json"]
    assert [path.name for path in out.parent.iterdir()] == ["out"]


def test_work_area_stays_after_a_failure_and_goes_after_bad_input(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(InvalidInputError):
        fill(out, InvalidInputError(FAULT))
    assert not work_path(out).exists()
    with pytest.raises(StepFailedError):
        fill(out, StepFailedError(FAULT))
    assert work_path(out).is_dir()
    assert work_path(out).joinpath("store").stat().st_mode & 0o077 == 0
    with pytest.raises(InvalidInputError):
        fill(out, InvalidInputError(FAULT))
    assert work_path(out).is_dir()  # older than the block: not its to remove
    assert not out.exists()
