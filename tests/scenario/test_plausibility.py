# SPDX-License-Identifier: MIT
"""What is possible but hardly true is said with the right figure; and nothing is said of what is ordinary."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from txsim.errors import InputError, Problem
from txsim.scenario import loads
from txsim.scenario.plausibility import warnings


def said(text: str) -> str:
    return "\n".join(str(problem) for problem in warnings(loads(text, name="desk.yaml")))


def test_an_ordinary_firm_is_not_remarked_on(valid: str) -> None:
    assert "desk.yaml" not in said(valid.replace("pushes:", "delivery: 60 %\n    pushes:"))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        # 80 · 60,000 and 40 · 105,000 a year are 750,000 a month; 2,500 · 360 are 900,000 of revenue
        (
            "salary_per_year: 38000|salary_per_year: 45000|arpu_per_month: 400",
            "salary_per_year: 60000|salary_per_year: 105000|arpu_per_month: 360",
            "a payroll of 750 k EUR a month, 83 % of revenue",
        ),
        ("churn_per_month: 1.5 %", "churn_per_month: 12.5 %", "12.5 % of customers leave each month"),
        ("churn_per_month: 1.5 %", "churn_per_month: 0", "nobody ever leaves"),
        ("churn_per_month: 1.5 %",
        "churn_per_month: 2 %\n  joins_per_month: 120", "customers a month: 120 join, but 50 leave"),
        ("churn_per_month: 1.5 %",
        "churn_per_month: 2 %\n  joins_per_month: 20", "customers a month: 20 join, but 50 leave"),
        # 2,500 customers of whom 0.01 % leave are 0.25 a month, which is not nobody
        ("churn_per_month: 1.5 %",
        "churn_per_month: 0.01 %\n  joins_per_month: 1", "customers a month: 1 join, but 0.25 leave"),
        ("contribution_margin: 30 %", "contribution_margin: 75 %", "a contribution margin of 75 %"),
        ("arpu_per_month: 400",
        "arpu_per_month: 400\n  revenue_per_month: 600000", "600 k EUR a month, but customers × arpu make 1.0 M EUR"),
        # 40,000 at once and 110,000 a month over 36: 4.0 of 36 M
        ("one_off: 8000|monthly: 300", "one_off: 40000|monthly: 110000", "costs 11 % of the revenue of the horizon"),
        ("one_off: 8000|monthly: 300", "one_off: 0|monthly: 0", "costs nothing"),
        ("turnover_per_year: 22 %", "turnover_per_year: 130 %", "130 % of the group leave in a year"),
        # 25 % of 80 are 20
        ("one_off: 2500", "one_off: 2500\n  respondents: 31", "31 respondents, but 20 people are in the pilot"),
        ("one_off: 2500", "one_off: 9500", "costs more at once (9,500 EUR) than all of it (8,000 EUR)"),
        ("months: 6\n  scope", "months: 3\n  scope", "a pilot of 3 months ends before"),
        ("horizon_months: 36", "horizon_months: 13", "the horizon ends 7 months after the full effect is there"),
        ("discount_rate: 0.1", "discount_rate: 0.6", "a discount rate of 60 % a year"),
        # 90 eNPS are 45 points, from 55
        ("effect: {median: 6, factor: 1.8}", "effect: 92", "leads from 10 to 102 eNPS points, off the scale from −100"),
        ("effect: {median: 6, factor: 1.8}", "effect: -6", "lowers the index by 3 points"),
        ("effect: {median: 6, factor: 1.8}", "effect: 42", "an effect of 42 eNPS points, 21 of the index from 0"),
        ("effect: {median: 6, factor: 1.8}", "effect: 0", "an effect of nothing"),
        ("effect: {median: 6, factor: 1.8}", "effect: 0.4", "0.4 is less than one point in a hundred"),
        ("median: 6, factor: 1.8", "median: 0.09, factor: 1.8", "0.09 is less than one point in a hundred"),
        ("median: 6, factor: 1.8", "interval: [0.04, 0.12]", "0.06928 is less than one point in a hundred"),
        ("median: 6, factor: 1.8", "median: 0.3, factor: 4", "0.3 is less than one point in a hundred"),
        ("median: 6, factor: 1.8", "distribution: normal, mean: 0.09, sd: 0.2", "0.09 is less than one point in a"),
        # exp((ln 18 / 1.6449)² / 2) = 4.68 times the median
        ("median: 6, factor: 1.8", "median: 6, factor: 18", "more than 108, 18 times the middle, 6; the mean is 28.1"),
        ("salary_per_year: 38000", "salary_per_year: 3200", "a person costs 3,200 EUR a year, in the group next to"),
        ("salary_per_year: 38000", "salary_per_year: 3200", "is it a month's? A year's is then 38,400 EUR"),
        ("salary_per_year: 45000", "salary_per_year: 45", "is it in thousands? Then write 45000"),
        ("year: 38000|year: 45000", "year: 3200|year: 3800", "is it a month's?"),
        ("currency: EUR|year: 38000|year: 45000", "currency: INR|year: 30000|year: 75000", "a person costs 30,000 INR"),
        ("headcount: 80,", "headcount: 80, absence_rate: 50 %,", "50 % of the paid time of `front` is absent"),
        ("one_off: 8000", "one_off: 8000\n    benefits: [{time_saved: 90 %, group: front}]",
         "90 % of the working time of `front` is saved"),
        # 80 · 38,000 + 40 · 45,000 are 4.84 M a year, of which 60 % are 242,000 a month
        ("arpu_per_month: 400", "arpu_per_month: 400\n  productivity_ex: 6",
         "ten points of EX would be worth 60 % of payroll, 242 k EUR a month"),
        ("arpu_per_month: 400", "arpu_per_month: 400\n  contacts_per_month: 80\n  cost_per_contact: 6",
         "contacts cost 480 EUR of each customer a month, who pays 400 EUR"),
        ("scale: enps, months: 6", "scale: enps, months: 180", "the horizon ends 144 months before the full effect"),
        ("churn_per_month: 1.5 %", "churn_per_month: 0.018 %", "is the percent sign written twice? 0.018 is 1.8 %"),
        ("churn_per_month: 1.5 %", "churn_per_month: 0.5", "is that a share a year, or is 0.5 % meant?"),
        ("discount_rate: 0.1", "discount_rate: 0.1\npriors: {lag_people: 0}", "0 lies wholly outside the packaged"),
        ("one_off: 8000", "one_off: 8000\n    cost_overrun: {median: 0.2, factor: 1.3}", "is a ratio to the plan"),
        ("arpu_per_month: 400", f"arpu_per_month: 400\n  season: {[1.5] * 6 + [0.9] * 6}", "have the mean 1.20"),
        ("arpu_per_month: 400", "arpu_per_month: 400\n  arpu_growth: 25 %", "25 % a year"),
        ("arpu_per_month: 400", "arpu_per_month: 400\n  cost_growth: -25 %", "−25 % a year"),
        ("one_off: 8000", "one_off: 8000\n    cost_overrun: 0.9", "is a ratio to the plan: 1.2 is 20 % over it"),
        ("one_off: 8000", "one_off: 8000\n    slip: 36", "takes effect 36 months late, but 36 months are counted"),
        ("one_off: 8000|monthly: 300", "one_off: 40000|monthly: 110000000", "costs 11,000 % of the revenue of the"),
        ("one_off: 8000", "one_off: 8000\n    delivery: 1", "execution is taken to lose nothing"),
    ],
)  # fmt: skip
def test_remarks_by_hand(valid: str, old: str, new: str, message: str, changed: Callable[..., str]) -> None:
    text = valid
    for a, b in zip(old.split("|"), new.split("|"), strict=True):
        text = changed(a, b, text)
    assert message in said(text).replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("old", "new", "silent"),
    [
        ("churn_per_month: 1.5 %", "churn_per_month: 9.9 %", "leave each month"),
        ("churn_per_month: 1.5 %", "churn_per_month: 2 %\n  joins_per_month: 99", "customers join"),
        ("contribution_margin: 30 %", "contribution_margin: 69 %", "contribution margin"),
        ("arpu_per_month: 400", "arpu_per_month: 400\n  revenue_per_month: 910000", "customers × arpu"),
        ("monthly: 300", "monthly: 99000", "of the horizon"),
        ("one_off: 2500", "one_off: 2500\n  respondents: 20", "respondents, but"),
        ("months: 6\n  scope", "months: 4\n  scope", "ends before"),
        ("horizon_months: 36", "horizon_months: 14", "the horizon ends"),
        ("discount_rate: 0.1", "discount_rate: 0.3", "discount rate"),
        ("effect: {median: 6, factor: 1.8}", "effect: 40", "an effect of"),
        ("arpu_per_month: 400", f"arpu_per_month: 400\n  season: {[1.5] * 6 + [0.5] * 6}", "season"),
        ("arpu_per_month: 400", "arpu_per_month: 400\n  arpu_growth: 20 %", "a year"),
        ("one_off: 8000", "one_off: 8000\n    cost_overrun: 1", "ratio to the plan"),
        ("one_off: 8000", "one_off: 8000\n    cost_overrun: 0.2", "packaged belief"),  # told as a ratio, and once
        ("one_off: 8000", "one_off: 8000\n    delivery: 0.99", "lose nothing"),
        ("median: 6, factor: 1.8", "interval: [-2, 3]", "less than one point"),
        ("median: 6, factor: 1.8", "interval: [0.8, 3]", "less than one point"),
        ("median: 6, factor: 1.8", "median: 6, factor: 15", "one future in twenty"),
        ("salary_per_year: 38000", "salary_per_year: 8000", "a person costs"),
        # of other work or another country: twelve times as much is more than anybody here gets
        ("salary_per_year: 38000", "salary_per_year: 7000", "a person costs"),
        (
            "arpu_per_month: 400|year: 38000",
            "arpu_per_month: 400\n  sources: {staff.front.salary_per_year: payroll}|year: 3200",
            "a person costs",
        ),
        ("salary_per_year: 45000", "salary_per_year: 450000", "a person costs"),
        ("headcount: 80,", "headcount: 80, absence_rate: 12 %,", "is absent"),
        ("arpu_per_month: 400", "arpu_per_month: 400\n  productivity_ex: 0.5", "of payroll"),
        (
            "arpu_per_month: 400",
            "arpu_per_month: 400\n  contacts_per_month: 3\n  cost_per_contact: 20",
            "contacts cost",
        ),
        ("churn_per_month: 1.5 %", "churn_per_month: 0.1 %", "written twice"),
    ],
)
def test_what_is_just_ordinary(valid: str, old: str, new: str, silent: str, changed: Callable[..., str]) -> None:
    text = valid
    for a, b in zip(old.split("|"), new.split("|"), strict=True):
        text = changed(a, b, text)
    assert silent not in said(text)


SEGMENTS = """
  segments:
    big: {customers: 100, churn_per_month: 0.5 %, arpu_per_month: 5000}
    small: {customers: 2400, churn_per_month: 1.5 %, arpu_per_month: 208.33}
"""


@pytest.fixture
def parted(valid: str) -> str:
    """Return the firm in two segments."""
    assert "contribution_margin: 30 %" in valid
    return valid.replace("  contribution_margin: 30 %", "  contribution_margin: 30 %" + SEGMENTS.rstrip())


def test_a_pilot_is_dearer_than_all_of_it_only_if_all_that_is_paid_at_once_is_counted(
    valid: str, changed: Callable[..., str]
) -> None:
    """8,000 at once, and 5,000 more by `costs` in month 2: a pilot of 9,500 is none of the dearer."""
    dear = changed("one_off: 2500", "one_off: 9500", valid)
    assert "costs more at once (9,500 EUR) than all of it (8,000 EUR)" in said(dear)
    items = "\n    costs: [{amount: 5000, month: 2}, {amount: 90, from: 1}]"
    assert "costs more at once" not in said(changed("one_off: 8000", "one_off: 8000" + items, dear))
    tried = changed("one_off: 2500", "one_off: 2500\n  costs: [{amount: 6000, month: 1}]", valid)
    assert "costs more at once (8,500 EUR) than all of it (8,000 EUR)" in said(tried)


def test_segments_are_looked_at_in_place_of_the_organisation(parted: str) -> None:
    """What segments override is not remarked on; what they say themselves is, at its place."""
    assert "nobody ever leaves" not in said(parted.replace("  churn_per_month: 1.5 %\n", "  churn_per_month: 0\n"))
    worse = said(parted.replace("{customers: 100, churn_per_month: 0.5 %", "{customers: 100, churn_per_month: 14 %"))
    assert "organisation.segments.big.churn_per_month" in worse
    assert "14.0\N{NO-BREAK SPACE}% of customers leave each month" in worse


def test_digital_figures_that_segments_inherit_are_asked_about_once(parted: str) -> None:
    """Two or more of 6 bad at 9 % each: 9.5 % of customers; of them about 30 % leave, more than either loses."""
    firm = "  contribution_margin: 30 %\n  digital_bad: 9 %\n  digital_interactions: 6"
    digital = parted.replace("  contribution_margin: 30 %", firm)
    told = said(digital)
    assert told.count("after two bad ones") == 1
    assert "in the segment `big`" in told
    assert "likewise: small" in told
    own = said(digital.replace("arpu_per_month: 5000}", "arpu_per_month: 5000, digital_bad: 9 %}"))
    assert "organisation.segments.big.digital_bad" in own
    assert "in the segment `small`" in own


def test_the_discount_rate_is_asked_about_until_its_basis_is_stated(valid: str) -> None:
    taxed = valid + "finance: {tax_rate: 25 %}\ndecision: {after_tax: true}\n"
    assert "must be an after-tax rate" in said(taxed)
    assert "discount_rate" not in said(taxed.replace("25 %}", "25 %, rate_basis: after_tax}"))
    before = said(taxed.replace("25 %}", "25 %, rate_basis: before_tax}"))
    assert "0.1 is a rate before tax" in before
    assert "0.075" in before
    other = valid + "finance: {tax_rate: 25 %, rate_basis: after_tax}\n"
    assert "the decision is before tax, but 0.1 is a rate after tax" in said(other)


@pytest.mark.parametrize("width", [60, 80, 100])
def test_remarks_fit_the_width_they_are_written_for(valid: str, width: int) -> None:
    """Whatever the line of the file is like; only a place or a path may be longer."""
    long = valid.replace("one_off: 2500", f"one_off: 9500 # {'x' * 200}").replace(
        "months: 6\n  scope", "months: 3\n  scope"
    )
    found = warnings(loads(long, name="desk.yaml"))
    assert len(found) >= 2
    for problem in found:
        head, *lines = problem.fitted(width).splitlines()
        assert head.startswith("desk.yaml:")
        assert all(len(line) <= width for line in lines), problem.fitted(width)
        for words in (problem.message, problem.hint):
            assert words is None or str(words) in " ".join(problem.fitted(width).split())


@pytest.mark.parametrize(
    ("old", "new", "meant"),
    [
        ("monthly: 300", "benefits: [{amount: 300}]", "monthly"),
        ("monthly: 300", "benefits: [{saving: 300}]", "monthly"),
        ("monthly: 300", "costs: [{monthly: 300, from: 2}]", "amount"),
        ("monthly: 300", "cost: 300", "costs"),
        ("churn_per_month: 1.5 %", "churn: 1.5 %", "churn_per_month"),
        ("turnover_per_year: 22 %", "turnover: 22 %", "turnover_per_year"),
    ],
)
def test_a_word_that_is_almost_the_key_leads_to_the_key_that_is_meant(
    valid: str, old: str, new: str, meant: str, changed: Callable[..., str]
) -> None:
    with pytest.raises(InputError, match=f"did you mean `{meant}`"):
        loads(changed(old, new, valid), name="desk.yaml")


@pytest.mark.parametrize("rate", ["-1", "-0.999999", "-0.6", "-99 %", "1.5"])
def test_a_rate_that_makes_the_future_worth_more_than_all_is_refused(
    rate: str, changed: Callable[..., str], only: Callable[..., Problem]
) -> None:
    problem = only(changed("discount_rate: 0.1", f"discount_rate: {rate}"))
    assert problem.path == "discount_rate"


@pytest.mark.parametrize(("rate", "words"), [("-0.5", "-50 %"), ("-0.4 %", "-0.4 %"), ("0.6", "60 %")])
def test_an_odd_rate_is_told_as_it_was_written(rate: str, words: str, changed: Callable[..., str]) -> None:
    found = warnings(loads(changed("discount_rate: 0.1", f"discount_rate: {rate}"), name="desk.yaml"))
    assert f"a discount rate of {words} a year" in [str(each.message) for each in found]


@pytest.mark.parametrize(
    ("level", "message", "cure"),
    [
        ("{value: 0.12, scale: enps}", "0.12 on the scale enps (-100 … 100)", "12"),
        ("{value: -0.085, scale: nps}", "-0.085 on the scale nps", "-8.5"),
        ("{value: 7.6, scale: nps}", "7.6 on the scale nps", "zero_to_ten"),
        ("7.6", "7.6 on the scale index (0 … 100)", "zero_to_ten"),
        ("{value: 8.25, scale: percent}", "8.25 on the scale percent", "zero_to_ten"),
    ],
)
def test_levels_in_another_unit_are_asked_about_and_the_cure_works(
    valid: str, level: str, message: str, cure: str, changed: Callable[..., str]
) -> None:
    text = changed("cx: {value: 30, scale: nps}", f"cx: {level}", valid)
    told = said(text)
    assert message in told
    if cure == "zero_to_ten":
        value = level.partition("value: ")[2].partition(",")[0] or level
        assert "Then write `scale: zero_to_ten`" in told
        followed = f"{{value: {value}, scale: zero_to_ten}}"
    else:
        assert f"Then write {cure}" in told
        followed = level.replace(level.partition("value: ")[2].partition(",")[0], cure)
    assert "Then write" not in said(changed("cx: {value: 30, scale: nps}", f"cx: {followed}", valid))


@pytest.mark.parametrize(
    "level",
    [
        *("{value: 0, scale: nps}", "{value: 7, scale: enps}", "{value: 12.5, scale: nps}"),
        "{value: {interval: [-5, 20]}, scale: nps}",
        *("{value: 7.6, scale: zero_to_ten}", "{value: 4.2, scale: likert5}", "55.5"),
    ],
)
def test_levels_that_people_have_are_not_asked_about(valid: str, level: str, changed: Callable[..., str]) -> None:
    assert "Then write" not in said(changed("cx: {value: 30, scale: nps}", f"cx: {level}", valid))


@pytest.mark.parametrize("edges", ["", "{ex -> cx: 0.5}", "{mx -> cx: off}", "{ex -> cx: off}"])
def test_a_doubt_about_a_link_that_is_switched_off_is_remarked_on(valid: str, edges: str) -> None:
    text = valid + "\npriors: {doubt: {ex_cx: 20 %}}\n" + (f"edges: {edges}\n" if edges else "")
    remarks = [each for each in warnings(loads(text)) if each.path == "priors.doubt.ex_cx"]
    assert bool(remarks) == (edges == "{ex -> cx: off}")
    for remark in remarks:
        assert "`ex -> cx` is switched off" in str(remark.message)


@pytest.mark.parametrize(
    ("option", "under"),
    [
        ("priors.doubt.foo=20 %", "foo"),
        ("edges.foo=0.5", "foo"),
        (" organisation.foo =3", "foo"),
        ("edges={foo: 3}", "foo"),
        ("organisation.index.ex[foo]=55", "ex[foo]"),
        ("horizon_months=-3", "-3"),
    ],
)
def test_what_is_wrong_in_an_option_is_underlined_name_or_value(valid: str, option: str, under: str) -> None:
    with pytest.raises(InputError) as refused:
        loads(valid, overrides=[option])
    problem = next(each for each in refused.value.problems if each.file == "--set")
    assert problem.column is not None
    assert problem.source[problem.column - 1 :][: problem.width] == under


EFFECT = "effect: {median: 6, factor: 1.8}, scale: enps"


@pytest.mark.parametrize("effect", [
    "1.0e+15", "-101", "{interval: [50, 400]}", "{distribution: normal, mean: 0, sd: 150}",
    "{median: 60, factor: 5}", "250, scale: enps", "5, scale: stars", "{median: 120, factor: 1.1}",
])  # fmt: skip
def test_an_effect_beyond_the_scale_is_refused(valid: str, effect: str) -> None:
    with pytest.raises(InputError, match="beyond sense, more than the whole scale"):
        loads(valid.replace(EFFECT, f"effect: {effect}"))


@pytest.mark.parametrize(
    "effect", ["100", "-100", "{interval: [40, 190]}", "{distribution: normal, mean: 0, sd: 90}", "200, scale: enps"]
)
def test_a_large_effect_is_only_remarked_on(valid: str, effect: str) -> None:
    loads(valid.replace(EFFECT, f"effect: {effect}"))


LAG = "graph: {edges: [{source: ux_employee, target: mx, slope: 0.1, why: x, lag: MONTHS}]}"


@pytest.mark.parametrize("months", ["1.0e+15", "1201", "{interval: [2, 9000]}"])
@pytest.mark.parametrize("place", ["drivers[0].fade", "drivers[0].pushes[0].months", "drivers[0].benefits", "graph"])
def test_more_than_a_century_is_refused_at_every_key(valid: str, place: str, months: str) -> None:
    inner = {
        "drivers[0].benefits": f"[{{name: a, monthly: 5, months: {months}}}]",
        "graph": LAG.replace("MONTHS", months).partition(": ")[2],
    }.get(place, months)
    with pytest.raises(InputError, match="months: beyond sense, more than a century"):
        loads(valid, overrides=[f"{place}={inner}"])
    loads(valid, overrides=[f"{place}={inner.replace(months, '1200')}"])
