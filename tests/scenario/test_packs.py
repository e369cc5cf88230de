# SPDX-License-Identifier: MIT
"""Prior packs and files of evidence: what lies below, what wins, and what is refused at its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from txsim import catalogues
from txsim.errors import InputError
from txsim.priors import packs
from txsim.priors.distributions import beta, lognormal, point
from txsim.scenario import load, load_beliefs

FIRM = """
organisation:
  index: {cx: 60, ex: 55}
  staff: {front: {headcount: 100}}
  customers: 1000
  churn_per_month: 2 %
  arpu_per_month: 100
  contribution_margin: 30 %
drivers:
  - {name: desk, pushes: [{node: ex, effect: {median: 4, factor: 2}}], one_off: 1000}
"""


@pytest.fixture
def firm(tmp_path: Path) -> Path:
    (tmp_path / "firm.yaml").write_text(FIRM)
    return tmp_path


def scenario(folder: Path, text: str, name: str = "s.yaml") -> Path:
    file = folder / name
    file.write_text(f"extends: firm.yaml\n{text}")
    return file


@pytest.mark.parametrize("name", packs.names())
def test_every_pack_can_be_used_alone_and_in_a_scenario(firm: Path, name: str) -> None:
    told = load(scenario(firm, f"priors: {{pack: {name}}}\n"))
    assert told.packs == (name,)
    assert told.hash == load(firm / "firm.yaml", pack=name).hash
    alone = load_beliefs(pack=name)
    assert alone.priors == told.priors
    assert alone.selection() == told.selection()
    pack = packs.pack(name)
    assert set(told.priors) == set(pack.priors)
    assert all(belief.why for belief in told.beliefs.values()), "each changed prior says why"
    assert pack.title
    assert pack.why


def test_packs_believe_what_they_say() -> None:
    def scored(pack: str) -> dict[str, float]:
        return {claim.id: claim.credibility for claim in load_beliefs(pack=pack).selection().claims}

    usual = scored("before_claims")
    assert usual == {claim.id: claim.credibility for claim in load_beliefs().selection().claims}
    assert scored("no_claims") == {}
    assert scored("vendor_optimism") == {"qualtrics-2022": 1.0, "kriss-2014": 1.0}
    sceptic = scored("sceptic")
    assert (sceptic["qualtrics-2022"], sceptic["kriss-2014"], sceptic["gartner-2022-tx25"]) == (0, 0, 0)
    assert sceptic["sears-1998"] < usual["sears-1998"]
    contact = scored("contact_centre")
    assert "glassdoor-2019-contact" in contact
    assert "glassdoor-2019" not in contact
    library = load_beliefs().claims()
    assert all("Journal" in library[name].source or name != "otto-2020" for name in scored("peer_reviewed_only"))
    assert not {"krekel-2019", "sears-1998", "pwc-2018"} & set(scored("peer_reviewed_only"))


def test_the_scenario_wins_over_its_pack(firm: Path) -> None:
    text = "priors: {pack: sceptic, confounding: 0.2}\nevidence: {credibility: {vendor_claim: 30 %}}\n"
    told = load(scenario(firm, text))
    assert told.priors["confounding"] == point(0.2)
    assert told.evidence.credibility["vendor_claim"] == pytest.approx(0.3)
    assert told.evidence.credibility["forecast"] == 0
    last = load(scenario(firm, text), overrides=["priors.pack=b2b"])
    assert last.packs == ("b2b",)
    assert "forecast" not in last.evidence.credibility


def test_a_client_pack_is_a_file_and_may_rest_on_another(firm: Path) -> None:
    (firm / "packs").mkdir()
    (firm / "packs/base.yaml").write_text("title: base\npriors: {pack: sceptic, ex_cx: 0.30 ×/÷ 4}\n")
    (firm / "packs/ours.yaml").write_text(
        "why: a workshop\npriors:\n  pack: base.yaml\n  cx_ex: {median: 0.05, factor: 3, by: Ada, why: seen}\n"
    )
    told = load(scenario(firm, "priors: {pack: packs/ours.yaml}\n"))
    assert len(told.packs) == 3
    assert told.packs[-1] == "sceptic"
    assert told.priors["ex_cx"] == lognormal(0.30, 4)
    assert told.priors["confounding"] == beta(4, 6)
    assert told.beliefs["cx_ex"].by == "Ada"


@pytest.mark.parametrize(
    ("text", "files", "expected"),
    [
        ("priors: {pack: sceptik}\n", {}, ["s.yaml:2", "priors.pack", "did you mean `sceptic`?"]),
        ("priors: {pack: 3}\n", {}, ["s.yaml:2", "name of a pack"]),
        ("priors: {pack: ../out.yaml}\n", {}, ["s.yaml:2", "lies outside"]),
        ("priors: {pack: /etc/passwd.yaml}\n", {}, ["s.yaml:2", "relative path"]),
        ("priors: {pack: none.yaml}\n", {}, ["s.yaml:2", "no such file"]),
        ("priors: {pack: a.yaml}\n", {"a.yaml": "priors: {pack: a.yaml}\n"}, ["a.yaml:1", "a circle"]),
        ("priors: {pack: a.yaml}\n", {"a.yaml": "priorities: {}\n"}, ["a.yaml:1", "did you mean `priors`?"]),
        ("priors: {pack: a.yaml}\n", {"a.yaml": "priors: {ex_cxx: 1}\n"}, ["a.yaml:1", "did you mean `ex_cx`?"]),
        (
            "priors: {pack: a.yaml}\n",
            {"a.yaml": "evidence:\n  credibility: {vendor_claim: 2}\n"},
            ["a.yaml:2", "0 … 1"],
        ),
        (
            "priors: {ex_cx: {quantiles: {0.05: 1, 0.5: 0.4, 0.95: 2}}}\n",
            {},
            ["s.yaml:2", "priors.ex_cx"],
        ),
        ("priors: {copy: {interval: [0.2, 1.4]}}\n", {}, ["s.yaml:2", "priors.copy"]),
    ],
)
def test_bad_beliefs_are_told_at_their_line(firm: Path, text: str, files: dict[str, str], expected: list[str]) -> None:
    for name, content in files.items():
        (firm / name).write_text(content)
    (firm.parent / "out.yaml").write_text("title: out\n")
    file = scenario(firm, text)
    before = file.read_bytes()
    with pytest.raises(InputError) as caught:
        load(file)
    for part in expected:
        assert part in str(caught.value)
    assert file.read_bytes() == before


def test_a_link_out_of_the_tree_is_refused(firm: Path) -> None:
    outside = firm.parent / f"{firm.name}-outside.yaml"
    outside.write_text("title: out\n")
    (firm / "link.yaml").symlink_to(outside)
    with pytest.raises(InputError, match="lies outside"):
        load(scenario(firm, "priors: {pack: link.yaml}\n"))


CLAIM = """
  acme-2026:
    role: scored
    statement: We measured it ourselves.
    design: experiment
    read: "yes"
    statements:
      - {{statistic: {statistic}, about: {about}, value: 0.2, se: 0.3}}
"""


def test_a_file_of_evidence_adds_replaces_weighs_and_drops(firm: Path, tmp_path: Path) -> None:
    file = tmp_path / "evidence.yaml"
    file.write_text(
        "add:"
        + CLAIM.format(statistic="effect", about="ex -> cx")
        + "replace:\n  sears-1998: {credibility: 0.2}\ndrop: [lse-2005]\ncredibility: {vendor_claim: 0}\n"
    )
    told = load(scenario(firm, "evidence: {credibility: {vendor_claim: 0.7, forecast: 0.5}}\n"), evidence=file)
    scored = {claim.id: claim.credibility for claim in told.selection().claims}
    assert scored["acme-2026"] == 0.9
    assert scored["sears-1998"] == 0.2
    assert "lse-2005" not in scored
    assert (scored["qualtrics-2022"], scored["gartner-2022-tx25"]) == (0, 0.5)
    headed = tmp_path / "headed.yaml"
    headed.write_text("title: theirs\nevidence:\n  drop: [lse-2005]\n")
    assert "lse-2005" not in {claim.id for claim in load_beliefs(evidence=headed).selection().claims}


@pytest.mark.parametrize(
    ("statistic", "about", "expected"),
    [
        ("effect", "ex -> cxx", "no node `cxx`; did you mean `cx`?"),
        ("correlation", "ux_employe -> ex", "did you mean `ux_employee`?"),
        ("effect", "cx -> mx", "no route from `cx` to `mx`"),
        ("parameter", "churn_cxx", "did you mean `churn_cx`?"),
        ("ratio", "cx_ex / ex_xc", "did you mean `ex_cx`?"),
        ("quantity", "growth_rate", "did you mean `growth_rate_cx`?"),
        ("effect", "ex[frontline] -> cx", "did you mean `ex[front]`?"),
    ],
)
def test_a_claim_about_what_is_not_there(firm: Path, tmp_path: Path, statistic: str, about: str, expected: str) -> None:
    file = tmp_path / "evidence.yaml"
    file.write_text("add:" + CLAIM.format(statistic=statistic, about=f'"{about}"'))
    with pytest.raises(InputError) as caught:
        load(firm / "firm.yaml", evidence=file)
    assert expected in str(caught.value)
    assert "evidence.yaml:8" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("acme-2026: {role: scored}\n", "a claim stands under `add`"),
        ("dropp: [lse-2005]\n", "did you mean `drop`?"),
        ("replace: {sears-1999: {credibility: 0.2}}\n", "did you mean `sears-1998`?"),
        ("replace: {sears-1998: {credibility: 2}}\n", "outside 0 … 1"),
        ("replace: {sears-1998: 3}\n", "fields of a claim"),
        ("add: {sears-1998: {role: context, statement: x, read: cited}}\n", "under `replace`"),
        ("drop: [sears]\n", "did you mean `sears-1998`?"),
        ("add: {a-1: {role: scored, statement: x, read: cited, design: experiment, statements: []}}\n", "needs"),
    ],
)
def test_bad_files_of_evidence(firm: Path, tmp_path: Path, text: str, expected: str) -> None:
    file = tmp_path / "evidence.yaml"
    file.write_text(text)
    with pytest.raises(InputError) as caught:
        load(firm / "firm.yaml", evidence=file)
    assert expected in str(caught.value)
    assert "evidence.yaml:1" in str(caught.value)


def test_a_link_to_nothing_says_so(tmp_path: Path) -> None:
    (tmp_path / "case.yaml").symlink_to("gone.yaml")
    with pytest.raises(InputError, match=r"a link to gone.yaml, which is not there") as caught:
        load(tmp_path / "case.yaml")
    assert "did you mean" not in str(caught.value)


@pytest.mark.parametrize("tag", ["en", "ru"])
def test_a_credibility_of_nothing_known_points_at_the_name_in_every_language(firm: Path, tag: str) -> None:
    file = firm / "firm.yaml"
    file.write_text(FIRM + "evidence: {credibility: {nobody-1999: 0.5}}\n")
    with catalogues.speaking(tag), pytest.raises(InputError) as refused:
        load(file)
    (problem,) = refused.value.problems
    assert problem.source[(problem.column or 0) - 1 :] == "nobody-1999: 0.5}}"
