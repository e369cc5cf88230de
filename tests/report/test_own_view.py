# SPDX-License-Identifier: MIT
"""The report that answers back: a view weighed in the page, against the priors desk and by other routes."""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from tests.command import ROOT, txsim
from tests.report.browser import chromium, overlapping, under_rings
from txsim.desk import Desk, comparison
from txsim.desk.claim_effects import Variant
from txsim.errors import InputError
from txsim.inference.pareto import smoothed
from txsim.report.output import report_bytes
from txsim.report.reading import Result, read_result
from txsim.report.words import option_name
from txsim.results.belief_comparison import PriorsCompare
from txsim.results.own_view import OwnView
from txsim.scenario import load

DESK = ROOT / "scenarios" / "service_desk_pilot.yaml"
MOVE = "(input, value) => { input.value = value; input.dispatchEvent(new Event('input')); }"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("own")
    done = txsim("run", DESK, "--out", out / "run", "--report", out / "page.html", "--quiet")
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="module")
def result(kept: Path) -> Result:
    return read_result(kept / "run")


@pytest.fixture(scope="module")
def view(result: Result) -> OwnView:
    assert result.draws is not None
    assert result.draws.view is not None
    return result.draws.view


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def page(browser: Any, kept: Path) -> Iterator[Any]:
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    opened.on("request", lambda request: None if request.url.startswith("file:") else faults.append(request.url))
    opened.goto((kept / "page.html").as_uri())
    yield opened
    opened.close()
    assert faults == []


def moved(page: Any, moves: dict[str, float]) -> dict[str, Any]:
    """Move sliders, by part and number, and return what the page says then."""
    for name, value in moves.items():
        part, _, index = name.partition(" ")
        page.eval_on_selector(f"input[data-part={part}][data-index='{index or 0}']", MOVE, str(value))
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return dict(
        page.evaluate(
            """() => {
                const root = document.getElementById('own-view-panel');
                const raw = (name) => Number(root.querySelector(`[data-own=${name}]`).dataset.raw);
                return {mean: raw('mean'), loss: raw('loss'), mcse: raw('error'), worst: raw('worst'),
                    k: Number(root.dataset.k), effective: Number(root.dataset.effective), state: root.dataset.state,
                    refused: root.classList.contains('refused'),
                    options: JSON.parse(document.getElementById('own-view-facts').textContent).options
                        .map((each) => each.name),
                    command: root.querySelector('[data-own=command]').textContent};
            }"""
        )
    )


def settings_of(command: str) -> tuple[str, ...]:
    words = shlex.split(command)
    assert words[:3] == ["txsim", "run", DESK.name]
    return tuple(words[i + 1] for i, word in enumerate(words) if word == "--set")


@pytest.fixture(scope="module")
def desk() -> Desk:
    return Desk(load(DESK))


def compared(desk: Desk, settings: tuple[str, ...]) -> PriorsCompare:
    variant = Variant("own view", "set", load(DESK, overrides=settings))
    return comparison(desk, [variant], leave_one_out=False, conflicts=False, power_scaling=False)


def place(view: OwnView, part: str, name: str) -> int:
    key = "id" if part == "claims" else "name"
    return next(i for i, row in enumerate(view.facts[part]) if row[key] == name)


def test_untouched_it_says_what_the_report_says(page: Any, result: Result) -> None:
    said = moved(page, {})
    commit = result.answer.to_json()["options"]["commit"]
    assert said["mean"] == pytest.approx(commit["npv"]["mean"], rel=1e-6)
    assert said["loss"] == pytest.approx(commit["p_loss"]["value"])
    assert said["worst"] == pytest.approx(commit["cvar05"]["value"], rel=1e-6)
    assert said["state"] == result.answer.to_json()["recommendation"]["state"]
    advice = result.answer.to_json()["recommendation"]
    named = page.locator("[data-own=state]").text_content()
    assert named.endswith(option_name(advice["option"])) or advice["state"] == "open"
    assert settings_of(said["command"]) == ()
    # As printed, too: the panel and the report beside it give a figure the same digits, those of page one.
    for name in ("mean", "worst"):
        figure = page.locator(f"[data-own={name}]")
        beside = figure.locator("xpath=ancestor::div[1]").locator("dd.d").inner_text()
        assert beside == f"report: {figure.inner_text()}"
    grain = float(result.answer.to_json()["recommendation"]["resolution"])
    unit = page.locator("[data-own=mean]").locator("xpath=following-sibling::small").inner_text()
    size = {"k": 1e3, "M": 1e6}.get(unit.replace("\N{NO-BREAK SPACE}", " ").split()[0], 1.0)
    shown = float(page.locator("[data-own=mean]").inner_text().replace("−", "-").replace(",", ""))
    assert shown * size == pytest.approx(round(commit["npv"]["mean"] / grain) * grain, abs=1e-6 * size)
    # Its fan is of the draws that the page carries, fewer than the report's, and says so.
    why = page.eval_on_selector("[data-own=why]", "each => each.textContent")
    assert f"{result.answer.draws:,}" != "1,024"
    assert "The fan is drawn from 1,024 of its futures" in why


def test_untouched_it_names_the_option_of_the_report_and_not_the_best_mean(
    result: Result, browser: Any, tmp_path: Path
) -> None:
    """With a review it pays a little more, but committing will do: the report names that, and so does the view."""
    advice = replace(result.answer.recommendation, state="leaning", option="commit", best="commit_review")
    other = replace(result, answer=replace(result.answer, recommendation=advice))
    file = tmp_path / "page.html"
    file.write_bytes(report_bytes([other], "html"))
    opened = browser.new_page()
    opened.goto(file.as_uri())
    assert opened.locator("[data-own=state]").text_content() == "Leaning: commit now"
    opened.close()


@pytest.mark.parametrize(
    "moves",
    [
        {"design vendor_claim": 0.0},
        {"design cross_section": 0.3},
        {"claim glassdoor-2019": 0.3},
        {"prior attrition_ex": 7},
        {"prior service_desk.cost_overrun": 14},
        {"rate": 0.08},
        {"months": 24},
        {"claim glassdoor-2019": 0.8, "prior replacement_cost": 12, "rate": 0.1, "months": 30},
    ],
    ids=lambda moves: ", ".join(moves),
)
def test_a_view_is_that_of_the_priors_desk(page: Any, view: OwnView, desk: Desk, moves: dict[str, float]) -> None:
    """What the page weighs, and what the desk says under the settings of the page's own command: within two errors."""
    numbered = {}
    for name, value in moves.items():
        part, _, which = name.partition(" ")
        numbered[f"{part} {place(view, part + 's', which)}" if which else part] = value
    said = moved(page, numbered)
    assert not said["refused"]
    assert said["k"] < 0.7
    settings = settings_of(said["command"])
    assert len(settings) == len(moves)
    under = compared(desk, settings).variants[0].options
    assert under is not None
    npv, loss = under["commit"].npv, under["commit"].p_loss
    assert said["mean"] == pytest.approx(npv.mean, abs=2 * float(np.hypot(npv.mcse, said["mcse"])))
    own = np.sqrt(loss.value * (1 - loss.value) / said["effective"])
    assert said["loss"] == pytest.approx(loss.value, abs=2 * float(np.hypot(loss.mcse, own)))
    assert 0.3 * npv.mcse < said["mcse"] < 5 * npv.mcse


def test_weights_are_those_of_pareto_smoothing(page: Any, view: OwnView) -> None:
    """The same view by NumPy from the kept draws: mixtures of sound and unsound, and the smoothing of the desk."""
    design = view.facts["designs"][place(view, "designs", "cross_section")]
    said = moved(page, {f"design {place(view, 'designs', 'cross_section')}": 0.2})
    log = np.zeros(view.sound.shape[1])
    for cluster in design["clusters"]:
        a, odds = view.facts["clusters"][cluster]["credibility"], np.exp(view.sound[cluster].astype(float))
        log += np.log(0.2 * odds + 0.8) - np.log(a * odds + 1 - a)
    weights, k_hat = smoothed(log)
    assert said["k"] == pytest.approx(k_hat, abs=1e-6)
    assert said["effective"] == pytest.approx(1 / (weights**2).sum(), rel=1e-6)
    rows = [i for i, row in enumerate(view.facts["rows"]) if row["option"] == "commit"]
    worth = view.present[rows].astype(float).sum(axis=0)
    report = next(option["mean"] for option in view.facts["options"] if option["name"] == "commit")
    assert said["mean"] - report == pytest.approx(weights @ worth - worth.mean(), abs=1e-3)


def test_the_verdict_is_that_of_the_desk_where_it_is_clear(page: Any, view: OwnView, desk: Desk) -> None:
    """Quitting that hangs more on EX, and leavers who cost more, make committing the clear choice."""
    moves = {"prior attrition_ex": 17, "prior replacement_cost": 17}
    said = moved(page, {f"prior {place(view, 'priors', name.partition(' ')[2])}": at for name, at in moves.items()})
    assert said["state"] == "ahead"
    verdict = compared(desk, settings_of(said["command"])).variants[0].verdict
    assert verdict is not None
    assert (verdict.option, verdict.too_close) == ("commit", False)
    assert page.locator("[data-own=state]").text_content().endswith(("commit now", "commit now and review"))


@pytest.mark.parametrize("scenario", ["service_desk_pilot", "tx_programme", "b2b_three_segments"])
def test_a_moved_prior_weighs_as_the_desk_does(scenario: str) -> None:
    """What bounds say if they are unsound follows from the prior too; all of it within a ten-thousandth."""
    from txsim.decide.advice import advised
    from txsim.forecast import calibration_spec, forecast
    from txsim.inference.weighing import cluster_log_likelihood
    from txsim.priors.density import log_density
    from txsim.priors.distributions import from_data

    whole = advised(forecast(ROOT / "scenarios" / f"{scenario}.yaml", draws=1024), view=True)
    view, spec = whole.view, calibration_spec(whole.scenario)
    assert view is not None
    order = np.lexsort((whole.worth("commit"), np.repeat(np.arange(8), 128)))  # every draw, along its batch's payoff
    par = {name: values[order] for name, values in whole.drawn.parameters.items() if name in spec.names}
    seen = 0
    for p, row in enumerate(view.facts["priors"]):
        if row["name"] not in spec.priors:
            continue
        seen += 1
        at = 3
        shift, now = view.facts["positions"][at], from_data(row["distributions"][at])
        other = replace(spec, priors={**spec.priors, row["name"]: now})
        exact = log_density(now, par[row["name"]]) - log_density(spec.priors[row["name"]], par[row["name"]])
        exact = (
            exact + sum(cluster_log_likelihood(other, par).values()) - sum(cluster_log_likelihood(spec, par).values())
        )
        mine = -0.5 * ((view.score[p] - shift) ** 2 - view.score[p] ** 2)
        low, high = (np.array(end) for end in row["unsound"])
        lift = (high + low) / 2 * shift**2 + (high - low) / 2 * shift
        for c, cluster in enumerate(view.facts["clusters"]):
            a, odds = cluster["credibility"], np.exp(view.sound[c].astype(float))
            mine += np.log(a * odds + (1 - a) * np.exp(lift[c])) - np.log(a * odds + 1 - a)
        np.testing.assert_allclose(mine - mine.mean(), exact - exact.mean(), atol=1e-4)
    assert seen


def test_a_view_too_far_off_is_refused_with_its_command(page: Any, view: OwnView) -> None:
    said = moved(page, {f"design {i}": 1.0 for i in range(len(view.facts["designs"]))})
    assert said["refused"]
    assert said["k"] > 0.7 or said["effective"] < 100
    assert not page.locator(".own-known").is_visible()
    assert page.locator(".own-far code").is_visible()
    stated = settings_of(said["command"])[0]
    assert load(DESK, overrides=(stated,)).evidence.credibility["sears-1998"] == 1.0
    page.click("[data-own=back]")
    assert not moved(page, {})["refused"]
    assert page.locator(".own-known").is_visible()


def test_a_design_moves_its_claims_and_a_claim_goes_its_own_way(page: Any, view: OwnView) -> None:
    design = place(view, "designs", "firm_panel")
    claim = place(view, "claims", "glassdoor-2019")
    moved(page, {f"design {design}": 0.2})
    assert page.input_value(f"input[data-part=claim][data-index='{claim}']") == "0.2"
    command = moved(page, {f"claim {claim}": 0.5})["command"]
    assert "glassdoor-2019: 0.5" in command


def test_it_stays_out_of_print_and_out_of_a_frozen_report(page: Any, kept: Path, tmp_path: Path) -> None:
    page.emulate_media(media="print")
    assert not page.locator("#own-view").is_visible()
    frozen = tmp_path / "frozen.html"
    assert txsim("report", kept / "run", "-o", frozen, "--frozen").returncode == 0
    assert "own-view" not in frozen.read_text(encoding="utf-8")
    whole = (kept / "page.html").stat().st_size
    assert 0 < whole - frozen.stat().st_size < 600_000
    again = tmp_path / "again.html"
    assert txsim("report", kept / "run", "-o", again).returncode == 0
    assert again.read_bytes() == (kept / "page.html").read_bytes()


def test_it_can_be_read_and_reached(page: Any) -> None:
    axe = pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        # Injected by the test's own protocol, which the page's policy does not hold.
        code = (Path(axe.__file__).parent / "axe.min.js").read_text()
        page.evaluate(f"() => {{ {code} }}") if scheme == "light" else None
        found = page.evaluate("axe.run(document.getElementById('own-view'), {resultTypes: ['violations']})")
        assert [each["id"] for each in found["violations"] if each["impact"] in ("serious", "critical")] == []
    page.locator("input[data-part=design]").first.focus()
    before = page.input_value("input[data-part=design] >> nth=0")
    page.keyboard.press("ArrowLeft")
    assert float(page.input_value("input[data-part=design] >> nth=0")) < float(before)
    moved(page, {})
    assert "moved" in page.get_attribute("#own-view-panel", "class")


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_lies_on_anything_and_no_slider_jumps(page: Any, view: OwnView, width: int) -> None:
    """Labels of the fan stand apart from its axis, wherever bands end; a moved slider stays where the others are."""
    page.set_viewport_size({"width": width, "height": 844})
    sides = "all => all.map(each => { const b = each.getBoundingClientRect(); return [b.left, b.width]; })"
    sliders = "label:not(.long) input[data-part=design]"
    before = page.eval_on_selector_all(sliders, sides)
    far = place(view, "designs", "vendor_claim")
    for moves in ({}, {f"design {far}": 1.0}, {f"design {far}": 1.0, "rate": 0.2, "months": 24}, {"prior 0": 0}):
        moved(page, moves)
        assert overlapping(page, ".own-in") == []
        assert page.eval_on_selector_all(sliders, sides) == before
        figures = page.eval_on_selector_all(".own-tiles .fig", "all => all.map(e => e.getBoundingClientRect().top)")
        assert len(set(figures)) == 1
    assert under_rings(page, ".own") == []


def test_a_figure_that_cannot_be_told_from_the_report_is_not_shown_as_one_that_can(page: Any, view: OwnView) -> None:
    colour = "each => getComputedStyle(each).color"
    plain = page.eval_on_selector("[data-own=mean]", colour)
    seen = set()
    views = [{"prior 0": 3}, {"prior 0": 17}, *({f"design {i}": 0.45} for i in range(len(view.facts["designs"])))]
    for moves in views:
        page.click("[data-own=back]")
        said = moved(page, moves)
        text = page.text_content("[data-own=why]")
        untold = "it cannot be told" in text
        seen.add(untold)
        assert (page.eval_on_selector("[data-own=mean]", colour) != plain) is untold, (said, text)
    assert seen == {True, False}


def test_money_falls_due_as_the_file_says(tmp_path: Path) -> None:
    """A scenario of known numbers: one more rate by hand, from the months of the forecast itself."""
    from txsim.decide.advice import advised
    from txsim.forecast import forecast

    scenario = load(DESK, overrides=("discount_rate=6 %",))
    whole = advised(forecast(scenario, draws=1024, trajectories=True), view=True).view
    other = forecast(load(DESK, overrides=("discount_rate=10 %",)), draws=1024)
    assert whole is not None
    rows = [(i, row) for i, row in enumerate(whole.facts["rows"]) if row["option"] == "commit"]
    again = sum(whole.present[i] * (1.06 / 1.10) ** row["years"] for i, row in rows)
    assert np.sort(again) == pytest.approx(np.sort(other.npv("commit")), rel=1e-9, abs=1e-6)


def test_what_comes_after_the_horizon_leaves_rate_and_months_as_they_are(tmp_path: Path) -> None:
    file = tmp_path / "runoff.html"
    done = txsim("run", DESK, "--set", "terminal=runoff", "--draws", "1024", "--report", file, "--quiet")
    assert done.returncode == 0, done.stderr
    text = file.read_text(encoding="utf-8")
    assert 'data-part="rate"' not in text
    assert "what is earned after the horizon" in text
    assert '"settings": ["terminal=runoff"]' in text


def test_a_damaged_view_is_refused(kept: Path, tmp_path: Path) -> None:
    shutil.copytree(kept / "run", tmp_path / "run")
    with h5py.File(tmp_path / "run" / "result.nc", "a") as file:
        facts = json.loads(file["own_view"].attrs["facts"])
        facts["draws"] = 7
        file["own_view"].attrs["facts"] = json.dumps(facts)
    with pytest.raises(InputError, match="is damaged"):
        read_result(tmp_path / "run")


@pytest.mark.parametrize(("most", "funding"), [("0.9", "9000000"), ("0.2", "9000000"), ("0.9", "1000")])
def test_limits_are_judged_by_the_loss_that_is_shown_and_the_funding_of_the_report(
    browser: Any, tmp_path: Path, most: str, funding: str
) -> None:
    """Beyond a limit committing is no answer, however much it pays; which limit it is stands in words."""
    file = tmp_path / "limits.html"
    limits = ("--set", f"decision.max_p_loss={most}", "--set", f"decision.max_peak_funding={funding}")
    done = txsim("run", DESK, *limits, "--draws", "1024", "--out", tmp_path / "run", "--report", file, "--quiet")
    assert done.returncode == 0, done.stderr
    commit = read_result(tmp_path / "run").answer.options["commit"]
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(file.as_uri())
    for moves in ({}, {"prior 0": 0.0}):
        said = moved(page, moves)
        text = page.eval_on_selector("#own-view-panel", "each => each.textContent")
        share = f"{100 * float(most):.0f} in 100"
        within = said["loss"] <= float(most)
        assert (f"Committing keeps the limit on losses, {share}." in text) is within
        assert (f"Committing is beyond the limit on losses, {share}, whatever it pays." in text) is not within
        funded = float(commit.peak_funding.p95) <= float(funding)
        assert ("Committing is beyond the limit on peak funding, whatever it pays." in text) is not funded
        assert "Whether the limit on peak funding is kept is as in the report" in text
        state = page.locator("[data-own=state]").inner_text()
        policies = [option_name(name) for name in said["options"] if name not in ("commit", "do_nothing")]
        assert policies
        if moves:  # a policy's losses are not weighed in the page: no choice among these is told there
            assert ("The choice hangs on whether these keep the limit" in text) is (said["state"] == "unjudged")
            assert said["state"] == "unjudged" or not any(name in state for name in policies)
            assert said["state"] != "unjudged" or all(name in text for name in policies)
        if not (within and funded):
            assert "commit now" not in page.locator("[data-own=state]").inner_text().lower()
    page.close()
