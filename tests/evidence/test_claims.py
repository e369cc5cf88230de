# SPDX-License-Identifier: MIT
"""Claims as people write them: read, completed, or refused with everything that is wrong and where."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import yaml

from txsim.errors import InputError
from txsim.evidence import read_claims

GOOD: dict[str, Any] = {
    "acme-2026": {
        "role": "scored",
        "statement": "Ten points of engagement brought two of satisfaction.",
        "design": "unit_panel",
        "statements": [{"statistic": "effect", "about": "ex -> cx", "value": 0.2, "se": 0.3}],
        "read": "yes",
    }
}


def _with(**fields: Any) -> dict[str, Any]:
    data = copy.deepcopy(GOOD)
    data["acme-2026"] |= fields
    return data


def _stating(**fields: Any) -> dict[str, Any]:
    statement = GOOD["acme-2026"]["statements"][0] | fields
    return _with(statements=[{key: value for key, value in statement.items() if value != "absent"}])


def test_a_claim_is_read_with_the_scale_of_its_statistic() -> None:
    claim = read_claims(GOOD)["acme-2026"]
    assert claim.verified
    assert claim.credibility is None
    assert claim.statements[0].transform == "log"
    correlation = read_claims(_stating(statistic="correlation"))["acme-2026"]
    assert correlation.statements[0].transform == "atanh"
    share = read_claims(_stating(statistic="parameter", about="digital_leave", transform="logit"))
    assert share["acme-2026"].statements[0].transform == "logit"


def test_a_value_may_be_left_to_its_conversion() -> None:
    told = _stating(value="absent", conversion="per_point", inputs={"gain": 2, "over": 10})
    assert read_claims(told)["acme-2026"].statements[0].value == 0.2


def test_a_bare_yes_in_yaml_is_understood() -> None:
    text = "acme-2026: {role: context, statement: So it is., read: yes}"
    assert read_claims(yaml.safe_load(text))["acme-2026"].read == "yes"


@pytest.mark.parametrize(
    ("data", "path", "says"),
    [
        ([], "", "expected claims by id"),
        ({"Acme 2026": {}}, "Acme 2026", "an id is made of small letters"),
        ({3: {}}, "3", "an id is made of"),
        ({"acme-2026": 3}, "acme-2026", "expected the fields"),
        (_with(rol="scored"), "acme-2026.rol", "did you mean `role`"),
        (_with(role="socred"), "acme-2026.role", "did you mean `scored`"),
        (_with(read="maybe"), "acme-2026.read", "unknown: `maybe`"),
        (_with(design="vendor_clam"), "acme-2026.design", "did you mean `vendor_claim`"),
        (_with(credibility=1.2), "acme-2026.credibility", "outside 0 … 1"),
        (_with(credibility="high"), "acme-2026.credibility", "expected a number"),
        (_with(year="2019"), "acme-2026.year", "expected a year"),
        (_with(source=3), "acme-2026.source", "expected a text"),
        (_with(replaces="sears-1998"), "acme-2026.replaces", "expected a list"),
        (_with(cluster=3), "acme-2026.cluster", "expected a name"),
        (_with(on_request="maybe"), "acme-2026.on_request", "expected true or false"),
        (_with(statements=[]), "acme-2026", "needs `design` and `statements`"),
        (_with(statements="x"), "acme-2026.statements", "expected a list"),
        (_with(statements=[3]), "acme-2026.statements[0]", "expected a statement"),
        (_stating(statistic="efect"), "acme-2026.statements[0].statistic", "did you mean `effect`"),
        (_stating(about="ex, cx"), "acme-2026.statements[0].about", "`a -> b`"),
        (_stating(about="ex - cx"), "acme-2026.statements[0].about", "`a -> b`"),
        (_stating(statistic="ratio"), "acme-2026.statements[0].about", "`a / b`"),
        (_stating(statistic="parameter"), "acme-2026.statements[0].about", "name of a parameter"),
        (_stating(value=0), "acme-2026.statements[0].value", "end of the scale `log`"),
        (_stating(value=-1), "acme-2026.statements[0].value", "outside 0 … inf"),
        (_stating(value=float("nan")), "acme-2026.statements[0].value", "outside"),
        (_stating(value=True), "acme-2026.statements[0].value", "expected a number"),
        (_stating(value="absent"), "acme-2026.statements[0].value", "expected a number"),
        (_stating(statistic="correlation", value=1.2), "acme-2026.statements[0].value", "outside -1 … 1"),
        (_stating(transform="logti"), "acme-2026.statements[0].transform", "did you mean `logit`"),
        (_stating(se=0), "acme-2026.statements[0].se", "above 0 is needed"),
        (_stating(se="absent"), "acme-2026.statements[0]", "`se` is missing"),
        (_stating(bound="up_to"), "acme-2026.statements[0].bound", "known"),
        (_stating(spread=-0.1), "acme-2026.statements[0].spread", "outside"),
        (_stating(exaggeration=0), "acme-2026.statements[0].exaggeration", "above 0"),
        (_stating(valeu=2), "acme-2026.statements[0].valeu", "did you mean `value`"),
        (_stating(conversion="os.system"), "acme-2026.statements[0].conversion", "unknown: `os.system`"),
        (_stating(inputs={"gain": 1}), "acme-2026.statements[0].inputs", "need a `conversion`"),
        (_stating(conversion="per_point", inputs={"gain": 1}), "acme-2026.statements[0].inputs", "cannot use"),
        (_stating(conversion="per_point", inputs={"gain": 1, "over": 0}), "acme-2026.statements[0].inputs", "cannot"),
        (_stating(conversion="per_point", inputs={"gain": 1, "over": 2}), "acme-2026.statements[0].value", "gives 0.5"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(data: Any, path: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        read_claims(data)
    found = {problem.path: f"{problem.message} {problem.hint}" for problem in caught.value.problems}
    assert path in found
    assert says in found[path]


def test_everything_that_is_wrong_is_told_at_once() -> None:
    data = _with(role="socred", design="x") | {"b-2026": {"role": "context"}}
    with pytest.raises(InputError) as caught:
        read_claims(data)
    assert len(caught.value.problems) >= 4


def test_a_field_that_is_missing_is_told_once() -> None:
    with pytest.raises(InputError) as refused:
        read_claims({"mine": {"statement": "Something."}})
    said = str(refused.value)
    assert said.count("role") == said.count("`read`") == 1
    assert "None" not in said
