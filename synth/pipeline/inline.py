"""The executor of this process: one task after the other. For tests, small data and debugging."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing

from synth.pipeline.executor import check_fit
from synth.pipeline.machine import machine_resources
from synth.pipeline.task import CancelToken, Event, Task, execute
from synth.synthesizer import Resources


class InlineExecutor:
    """Runs tasks in order, in the calling thread."""

    @property
    def resources(self) -> Resources:
        """What this process may use."""
        return machine_resources()

    def run(self, tasks: Sequence[Task], *, cancel: CancelToken) -> Iterator[Event]:
        """See `Executor.run`; a step is cancelled at its next event."""
        check_fit(tasks, [self.resources])
        for task in tasks:
            cancel.check()
            with closing(execute(task)) as events:
                for event in events:
                    yield event
                    cancel.check()

    def close(self) -> None:
        """Nothing to give up."""
