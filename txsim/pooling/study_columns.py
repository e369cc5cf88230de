# SPDX-License-Identifier: MIT
"""What the columns of a table of studies hold, by what people call them; see :mod:`txsim.pooling.studies`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from txsim.errors import nearest
from txsim.evidence.study_figures import MEANS
from txsim.language import Message, Words, lazy
from txsim.priors.typed_numbers import numbers_in

#: Notes what is wrong with the header, or with one cell of it, counted from 0, and what to do.
Wrong = Callable[[int | None, Words, Words | None], None]


def _words(text: str) -> list[str]:
    return text.split()


_LABELS = _words(
    "study study_or_subgroup studlab slab label author authors author_year study_id study_name first_author id name "
    "trial school studie autor étude etude auteur исследование автор название"
)
#: What people and programs call a column, by what it is: metafor, meta, RevMan, JASP, spreadsheets; four languages.
_ALIASES = {
    "estimate": "y yi effect effect_size value te est md mean_difference beta b coef coefficient schätzer schätzwert "
    "schätzung effekt effektstärke estimation effet оценка эффект коэффициент",
    "smd": "d g cohens_d cohen_s_d hedges_g hedges_s_g std_mean_difference",
    "log_odds_ratio": "lnor logor log_or ln_or log_odds",
    "log_hazard_ratio": "lnhr loghr log_hr ln_hr",
    "se": "sei std_error stderr std_err standard_error sigma sete s_e se_g se_d se_smd se_md se_b se_beta se_te "
    "standardfehler erreur_type erreur_standard ст_ошибка стандартная_ошибка",
    "se_log": "log_se selog se_logor selogor se_log_or se_lnor se_loghr seloghr se_log_hr",
    "se_ratio": "se_or se_hr ratio_se",
    "variance": "vi var varianz дисперсия",
    "low": "lo95 ug untergrenze",
    "high": "hi95 og obergrenze",
    "odds_ratio": "or oddsratio ош отношение_шансов rapport_de_cotes",
    "hazard_ratio": "hr hazardratio irr rate_ratio incidence_rate_ratio",
    "risk_ratio": "rr riskratio relative_risk relatives_risiko risque_relatif отношение_рисков относительный_риск",
    "exp_b": "exp_beta exp_coef exp_β",
    "r": "correlation cor ri rho korrelation corrélation корреляция коэффициент_корреляции",
    "n": "ni sample_size size stichprobe stichprobengröße fallzahl effectif выборка объём_выборки объем_выборки "
    "число_наблюдений",
    "events1": "ai event_e",
    "n1": "n1i n_e",
    "events2": "event_c",
    "n2": "n2i n_c",
    "mean1": "m1 m1i",
    "sd1": "sd1i",
    "mean2": "m2 m2i",
    "sd2": "sd2i",
    "t": "t_value t_stat",
    "f": "f_value",
    "p": "p_value pval pvalue",
    "level": "conf_level confidence confidence_level",
}
_KNOWN = {other: key for key, others in _ALIASES.items() for other in (key, *others.split())}
#: Titles of columns that tell what was measured and when, not of whom.
MEASURED = re.compile(
    r"\W*(?:outcome|end ?point|endpunkt|measure|instrument|scale|dv\b|follow.?up|time.?point|zielgr|skala|"
    r"исход|показател|шкала)", re.IGNORECASE)  # fmt: skip
#: Words of both ends of an interval, words beside them that change nothing, and those of them that name an interval.
_END_WORDS = {
    "low": _words("low lower lb lo ll lcl unten untere unterer inf inférieure нижняя нижн нижний ниж"),
    "high": _words("high upper ub hi ul ucl oben obere oberer sup supérieure верхняя верхн верхний верх"),
}
_INTERVAL_NAMES = _words("ci ki ic ди interval intervalle konfidenzintervall интервал")
_INTERVAL_WORDS = [
    *_INTERVAL_NAMES,
    *_words("cl conf confidence limit bound grenze borne граница доверительный of de"),
]
#: Arms of a trial and what is counted or measured in them, in words of a title.
_ARMS = {
    "1": _words("experimental exp treatment treated intervention e"),
    "2": _words("control ctl cont comparison placebo c"),
}
_IN_ARM = {
    "events": _words("events event ereignisse événements события"),
    "n": _words("total n всего gesamt"),
    "mean": _words("mean mittelwert moyenne среднее"),
    "sd": ["sd"],
}
#: Measures of estimates that are named by their column.
_NAMED = {
    "smd": "standardised_mean_difference",
    "log_odds_ratio": "log_odds_ratio",
    "log_hazard_ratio": "log_hazard_ratio",
}
#: Names of estimates that may be of something else where a column of another name holds one.
_WEAK = {*_words("b d g te md est beta coef coefficient"), *(other for other, key in _KNOWN.items() if key in _NAMED)}
_LEVEL = re.compile(r"(?<!\d)(?:80|9\d(?:[.,]\d)?)(?!\d)")
#: What no estimate is made of under its own name, with what to do.
_NOT_POOLED = {
    "risk_ratio": lazy("a risk ratio is no odds ratio: give the counts events1,n1,events2,n2, or pool its logarithm "
                       "and those of its ends as estimate,low,high; a ratio of rates is a `hazard_ratio`"),
    "exp_b": lazy("call it `odds_ratio` if it is of a logistic regression, `hazard_ratio` if it is of a Cox model "
                  "or a Poisson model: then it is a ratio of rates"),
}  # fmt: skip
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
    level: float = 0.95  #: Level of intervals by the titles of their columns.
    taken: tuple[tuple[str, str], ...] = ()  #: Titles of columns that are called otherwise here, and how.

    @property
    def differences(self) -> bool:
        """Whether estimates are made of intervals on their own scale, not of ratios."""
        return set(self.needed) == {"estimate", "low", "high"}

    @property
    def conversion(self) -> str:
        """What makes the estimate, a key of :data:`txsim.pooling.row_estimates.CONVERSIONS`."""
        return "estimate" if "estimate" in self.needed else self.measure

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
    plain = [_plain(title) for title in header]
    where, named = _figures(header, plain, wrong)
    needed, pooled = _chosen(titles, rows, where, measure or named, wrong)
    # `high` or `store` in a column `level` is no level of an interval: it is a column as any other.
    level = where.pop("level", None)
    if level is not None and {"low", "high"} <= set(where) and any(
        re.search(r"\d", cell) for cells in rows for cell in cells[level : level + 1]
    ):  # fmt: skip
        where["level"] = level
    label = next((i for i, title in enumerate(plain) if title in _LABELS), None)
    kind = next((i for i, title in enumerate(plain) if title == "kind"), None)
    name = label if label is not None else next((i for i in range(len(header)) if i not in where.values()), None)
    levels = {float(found[0].replace(",", ".")) / 100 for end in ("low", "high") if end in where and end in needed
              and (found := _LEVEL.search(header[where[end]]))}  # fmt: skip
    if len(levels) > 1:
        wrong(where["high"], lazy("both ends of an interval are of one level"), None)
    taken = tuple((titles[i], key) for key, i in sorted(where.items(), key=lambda at: at[1])
                  if key in needed and _plain(titles[i]) != key)  # fmt: skip
    return Columns(where, needed, pooled, label, kind, name, min(levels, default=0.95), taken)


def _plain(title: str) -> str:
    return "_".join(re.findall(r"[^\W_]+", title.casefold()))


def _figure_called(plain: str) -> str | None:
    """Return what a column holds by its title; ``None`` if nobody calls a figure so."""
    if plain in _KNOWN:
        return _KNOWN[plain]
    words = [word for word in plain.split("_") if not re.fullmatch(r"80|9\d", word)]
    ends = [end for end, known in _END_WORDS.items() if set(words) & set(known)]
    if len(ends) == 1 and set(words) <= {*_END_WORDS[ends[0]], *_INTERVAL_WORDS} and words[0] not in ("inf", "sup"):
        return ends[0]
    arms = [arm for arm, known in _ARMS.items() if set(words) & set(known)]
    what = [each for each, known in _IN_ARM.items() if set(words) & set(known)]
    if len(arms) == len(what) == 1 and len(words) == 2:
        return what[0] + arms[0]
    return None


def _figures(header: Sequence[str], plain: Sequence[str], wrong: Wrong) -> tuple[dict[str, int], str | None]:
    """Return which column holds what, and the measure that the title of the estimate names."""
    where: dict[str, int] = {}
    measure = None
    # Two columns `Events` and two `Total` are of the first arm and of the second, as RevMan prints them.
    arms = {each: [i for i, title in enumerate(plain) if title in known] for each, known in _IN_ARM.items()}
    paired = {i: f"{each}{arm}" for each, at in arms.items() if len(at) == 2 for arm, i in enumerate(at, 1)}
    counts = "ci" in plain and {"ai", "n1i", "n2i"} <= set(plain)  # metafor's counts of a trial
    firsts = {names[0] for names, _gives in _KINDS}
    for i, title in sorted(enumerate(header), key=lambda at: plain[at[0]] in _WEAK):
        name = paired.get(i) or ("events2" if plain[i] == "ci" and counts else _figure_called(plain[i]))
        if name is None or (plain[i] in _WEAK and firsts & set(where)):
            continue
        if name in _NAMED:
            measure, name = _NAMED[name], "estimate"
        if name in where:
            message = lazy("the columns `{other}` and `{title}` both hold {name}", other=header[where[name]],
                           title=title, name=name)  # fmt: skip
            wrong(i, message, None)
        where.setdefault(name, i)
    return where, measure


def under_arms(header: Sequence[str], first: Sequence[str]) -> list[str] | None:
    """Return the titles of a table with two rows of them, arms above what was counted; ``None`` of any other."""
    known = {word for words in _IN_ARM.values() for word in words}
    if any(re.search(r"\d", cell) for cell in first) or sum(_plain(cell) in known for cell in first) < 4:
        return None
    titles, arm = [], ""
    for above, below in zip(header, first, strict=False):
        arm = above or arm
        counted = _plain(below) in known and any(_plain(arm) in words for words in _ARMS.values())
        titles.append(f"{arm} {below}" if counted else below or above)
    return titles


def parted(header: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[list[str], list[list[str]], dict[int, int]]:
    """Return a table whose cells hold one figure each: `0.60 [0.40, 0.90]`, `[0.4; 0.9]` and `0.30 (0.10)` are parted.

    ``header``: titles; ``rows``: cells below. What is parted stands in columns behind the others; which column each is
    of is returned last.
    """
    titles, cells, source = list(header), [list(row) for row in rows], {}
    there = {_figure_called(_plain(title)) for title in header}
    for i, title in enumerate(header):
        bare, more = _parted_title(title)
        if not more or there & {*(each.split()[0] for each in more), _figure_called(_plain(bare))} - {None}:
            continue
        number = len(more) + bool(bare)
        found = [_parted_cell(row[i], number) if i < len(row) and row[i] else [] for row in cells]
        torn = [each is None or len(each) not in (0, number) for each in found]
        if sum(bool(each) and not bad for each, bad in zip(found, torn, strict=True)) <= sum(torn):
            continue
        # What is none of it stands in each of its columns, and is told there.
        found = [[row[i]] * number if bad else each for row, each, bad in zip(cells, found, torn, strict=True)]
        titles[i] = bare or title
        for at, each in enumerate(more):
            source[len(titles)] = i
            titles.append(each)
            for row, figures in zip(cells, found, strict=True):
                if len(row) == len(titles) - 1:
                    row.append(figures[at + bool(bare)] if figures else "")
        for row, figures in zip(cells, found, strict=True):
            if figures and bare:
                row[i] = figures[0]
    return titles, cells, source


def _parted_title(title: str) -> tuple[str, list[str]]:
    """Return what a title names before an interval or an error, and the titles of those, if it names any."""
    if _figure_called(_plain(title)) is not None:
        return "", []
    words = [word for word in _plain(title).split("_") if not re.fullmatch(r"80|9\d", word)]
    level = _LEVEL.search(title)
    ends = [f"{end}{' ' + level[0] if level else ''}" for end in ("low", "high")]
    if set(words) & set(_INTERVAL_NAMES) and set(words) <= set(_INTERVAL_WORDS):
        return "", ends
    if re.search(r"[(\[,]\s*(?:se|s\.e\.|std\.? ?err(?:or)?)\.?\s*[)\]]?$", title, re.IGNORECASE):
        return re.split(r"[(\[,]", title)[0].strip(), ["se"]
    if set(words) & set(_INTERVAL_NAMES):
        bare = re.split(r"[(\[,]|\b(?:M-H|IV|Peto)\b|\d+ ?%", title)[0].strip()
        return (bare, ends) if _figure_called(_plain(bare)) else ("", [])
    return "", []


def _parted_cell(cell: str, count: int) -> list[str] | None:
    """Return the figures of a cell as texts, with its own decimal sign; ``None`` if they are not so many."""
    first = re.fullmatch(r"([-+−–]?[\d.,]+)\s*[(\[](.+)[)\]]", cell.strip())
    figures, rest = ([first[1]], first[2]) if first and count != 2 else ([], cell.strip().strip("[]()"))
    if first and count == 2 and re.fullmatch(r"[-+−–]?[\d.,]+", first[2].strip()):
        return [first[1], first[2].strip()]
    try:
        ends = numbers_in(rest, count=2)
    except ValueError:
        return None
    comma = "." not in cell and re.search(r"\d,\d", cell) is not None
    return [*figures, *(f"{end:.15g}".replace(".", "," if comma else ".") for end in ends)]


def _chosen(
    titles: Sequence[str], rows: Sequence[Sequence[str]], where: Mapping[str, int], measure: str | None, wrong: Wrong
) -> tuple[tuple[str, ...], str]:
    """Return which figures make the estimate, and its measure."""
    for as_it_is in (False, True):  # a logarithm that somebody took already stands in a column of estimates
        for needed, gives in _KINDS:
            wanted = measure or gives
            fits = wanted == gives or (gives == "mean_difference" and wanted == "standardised_mean_difference")
            fits = fits or (as_it_is and gives == "estimate" and wanted != "correlation")
            if not fits or any(name not in where for name in needed):
                continue
            if needed[0].endswith("_ratio") and needed[-1] == "se" and not {"p", "t"} & set(where):
                message = lazy("`{ratio}` and `{se}`: a standard error of the ratio, or of its logarithm?",
                               ratio=titles[where[needed[0]]], se=titles[where["se"]])  # fmt: skip
                wrong(where["se"], message, lazy(
                    "call the column `se_log` if it is that of the logarithm, `se_ratio` if it is that of the "
                    "ratio itself; an interval beside it says more"))  # fmt: skip
            return needed, wanted
    other = next((name for name in _NOT_POOLED if name in where), None)
    if other is not None:
        message = lazy("`{title}` is not pooled as it stands", title=titles[where[other]])
        wrong(where[other], message, _NOT_POOLED[other])
        return _KINDS[0]
    if measure is not None:
        wanted = "mean_difference" if measure == "standardised_mean_difference" else measure
        needed = next(names for names, gives in _KINDS if gives == wanted)
        if needed[0] in where or "estimate" not in where or measure == "correlation":
            missing = [name for name in needed if name not in where]
            message = lazy("the measure {measure} needs the columns {needed}; missing: {missing}",
                           measure=measure, needed=", ".join(needed), missing=", ".join(missing))  # fmt: skip
            wrong(None, message, _not_understood(titles, rows, where))
            return needed, measure
    first = next((names[0] for names, _gives in _KINDS if names[0] in where), None)
    if first in ("estimate", "odds_ratio", "hazard_ratio"):
        errors = lazy("`low` and `high`, `se` or `variance`") if first == "estimate" else lazy(
            "`low` and `high`, or `se_log`")  # fmt: skip
        message = lazy("nothing says how sure `{title}` is: {errors}", title=titles[where[first]], errors=errors)
        wrong(where[first], message, _not_understood(titles, rows, where))
        return _KINDS[0]
    best = max(_KINDS, key=lambda kind: sum(name in where for name in kind[0]) / len(kind[0]))
    missing = [name for name in best[0] if name not in where]
    message = lazy("no estimate can be made of these columns, missing: {missing}", missing=", ".join(missing))
    wrong(None, message, _not_understood(titles, rows, where))
    return best


def _not_understood(titles: Sequence[str], rows: Sequence[Sequence[str]], where: Mapping[str, int]) -> Message:
    """Return which columns of figures are not understood, each with what it might be, and what is."""
    known = {other: "estimate" if key in _NAMED else key for other, key in _KNOWN.items() if len(other) > 3}
    told = []
    for i, title in enumerate(titles):
        if i in where.values() or not any(re.search(r"\d", cell) for cells in rows for cell in cells[i : i + 1]):
            continue
        close = nearest(_plain(title), known) if len(_plain(title)) > 2 else None
        told.append(f"`{title[:40]}`" + (f" ({known[close]}?)" if close and known[close] not in _NOT_POOLED else ""))
    columns = lazy("columns: estimate,se or estimate,low,high or odds_ratio,low,high or r,n or events1,n1,events2,n2 "
                   "or mean1,sd1,n1,mean2,sd2,n2")  # fmt: skip
    if not told:
        return columns
    return lazy("not understood: {titles}; rename what is needed; {columns}", titles=", ".join(told), columns=columns)
