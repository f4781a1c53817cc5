"""What the steps share: a spec with a home in the store.

The steps are in `ingest.py` (files to split tables), `generate.py` (plan, fit, sample, merge) and `score.py`.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from synth.pipeline.task import Task, digest_of
from synth.synthesizer import Resources


class StepSpec(BaseModel):
    """The argument of a step: all that decides its result, inputs by keys that are content-addressed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @property
    def step(self) -> str:
        """Name of the step: the class name without "Spec", which is also the name of the function."""
        return type(self).__name__.removesuffix("Spec").lower()

    @property
    def home(self) -> str:
        """Prefix of the keys that the step may write."""
        return f"{self.step}/{digest_of(self.model_dump(mode='json'))}"

    def task(self, name: str, objects: str, resources: Resources | None = None) -> Task:
        """The task that runs the step."""
        return Task(
            name=name,
            step=f"{type(self).__module__}:{self.step}",
            spec=self.model_dump(mode="json"),
            objects=objects,
            resources=resources or Resources(),
        )
