# SPDX-License-Identifier: MIT
"""Words that people write in surveys' files, in the languages in which such files come (`words.json`).

Names of columns, the likeliest first; yes and no; words of answers; words for a missing value and for sums of units.
All are looked up folded by :func:`folded`: small letters, one space between words, no marks at the ends.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

_TOTAL = re.compile(
    r"^((grand |sub)?totals?|overall|all( responses| respondents| staff| units| sites| trusts| schools| branches"
    r"| hospitals| practices| agencies| departments| stores| teams)?|average|mean|sum|national( average| total)?"
    r"|government-?wide|gesamt|insgesamt|(gesamt|teil)?ergebnis|summe|mittelwert|durchschnitt|итого|всего"
    r"|общий итог|итог|среднее|в целом|total g[ée]n[ée]ral|ensemble|moyenne|total general|promedio|media|totale"
    r"|.* (overall|total|итого))$",
    re.IGNORECASE,
)
#: What pivot tables write before the name of a measure, or of what is counted.
_OF = re.compile(
    r"^(average|mean|mittelwert|moyenne|promedio|media|среднее)( of| von| de| di| по полю| по| от)? "
    r"|^(?:sum of|summe von|somme de|suma de|сумма по полю) (?=.*(?:responses|answers|antworten|ответ|réponses|resp))"
    r"|^(по полю )(?=.)"
)
#: A region, or a sum, before or behind its name.
_REGION = re.compile(
    r"(?:(?:sub)?region|regional|bezirk|gebiet|district|division|area|cluster|zone|territory|regi[oó]n|r[ée]gion"
    r"|secteur|zona|[áa]rea|регион|округ|кластер|дивизион|макрорегион"
    r"|(?:grand |sub|sub-|sous-)?total|(?:zwischen|teil|gesamt)?summe|gesamt|mittelwert|durchschnitt|average|mean"
    r"|moyenne|promedio|media|totale|итого|всего|итог|среднее)[ :\-–—].+"
    r"|.+[ :\-–—](?:region|bezirk|gebiet|district|division|area|cluster|zone|territory|регион|округ|кластер|дивизион"
    r"|(?:sub|sub-)?totals?|(?:zwischen|teil)?summe|gesamt|insgesamt|(?:teil|gesamt)?ergebnis|overall|average|mean"
    r"|итого|всего|в целом|среднее)"
)
#: Parts of a country, as regions are called and branches, too.
_DIRECTION = re.compile(
    r"(?:north|south|east|west|central|north-?(?:east|west)|south-?(?:east|west)|nord|s[üu]d|ost|mitte|nord-?(?:ost|west)"
    r"|s[üu]d-?(?:ost|west)|sud|est|ouest|centre|norte|sur|este|oeste|centro|север|юг|восток|запад|центр|северо-?запад"
    r"|северо-?восток|юго-?запад|юго-?восток)"
)
#: Whom a firm is compared with: by a word that no branch has in its name, or by the whole name.
_OUTSIDE = re.compile(
    r"(?:.*\b)?(?:competitors?|rivals?|(?:mit|wett)bewerb(?:er)?s?|konkurren(?:z|ten?)|конкурент\w*|concurrents?"
    r"|competidor(?:es)?|benchmarks?|бенчмарк\w*|peer group|comparators?|comparison group|vergleichsgruppe"
    r"|branchen(?:schnitt|mittel|durchschnitt|wert)|markt(?:durchschnitt|führer)|vergleichswert|market leaders?"
    r"|best[- ]in[- ]class|other (?:companies|firms|banks|players)|andere (?:anbieter|firmen|banken)|\w+ norms?"
    r"|(?:лидер|средн\w+ по) (?:рынк\w+|отрасли))\b.*"
    r"|(?:the )?(?:market|industry|sector|branche|markt|рынок|отрасль|marché|secteur|concurrence|mercado|competencia"
    r"|competition|peers?|norm|externals?)(?:[ -]*\(?(?:average|avg\.?|mean|median|norm|level|schnitt|mittel"
    r"|durchschnitt|niveau|в целом)\)?)?"
)
#: Figures of others, or of another time: places among units, and what was before.
_COMPARED = re.compile(
    r".*\b(?:quartil\w*|quintil\w*|d[eé][cz]il\w*|[pп][eе]r[cz]entil\w*|centiles?|квартил\w*|п[её]?рцентил\w*"
    r"|процентил\w*)\b.*"
    r"|(?:the )?(?:best|worst|top|bottom|beste[rs]?|schlechteste[rs]?|лучш\w+|худш\w+|meilleure?s?|pires?|mejor(?:es)?"
    r"|peor(?:es)?)[ -](?:\d+ ?%?|performers?|performing|units?|branch(?:es)?|stores?|sites?|teams?|shops?|locations?"
    r"|filialen?|standorte?|märkte|markt|teams?|филиалы?|магазины?|подразделени[ея]|отделени[ея]|точк[аи]"
    r"|agences?|magasins?|sites?|sucursal(?:es)?|tiendas?|centros?)(?: .*)?"
    r"|(?:m[ée]dia|moyenne|promedio|average|mean|durchschnitt|schnitt|среднее)(?: \w+){0,2} "
    r"(?:sector|secteur|mercado|marché|market|industry|branche|рынку|отрасли)"
    r"|(?:.+[ \-–(:,])?(?:vorjahr\w*|vorperiode|vormonat|vorquartal|letztes jahr|(?:previous|prior|last)[ -](?:year|"
    r"period|month|quarter|wave)|прошл\w+ (?:год\w*|период\w*|месяц\w*|квартал\w*)|предыдущ\w+ (?:год\w*|период\w*"
    r"|месяц\w*|квартал\w*)|année précédente|période précédente|mois précédent|l'an dernier|(?:año|mes|per[ií]odo"
    r"|trimestre) anterior)\)?"
)
#: What rows are called that stand for several units.
_LEVEL = re.compile(
    r"(?:sub)?regions?|districts?|divisions?|territor(?:y|ies)|areas?|totals?|subtotals?|regionen|gebiete?|bezirke?"
    r"|gesamt|регион\w*|округ\w*|дивизион\w*|итого|всего|régions?|secteurs?|regi[oó]n(?:es)?|zonas?|áreas?"
)
#: What is left over, of the firm or of others.
_LEFT_OVER = re.compile(
    r"(?:all )?others?(?: \w+)?|sonstiges?|übrige\w*|rest|misc(?:ellaneous)?|остальные|прочие|прочее|andere|другие"
    r"|autres|divers|otros|varios"
)

_SUM_BEFORE = re.compile(r"(?:(?:grand |sub)?totals?|sum|summe|gesamt|итого|всего|итог|totale|promedio)[ :]+(.+)")
_SUM_BEHIND = re.compile(r"(.+?)[ :]+(?:totals?|sum|summe|gesamt|ergebnis|teilergebnis|итого|итог|всего)")
#: What German writes behind whom it is of, without a space.
_SPLIT = re.compile(r"(?:nps|antworten|zufriedenheit|erlebnis|umfrage|befragung|feedback)$")
#: Short forms of weights that survey offices write within a name.
_WEIGHTS = {"wgt", "wts", "wght", "weighted", "pweight", "gew", "pond"}


def folded(text: str) -> str:
    """Return words as they are looked up: small letters, single spaces, no marks at the ends.

    >>> folded("Größe")
    'grösse'
    """
    plain = text.replace("\xa0", " ").replace("\u202f", " ").replace("’", "'").casefold()
    return re.sub(r"\s+", " ", plain).strip().strip('"“”«»').rstrip(".!;").strip()


def _key(name: str) -> str:
    """Return a name of a column without what parts or surrounds its words."""
    plain = re.sub(r"\(\s*(?:%|n|pct|percent)?\s*\)", "", folded(name))
    return re.sub(r"[\s\-_./,:;№%*()]+", " ", plain).strip()


@cache
def _words() -> dict[str, Any]:
    """Return the packaged words."""
    words: dict[str, Any] = json.loads(files("txsim.panel.reader").joinpath("words.json").read_bytes())
    return words


@cache
def _roles() -> dict[str, dict[str, int]]:
    # words as they are looked up: `регион/филиал` is called by its words
    return {
        role: {_key(name): i for i, name in reversed(list(enumerate(names)))}
        for role, names in _words()["roles"].items()
    }


def role_of(name: str, role: str) -> int | None:
    """Return how likely a column's name means a role, 0 the likeliest; ``None`` if it does not.

    >>> role_of("Office / Branch", "unit") == role_of("Branch", "unit")
    True
    """
    if role not in _roles():
        return 0 if _key(name) == role.replace("_", " ") else None
    rank = _roles()[role].get(_key(name))
    parts = [_roles()[role].get(_key(part)) for part in name.split("/")]
    known = [part for part in parts if part is not None]
    return min(known) if rank is None and 1 < len(parts) == len(known) else rank


@cache
def _parts() -> dict[str, str]:
    return {_key(name): part for part, names in _words()["period_parts"].items() for name in names}


def part_of_period(name: str) -> str | None:
    """Return which part of a period a column's name means: ``year``, ``half``, ``quarter`` or ``month``, or none."""
    return _parts().get(_key(name))


@cache
def _series() -> dict[str, str]:
    return {name: series for series, names in _words()["series"].items() for name in names}


#: The scale behind the name of a measure, as in `EX (0-10)`.
_SCALE = re.compile(r"(?<=.) [01]\.{0,2} ?(?:to |bis |до |à |a |do |– ?)?(?:5|7|10|100)$")
#: Which answers a group of an NPS question holds, behind its name: `Promoter (9-10)`.
_ANSWERS = re.compile(r"[ :]*[(\[]\s*\d{1,2}\s*(?:[-–—…,/]|\.\.+|to|bis|до|à|a)\s*\d{1,2}\s*[)\]]\s*$")
#: Groups of an NPS question by their points.
_GROUPS = {100.0: "promoters", 0.0: "passives", -100.0: "detractors"}


@cache
def series_of(name: str) -> str | None:
    """Return the role that a column's name has as a measure: such as `ex`, `n_cx`, `ex_promoters`, `cx_7`."""
    key = _SCALE.sub("", _OF.sub("", _key(name)))
    if key in _series():
        return _series()[key]
    parts = re.fullmatch(r"(ex|cx|enps|nps) (.+)", key)
    if parts and re.fullmatch(r"\d{1,2}", parts[2]):
        return f"{_series()[parts[1]]}_{parts[2]}"
    back = None if parts else re.fullmatch(r"(.+) (ex|cx|enps|nps)", key)
    named = (parts[1], points_of(parts[2])) if parts else (back[2], points_of(back[1])) if back else ("", None)
    if named[1] is not None:
        return f"{_series()[named[0]]}_{_GROUPS[named[1]]}"
    for known, series in _series().items():
        for rest in (key.removeprefix(f"{known} "), key.removesuffix(f" {known}")):
            if rest != key and rest in _words()["counts"]:
                return f"n_{series}"
            if rest != key and rest in _words()["plain"]:
                return series
    whose, rest = _whose(key)
    if whose is None or rest in _words()["heads"]:
        return None
    return f"n_{whose}" if rest in _words()["counts"] else whose if rest in _words()["measures"] else None


@cache
def _whose(key: str) -> tuple[str | None, str]:
    """Return of whom words speak, `ex` or `cx`, ``None`` of nobody or both, and what else they say."""
    people, said, left = _people(), set(), []
    for word in key.split():
        head = word if word in people else _SPLIT.sub("", word)  # `Kundenantworten`
        if head in people:
            said.add(people[head])
            left.append(word[len(head) :])
        else:
            left.append(word)
    whose = said.pop() if len(said) == 1 else None
    rest = [word for word in left if word]
    while rest and rest[-1] in _words()["between"]:
        rest.pop()
    while rest and rest[0] in _words()["between"]:
        rest.pop(0)
    return whose, " ".join(rest)


@cache
def _people() -> dict[str, str]:
    return {word: role for role, words in _words()["people"].items() for word in words}


def people_of(name: str) -> str | None:
    """Return of whom a name speaks that says no measure, or only how many: `Employees`, `Кол-во клиентов`.

    Such a column may hold numbers of answers or a headcount.
    """
    whose, rest = _whose(_key(name))
    return whose if rest in _words()["heads"] else None


def whose(title: str) -> str | None:
    """Return of whom a title speaks, ``ex`` or ``cx``, whatever else it says; ``None`` of nobody or both."""
    return _whose(_key(title))[0]


def titled(title: str) -> str | None:
    """Return the measure, ``ex`` or ``cx``, of a title over a table, or of the sheet or file that it is in.

    What a header says holds for a title; one that says only whose a table is says it, too.

    >>> titled("Employee NPS"), titled("NPS сотрудников 2024"), titled("Kundenbefragung"), titled("Staff turnover")
    ('ex', 'ex', 'cx', None)
    """
    whole, (whose, rest) = series_of(title), _whose(_key(title))
    if whole is not None:
        return whole if whole in ("ex", "cx") else None
    words = rest.split()
    named = {series for word in words if (series := series_of(word)) in ("ex", "cx")}
    if whose is None:
        return named.pop() if len(named) == 1 and not _people().keys() & set(_key(title).split()) else None
    told = named <= {"cx", whose} if named else all(word in _words()["surveys"] or word.isdigit() for word in words)
    return whose if told else None


@cache
def count_of(name: str) -> bool:
    """Whether a name means a number of answers without saying whose."""
    return _key(name) in _words()["counts"]


@cache
def of_those_who_answered(word: str) -> bool:
    """Whether a word beside a number says that answers, or people who gave one, are counted; `invited` does not."""
    return _key(word) in (*_words()["counts"], *_words()["answered"])


def names_weight(name: str) -> bool:
    """Whether a word within a column's name means a weight, as in `wt_final` or `Gewicht trim`."""
    return bool({*_key(name).split(), _key(name)} & _roles()["weight"].keys() | ({*_key(name).split()} & _WEIGHTS))


@cache
def _flags() -> dict[str, bool]:
    said = {"yes": True, "after": True, "no": False, "before": False}
    return {word: flag for kind, flag in said.items() for word in _words()[kind]}


def flag_of(text: str) -> bool | None:
    """Return what a word says where yes or no is asked for, or a pilot's arm, ``None`` if neither.

    >>> flag_of("ja"), flag_of("Контрольная группа"), flag_of("not treated")
    (True, False, None)
    """
    key = re.sub(r"[-_]", " ", folded(text))
    return _flags().get(key, arm_of(text))


def arm_of(text: str) -> bool | None:
    """Return whether words speak of a pilot's units, or of those to compare with; ``None`` for neither or both."""
    words = re.split(r"[^\w]+|_", folded(text))
    arms = {_arms()[word] for word in words if word in _arms()}
    said = arms | {_flags()[word] for word in words if len(word) > 1 and word in _flags()}  # `Control 1`
    return arms.pop() if len(arms) == len(said) == 1 else None


def arm_alone(text: str) -> bool | None:
    """Return of which arm of a pilot words speak, and of nothing else; ``None`` for other words.

    >>> arm_alone("All control units"), arm_alone("Pilotgruppe"), arm_alone("Pilot A"), arm_alone("Access control")
    (False, True, None, None)
    """
    words = [word for word in re.split(r"[^\w]+|_", folded(text)) if word]
    lettered = words[1:] and words[-1] == "в"  # `Пилот В` beside `Пилот Б`
    return None if lettered or set(words) - _arms().keys() - {*_words()["beside_arms"]} else arm_of(text)


def late_of(text: str) -> bool | None:
    """Return whether words speak of the time after a pilot's start, or before it; ``None`` for neither or both."""
    said = _moments_in(text)
    return "after" in said if len(said) == 1 else None


def _moments_in(text: str) -> set[str]:
    key = f" {re.sub(r'[^\w]+|_', ' ', folded(text))} "
    return {kind for kind in ("before", "after") if any(f" {word} " in key for word in _words()[kind])}


def opposite(name: str, role: str) -> bool:
    """Whether a column's name says that a yes in it is a no of its role.

    >>> opposite("Control store", "treated"), opposite("Before launch", "post"), opposite("Before/after", "post")
    (True, True, False)
    """
    return arm_alone(name) is False if role == "treated" else role == "post" and late_of(name) is False


def speaks_for_itself(text: str, role: str) -> bool:
    """Whether a cell names an arm, or before or after, so that its column's name does not turn it as a mere yes."""
    return arm_of(text) is not None if role == "treated" else bool(_moments_in(text))


@cache
def _arms() -> dict[str, bool]:
    return {word: arm == "1" for arm, words in _words()["arms"].items() for word in words}


@cache
def _missing() -> frozenset[str]:
    return frozenset(folded(word) or word for word in _words()["missing"]) | {""}


def is_missing(text: str) -> bool:
    """Whether a text says that there is no value."""
    return folded(text) in _missing() or text.strip() in _missing()


def is_total(name: str) -> bool:
    """Whether a unit's name says that it is a sum or a mean of others."""
    return _TOTAL.match(name.strip()) is not None


def names_region(name: str) -> bool:
    """Whether a unit is called a region or a sum, as sums of branches are: `Region Nord`, `Итого по югу`."""
    return _REGION.fullmatch(folded(name)) is not None


def names_outside(name: str) -> bool:
    """Whether a unit is called as what a firm is compared with: `Benchmark DACH`, `Top quartile`, `Vorjahr`."""
    return any(kind.fullmatch(folded(name)) is not None for kind in (_OUTSIDE, _COMPARED))


def names_either(name: str) -> bool:
    """Whether a rate of leaving is called as that of customers is, and that of staff: `Attrition %`."""
    return re.fullmatch(r"attrition|kündigungsquote|taux d'attrition", _key(name)) is not None


def names_level(word: str) -> bool:
    """Whether a word says of a row that it stands for several units, as `Region` does beside `Store`."""
    return _LEVEL.fullmatch(folded(word)) is not None


def names_left_over(name: str) -> bool:
    """Whether a unit is called as what is left over, of the firm or of others: `Other`, `Sonstige`."""
    return _LEFT_OVER.fullmatch(folded(name)) is not None


def names_direction(name: str) -> bool:
    """Whether a unit is called by a part of a country, as a region may be and a branch: `Nord`, `юго-запад`."""
    return _DIRECTION.fullmatch(folded(name)) is not None


def part_of_total(name: str) -> str | None:
    """Return whose sum a name such as `Kiel Ergebnis`, `Итого Казань` or `Total Lyon` says it is, in small letters."""
    for pattern in (_SUM_BEFORE, _SUM_BEHIND):
        match = pattern.fullmatch(folded(name))
        if match:
            return match[1]
    return None


@cache
def _worth(kind: str) -> dict[str, float]:
    return {word: float(worth) for worth, words in _words()[kind].items() for word in words}


def points_of(text: str) -> float | None:
    """Return the NPS points of a word for promoters, passives or detractors; ``None`` where it is none."""
    return _worth("nps").get(folded(_ANSWERS.sub("", text)))


def level_of(text: str) -> float | None:
    """Return the strength of a word of an answer, −3 and 3 at the ends; ``None`` where it is none.

    What 2 and 1 are on a scale of five or seven is known from the other words of the column.
    """
    return _worth("levels").get(folded(text))
