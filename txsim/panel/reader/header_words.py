# SPDX-License-Identifier: MIT
"""What a header says of the scale below it: which end is the best, and whether it is a share of favourable answers."""

from __future__ import annotations

import re

from txsim.language import lazy
from txsim.panel.reader.answer_words import Ask
from txsim.panel.reader.vocabulary import folded, level_of
from txsim.units import Scale

_GOOD = re.compile(
    r"\b(?:best|very good|excellent|outstanding|very satisfied|highest|sehr gut|am besten|beste|sehr zufrieden"
    r"|ausgezeichnet|отлично|лучш|очень хорошо|очень довол|полностью довол|très bien|très satisf|meilleur|muy buen"
    r"|muy satisf|mejor|excelente|ottimo|bardzo dobr|najleps)"
)
_BAD = re.compile(
    r"\b(?:worst|very poor|poor|very bad|very dissatisfied|lowest|sehr schlecht|schlecht|mangelhaft|ungenügend"
    r"|sehr unzufrieden|плохо|худш|очень плохо|очень недовол|ужасно|très mauvais|très insatisf|pire|muy mal"
    r"|muy insatisf|peor|pessimo|bardzo zł|najgors)"
)
#: A number and its word, either first: `1 = sehr gut`, `1 is best`, `best = 1`.
_NUMBER_FIRST = re.compile(
    r"(?<![\d.,])(\d{1,2})\s*(?:=|:|–|-|is|ist|means|bedeutet|это|est|es)?\s*([^\W\d][^\d,;()/=\[\]]*)"
)
_WORD_FIRST = re.compile(r"([^\W\d][^\d,;()/=\[\]]*?)\s*(?:=|:|is|ist)\s*(\d{1,2})(?![\d.])")
#: Words for the share of answers at the top of a scale.
_SHARE = re.compile(
    r"top[ \-]*(?:[123]|two|three)?[ \-]*box|t[123]b|(?:%|percent|share|anteil|доля|part|porcentaje)[^\w]*"
    r"(?:of |der |an )?(?:very )?"
    r"(?:favou?rable|satisfied|zufrieden\w*|positive?n?|довольных|удовлетвор\w*|satisfaits?|satisfechos?)"
    r"|(?:favou?rable|satisfied|agree|positive)[ \-]*(?:%|percent|share|score)|zustimmungsquote|favou?rability"
)
#: Words for numbers that are made of several periods, or of two.
_DERIVED = re.compile(
    r"\b(?:rolling|moving|trailing|smoothed|cumulative|cum|ytd|year[ \-]to[ \-]date|mtd|qtd|ltm|ttm|r12|yoy|mom|qoq"
    r"|(?:year|month|quarter)[ \-](?:on|over)[ \-](?:year|month|quarter)|changes?|delta|diff|differences?|vs|versus"
    r"|gleitend\w*|geglättet\w*|kum(?:ul\w*)?|seit jahresbeginn|veränderung\w*|änderung|differenz|abweichung|vergleich"
    r"|gegenüber|ggü|vorjahr|vj|скользящ\w*|сглажен\w*|накоплен\w*|нарастающ\w*|с начала года|изменени\w*|разниц\w*"
    r"|отклонени\w*|динамика|прирост\w*|к прошлому|гг|мм|glissante?s?|lissée?s?|cumulée?s?|évolution|variation|écart"
    r"|móvil|acumulad[oa]|variación|diferencia)\b"
    r"|δ|(?:\bø|\bavg\.?|\baverage|\bmean|mittel(?:wert)?|\bсреднее|\bmoyenne|\bmedia|schnitt) ?(?:of |за |über |de )?"
    r"(?:the last |letzte |последние )?\d{1,2}[ \-]?(?:m\b|mon|мес|mois|mes|q\b|kw|wo|we|нед)"
    r"|\b(?:[rlt]\d{1,2}[mqw]|\d{1,2}[mqw](?:ma|rm|avg)|mat)\b"
    r"|\b\d{1,2}[ \-]?(?:m|months?|monats\w*|мес\w*|quarters?|weeks?)[ \-](?:mean|average|avg|ma|ø|mittel\w*|schnitt"
    r"|durchschnitt\w*|среднее)\b"
)


def runs_downward(text: str, low: float, high: float) -> bool | None:
    """Return whether a header says that the least number is the best; ``None`` where it says nothing of it.

    ``text``: the header, and what stands below it; ``low``, ``high``: least and largest number of the scale.

    >>> runs_downward("Satisfaction (1 = very good, 5 = poor)", 1, 5), runs_downward("cx_1_is_worst", 1, 5)
    (True, False)
    """
    plain = folded(text.replace("_", " "))
    pairs = [(m[1], m[2]) for m in _NUMBER_FIRST.finditer(plain)]
    pairs += [(m[2], m[1]) for m in _WORD_FIRST.finditer(plain)]
    said = set()
    for number, words in pairs:
        value, word = float(number), words.strip(" -–:")
        worth = level_of(word) or (1.0 if _GOOD.search(word) else -1.0 if _BAD.search(word) else 0.0)
        if low <= value <= high and worth and value != (low + high) / 2:
            said.add((value > (low + high) / 2) != (worth > 0))
    return said.pop() if len(said) == 1 else None


def names_nps(header: str) -> bool:
    """Whether a header says that what stands below it are points of an NPS."""
    plain = header.casefold()
    return "nps" in plain.replace("-", "").replace(" ", "") or "нпс" in plain


def check_measured(ask: Ask) -> None:
    """Ask where a header says that numbers are means of several periods, sums up to one, or changes between two.

    Raises InputError unless the spec says `values: scores`.
    """
    cells = ask.cells
    at = cells.column.get(ask.role)
    text = cells.name(ask.role) if at is None else f"{cells.name(ask.role)} ; {cells.table.label(at)}"
    said = _DERIVED.search(folded(text.replace("_", " ")))
    if said is None or cells.spec.values_of(ask.role) != "auto":
        return
    ask.refuse(
        lazy("the header of {name} says `{word}`: a mean or sum of several periods, or a change, is not what was "
             "measured in one: `{header}`", name=ask.name, word=said[0].strip(), header=text.strip(" ;")[:80]),
        lazy("name the column of each period's own figure under `columns`; or say `{scores}` in the spec if that is "
             "what stands there", scores=ask.scores),
    )  # fmt: skip


def check_header(ask: Ask, scale: Scale) -> None:
    """Ask where a header says that the scale runs downward, or is a share of answers, and nothing else says so.

    Raises InputError with the line of the spec that settles it.
    """
    cells, role = ask.cells, ask.role
    at = cells.column.get(role)
    text = cells.name(role) if at is None else f"{cells.name(role)} ; {cells.table.label(at)}"
    low, high = (0.0, 10.0) if scale.measure == "nps" else sorted((scale.worst, scale.best))
    series = role.split()[0]
    if "reverse" not in cells.spec.model_fields_set and scale.worst < scale.best and runs_downward(text, low, high):
        ask.refuse(
            lazy("the header of {name} says that the least number is the best: `{header}`", name=ask.name,
                 header=text.strip(" ;")[:80]),
            lazy("say `reverse: [{role}]` in the spec, or `reverse: []` if the numbers are turned round already",
                 role=series),
        )  # fmt: skip
    if (
        scale.measure != "favourable"
        and cells.spec.values_of(role) == "auto"
        and _SHARE.search(folded(text.replace("_", " ")))
    ):
        ask.refuse(
            lazy("the header of {name} says a share of favourable answers, not {scale}: `{header}`", name=ask.name,
                 scale=scale.name, header=text.strip(" ;")[:80]),
            lazy("say `scale: percent` (of one series: `{role}_scale: percent`), or `values: scores` in the spec if "
                 "it is {scale} all the same", role=series, scale=scale.name),
        )  # fmt: skip
