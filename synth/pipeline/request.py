"""What a person or a service may ask of the pipeline, and whether it makes sense before any file is read."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from synth.errors import Fault, InvalidInputError, SynthError, raise_all
from synth.registry import AUTO, engine_class, engine_spec
from synth.scoring.policy import Policy, policy
from synth.scoring.scorecard import Tier
from synth.scoring.statement import Statement


class Request(BaseModel):
    """What runs and scorings share.

    Attributes:
        seed_files: files or folders with the rows that a model sees, or saw.
        out: folder for the result; must not exist or be empty.
        metadata: file; None to detect it.
        reference: file of further unseen rows; None for half of the holdout.
        target: column that a downstream task predicts; None for what the metadata says, else a guess.
        seed: of every random choice.
        level: decides k and the limits of the gate.
        sector: preset that tightens them; empty for none.
        tier: how much is tested: "quick" can never pass.
        statement: what people say about the release that is asked for.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed_files: tuple[Path, ...]
    out: Path
    metadata: Path | None = None
    reference: Path | None = None
    target: str | None = None
    seed: int = 0
    level: str = "L1"
    sector: str = ""
    tier: Tier = "standard"
    statement: Statement = Statement()

    @property
    def policy(self) -> Policy:
        """The limits that the result is judged by.

        Raises:
            InvalidInputError: see `synth.scoring.policy.policy`.
        """
        return policy(self.level, self.sector)

    def other_files(self) -> list[Path]:
        """Files of data beside the seed."""
        return [] if self.reference is None else [self.reference]

    def faults(self) -> list[Fault]:
        """All that is wrong with the request itself."""
        faults: list[Fault] = []
        try:
            policy(self.level, self.sector)
        except InvalidInputError as error:
            faults += error.faults
        if self.seed < 0:
            faults.append(Fault("seed", "the seed must be at least 0", f"it is {self.seed}", "pass 0 or more", "seed"))
        return faults

    def check(self) -> None:
        """Raises all faults together.

        Raises:
            InvalidInputError: or the class of an engine's error, where that is the only fault.
        """
        raise_all(self.faults())


class ScoreRequest(Request):
    """A file made elsewhere, to be judged.

    Attributes:
        holdout: file of rows that the model never saw.
        synthetic: the file to judge.
    """

    holdout: Path
    synthetic: Path

    def other_files(self) -> list[Path]:
        """Files of data beside the seed."""
        return [self.holdout, self.synthetic, *super().other_files()]


class RunRequest(Request):
    """A synthetic table to be made and judged.

    Attributes:
        engine: name in the registry, or "auto".
        rows: to make; None for as many as train has.
        keep: columns that are learnt although they identify; never direct identifiers above L0.
        holdout: share of the seed's entities that judge, or a file of rows that judge; then the whole seed is train.
        time_budget_s: CPU seconds on one core that the plan may count on for the fit.
        shards: parts to sample side by side; None for one a CPU. Does not change the result.
        replace: an earlier result in `out` may be replaced.
        quota: rows that may ever leave, the table's own among them; None for these.
        twins: further fits of the deep tier; an even number from 6 to 16.
    """

    engine: str = AUTO
    rows: int | None = None
    keep: tuple[str, ...] = ()
    holdout: float | Path = 0.2
    time_budget_s: float = 60.0
    shards: int | None = None
    replace: bool = False
    quota: int | None = None
    twins: int = 8

    def other_files(self) -> list[Path]:
        """Files of data beside the seed."""
        return [*([self.holdout] if isinstance(self.holdout, Path) else []), *super().other_files()]

    def faults(self) -> list[Fault]:
        """All that is wrong with the request itself."""
        faults = super().faults()
        if self.rows is not None and self.rows < 1:
            faults.append(Fault("rows", "the rows must be at least 1", f"they are {self.rows}", "ask for more", "rows"))
        if self.quota is not None and self.quota < max(self.rows or 1, 1):
            rule, fact = "the quota must be at least the rows of the table", f"it is {self.quota}"
            faults.append(Fault("quota", rule, fact, "pass more, or leave it out", "quota"))
        if self.twins not in range(6, 17, 2):
            rule, fact = "the twins must be an even number from 6 to 16", f"they are {self.twins}"
            faults.append(Fault("twins", rule, fact, "pass one such as 8", "twins"))
        if not self.time_budget_s > 0:
            rule, fact = "the time budget must be more than 0 seconds", f"it is {self.time_budget_s:g}"
            faults.append(Fault("time-budget", rule, fact, "pass one such as 60s", where="time-budget"))
        if isinstance(self.holdout, float) and not 0 <= self.holdout < 1:
            rule, fact = "the holdout's share must be at least 0 and below 1", f"it is {self.holdout:g}"
            faults.append(Fault("holdout-share", rule, fact, "pass one such as 0.2, or a file", where="holdout"))
        return faults

    def check(self) -> None:
        """Raises all faults together; asks the registry for the engine, which imports it."""
        faults = self.faults()
        try:
            engine_class(engine_spec(self.engine).name)
        except SynthError as error:
            raise_all([*faults, *error.faults], type(error) if not faults else InvalidInputError)
        raise_all(faults)
