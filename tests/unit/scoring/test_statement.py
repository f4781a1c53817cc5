from synth.data.metadata import Column, ColumnType, Guess, Pii, Role, Table
from synth.scoring.statement import Statement, column_uses


def table(**roles: Role) -> Table:
    return Table(columns={name: Column(type=ColumnType.CATEGORY, role=role) for name, role in roles.items()})


def test_declared_secrets_alone_are_sensitive() -> None:
    uses = {u.column: u for u in column_uses(table(age=Role.QUASI_IDENTIFIER, job=Role.FEATURE, ill=Role.SECRET))}
    assert [name for name, use in uses.items() if use.sensitive] == ["ill"]
    assert uses["age"].role is Role.QUASI_IDENTIFIER


def test_without_secrets_every_other_feature_is_treated_as_one() -> None:
    uses = column_uses(table(age=Role.QUASI_IDENTIFIER, job=Role.FEATURE, mail=Role.DIRECT_IDENTIFIER, id=Role.KEY))
    assert [use.column for use in uses if use.sensitive] == ["job"]


def test_identifying_columns_are_never_sensitive_features() -> None:
    spec = Table(
        columns={"who": Column(type=ColumnType.INTEGER), "x": Column(type=ColumnType.DECIMAL)}, entity_key=("who",)
    )
    assert [use.column for use in column_uses(spec) if use.sensitive] == ["x"]


def test_guessed_roles_and_kinds_of_identifiers_are_told() -> None:
    guess = Guess(confidence=0.9, reason="by name")
    column = Column(type=ColumnType.TEXT, role=Role.DIRECT_IDENTIFIER, pii=Pii.EMAIL, guessed={"role": guess})
    [use] = column_uses(Table(columns={"mail": column}))
    assert (use.guessed, use.pii, use.type) == (True, Pii.EMAIL, "text")


def test_what_is_not_stated_is_empty() -> None:
    assert set(Statement().model_dump().values()) == {""}
