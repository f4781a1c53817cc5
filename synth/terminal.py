"""How the command line talks: progress, results and errors, for people on a terminal, in a log, or for machines."""

from __future__ import annotations

import io
import json
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, TextIO

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from synth.errors import CancelledError, SynthError

if TYPE_CHECKING:
    from synth.pipeline.task import CancelToken, Event
    from synth.scoring.scorecard import AnyFigure, Measured, Scorecard

INTERRUPTED = 130
"""Exit code of a command that somebody stopped, by the convention of shells."""


class Terminal:
    """One command's conversation.

    Results go to standard output, everything else to standard error; for machines both are JSON, one value a line.
    """

    def __init__(self, *, machine: bool) -> None:
        """For people, or for a machine."""
        self.machine = machine
        self._out: TextIO = sys.stdout
        # A log has no width; rich would take 80 columns, which breaks the table of figures.
        self._console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 120)
        self._progress: _Bars | _Lines = _Bars() if Console(stderr=True).is_terminal else _Lines()

    @contextmanager
    def command(self, out: Path | None = None) -> Iterator[CancelToken]:
        """Runs the body of a command; ends it with its exit code when it fails or is stopped.

        What libraries print to standard output (Ray does, when a worker dies) is dropped: it is not a result.

        Args:
            out: folder for the result, whose work area is told of if the command leaves one.
        """
        from synth.pipeline.task import CancelToken

        cancel = CancelToken()
        try:
            with _stoppable(cancel), redirect_stdout(io.StringIO()), ExitStack() as stack:
                if not self.machine:
                    stack.enter_context(self._progress)
                yield cancel
        except typer.Exit:
            raise
        except SynthError as error:
            error = _stop_asked(cancel) or error
            self._fail(error, out)
            raise typer.Exit(INTERRUPTED if isinstance(error, CancelledError) else error.exit_code) from None
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None
        except Exception as error:  # noqa: BLE001 - the edge of the program: no traceback, whose text may hold a cell
            from synth.pipeline.firewall import step_failed

            stopped = _stop_asked(cancel)
            self._fail(stopped or step_failed("the command", error), out)
            raise typer.Exit(INTERRUPTED if stopped else 1) from None

    def event(self, event: Event) -> None:
        """Shows an event of a task."""
        if self.machine:
            self._json({"event": event.model_dump(mode="json", exclude={"result"})})
        else:
            self._progress.show(event)

    def result(self, value: dict[str, Any], *lines: str) -> None:
        """Shows the result of a command: the value to a machine, the lines to people."""
        if self.machine:
            self._json({"result": value})
        for line in () if self.machine else lines:
            self._console.print(escape(line), highlight=False, soft_wrap=True)

    def table(self, table: Table) -> None:
        """Shows a table to people."""
        if not self.machine:
            self._console.print(table)

    def _json(self, value: Any) -> None:
        print(json.dumps(value, allow_nan=False), file=self._out, flush=True)

    def _fail(self, error: SynthError, out: Path | None) -> None:
        from synth.pipeline.workarea import work_path

        work = work_path(out) if out is not None and work_path(out).exists() else None
        if self.machine:
            value = {"error": error.to_json(), "work": None if work is None else str(work)}
            print(json.dumps(value), file=sys.stderr, flush=True)  # noqa: T201
            return
        console = Console(stderr=True, soft_wrap=True)
        console.print(f"[bold red]error[/] ({error.code})", highlight=False)
        for fault in error.faults:
            console.print(f"  {escape(str(fault))}", highlight=False)
        if work is not None:
            text = f"Unfinished work, with seed rows in it, is kept in {work}: run the same again, or remove it."
            console.print(escape(text), highlight=False)


class _Bars:
    """One bar a task, while it runs."""

    def __init__(self) -> None:
        columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[message]}")
        self._progress = Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True))
        self._ids: dict[str, TaskID] = {}

    def __enter__(self) -> None:
        self._progress.start()

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, event: Event) -> None:
        if event.task not in self._ids:
            self._ids[event.task] = self._progress.add_task(escape(event.task), message="")
        done = event.total if event.kind == "done" else event.done
        message = escape("resumed" if event.resumed else event.message)
        self._progress.update(self._ids[event.task], completed=done, total=event.total, message=message)


class _Lines:
    """One line a finished task."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass

    def show(self, event: Event) -> None:
        if event.kind == "done":
            how = "resumed" if event.resumed else f"{event.seconds:.1f} s"
            print(f"{event.task}: {event.message} ({how})", file=sys.stderr, flush=True)  # noqa: T201


@contextmanager
def _stoppable(cancel: CancelToken) -> Iterator[None]:
    """Ctrl-C and SIGTERM ask the run to stop, which lets it end its workers; the second time they interrupt it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_: int, __: FrameType | None) -> None:
        for number in before:
            signal.signal(number, signal.default_int_handler)
        cancel.cancel()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def scorecard_table(card: Scorecard) -> Table:
    """The figures with interval, floor and ceiling."""
    table = Table(title=f"{card.table}, made by {card.engine}", title_justify="left")
    for name in ("figure", "value", "95 % interval", "floor", "ceiling", "ideal"):
        table.add_column(name, justify="left" if name == "figure" else "right", no_wrap=name != "figure")
    fidelity, utility, privacy = card.fidelity, card.utility, card.privacy
    _add(table, "shapes of columns", fidelity.shapes)
    _add(table, "trends of pairs", fidelity.trends)
    _add(table, "telling real from synthetic (C2ST AUC)", fidelity.c2st)
    target = f"{utility.target}{' (guessed)' if utility.target_guessed else ''}, {utility.metric}"
    _add(table, f"train on synthetic, test on real ({target if utility.target else 'no target'})", utility.tstr)
    _add(table, "excess of verbatim copies", privacy.copies.excess)
    for attack in privacy.attacks:
        _add(table, f"attack: {attack.title} (AUC)", attack.auc)
    return table


def _add(table: Table, name: str, measured: Measured) -> None:
    from synth.scoring.scorecard import Figure

    value = measured.value
    interval, ideal = "", ""
    if isinstance(value, Figure):
        ideal = f"{value.ideal:g}"
        if value.ci_low is not None and value.ci_high is not None:
            interval = f"{value.ci_low:.3f} to {value.ci_high:.3f}"
    table.add_row(escape(name), *map(_text, (value,)), interval, _text(measured.floor), _text(measured.ceiling), ideal)


def _text(figure: AnyFigure) -> str:
    from synth.scoring.scorecard import Figure

    return f"{figure.value:.3f}" if isinstance(figure, Figure) else "not assessed"


def _stop_asked(cancel: CancelToken) -> CancelledError | None:
    """The error of a run that was asked to stop: a signal to the whole group may kill a worker before it is noticed."""
    try:
        cancel.check()
    except CancelledError as stopped:
        return stopped
    return None


def paths_of(out: Path) -> list[str]:
    """The files of a result, for people."""
    return [f"  {path}{'/' if path.is_dir() else ''}" for path in sorted(out.iterdir())]
