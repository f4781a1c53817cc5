"""The command line from outside: exit codes, where output goes, and that bad input writes and echoes nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import typer
from typer.testing import CliRunner, Result

from synth import cli
from synth.errors import CancelledError, Fault, SynthError
from synth.terminal import Terminal

CANARY = "canary-4711"
GOOD = f"name,age\n{CANARY},41\nother,42\n"


def synth(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments])


def errors_of(result: Result) -> list[str]:
    """Codes of the faults of the one error that a machine is told."""
    (line,) = result.stderr.splitlines()
    return [fault["code"] for fault in json.loads(line)["error"]["faults"]]


def nested(path: Path) -> None:
    pq.write_table(pa.table({"a": [[CANARY]]}), path)


def truncated(path: Path) -> None:
    pq.write_table(pa.table({"a": [CANARY] * 100}), path)
    path.write_bytes(path.read_bytes()[:-20])


def text(content: str, encoding: str = "utf-8") -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content.encode(encoding))


BAD_FILES: dict[str, tuple[str, Callable[[Path], object]]] = {
    "missing": ("seed.csv", lambda path: None),
    "empty": ("seed.csv", text("")),
    "no rows": ("seed.csv", text("name,age\n")),
    "duplicate column names": ("seed.csv", text(f"name,name\n{CANARY},1\n")),
    "ragged rows": ("seed.csv", text(f"{GOOD}{CANARY}\n{CANARY},1,2\n")),
    "wrong encoding": ("seed.csv", text(f"name,age\n{CANARY}\x81\x02,41\n", "latin-1")),
    "broken parquet": ("seed.parquet", truncated),
    "text named parquet": ("seed.parquet", text(GOOD)),
    "nested parquet": ("seed.parquet", nested),
    "unknown format": ("seed.docx", text(GOOD)),
}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_run_with_a_bad_file_exits_2_with_one_error_and_writes_and_echoes_nothing(kind: str, tmp_path: Path) -> None:
    name, write = BAD_FILES[kind]
    write(tmp_path / name)
    before = set(tmp_path.rglob("*"))
    result = synth("run", tmp_path / name, "--out", tmp_path / "deep" / "out")
    assert result.exit_code == 2
    assert set(tmp_path.rglob("*")) == before
    assert result.stderr.count("error (") == 1
    assert "Traceback" not in result.output
    assert CANARY not in result.output
    machine = synth("run", tmp_path / name, "--out", tmp_path / "deep" / "out", "--json")
    assert len(errors_of(machine)) >= 1
    assert CANARY not in machine.output


def test_bad_input_exits_2_in_a_process_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "seed.csv").write_text(f"name,name\n{CANARY},1\n")
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "synth.cli",
        "run",
        tmp_path / "seed.csv",
        "--out",
        tmp_path / "out",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "error (invalid-input)" in done.stderr
    assert CANARY not in done.stderr + done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["seed.csv"]


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    (tmp_path / "seed.csv").write_text("age,weight\n" + "".join(f"{i % 70},{i % 13}.5\n" for i in range(200)))
    return tmp_path / "seed.csv"


def test_run_then_sample_gives_the_same_rows(seed: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    options = ["--executor", "inline", "--engine", "independent", "--rows", "300", "--json"]
    result = synth("run", seed, "--out", out, *options)
    assert result.exit_code == 0, result.stderr
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert lines[-1]["result"]["rows"]["synthetic"] == 300
    assert all("event" in line for line in lines[:-1])
    assert result.stderr == ""
    again = synth("sample", out / "generator", "--rows", "300", "--out", tmp_path / "more.parquet")
    assert again.exit_code == 0, again.stderr
    assert (tmp_path / "more.parquet").read_bytes() == (out / "synthetic.parquet").read_bytes()
    assert synth("sample", out / "generator", "--rows", "5", "--out", tmp_path / "more.parquet").exit_code == 2
    assert synth("run", seed, "--out", out, *options).exit_code == 2  # the folder is not empty


def test_score_exits_3_only_where_a_pass_is_required(seed: Path, tmp_path: Path) -> None:
    files: list[str | Path] = ["--train", seed, "--holdout", seed, "--synthetic", seed, "--executor", "inline"]
    result = synth("score", *files, "--out", tmp_path / "one")
    assert result.exit_code == 0, result.stderr
    for word in ("95 % interval", "floor", "ceiling", "Gate at L1", "scorecard.json", "report.html"):
        assert word in result.stdout
    assert synth("score", *files, "--out", tmp_path / "two", "--require-pass").exit_code == 3


def test_detect_writes_metadata_that_run_takes_and_never_replaces_a_file(seed: Path, tmp_path: Path) -> None:
    assert synth("detect", seed, "--out", tmp_path / "metadata.yaml").exit_code == 0
    assert "weight" in (tmp_path / "metadata.yaml").read_text()
    again = synth("detect", seed, "--out", tmp_path / "metadata.yaml", "--json")
    assert (again.exit_code, errors_of(again)) == (2, ["out-exists"])


def test_detect_takes_and_gives_metadata_of_sdv(seed: Path, tmp_path: Path) -> None:
    assert synth("detect", seed, "--out", tmp_path / "a.yaml", "--to-sdv", tmp_path / "sdv.json").exit_code == 0
    again = synth("detect", seed, "--out", tmp_path / "b.yaml", "--from-sdv", tmp_path / "sdv.json", "--json")
    assert again.exit_code == 0
    assert (tmp_path / "b.yaml").exists()
    refused = synth("detect", seed, "--out", tmp_path / "c.yaml", "--to-sdv", tmp_path / "sdv.json", "--json")
    assert (refused.exit_code, errors_of(refused)) == (2, ["out-exists"])
    assert not (tmp_path / "c.yaml").exists()


def test_several_tables_are_refused(seed: Path, tmp_path: Path) -> None:
    (tmp_path / "second.csv").write_text("a\n1\n")
    result = synth("run", seed, tmp_path / "second.csv", "--out", tmp_path / "out", "--json")
    assert (result.exit_code, errors_of(result)) == (2, ["several-tables"])


@pytest.mark.parametrize(
    ("option", "value", "code"),
    [
        ("--time-budget", "soon", "time-budget"),
        ("--engine", "oracle", "unknown-engine"),
        ("--rows", "0", "rows"),
        ("--level", "L9", "unknown-policy"),
        ("--sector", "moon", "unknown-sector"),
        ("--holdout", "1.5", "holdout-share"),
        ("--holdout", "no-such-file.csv", "file-missing"),
        ("--metadata", "no-such-file.yaml", "metadata-unreadable"),
    ],
)
def test_bad_options_exit_2_and_name_the_fault(seed: Path, tmp_path: Path, option: str, value: str, code: str) -> None:
    result = synth("run", seed, "--out", tmp_path / "out", option, value, "--json")
    assert (result.exit_code, errors_of(result)) == (2, [code])
    assert [path.name for path in tmp_path.iterdir()] == ["seed.csv"]


def test_sample_of_a_folder_that_is_no_generator_exits_2(tmp_path: Path) -> None:
    result = synth("sample", tmp_path, "--rows", "5", "--out", tmp_path / "x.csv", "--json")
    assert (result.exit_code, errors_of(result)) == (2, ["not-a-generator"])


def test_engines_lists_names_and_licences() -> None:
    result = synth("engines")
    assert result.exit_code == 0
    assert "trees" in result.stdout
    cards = json.loads(synth("engines", "--json").stdout)["result"]["engines"]
    assert [(card["name"], card["unavailable"]) for card in cards if card["name"] == "trees"] == [("trees", "")]


def test_demo_without_its_extra_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "statsmodels", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    result = synth("demo", "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "pip install 'synth[demo]'" in result.stderr


def fail(error: BaseException) -> Callable[..., None]:
    def raises(*_: object, **__: object) -> None:
        raise error

    return raises


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SynthError(Fault("a-code", "it must hold", "it does not", "mend it")), 1),
        (CancelledError(Fault("cancelled", "it ends", "it was cancelled", "run it again")), 130),
        (KeyboardInterrupt(), 130),
        (ZeroDivisionError(CANARY), 1),
    ],
)
def test_errors_become_exit_codes_without_traceback(
    error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("synth.registry.engine_specs", fail(error))
    result = synth("engines")
    assert result.exit_code == code
    assert "Traceback" not in result.output
    assert CANARY not in result.output
    assert ("ZeroDivisionError was raised at test_cli.py:" in result.stderr) == isinstance(error, ZeroDivisionError)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_first_signal_asks_and_the_second_interrupts(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    terminal = Terminal(machine=True)
    with terminal.command() as cancel:
        os.kill(os.getpid(), number)
        with pytest.raises(CancelledError):
            cancel.check()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
    assert signal.getsignal(number) is before


def test_import_of_the_command_line_loads_no_heavy_library() -> None:
    code = "import sys; import synth.cli; print(*sys.modules)"
    loaded = set(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    )
    assert "synth.cli" in loaded
    assert not {"torch", "ray", "sklearn", "scipy", "pandas", "pyarrow", "numpy", "synth_models"} & loaded


@pytest.mark.parametrize(
    ("told", "codes"),
    [
        (["recipient"], ["state"]),
        (["recipient="], ["state"]),
        (["reciever=us", "purpose=x"], ["state"]),
        (["purpose=x", "purpose=y", "=z"], ["state", "state-twice"]),
    ],
)
def test_statements_with_faults_are_refused_all_at_once(
    told: list[str], codes: list[str], seed: Path, tmp_path: Path
) -> None:
    options = [part for text in told for part in ("--state", text)]
    result = synth("run", seed, "--out", tmp_path / "out", "--executor", "inline", "--json", *options)
    assert result.exit_code == 2
    assert errors_of(result) == codes
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("error", [SynthError(Fault("worker-lost", "a", "b", "c")), RuntimeError("dead")])
def test_worker_that_dies_of_the_signal_that_stops_a_run_does_not_hide_that_it_was_stopped(
    error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as ended, Terminal(machine=True).command() as cancel:  # noqa: PT012 - one step
        cancel.cancel()
        raise error
    assert ended.value.exit_code == 130
    assert '"cancelled"' in capsys.readouterr().err
