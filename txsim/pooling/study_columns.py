# SPDX-License-Identifier: MIT
"""What the columns of a table of studies hold, by what people call them; see :mod:`txsim.pooling.studies`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from txsim.errors import did_you_mean, nearest
from txsim.evidence.study_figures import MEANS
from txsim.language import Words, lazy

#: Notes what is wrong with the header, or with one cell of it, counted from 0, and what to do.
Wrong = Callable[[int | None, Words, Words | None], None]

_LABELS = ("study", "label", "author", "authors", "id", "name", "trial", "school", "studie", "autor", "исследование",
           "автор", "название")  # fmt: skip
#: What people call a column, by what it is.
_ALIASES = {
    "estimate": ("y", "yi", "effect", "effect_size", "value"),
    "se": ("sei", "std_error", "stderr", "standard_error", "sigma"),
    "se_log": ("log_se", "selog", "se_logor", "selogor", "se_log_or", "se_lnor", "se_loghr", "seloghr", "se_log_hr"),
    "se_ratio": ("se_or", "se_hr", "ratio_se"),
    "variance": ("vi", "var"),
    "low": ("lower", "ci_low", "ci_lower", "lo95", "lo"),
    "high": ("upper", "ci_high", "ci_upper", "hi95", "hi"),
    "odds_ratio": ("or", "oddsratio"),
    "hazard_ratio": ("hr", "hazardratio"),
    "r": ("correlation", "cor", "ri", "rho"),
    "n": ("ni", "sample_size", "size"),
    "events1": ("exp_events", "event_e", "ai", "events_treatment", "treatment_events"),
    "n1": ("exp_n", "exp_total", "n_e", "n1i", "n_treatment", "treatment_n"),
    "events2": ("ctl_events", "cont_events", "event_c", "ci", "events_control", "control_events"),
    "n2": ("ctl_n", "ctl_total", "cont_total", "n_c", "n2i", "n_control", "control_n"),
    "mean1": ("m1", "m1i", "mean_e", "exp_mean"),
    "sd1": ("sd1i", "sd_e", "exp_sd"),
    "mean2": ("m2", "m2i", "mean_c", "ctl_mean"),
    "sd2": ("sd2i", "sd_c", "ctl_sd"),
    "t": ("t_value", "t_stat"),
    "f": ("f_value",),
    "p": ("p_value", "pval", "pvalue"),
    "level": ("conf_level", "confidence", "confidence_level"),
}
#: Columns that must agree with those that are pooled, where they are there beside them.
CHECKED = ("n", "se", "variance", "low", "high", "t", "f", "p")

#: Sets of columns that make an estimate, the first that is there wins; and the measure each gives.
_KINDS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("estimate", "se"), "estimate"),
    (("estimate", "variance"), "estimate"),
    (("estimate", "low", "high"), "estimate"),
    (("events1", "n1", "events2", "n2"), "log_odds_ratio"),
    (("odds_ratio", "low", "high"), "log_odds_ratio"),
    *((("odds_ratio", error), "log_odds_ratio") for error in ("se_log", "se_ratio", "se")),
    (("hazard_ratio", "low", "high"), "log_hazard_ratio"),
    *((("hazard_ratio", error), "log_hazard_ratio") for error in ("se_log", "se_ratio", "se")),
    (MEANS, "mean_difference"),
    (("r", "n"), "correlation"),
)


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column holds what, counted from 0."""

    where: Mapping[str, int]  #: Figures, by what they are; ``level`` where it is that of intervals.
    needed: tuple[str, ...]  #: Figures that the estimate is made of.
    measure: str  #: What is pooled.
    label: int | None  #: Names of studies.
    kind: int | None  #: What a row is.
    name: int | None  #: What a row is called, if only by a column that holds no figure.

    @property
    def differences(self) -> bool:
        """Whether estimates are made of intervals on their own scale, not of ratios."""
        return set(self.needed) == {"estimate", "low", "high"}

    @property
    def beside(self) -> list[str]:
        """Figures that must agree with those that are pooled."""
        return [name for name in CHECKED if name in self.where and name not in self.needed]

    def used(self) -> set[int]:
        """Return which columns played a part."""
        read = {*self.needed, "level", *(["n"] if self.differences else [])}
        return {i for key, i in self.where.items() if key in read} | {
            i for i in (self.label, self.kind) if i is not None
        }


def columns_of(
    header: Sequence[str], titles: Sequence[str], rows: Sequence[Sequence[str]], measure: str | None, wrong: Wrong
) -> Columns:
    """Return what the columns of a table hold, with all that is wrong told to ``wrong``.

    ``titles``: what columns are called to people, those without a name, too. ``rows``: cells of the rows below.
    ``measure``: what is wanted, if that is said.
    """
    where = _figures(header, wrong)
    needed, pooled = _chosen(titles, where, measure, wrong)
    # `high` or `store` in a column `level` is no level of an interval: it is a column as any other.
    level = where.pop("level", None)
    if level is not None and {"low", "high"} <= set(where) and any(
        re.search(r"\d", cell) for cells in rows for cell in cells[level : level + 1]
    ):  # fmt: skip
        where["level"] = level
    label = next((i for i, title in enumerate(header) if title.lower() in _LABELS), None)
    kind = next((i for i, title in enumerate(header) if title.lower() == "kind"), None)
    name = label if label is not None else next((i for i in range(len(header)) if i not in where.values()), None)
    return Columns(where, needed, pooled, label, kind, name)


def _figures(header: Sequence[str], wrong: Wrong) -> dict[str, int]:
    where: dict[str, int] = {}
    for i, title in enumerate(header):
        plain = title.lower().replace(" ", "_").replace("-", "_")
        name = next((key for key, others in _ALIASES.items() if plain == key or plain in others), None)
        if name is None:
            continue
        if name in where:
            message = lazy("the columns `{other}` and `{title}` both hold {name}", other=header[where[name]],
                           title=title, name=name)  # fmt: skip
            wrong(i, message, None)
        where.setdefault(name, i)
    return where


def _chosen(
    titles: Sequence[str], where: Mapping[str, int], measure: str | None, wrong: Wrong
) -> tuple[tuple[str, ...], str]:
    """Return which figures make the estimate, and its measure."""
    for needed, gives in _KINDS:
        wanted = measure or gives
        fits = wanted == gives or (gives == "mean_difference" and wanted == "standardised_mean_difference")
        if not fits or any(name not in where for name in needed):
            continue
        if needed[0].endswith("_ratio") and needed[-1] == "se" and not {"p", "t"} & set(where):
            message = lazy("`{ratio}` and `{se}`: a standard error of the ratio, or of its logarithm?",
                           ratio=titles[where[needed[0]]], se=titles[where["se"]])  # fmt: skip
            wrong(where["se"], message, lazy(
                "call the column `se_log` if it is that of the logarithm, `se_ratio` if it is that of the "
                "ratio itself; an interval beside it says more"))  # fmt: skip
        return needed, wanted
    if measure is not None:
        wanted = "mean_difference" if measure == "standardised_mean_difference" else measure
        needed = next(names for names, gives in _KINDS if gives == wanted)
        missing = [name for name in needed if name not in where]
        message = lazy("the measure {measure} needs the columns {needed}; missing: {missing}", measure=measure,
                       needed=", ".join(needed), missing=", ".join(missing))  # fmt: skip
        wrong(None, message, None)
        return needed, measure
    best = max(_KINDS, key=lambda kind: sum(name in where for name in kind[0]) / len(kind[0]))
    missing = [name for name in best[0] if name not in where]
    named = next((title for i, title in enumerate(titles) if i not in where.values()
                  and nearest(title.lower(), missing)), None)  # fmt: skip
    remark = lazy("; `{named}` is unknown{close}", named=named, close=did_you_mean(named, missing)) if named else ""
    hint = lazy("columns: estimate,se or odds_ratio,low,high or r,n or events1,n1,events2,n2 or "
                "mean1,sd1,n1,mean2,sd2,n2")  # fmt: skip
    wrong(None, lazy("no estimate can be made of these columns, missing: {missing}{unknown}",
                     missing=", ".join(missing), unknown=remark), hint)  # fmt: skip
    return best
