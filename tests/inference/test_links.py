# SPDX-License-Identifier: MIT
"""Links that may be nothing, and effects of either sign: the text once more, the figures of the page, laws."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom, norm

from tests.oracle.links import barrier, cluster, quantity
from txsim.evidence import ScoredClaim, Settings, library, select, selection
from txsim.evidence.claims import read_claims
from txsim.inference import Calibration, CalibrationSpec, ClaimResult, calibrate
from txsim.inference.bounds import bounded, quantities, soundness
from txsim.inference.calibration import doubts_of, results_of
from txsim.inference.claim_arrays import Layout
from txsim.inference.resolution import log_likelihood, resolve
from txsim.inference.spec import prior_draws
from txsim.inference.weighing import cluster_log_likelihood, weigh
from txsim.panel.likelihood.term import PanelEvidence
from txsim.pathways import default_graph
from txsim.priors.catalogue import calibration_parameters
from txsim.priors.distributions import Distribution, from_scores, lognormal
from txsim.types import Array

PLAIN_HASH = "3889385a524234e498077adc"


def spec_of(doubt: dict[str, float], claims: tuple[ScoredClaim, ...] | None = None) -> CalibrationSpec:
    scored = select(Settings()) if claims is None else claims
    return CalibrationSpec(default_graph(), calibration_parameters(), scored, doubt=doubt)


def study(value: float, se: float, **more: object) -> tuple[ScoredClaim, ...]:
    """Return the default claims and one experiment on the effect of staff on customers, in points."""
    statement = {"statistic": "effect", "about": "ex -> cx", "value": value, "se": se, "transform": "natural", **more}
    entry = {"role": "scored", "statement": "A trial.", "read": "none", "design": "experiment", "credibility": 0.9}
    added = read_claims({"trial": {**entry, "statements": [statement]}})
    return selection(Settings(), (), {**library(), **added}).claims


def unbarred(spec: CalibrationSpec, count: int, seed: int) -> dict[str, Array]:
    rng = np.random.default_rng(seed)
    return {name: from_scores(prior, rng.standard_normal(count)) for name, prior in spec.priors.items()}


def test_without_doubt_nothing_has_changed() -> None:
    assert spec_of({}).hash == PLAIN_HASH
    assert "doubt" not in spec_of({}).content
    assert spec_of({"ex_cx": 0.2}).hash != PLAIN_HASH
    assert spec_of({"ex_cx": 0.2}).names == (*calibration_parameters(), "link[ex_cx]")


def test_the_text_once_more_in_every_state() -> None:
    """Prior, barrier and every cluster, in each of eight states, at points drawn from the prior."""
    spec = spec_of({"ex_cx": 0.2, "cx_ex": 0.3, "mx_cx": 0.4}, study(0.02, 0.03))
    layout, par = bounded(spec), unbarred(spec, 12, 1)
    log, _ = log_likelihood(spec, layout, par)
    states = list(itertools.product((1, 0), repeat=3))
    clusters: dict[str, list[ScoredClaim]] = {}
    for claim in spec.claims:
        clusters.setdefault(claim.cluster, []).append(claim)
    unsound = dict(zip(layout.clusters, np.exp(layout.unsound), strict=True))
    for i, state in enumerate(states):
        chance = math.prod(1 - d if s else d for s, d in zip(state, spec.doubt.values(), strict=True))
        for draw in range(12):
            p = {name: float(values[draw]) for name, values in par.items()}
            p |= {name: p[name] * s for name, s in zip(spec.doubt, state, strict=True)}
            told = math.log(chance) + barrier(p)
            told += sum(cluster(claims, p, float(unsound[name])) for name, claims in clusters.items())
            assert log[i, draw] == pytest.approx(told, rel=1e-9, abs=1e-9), (state, draw)


def test_what_unsound_statements_say_is_predicted_with_every_link_in_force() -> None:
    """By plain averages over prior draws; the Cauchy density is as wide as error and prior median together."""
    spec = spec_of({"ex_cx": 0.5, "cx_ex": 0.5}, study(0.02, 0.03))
    layout = bounded(spec)
    np.testing.assert_array_equal(layout.unsound, bounded(spec.in_force).unsound)
    par = prior_draws(spec.in_force, 2**15, 4)
    f = np.array([quantity("effect", "ex -> cx", {n: float(v[i]) for n, v in par.items()}) for i in range(3000)])
    width = math.hypot(0.03, float(np.median(f)))
    density = math.exp(layout.unsound[layout.clusters.index("trial")])
    assert density == pytest.approx(1 / (math.pi * width * (1 + (0.02 / width) ** 2)), rel=0.12)
    ratio = np.log(par["cx_ex"] / par["ex_cx"])
    holds = 0.5 * np.vectorize(math.erfc)(-ratio / 0.5 / math.sqrt(2))
    assert math.exp(layout.unsound[layout.clusters.index("zablah-2016")]) == pytest.approx(holds.mean(), rel=0.03)


def test_a_prior_that_excludes_a_bound_leaves_it_a_chance_that_can_be_computed_with() -> None:
    """Far below what a float holds, between the bounds of Mills' ratio: φ(x)·x/(1 + x²) < Φ(−x) < φ(x)/x."""
    points = {"ex_cx": Distribution("point", (1.0,)), "cx_ex": Distribution("point", (1e-12,))}
    spec = CalibrationSpec(default_graph(), {**calibration_parameters(), **points}, select(Settings()))
    layout = bounded(spec)
    x = 12 * math.log(10) / 0.5
    density = -0.5 * x**2 - 0.5 * math.log(2 * math.pi)
    chance = layout.unsound[layout.clusters.index("zablah-2016")]
    assert density + math.log(x / (1 + x**2)) < chance < density - math.log(x)


@pytest.mark.parametrize(
    ("doubt", "claims", "after", "within", "given"),
    [
        # What docs/model.md, 8.4, gives, by a program from the text alone (benchmarks/doubt_by_importance.py).
        # Here some 2,000 draws are effective, so that a Bayes factor is known to about 5 %: twice that is allowed.
        (0.2, select(Settings()), 0.0250, 0.0025, 0.112),
        (0.5, select(Settings()), 0.0930, 0.009, 0.112),
        (0.2, select(Settings(drop=("sears-1998", "glassdoor-2019"))), 0.482, 0.025, None),
        (0.2, study(0.0, 0.03), 0.291, 0.021, 0.068),
        (0.2, study(0.0, 0.01), 0.843, 0.014, None),
        (0.2, study(0.05, 0.03), 0.0194, 0.0020, None),
    ],
)
def test_figures_of_the_page(
    doubt: float, claims: tuple[ScoredClaim, ...], after: float, within: float, given: float | None
) -> None:
    spec = spec_of({"ex_cx": doubt}, claims)
    par = unbarred(spec, 60_000, 11)
    log, sounds = log_likelihood(spec, bounded(spec), par)
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    assert weight[1].sum() == pytest.approx(after, abs=within)
    if given is not None:
        order = np.argsort(par["ex_cx"])
        cumulated = np.cumsum(weight[0][order]) / weight[0].sum()
        assert par["ex_cx"][order][np.searchsorted(cumulated, 0.5)] == pytest.approx(given, rel=0.06)
    if doubt == 0.2 and after == 0.025:
        told = dict(zip(bounded(spec).clusters, np.einsum("sd,sdc->c", weight, sounds), strict=True))
        for name, value in (("sears", 0.85), ("zablah-2016", 0.38), ("koys-2001", 0.24)):
            assert told[name] == pytest.approx(value, abs=0.02)
        assert float(weight[0] @ par["ex_cx"]) == pytest.approx(0.118, rel=0.04)


def test_little_is_learnt_where_no_study_was() -> None:
    spec = spec_of({"mx_cx": 0.3})
    log, _ = log_likelihood(spec, bounded(spec), unbarred(spec, 60_000, 12))
    weight = np.exp(log - log.max())
    assert weight[1].sum() / weight.sum() == pytest.approx(0.28, abs=0.02)


def test_given_that_all_links_are_in_force_nothing_is_otherwise() -> None:
    """Law: the first state's likelihood is that without doubt, but for its prior probability."""
    spec = spec_of({"ex_cx": 0.3, "ux_ex": 0.1}, study(-0.02, 0.02))
    par = unbarred(spec, 500, 2)
    plain = spec.in_force
    with_doubt, _ = log_likelihood(spec, bounded(spec), par)
    without, _ = log_likelihood(plain, bounded(plain), par)
    np.testing.assert_allclose(with_doubt[0], without[0] + math.log(0.7 * 0.9), rtol=1e-12)


def test_each_draw_gets_its_state_from_the_conditional_distribution() -> None:
    """Frequencies within groups of equal probability, effective slopes, and the same bits again."""
    spec = spec_of({"ex_cx": 0.5, "mx_cx": 0.5}, select(Settings(drop=("sears-1998", "glassdoor-2019"))))
    par = {name: values.reshape(4, -1) for name, values in unbarred(spec, 16_000, 3).items()}
    found = resolve(spec, bounded(spec), par, 7)
    again = resolve(spec, bounded(spec), par, 7)
    for name in spec.doubt:
        link, chance = found.par[f"link[{name}]"], found.doubt[name]
        np.testing.assert_array_equal(link, again.par[f"link[{name}]"])
        assert set(np.unique(link)) == {0.0, 1.0}
        np.testing.assert_array_equal(found.par[name], par[name] * link)
        for low, high in itertools.pairwise(np.quantile(chance, [0.0, 0.3, 0.6, 1.0])):
            inside = (chance >= low) & (chance <= high)
            off, told = int((link[inside] == 0).sum()), chance[inside]
            assert abs(off - told.sum()) < 4.5 * math.sqrt((told * (1 - told)).sum())
    log, sounds = log_likelihood(spec, bounded(spec), par)
    weight = np.exp(log - log.max(axis=0))
    np.testing.assert_allclose(found.sound, (weight[..., None] * sounds).sum(0) / weight.sum(0)[..., None], atol=1e-12)
    assert doubts_of(spec, found.doubt)[1].posterior_doubt == pytest.approx(found.doubt["mx_cx"].mean())


def test_prior_draws_hold_effective_slopes() -> None:
    spec = spec_of({"ex_cx": 0.3})
    par = prior_draws(spec, 40_000, 5)
    off = int((par["link[ex_cx]"] == 0).sum())
    # It is 30 % before the barrier, which takes one in forty of the draws in which the link is in force.
    assert binom.cdf(off, 40_000, 0.3) > 1e-5
    assert binom.sf(off - 1, 40_000, 0.31) > 1e-5
    assert ((par["ex_cx"] == 0) == (par["link[ex_cx]"] == 0)).all()
    plain = prior_draws(spec.in_force, 64, 5)
    assert set(plain) == set(calibration_parameters())


def test_weights_at_drawn_states_are_those_of_the_text() -> None:
    spec = spec_of({"ex_cx": 0.4, "cx_ex": 0.3}, study(0.0, 0.05))
    par = prior_draws(spec, 40, 6)
    layout = bounded(spec)
    told = cluster_log_likelihood(spec, par)
    unsound = dict(zip(layout.clusters, np.exp(layout.unsound), strict=True))
    for name, values in told.items():
        claims = [claim for claim in spec.claims if claim.cluster == name]
        for i in range(40):
            p = {key: float(value[i]) for key, value in par.items()}
            assert values[i] == pytest.approx(cluster(claims, p, float(unsound[name])), rel=1e-9, abs=1e-9)


def test_weighing_knows_of_doubt_and_of_priors_that_no_longer_matter() -> None:
    """From prior draws under one doubt to another, and to another prior of the slope: by hand, weight for weight."""
    before = CalibrationSpec(default_graph(), calibration_parameters(), (), doubt={"ux_ex": 0.5})
    par = prior_draws(before, 4000, 8)
    off = par["link[ux_ex]"] == 0
    found = weigh(par, before, replace(before, doubt={"ux_ex": 0.2}))
    assert float(found.weights[off].sum()) == pytest.approx(
        0.4 * off.sum() / (0.4 * off.sum() + 1.6 * (~off).sum()), rel=0.02
    )
    other = replace(before, priors={**before.priors, "ux_ex": lognormal(0.18, 4.5)})
    found = weigh(par, before, other)
    assert np.ptp(found.weights[off]) == 0.0
    assert np.ptp(found.weights[~off]) > 0.0
    assert float(found.weights[off].sum()) == pytest.approx(off.mean(), rel=0.05)
    assert "doubt" in str(weigh(par, before, before.in_force).refused)


def test_how_a_study_in_its_own_unit_is_read() -> None:
    """Above twice its error on the log scale with se / y, else as it was reported; a bound or a share never."""
    read = {y: study(y, 0.03)[-1].statements[0] for y in (0.2, 0.05, 0.0, -0.1)}
    assert (read[0.2].transform, read[0.2].se) == ("log", pytest.approx(0.15))
    for y in (0.05, 0.0, -0.1):
        assert (read[y].transform, read[y].value, read[y].se) == ("natural", y, 0.03)
    plain = {"statistic": "effect", "about": "ex -> cx", "value": -0.1, "se": 0.03, "transform": "natural"}
    entry = {"role": "scored", "statement": "A trial.", "read": "none", "design": "experiment"}
    for wrong, message in (
        ({**plain, "bound": "at_most"}, "a bound is above 0"),
        ({**plain, "statistic": "correlation"}, "can be on the natural scale"),
        ({**plain, "transform": "log"}, "transform: natural"),
        ({**plain, "transform": "log", "value": 0.0}, "transform: natural"),
    ):
        with pytest.raises(Exception, match=message):
            read_claims({"trial": {**entry, "statements": [wrong]}})


def test_two_studies_of_one_team_in_their_own_unit_share_their_error() -> None:
    """Correlation 0.8 of errors about the same quantity: the joint normal density, by its matrix."""
    one, two = study(0.03, 0.03)[-1], study(-0.01, 0.02)[-1]
    claims = (replace(one, id="one", cluster="team"), replace(two, id="two", cluster="team"))
    spec = CalibrationSpec(default_graph(), calibration_parameters(), claims)
    par, layout = prior_draws(spec, 50, 9), Layout(spec)
    natural = quantities(spec, layout.statements, par)
    from scipy.special import log_ndtr
    from scipy.stats import multivariate_normal

    told = layout.sound(natural, np, log_ndtr)[:, 0]
    for i in range(50):
        f = float(natural[i, 0])
        sd = np.hypot([0.03, 0.02], 0.25 * f)
        covariance = np.outer(sd, sd) * np.array([[1, 0.8], [0.8, 1]])
        assert told[i] == pytest.approx(multivariate_normal.logpdf([0.03, -0.01], [f, f], covariance), rel=1e-9)


def _harm(low: float) -> ClaimResult:
    """Return what becomes of a study of harm, −0.1 ± 0.02, where the prior of the slope begins at ``low``."""
    claims = (study(-0.1, 0.02)[-1],)
    priors = calibration_parameters() | ({"ex_cx": Distribution("normal", (0.15, 0.15))} if low < 0 else {})
    spec = CalibrationSpec(default_graph(), priors, claims)
    par = prior_draws(spec, 20_000, 10)
    layout = bounded(spec)
    natural = quantities(spec, layout.statements, par)
    sound = soundness(layout, natural)
    log = np.array(list(cluster_log_likelihood(spec, par).values())).sum(axis=0)
    kept = np.random.default_rng(1).choice(20_000, 20_000, p=np.exp(log) / np.exp(log).sum())
    return results_of(spec, layout, natural[kept], sound[kept])[0]


def test_a_study_of_harm_is_denied_only_where_priors_forbid_harm() -> None:
    forbidden, allowed = _harm(0.0), _harm(-1.0)
    assert forbidden.denied
    assert forbidden.posterior_credibility < 0.45
    assert not allowed.denied
    assert allowed.posterior_credibility > forbidden.posterior_credibility


def test_denied_is_what_is_believed_half_as_much_as_before() -> None:
    """At a credibility of 0.3 a study that keeps 0.2 is not denied: it is doubted as it was, nearly."""
    (claim,) = (study(-0.1, 0.02)[-1],)
    claim = replace(claim, credibility=0.3)
    spec = CalibrationSpec(default_graph(), calibration_parameters(), (claim,))
    natural = quantities(spec, bounded(spec).statements, prior_draws(spec, 64, 1))
    for after, denied in ((0.2, False), (0.1, True)):
        (told,) = results_of(spec, bounded(spec), natural, np.full((64, 1), after))
        assert told.denied is denied


def test_a_panel_without_effect_makes_a_link_doubtful() -> None:
    """``s`` enters the data term: by Bayes' rule from the panel's own likelihood at 0 and over the slope's prior."""

    def panel(mean: float) -> PanelEvidence:
        nodes = (0.1, 0.5, 0.9)
        return PanelEvidence(
            "ex_cx", "", "", 1.0, (1.0, 1.0), nodes, (0.0,) * 3, ((mean, 0.0),) * 3, ((1 / 0.02, 0.0, 1.0),) * 3, "x",
            0.0, 50.0,
        )  # fmt: skip

    after = {}
    for mean in (0.0, 0.1):
        spec = replace(spec_of({"ex_cx": 0.2}, ()), panels=(panel(mean),))
        par = unbarred(spec, 200_000, 14)
        log, _ = log_likelihood(spec, bounded(spec), par)
        weight = np.exp(log - log.max())
        after[mean] = weight[1].sum() / weight.sum()
        # By hand: one normal measurement of the slope; the barrier takes next to nothing of slopes that small.
        there = norm.pdf(mean, par["ex_cx"], 0.02).mean()
        told = 0.2 * norm.pdf(mean, 0.0, 0.02) / (0.2 * norm.pdf(mean, 0.0, 0.02) + 0.8 * there)
        assert after[mean] == pytest.approx(told, abs=0.02)
    assert after[0.0] > 0.6
    assert after[0.1] < 0.01


@pytest.fixture(scope="module")
def doubted() -> Calibration:
    return calibrate(spec_of({"ex_cx": 0.2, "mx_cx": 0.3}))


def test_the_sampler_agrees_with_importance_sampling(doubted: Calibration) -> None:
    spec = spec_of({"ex_cx": 0.2, "mx_cx": 0.3})
    par = unbarred(spec, 100_000, 13)
    log, sounds = log_likelihood(spec, bounded(spec), par)
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    after = {link.name: link.posterior_doubt for link in doubted.links}
    assert after["ex_cx"] == pytest.approx(weight[2:].sum(), abs=0.007)
    assert after["mx_cx"] == pytest.approx(weight[[1, 3]].sum(), abs=0.02)
    assert doubted.parameter("link[ex_cx]").mean() == pytest.approx(1 - after["ex_cx"], abs=0.01)
    levels = [0.05, 0.5, 0.95]
    order, force = np.argsort(par["ex_cx"]), weight[:2].sum(axis=0)
    told = par["ex_cx"][order][np.searchsorted(np.cumsum(force[order]), np.array(levels) * force.sum())]
    np.testing.assert_allclose(np.quantile(doubted.in_force("ex_cx"), levels), told, rtol=0.1)
    credible = {claim.cluster: claim.posterior_credibility for claim in doubted.claims}
    for i, name in enumerate(bounded(spec).clusters):
        assert credible[name] == pytest.approx(float(np.einsum("sd,sd->", weight, sounds[..., i])), abs=0.02)
    assert doubted.diagnostics["r_hat"] < 1.01
    assert doubted.names == spec.names
