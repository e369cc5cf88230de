# SPDX-License-Identifier: MIT
"""What a run remarks on names the key that it is about: the reader of a report has no file in front of him."""

from __future__ import annotations

import re
from pathlib import Path

from txsim.decide.advice import advised
from txsim.forecast import forecast
from txsim.forecast.misfits import remarks_on
from txsim.report.output import save
from txsim.scenario import loads

FIRM = """organisation:
  index: {cx: 60}
  churn_per_month: 2.4 %
  contribution_margin: 30 %
  segments:
    few: {customers: 1000, churn_per_month: 1 %, arpu_per_month: 90}
    many: {customers: 3000, churn_per_month: 3 %, arpu_per_month: 40}
drivers:
  - name: desk
    kind: people
    owner: shared
    pushes:
      - {node: cx, effect: {median: 3, factor: 1.6}, months: 4}
    one_off: 4000
horizon_months: 12
"""


def test_every_remark_names_its_key() -> None:
    """Two segments of 1,000 at 1 % and 3,000 at 3 % lose 2.5 % a month, not the 2.4 % that are stated."""
    scenario = loads(FIRM)
    keys = [remark.path for remark in remarks_on(scenario)]
    assert "organisation.churn_per_month" in keys
    told = [str(text) for text in advised(forecast(scenario, draws=256, prior_only=True)).warnings]
    assert len(told) == len(keys)
    for key, text in zip(keys, told, strict=True):
        assert key in text


def test_what_a_family_misses_is_told_on_a_page_with_what_it_is_and_its_unit(tmp_path: Path) -> None:
    """The 5, 50 and 95 % of a log-normal with the median 3 are 3/f, 3 and 3f: 1, 3, 9; so 11 is missed, 9 is not."""
    effect, told = "effect: {median: 3, factor: 1.6}", "stated 1 · 3 · 11, fitted "
    for high, said in ((11, True), (9, False)):
        scenario = loads(FIRM.replace(effect, f"effect: {{quantiles: {{0.05: 1, 0.5: 3, 0.95: {high}}}}}, scale: nps"))
        page = save(advised(forecast(scenario, draws=256, prior_only=True)), tmp_path / f"{high}.html").read_text()
        words = " ".join(re.sub("<[^>]+>", " ", page).split())
        assert (f"(NPS points): {told}" in words) is said
