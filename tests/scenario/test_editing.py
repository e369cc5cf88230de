# SPDX-License-Identifier: MIT
"""A prior changed in a person's file: the entry in question, and not one other character."""

from __future__ import annotations

import difflib
import json
from pathlib import Path

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from txsim.errors import InputError
from txsim.priors.distributions import quantile
from txsim.scenario import load, loads
from txsim.scenario.editing import Note, new_entry, with_prior
from txsim.scenario.prior_setting import set_prior, set_priors, usable_parameters
from txsim.scenario.schema import json_schema
from txsim.scenario.yaml_reader import read_text

QUANTILES = {"quantiles": {0.05: 0.1, 0.5: 0.4, 0.95: 1.2}}

TEXTS = {
    "no priors": "title: a  # c\nseed: 3\n",
    "no last line end": "title: a",
    "end marker": "title: a\n...\n",
    "block": (
        "# top\npriors:\n  # about ex\n  ex_cx: {median: 0.3, factor: 4}  # from Ada\n  cx_ex:  # head\n"
        '    median: 0.2  # old, said "why not"\n    # between\n    factor: 3\n    already_uses: [sears-1998]\n'
        "    by: Ben\n  # tail\n\nseed: 3  # end\n"
    ),
    "flow": "priors: {ex_cx: 0.3 ×/÷ 4, cx_ex: 0.2}  # all\nseed: 3\n",
    "flow over lines": "priors: {\n  ex_cx: 0.3, # why\n  cx_ex: 0.2, # two\n}\nseed: 3\n",
    "empty": "priors: {}\n",
    "all in one": "{title: a, priors: {ex_cx: 0.3}}\n",
    "deep": (
        "priors:\n    ex_cx:\n        quantiles:\n            0.05: 0.1\n            0.95: 1\n        why: >-\n"
        "            long # no comment\n            text\n    cx_ex: 0.4\n"
    ),
    "text with #": 'priors:\n  ex_cx: {median: 0.3, factor: 4, why: "a # b"}\n  cx_ex: {median: 0.3, factor: 4}\n# end',
}


def changed_lines(before: str, after: str) -> tuple[list[str], list[str]]:
    lines = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    return [line[2:] for line in lines if line[:1] == "-"], [line[2:] for line in lines if line[:1] == "+"]


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("name", ["ex_cx", "cx_ex", "ux_ex"])
@pytest.mark.parametrize("kind", TEXTS)
def test_only_the_entry_changes(kind: str, name: str, newline: str) -> None:
    text = TEXTS[kind].replace("\n", newline)
    before = read_text(text, "x").data
    old = (before.get("priors") or {}).get(name)
    entry = new_entry(old, QUANTILES, Note(by="Ann Öz", why='they said "more" # yes', date="2026-11-24"))
    once = with_prior(text, name, entry)
    again = new_entry(read_text(once, "x").data["priors"][name], 0.25, Note(by="Ben", date="2026-11-25"))
    twice = with_prior(once, name, again)
    data = read_text(twice, "x").data
    now = data["priors"].pop(name)
    rest = dict(before)
    rest["priors"] = {key: value for key, value in (before.get("priors") or {}).items() if key != name}
    assert data == rest
    assert (now["distribution"], now["value"], now["by"]) == ("point", 0.25, "Ben")
    assert now["history"][0] == {**QUANTILES, "by": "Ann Öz", "why": 'they said "more" # yes', "date": "2026-11-24"}
    assert len(now["history"]) == (2 if old is not None else 1)
    if isinstance(old, dict) and "already_uses" in old:
        assert now["already_uses"] == old["already_uses"]
    # Every comment is still there, and all line ends are of one kind.
    for comment in (
        "# top",
        "# about ex",
        "# from Ada",
        '# old, said "why not"',
        "# between",
        "# tail",
        "# end",
        "# why",
    ):
        assert (comment in text) == (comment in twice)
    if "\r\n" in text:
        assert twice.count("\n") == twice.count("\r\n")
    gone, _ = changed_lines(text, once)
    spoken = [line for line in gone if line.strip() and not line.lstrip().startswith("#")]
    if kind in ("no priors", "block", "deep") and old is None:
        assert not spoken


def test_order_and_untouched_lines_of_a_shipped_scenario(scenarios: Path, tmp_path: Path) -> None:
    """Each shipped scenario: lines are only added, in one place."""
    for source in sorted(scenarios.glob("*.yaml")):
        text = source.read_text("utf-8")
        after = with_prior(text, "mx_cx", new_entry(None, QUANTILES, Note("a", "b")))
        gone, come = changed_lines(text, after)
        assert (gone, len(come) in (4, 5)) == ([], True), source
        assert after.startswith(text) or "priors:" in text


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(["ex_cx", "cx_ex", "ux_ex", "mx_cx", "reach"]),
        st.sampled_from(["0.3", "{median: 0.3, factor: 4}  # c", "0.3 ×/÷ 4   # d", "{interval: [0.1, 2], by: Ö}"]),
        min_size=1,
    ),
    st.sampled_from(["ex_cx", "mx_cx", "silo_mx"]),
    st.text(st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp", "Zs")), max_size=20),
    st.integers(1, 6),
)
def test_any_entry_in_any_place(entries: dict[str, str], name: str, why: str, indent: int) -> None:
    body = "".join(f"{' ' * indent}{key}: {value}\n" for key, value in entries.items())
    text = f"title: x\npriors:\n{body}# after\nseed: 1\n"
    old = read_text(text, "x").data["priors"].get(name)
    after = with_prior(text, name, new_entry(old, QUANTILES, Note(why=why)))
    data = read_text(after, "x").data
    assert data["priors"][name].get("why", "") == why
    for key in entries:
        if key != name:
            assert data["priors"][key] == read_text(text, "x").data["priors"][key]
            assert f"{' ' * indent}{key}: {entries[key]}\n" in after


def test_what_is_shared_is_refused() -> None:
    for text in (
        "priors: {ex_cx: &a {median: 1, factor: 2}, cx_ex: *a}\n",
        "priors:\n  ex_cx: &a\n    median: 1\n    factor: 2\n  cx_ex: *a\n",
    ):
        for name in ("ex_cx", "cx_ex"):
            with pytest.raises(InputError, match="anchor"):
                with_prior(text, name, new_entry(None, QUANTILES, Note()), "f.yaml")
    with pytest.raises(InputError, match=r"f.yaml:1:\d+"):
        with_prior("priors: [1, 2]\n", "ex_cx", new_entry(None, QUANTILES, Note()), "f.yaml")
    with pytest.raises(InputError, match=r"f\.yaml:2"):
        with_prior("a: 1\na: 2\n", "ex_cx", new_entry(None, QUANTILES, Note()), "f.yaml")


@pytest.fixture
def pilot(scenarios: Path, tmp_path: Path) -> Path:
    """A copy of a shipped scenario with what it extends."""
    for source in scenarios.rglob("*.yaml"):
        target = tmp_path / source.relative_to(scenarios)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
    return tmp_path / "service_desk_pilot.yaml"


def test_set_in_a_file(pilot: Path) -> None:
    pilot.chmod(0o640)
    done = set_prior(pilot, "ex_cx", QUANTILES, Note("workshop", "they know", "2026-11-24"))
    assert done.before is None
    assert done.family == "lognormal"
    belief = load(pilot).beliefs["ex_cx"]
    assert belief.prior.family == "lognormal"
    assert [quantile(belief.prior, p) for p in (0.05, 0.5, 0.95)] == [done.now.p05, done.now.median, done.now.p95]
    assert (belief.by, belief.why, belief.date) == ("workshop", "they know", "2026-11-24")
    assert pilot.stat().st_mode & 0o777 == 0o640
    again = set_prior(pilot, "ex_cx", {"median": 0.2, "factor": 3}, Note("Ben", "smaller", "2026-11-25"))
    assert again.before == done.now
    assert [entry["by"] for entry in load(pilot).beliefs["ex_cx"].history] == ["workshop"]
    assert not list(pilot.parent.glob(".*tmp*"))


def test_changed_files_keep_to_the_json_schema(pilot: Path) -> None:
    set_prior(pilot, "ex_cx", {"median": 0.2, "factor": 3}, Note("Ben", "x", "2026-11-25"))
    set_prior(pilot, "ex_cx", 0.4, Note("Cy", "y", "2026-11-26"))
    data = read_text(pilot.read_text("utf-8"), "x").data
    jsonschema.validate(json.loads(json.dumps(data)), json_schema())
    with pytest.raises(InputError, match="a list of earlier beliefs"):
        loads("priors: {ex_cx: {median: 0.2, factor: 3, history: often}}")


def test_history_is_no_belief(pilot: Path) -> None:
    """The record of earlier beliefs changes neither the scenario's content nor its hash."""
    set_prior(pilot, "ex_cx", {"median": 0.2, "factor": 3}, Note("Ben", "x", "2026-11-25"))
    first = load(pilot).hash
    text = pilot.read_text("utf-8")
    set_prior(pilot, "ex_cx", {"median": 0.9, "factor": 3}, Note("Ben", "x", "2026-11-25"))
    set_prior(pilot, "ex_cx", {"median": 0.2, "factor": 3}, Note("Ben", "x", "2026-11-25"))
    assert pilot.read_text("utf-8") != text
    assert load(pilot).hash == first


def test_a_plain_number_replaces_what_a_file_below_says(pilot: Path) -> None:
    """`value` merged into a base's median and factor would be neither; the entry replaces it whole."""
    set_prior(pilot, "ex_cx", {"median": 0.2, "factor": 3}, Note("a", "b"))
    child = pilot.with_name("child.yaml")
    child.write_text("extends: service_desk_pilot.yaml\ntitle: child\n", "utf-8")
    set_prior(child, "ex_cx", 0.5, Note("c", "d"))
    belief = load(child).beliefs["ex_cx"]
    assert belief.prior.family == "point"
    assert belief.prior.args == (0.5,)
    assert load(pilot).beliefs["ex_cx"].prior.family == "lognormal"


def test_a_fault_leaves_the_file_as_it_was(pilot: Path) -> None:
    before = pilot.read_bytes()
    for name, quantity, words in (
        ("ex_xc", QUANTILES, "did you mean `ex_cx`"),
        ("delivery", 0.5, "drawn with each driver"),
        ("copy", {"median": 0.5, "factor": 4}, "outside what is possible"),
        ("churn_cx", {"interval": [-1, 3]}, "outside what is possible"),
        ("ex_cx", {"quantiles": {0.05: 1, 0.95: 0.4}}, "must rise"),
    ):
        with pytest.raises(InputError, match=words):
            set_priors(pilot, {"cx_ex": 0.1, name: quantity}, dict.fromkeys(("cx_ex", name), Note("a", "b")))
        assert pilot.read_bytes() == before
    pilot.chmod(0o444)
    assert not list(pilot.parent.glob(".*tmp*"))


def test_new_faults_count_old_ones_do_not(tmp_path: Path, pilot: Path) -> None:
    """A pack is no scenario and can be edited; what would newly be wrong is refused."""
    pack = tmp_path / "ours.yaml"
    pack.write_text("# our pack\ntitle: Ours\nwhy: a client's\npriors:\n  ex_cx: 0.2 ×/÷ 3\n", "utf-8")
    set_prior(pack, "cx_ex", {"median": 0.1, "factor": 2}, Note("a", "b"))
    assert read_text(pack.read_text("utf-8"), "x").data["priors"]["cx_ex"]["median"] == 0.1
    assert pack.read_text("utf-8").startswith("# our pack\n")


def test_own_edges_are_parameters(pilot: Path) -> None:
    text = pilot.read_text("utf-8") + (
        "graph:\n  nodes: [{name: first_fix}]\n  edges:\n"
        "    - {source: first_fix, target: cx, slope: {median: 0.2, factor: 3}, lag: lag_tools}\n"
    )
    pilot.write_text(text, "utf-8")
    assert "slope_first_fix_cx" in usable_parameters(pilot)
    set_prior(pilot, "slope_first_fix_cx", {"median": 0.3, "factor": 2}, Note("a", "b"))
    assert load(pilot).beliefs["slope_first_fix_cx"].prior.args[0] == pytest.approx(-1.2039728)
