import copy
import pickle

import pytest
from pydantic import BaseModel, ValidationError

from synth.texts import Said, Text, say


class Holder(BaseModel):
    told: Said = ""


def test_text_is_the_english_sentence_and_remembers_its_making() -> None:
    told = say("needs {least:,} rows, has {n}", least=1000, n=12)
    assert told == "needs 1,000 rows, has 12"
    assert isinstance(told, Text)
    assert (told.template, told.args) == ("needs {least:,} rows, has {n}", {"least": 1000, "n": 12})


def test_text_survives_json_with_sentences_inside_sentences() -> None:
    inner = say("column {name}", name="a{b}")
    held = Holder(told=say("{what}: not assessed, {reason}.", what=inner, reason="raw"))
    read = Holder.model_validate_json(held.model_dump_json())
    assert read == held
    assert isinstance(read.told, Text)
    inside = read.told.args["what"]
    assert isinstance(inside, Text)
    assert inside.args == {"name": "a{b}"}
    assert type(read.told.args["reason"]) is str


def test_plain_text_stays_data() -> None:
    held = Holder(told="Columns {x}")
    assert held.model_dump(mode="json") == {"told": "Columns {x}"}
    assert type(Holder.model_validate_json(held.model_dump_json()).told) is str


def test_sentence_without_arguments_is_still_a_sentence() -> None:
    held = Holder(told=say("100 % {sic}"))
    assert held.model_dump(mode="json") == {"told": {"text": "100 % {sic}"}}
    assert isinstance(Holder.model_validate_json(held.model_dump_json()).told, Text)


def test_copy_of_a_text_keeps_its_template() -> None:
    told = say("{n} rows", n=3)
    for again in (copy.deepcopy(told), pickle.loads(pickle.dumps(told))):
        assert (again, again.template, again.args) == ("3 rows", "{n} rows", {"n": 3})


@pytest.mark.parametrize("bad", [3, {"template": "x"}, {"text": 3}, ["x"]])
def test_what_is_no_sentence_is_refused(bad: object) -> None:
    with pytest.raises(ValidationError, match="a sentence is a string"):
        Holder.model_validate({"told": bad})
