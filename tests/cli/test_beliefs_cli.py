# SPDX-License-Identifier: MIT
"""``txsim priors`` and ``txsim evidence`` end to end: what they print, their JSON, and what bad input gets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from txsim.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
PILOT = str(ROOT / "scenarios/service_desk_pilot.yaml")


@pytest.fixture
def txsim(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run the command in this process; return exit code, stdout and stderr."""

    def run(*args: str) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as done:
            main(list(args))
        out, err = capsys.readouterr()
        code = done.value.code
        return (code if isinstance(code, int) else 0), out, err

    return run


def plain(text: str) -> str:
    """Return text on one line, with plain spaces."""
    return " ".join(text.split())


#: What every result carries beside its own keys.
ENVELOPE = {"kind", "units", "messages"}

CLAIM_KEYS = {
    "id",
    "role",
    "statement",
    "speaks_about",
    "design",
    "cluster",
    "credibility",
    "credibility_default",
    "why",
    "used",
    "not_used_because",
    "read",
    "verified",
    "source",
    "where",
    "year",
    "sample",
    "population",
    "industry",
    "default_for",
    "replaces",
    "on_request",
    "needs",
    "null",
    "statements",
}


def test_the_list_of_claims_is_public(txsim: Any) -> None:
    code, out, _ = txsim("evidence", "list", "--json")
    found = json.loads(out)
    assert code == 0
    assert set(found) == ENVELOPE | {"claims", "count", "scored", "verified", "packs", "null"}
    assert {frozenset(row) for row in found["claims"]} == {frozenset(CLAIM_KEYS)}
    assert found["count"] == len(found["claims"]) == 59
    assert found["scored"] == 19


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        (["--path", "cx -> ex"], {"zablah-2016", "koys-2001"}),
        (["--path", "churn_cx"], {"kriss-2014"}),
        (["--design", "forecast"], {"gartner-2022-tx25"}),
        (["--industry", "tourism", "--role", "scored"], {"glassdoor-2019-contact", "suzuki-2014"}),
        (["--path", "ux_employee->ex", "--role", "scored"], {"technostress-meta", "melnick-2019"}),
    ],
)
def test_filters(txsim: Any, filters: list[str], ids: set[str]) -> None:
    _, out, _ = txsim("evidence", "list", "--json", *filters)
    assert {row["id"] for row in json.loads(out)["claims"]} == ids


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (["evidence", "list", "--path", "ex -> cxx"], "did you mean `ex -> cx`?"),
        (["evidence", "list", "--design", "vendor_clam"], "did you mean `vendor_claim`?"),
        (["evidence", "list", "--industry", "retial"], "did you mean `retail`?"),
        (["evidence", "list", "--role", "score"], "did you mean `scored`?"),
        (["evidence", "show", "sears"], "did you mean `sears-1998`?"),
        (["evidence", "lst"], "did you mean `list`?"),
        (["priors", "shw"], "did you mean `show`?"),
        (["priors", "show", "ex_xc"], "did you mean `ex_cx`?"),
        (["priors", "show", "ex_cx", "--out", "x.pdf"], "use .png, .svg"),
        (["priors", "packs", "sceptik"], "did you mean `sceptic`?"),
        (["priors", "list", "--pack", "sceptik"], "did you mean `sceptic`?"),
        (["priors", "list", "--set", "priors.ex_cxx=1"], "did you mean `ex_cx`?"),
        (["priors", "list", "--evidence", "/no/such.yaml"], "no such file"),
        (["priors", "check", "/no/such.yaml"], "no such file"),
        (["priors", "compare", PILOT, "--credibility", "vendor_claim"], "expected NAME=A,B"),
        (["priors", "compare", PILOT, "--credibility", "vendor_claim=x"], "is not a number"),
        (["priors", "compare", PILOT, "--credibility", "vendor_claim=1.5"], "0 … 1"),
        (["priors", "compare", PILOT, "--credibility", "vendor=0.5"], "did you mean"),
        (["priors", "compare", PILOT, "--face-value", "sears"], "did you mean `sears-1998`?"),
        (["priors", "compare", PILOT, "--pack", "none"], "there is no pack"),
        (["priors", "compare", PILOT, "--try", "priors.ex_cxx=-1"], "did you mean `ex_cx`?"),
    ],
)
def test_bad_input_is_told_with_the_nearest_valid_name(txsim: Any, args: list[str], expected: str) -> None:
    code, out, err = txsim(*args)
    assert code == 2
    assert expected in err
    assert "Traceback" not in err
    assert out == ""


def test_one_claim_whole(txsim: Any) -> None:
    code, out, _ = txsim("evidence", "show", "melnick-2019")
    assert code == 0
    out = plain(out)
    for part in ("odds_ratio", "870 US physicians", "40 %", "Assuming", "Mayo Clinic"):
        assert part in out
    _, out, _ = txsim("evidence", "show", "melnick-2019", "--json")
    assert set(json.loads(out)) == CLAIM_KEYS | ENVELOPE


def test_evidence_is_checked(txsim: Any, tmp_path: Path) -> None:
    code, out, _ = txsim("evidence", "check")
    assert code == 0
    assert "19 scored" in out
    file = tmp_path / "own.yaml"
    file.write_text("drop: [lse-2005]\ncredibility: {vendor_claim: 0.2}\n")
    code, out, _ = txsim("evidence", "check", str(file), "--json")
    found = json.loads(out)
    assert found["scored"] == 18
    assert found["not_used"]["lse-2005"] == "the scenario drops it"
    file.write_text("add:\n  a-1:\n    role: scored\n    statement: x\n    read: cited\n    design: experimnt\n")
    code, _, err = txsim("evidence", "check", str(file))
    assert code == 2
    assert "own.yaml:6" in err
    assert "did you mean `experiment`?" in err
    code, out, _ = txsim("evidence", "check", PILOT)
    assert code == 0


def test_parameters_are_listed(txsim: Any) -> None:
    code, out, err = txsim("priors", "list", PILOT, "--json", "--quiet")
    assert (code, err) == (0, "")
    found = json.loads(out)
    own = {"scenario", "packs", "calibration", "claims_scored", "narrowed_by_a_tenth", "parameters"}
    assert set(found) == ENVELOPE | own
    keys = {
        "name",
        "unit",
        "meaning",
        "role",
        "prior",
        "posterior",
        "narrowed_by",
        "doubt",
        "source",
        "by",
        "date",
        "why",
        "evidence",
    }
    assert {frozenset(row) for row in found["parameters"]} == {frozenset(keys)}
    first = found["parameters"][0]
    assert set(first["prior"]) == {"median", "p05", "p95", "words"}
    assert set(first["posterior"]) == {"median", "p05", "p95"}
    code, out, _ = txsim("priors", "list", PILOT, "--quiet")
    assert "CX points per EX point" in " ".join(out.split())


def test_where_a_belief_comes_from(txsim: Any, tmp_path: Path) -> None:
    for name in ("service_desk_pilot.yaml", "organisations/nordlicht.yaml"):
        target = tmp_path / name
        target.parent.mkdir(exist_ok=True)
        target.write_bytes((ROOT / "scenarios" / name).read_bytes())
    file = tmp_path / "ours.yaml"
    file.write_text(
        "extends: service_desk_pilot.yaml\nevidence: {use: none}\npriors:\n  pack: sceptic\n"
        "  ex_cx: {median: 0.2, factor: 4, by: Ada, why: workshop, date: 2026-11-24}\n"
    )
    _, out, _ = txsim("priors", "list", str(file), "--json", "--quiet")
    rows = {row["name"]: row for row in json.loads(out)["parameters"]}
    assert rows["ex_cx"]["source"] == f"{file}:5"
    assert (rows["ex_cx"]["by"], rows["ex_cx"]["why"], rows["ex_cx"]["date"]) == ("Ada", "workshop", "2026-11-24")
    assert rows["confounding"]["source"] == "pack sceptic"
    assert rows["cx_ex"]["source"] == "catalogue"


def test_a_parameter_is_shown_and_drawn(txsim: Any, tmp_path: Path) -> None:
    png, svg = tmp_path / "p.png", tmp_path / "p.svg"
    code, out, _ = txsim("priors", "show", "ex_cx", "--out", str(png), "--quiet")
    assert code == 0
    out = plain(out)
    for part in (
        "Surveys see",
        "Pushing gives",
        "good management",
        "sears-1998",
        "+10 index points of EX on all staff",
    ):
        assert part in out
    assert png.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    code, out, _ = txsim("priors", "show", "ex_cx", "--out", str(svg), "--json", "--quiet")
    assert b"<svg" in svg.read_bytes()[:1000]
    first = svg.read_bytes()
    txsim("priors", "show", "ex_cx", "--out", str(svg), "--quiet")
    assert svg.read_bytes() == first
    found = json.loads(out)
    assert {"prior", "posterior", "claims", "gap", "predictions", "density", "why", "source"} <= set(found)
    code, out, _ = txsim("priors", "show", "delivery", "--quiet")
    assert code == 0
    assert "c_level" in out


def test_packs_are_listed_and_printed(txsim: Any, tmp_path: Path) -> None:
    _, out, _ = txsim("priors", "packs", "--json")
    names = {row["name"] for row in json.loads(out)["packs"]}
    assert {"before_claims", "sceptic", "vendor_optimism", "peer_reviewed_only", "b2b", "contact_centre"} <= names
    _, out, _ = txsim("priors", "packs", "sceptic")
    own = tmp_path / "own.yaml"
    own.write_text(out)
    code, out, _ = txsim("evidence", "list", "--pack", str(own), "--design", "vendor_claim", "--json")
    assert code == 0
    assert all(row["credibility"] == 0 for row in json.loads(out)["claims"] if row["used"])


def test_beliefs_are_compared(txsim: Any) -> None:
    code, out, _ = txsim(
        "priors", "compare", PILOT, "--credibility", "vendor_claim=0,50%", "--no-claims", "--brief", "--json", "--quiet"
    )
    found = json.loads(out)
    assert code == 0
    keys = {"scenario", "currency", "draws", "seed", "packs", "base", "variants", "influence", "claims", "sensitivity"}
    assert set(found) == keys | {"gap", "evidence"} | ENVELOPE
    assert [row["label"] for row in found["variants"]] == ["vendor_claim 0", "vendor_claim 0.5", "no claims"]
    commit = found["variants"][0]["options"]["commit"]
    assert set(commit) == {"npv", "npv_after_tax", "p_loss", "change", "change_p_loss"}
    code, out, _ = txsim("priors", "compare", PILOT, "--pack", "b2b", "--brief", "--quiet", "--draws", "512")
    assert code == 0
    assert "pack b2b" in out


def test_a_known_slope_below_nothing_is_compared(txsim: Any) -> None:
    """Staff who are happier at customers' cost: an end of the range, where every claim about the sign is refuted."""
    code, out, err = txsim(
        *("priors", "compare", PILOT, "--try", "priors.ex_cx=-1"), *("--brief", "--json", "--quiet", "--draws", "512")
    )
    assert (code, err) == (0, "")
    found = json.loads(out)
    row = found["variants"][0]
    assert (row["label"], row["error"]) == ("priors.ex_cx=-1", None)
    change = row["options"]["commit"]["change"]
    assert change["mean"] < -10 * change["mcse"]
    assert row["options"]["commit"]["p_loss"]["value"] > found["base"]["options"]["commit"]["p_loss"]["value"]


def test_priors_are_checked(txsim: Any) -> None:
    code, out, _ = txsim("priors", "check", PILOT, "--draws", "512", "--quiet")
    assert code == 0
    assert "Loop gain" in out
    assert "NPS points" in out
    _, out, _ = txsim("priors", "check", PILOT, "--draws", "512", "--quiet", "--json")
    assert {"outcomes", "loop_gain", "outside_evidence", "already_uses", "findings", "passes"} <= set(json.loads(out))
