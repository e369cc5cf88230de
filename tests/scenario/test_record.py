# SPDX-License-Identifier: MIT
"""Frozen classes that files are read into: what they take, what they refuse and where, what they write."""

from __future__ import annotations

from typing import Annotated, Any

import pytest

from txsim.scenario.record import Record
from txsim.scenario.record_fields import Faulty, Field, Kind, Refusal, field_validator, model_validator


def _even(raw: Any) -> int:
    if not isinstance(raw, int) or raw % 2:
        raise Refusal({"message": "not even", "hint": None, "key": "", "unknown": False})
    return raw


Even = Annotated[int, Kind(_even, {"kind": "even"}, lambda value: {0.5: (value,)})]


class Leg(Record):
    """A part."""

    toes: Even = Field(description="toes")
    name: str = Field(default="leg")

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, raw: Any) -> Any:
        return {"toes": raw} if isinstance(raw, int) else raw


class Animal(Record):
    """A whole."""

    legs: tuple[Leg, ...] = Field(default=(), max_length=2)
    by_name: dict[str, Leg] = Field(default_factory=dict, max_length=2)
    born: Even | None = Field(default=None, alias="from", exclude_if=lambda value: value is None)
    deep: dict[str, Even] = Field(default_factory=dict, alias_path=("by_name", "deep"))
    secret: str = Field(default="", exclude=True)

    @field_validator("by_name", mode="before")
    @classmethod
    def _shallow(cls, raw: Any) -> Any:
        return {key: value for key, value in raw.items() if key != "deep"} if isinstance(raw, dict) else raw

    @model_validator(mode="after")
    def _agree(self) -> Animal:
        if self.secret and self.born is None:
            raise Refusal({"message": "a secret needs a birth", "hint": None, "key": "from", "unknown": False})
        return self


def _faults(raw: Any) -> list[tuple[str, tuple[str | int, ...]]]:
    with pytest.raises(Faulty) as caught:
        Animal.model_validate(raw)
    return [(finding["type"], finding["loc"]) for finding in caught.value.findings]


def test_what_fits_is_read_and_written_back() -> None:
    animal = Animal.model_validate({"legs": [4, {"toes": 2, "name": "x"}], "from": 6, "by_name": {"deep": {"a": 8}}})
    assert [(leg.toes, leg.name) for leg in animal.legs] == [(4, "leg"), (2, "x")]
    assert (animal.born, animal.by_name, animal.deep) == (6, {}, {"a": 8})
    assert animal.model_fields_set == {"legs", "born", "by_name", "deep"}
    assert animal.legs[0].model_fields_set == {"toes"}
    toes = {"toes": {"0.5": [4]}, "name": "leg"}  # as JSON has them: keys are texts, tuples lists
    assert animal.model_dump(by_alias=True, exclude=frozenset({"deep"})) == {
        "legs": [toes, {"toes": {"0.5": [2]}, "name": "x"}],
        "by_name": {},
        "from": {"0.5": [6]},
    }
    assert "born" in animal.model_dump()
    assert "from" not in Animal().model_dump(by_alias=True)


def test_all_that_is_wrong_is_found_at_its_place() -> None:
    raw = {"legs": [{"toes": 3}, {}, "no", {"toes": 2, "name": 5}], "from": 3, "colour": 1, 7: 2}
    assert _faults(raw) == [
        ("too_long", ("legs",)),
        ("refused", ("from",)),
        ("extra_forbidden", ("colour",)),
        ("invalid_key", (7,)),
    ]
    assert _faults({"legs": raw["legs"][:2]}) == [("refused", ("legs", 0, "toes")), ("missing", ("legs", 1, "toes"))]
    assert _faults({"legs": raw["legs"][2:]}) == [("model_type", ("legs", 0)), ("string_type", ("legs", 1, "name"))]
    assert _faults({"legs": {}, "by_name": []}) == [("tuple_type", ("legs",)), ("dict_type", ("by_name",))]
    assert _faults({"by_name": {1: 2, "deep": {"a": 3}}}) == [
        ("string_type", ("by_name", 1, "[key]")),
        ("refused", ("by_name", "deep", "a")),
    ]
    assert _faults([]) == [("model_type", ())]


def test_what_fits_one_by_one_may_not_fit_together() -> None:
    assert _faults({"secret": "x"}) == [("refused", ())]
    assert Animal(secret="x", born=2).secret == "x"


def test_a_record_is_changed_by_copying_it() -> None:
    animal = Animal(born=2)
    with pytest.raises(AttributeError):
        animal.born = 4
    with pytest.raises(AttributeError):
        del animal.born
    copy = animal.model_copy(update={"born": 3, "secret": "unchecked"})
    assert (copy.born, animal.born) == (3, 2)
    assert copy.model_fields_set == {"born", "secret"}
    assert animal == Animal(born=2)
    assert animal != copy
    assert hash(Leg(toes=2)) == hash(Leg(toes=2))
    assert repr(Leg(toes=2)) == "Leg(toes=2, name='leg')"
