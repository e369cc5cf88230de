# SPDX-License-Identifier: MIT
"""Words that people write in surveys' files, in the languages in which such files come.

Names of columns, yes and no, words of answers, words for a missing value and for sums of units. All are looked up
folded by :func:`folded`: small letters, one space between words, no marks at the ends.
"""

from __future__ import annotations

import re
from functools import cache

__all__ = [
    "LEVELS", "NPS_GROUPS", "count_of", "flag_of", "folded", "is_missing", "is_total", "level_of", "points_of",
    "role_of", "series_of",
]  # fmt: skip

#: Names of columns by role; `|` parts names, the likeliest first.
_ROLES = {
    "unit": "unit|site|branch|team|store|agency|department|id|location|facility|organisation|organization|org"
    "|trust|school|hospital|practice|provider|shop|depot|office|region|plant|clinic|store id|unit id"
    "|site id|branch id|unit name|unit code|site name|branch name|business unit|person|participant"
    "|филиал|подразделение|отдел|отделение|магазин|склад|точка|команда|офис|регион|объект|участок|цех"
    "|клиника|школа|филиалы|название филиала|наименование|filiale|standort|abteilung|niederlassung"
    "|einheit|betrieb|werk|geschäft|bereich|geschäftsstelle|dienststelle|agence|magasin|établissement"
    "|service|unité|équipe|succursale|entité|bureau|sucursal|tienda|oficina|unidad|centro|equipo|sede"
    "|departamento|negozio|sede|unità|reparto|filial|loja|unidade|vestiging|afdeling|oddział|sklep",
    "period": "period|month|date|quarter|year|wave|time|survey date|survey month|end date|enddate|recorded date"
    "|week|период|месяц|дата|квартал|год|волна|время|дата опроса|отчетный период|отчётный период"
    "|zeitraum|monat|datum|quartal|jahr|welle|periode|berichtsmonat|période|mois|trimestre|année"
    "|vague|date de réponse|periodo|período|mes|fecha|año|ola|mese|anno|mês|ano|maand|kwartaal|jaar"
    "|miesiąc|kwartał|rok",
    "group": "group|staff group|группа персонала|personalgruppe|groupe de personnel|grupo de personal",
    "kind": "kind|kind of unit|unit type|вид|тип филиала|type d'agence",
    "cluster": "cluster|cluster id|кластер",
    "pilot": "pilot|пилот|pilote|piloto",
    "weight": "weight|weights|weighting|wt|survey weight|вес|веса|gewicht|gewichtung|poids|pondération|peso"
    "|ponderación",
    "churn": "churn|churn rate|отток|abwanderung|kündigungsquote|attrition|taux d'attrition|abandono",
    "revenue_per_customer": "revenue per customer|выручка на клиента|umsatz pro kunde|umsatz je kunde"
    "|chiffre d'affaires par client|ingresos por cliente",
    "margin": "margin|маржа|рентабельность|marge|margen|margine",
    "measure": "measure|series|indicator|variable|metric|question|item|kpi name|показатель|вопрос|метрика"
    "|kennzahl|frage|indicateur|question posée|indicador|pregunta",
    "value": "value|score|result|estimate|obs value|answer|response|rating|значение|ответ|оценка|балл|wert"
    "|antwort|ergebnis|valeur|réponse|note|valor|respuesta|puntuación",
    "treated": "treated|treat|treatment|pilot|arm|group|condition|intervention|test|пилот|группа|тест|участие"
    "|pilotgruppe|behandelt|behandlung|gruppe|pilote|groupe|traité|piloto|grupo|tratado|tratamiento",
    "post": "post|after|phase|после|этап|фаза|до после|nachher|danach|après|después|despues|fase",
    "respondent": "respondent|respondent id|response id|responseid|респондент|ответ id|teilnehmer|befragter"
    "|répondant|encuestado",
}
_SERIES = {
    "ex": "ex|enps|e nps|employee nps|employee experience|employee engagement|engagement"
    "|employee satisfaction|вовлеченность|вовлечённость|удовлетворенность сотрудников"
    "|удовлетворённость сотрудников|енпс|mitarbeiterzufriedenheit|mitarbeitererlebnis"
    "|satisfaction des employés|engagement des employés|satisfacción de empleados|compromiso",
    "cx": "cx|nps|customer nps|customer experience|customer satisfaction|csat|удовлетворенность клиентов"
    "|удовлетворённость клиентов|нпс|kundenzufriedenheit|kundenerlebnis|satisfaction client"
    "|satisfaction clients|satisfacción del cliente|satisfacción de clientes",
}
_COUNT = (
    "n|count|counts|base|respondents|responses|answers|sample|sample size|number of answers"
    "|number of responses|number of respondents|no of responses|число ответов|кол во ответов"
    "|количество ответов|ответов|респондентов|число респондентов|количество респондентов|выборка"
    "|anzahl|anzahl antworten|antworten|anzahl der antworten|befragte|rückläufer|réponses"
    "|nombre de réponses|répondants|effectif|respuestas|número de respuestas|encuestados|muestra"
)
#: Parts of a name that say no more than that a number stands here.
_PLAIN = (
    "score|mean|average|value|index|points|балл|баллы|значение|среднее|wert|mittelwert|punkte|valeur|moyenne|valor"
    "|media"
)
_YES = (
    "1|1.0|yes|true|y|t|x|pilot|treat|treated|treatment|intervention|post|after|endline|follow up"
    "|followup|on|test|да|истина|пилот|пилотная|пилотная группа|тест|тестовая|после|участник|ja|wahr"
    "|pilotgruppe|nachher|nach|danach|oui|vrai|pilote|après|sí|si|verdadero|piloto|después|despues"
    "|sim|tak|po|vero|dopo|depois"
)
_NO = (
    "0|0.0|no|false|n|f|c|control|controls|comparison|placebo|pre|before|baseline|off|нет|ложь"
    "|контроль|контрольная|контрольная группа|до|nein|falsch|kontrolle|kontrollgruppe|vorher|vor|non"
    "|faux|témoin|temoin|contrôle|avant|falso|antes|não|nao|nie|przed|prima|nee"
)
_MISSING = (
    "-|–|—|.|..|...|na|n/a|n.a|n. a|nan|null|none|nil|missing|#n/a|#value!|k.a|k. a|*|**|***|:|#|c|x"
    "|z|s|[c]|[x]|[z]|[u]|[low]|dns|dna|n.s|suppressed|not available|not applicable|no data|#div/0!"
    "|#ref!|#num!|#null!|#name?|?|no answer|no response|not answered|no reply|don't know|dont know"
    "|do not know|prefer not to say|refused|skipped|unanswered|not sure|dk|нет данных|нет ответа|н/д"
    "|н.д|н/о|не знаю|затрудняюсь ответить|отказ|не ответил|не ответила|нет|пропуск|keine angabe"
    "|keine antwort|weiß nicht|weiss nicht|nicht beantwortet|unbekannt|kein wert|sans réponse"
    "|pas de réponse|ne sait pas|nsp|non renseigné|nd|n.d|n. d|s/o|sin respuesta|sin dato|sin datos"
    "|no sabe|ns/nc|no contesta|nr|non risponde|sem resposta|geen antwoord|brak danych"
    "|brak odpowiedzi"
)
_TOTAL = re.compile(
    r"^((grand |sub)?totals?|overall|all( responses| respondents| staff| units| sites| trusts| schools| branches"
    r"| hospitals| practices| agencies| departments| stores| teams)?|average|mean|sum|national( average| total)?"
    r"|government-?wide|gesamt|insgesamt|gesamtergebnis|summe|mittelwert|durchschnitt|итого|всего|общий итог|итог"
    r"|среднее|в целом|total g[ée]n[ée]ral|ensemble|moyenne|total general|promedio|media|totale"
    r"|.* (overall|total|итого))$",
    re.IGNORECASE,
)
#: Groups of an NPS question, in NPS points.
NPS_GROUPS = {
    100.0: "promoter|promoters|промоутер|промоутеры|сторонник|сторонники|promotor|promotoren|promoteur"
    "|promoteurs|promotores|promotore|promotori",
    0.0: "passive|passives|neutral|neutrals|passively satisfied|нейтрал|нейтралы|нейтральный|нейтральные"
    "|пассивный|пассивные|passiv|passive kunden|indifferent|indifferente|passif|passifs|neutre|pasivo"
    "|pasivos|neutro|passivo",
    -100.0: "detractor|detractors|критик|критики|детрактор|детракторы|недоброжелатель|detraktor|detraktoren"
    "|kritiker|détracteur|détracteurs|detracteur|detractores|detrattore|detratores|detrator",
}
#: Words of an answer by strength: −3 and 3 at the ends, 0 in the middle. What 2 and 1 are on a scale of five or seven
#: is known from the other words of the column.
LEVELS = {
    3: "strongly agree|completely agree|totally agree|fully agree|very satisfied|extremely satisfied"
    "|completely satisfied|excellent|very good|very likely|extremely likely|always|very high"
    "|very easy|полностью согласен|полностью согласна|совершенно согласен|абсолютно согласен"
    "|полностью согласны|очень доволен|очень довольна|полностью удовлетворен|полностью удовлетворён"
    "|очень хорошо|отлично|всегда|полностью удовлетворена|очень вероятно|точно порекомендую"
    "|обязательно порекомендую|stimme voll zu|stimme voll und ganz zu|trifft voll zu"
    "|trifft voll und ganz zu|sehr zufrieden|sehr gut|immer|äußerst wahrscheinlich"
    "|sehr wahrscheinlich|tout à fait d'accord|très satisfait|très satisfaite|très bien|toujours"
    "|très probable|extrêmement probable|totalmente de acuerdo|muy de acuerdo|muy satisfecho"
    "|muy satisfecha|muy bueno|muy bien|siempre|muy probable|extremadamente probable",
    2: "agree|satisfied|good|likely|often|high|easy|согласен|согласна|согласны|доволен|довольна"
    "|удовлетворен|удовлетворён|удовлетворена|хорошо|часто|вероятно|stimme zu|trifft zu|zufrieden|gut"
    "|oft|häufig|wahrscheinlich|d'accord|satisfait|satisfaite|bien|souvent|probable|de acuerdo"
    "|satisfecho|satisfecha|bueno|a menudo",
    1: "somewhat agree|slightly agree|rather agree|tend to agree|somewhat satisfied|slightly satisfied"
    "|somewhat likely|скорее согласен|скорее согласна|скорее согласны|скорее доволен|скорее довольна"
    "|скорее удовлетворен|скорее удовлетворён|скорее да|stimme eher zu|trifft eher zu|eher zufrieden"
    "|plutôt d'accord|plutôt satisfait|algo de acuerdo|más bien de acuerdo|algo satisfecho",
    0: "neither agree nor disagree|neither|neutral|neither satisfied nor dissatisfied|undecided|fair"
    "|average|sometimes|neither likely nor unlikely|ни согласен ни не согласен"
    "|ни согласен, ни не согласен|нейтрально|нейтральный|ни да ни нет|ни да, ни нет"
    "|затрудняюсь сказать|удовлетворительно|средне|иногда|отчасти согласен|ни доволен ни недоволен"
    "|ни доволен, ни недоволен|teils teils|teils/teils|teils, teils|weder noch|mittel|manchmal"
    "|weder zufrieden noch unzufrieden|ni d'accord ni pas d'accord|ni d'accord, ni pas d'accord"
    "|neutre|moyen|parfois|ni satisfait ni insatisfait|ni de acuerdo ni en desacuerdo|neutro|regular"
    "|a veces|ni satisfecho ni insatisfecho",
    -1: "somewhat disagree|slightly disagree|rather disagree|tend to disagree|somewhat dissatisfied"
    "|slightly dissatisfied|somewhat unlikely|скорее не согласен|скорее не согласна"
    "|скорее не согласны|скорее недоволен|скорее недовольна|скорее не удовлетворен"
    "|скорее неудовлетворен|скорее нет|stimme eher nicht zu|trifft eher nicht zu|eher unzufrieden"
    "|plutôt pas d'accord|plutôt insatisfait|algo en desacuerdo|más bien en desacuerdo"
    "|algo insatisfecho",
    -2: "disagree|dissatisfied|poor|bad|unlikely|rarely|seldom|low|difficult|не согласен|не согласна"
    "|не согласны|недоволен|недовольна|не удовлетворен|не удовлетворён|неудовлетворен|плохо|редко"
    "|маловероятно|stimme nicht zu|trifft nicht zu|unzufrieden|schlecht|selten|unwahrscheinlich"
    "|pas d'accord|insatisfait|insatisfaite|mauvais|mal|rarement|peu probable|en desacuerdo"
    "|insatisfecho|insatisfecha|malo|raramente|rara vez|improbable|poco probable",
    -3: "strongly disagree|completely disagree|totally disagree|very dissatisfied|extremely dissatisfied"
    "|very poor|very bad|terrible|very unlikely|extremely unlikely|not at all likely|never|very low"
    "|very difficult|совершенно не согласен|совершенно не согласна|полностью не согласен"
    "|полностью не согласна|абсолютно не согласен|категорически не согласен|очень недоволен"
    "|очень недовольна|совсем не доволен|очень плохо|ужасно|никогда|совершенно не удовлетворен"
    "|полностью не удовлетворен|точно не порекомендую|крайне маловероятно|совсем не вероятно"
    "|stimme überhaupt nicht zu|stimme gar nicht zu|trifft überhaupt nicht zu|trifft gar nicht zu"
    "|sehr unzufrieden|sehr schlecht|nie|niemals|überhaupt nicht wahrscheinlich|sehr unwahrscheinlich"
    "|pas du tout d'accord|très insatisfait|très insatisfaite|très mauvais|très mal|jamais"
    "|pas du tout probable|totalmente en desacuerdo|muy en desacuerdo|muy insatisfecho"
    "|muy insatisfecha|muy malo|nunca|nada probable|muy improbable",
}


def folded(text: str) -> str:
    """Return words as they are looked up: small letters, single spaces, no marks at the ends."""
    plain = text.replace("\xa0", " ").replace("\u202f", " ").replace("’", "'").casefold()
    return re.sub(r"\s+", " ", plain).strip().strip('"“”«»').rstrip(".!;").strip()


def _key(name: str) -> str:
    """Return a name of a column without what parts or surrounds its words."""
    plain = re.sub(r"\(\s*(?:%|n|pct|percent)?\s*\)", "", folded(name))
    return re.sub(r"[\s\-_./,:;№%*()]+", " ", plain).strip()


def _split(words: str) -> tuple[str, ...]:
    return tuple(words.split("|"))


@cache
def _roles() -> dict[str, dict[str, int]]:
    return {role: {name: i for i, name in enumerate(_split(names))} for role, names in _ROLES.items()}


def role_of(name: str, role: str) -> int | None:
    """Return how likely a column's name means a role, 0 the likeliest; ``None`` if it does not."""
    return _roles()[role].get(_key(name)) if role in _ROLES else (0 if _key(name) == role.replace("_", " ") else None)


@cache
def _series() -> dict[str, str]:
    return {name: series for series, names in _SERIES.items() for name in _split(names)}


@cache
def series_of(name: str) -> str | None:
    """Return the role that a column's name has as a measure: such as `ex`, `n_cx`, `ex_promoters`, `cx_7`."""
    key = _key(name)
    if key in _series():
        return _series()[key]
    parts = re.fullmatch(r"(ex|cx|enps|nps) (promoters|passives|detractors|\d{1,2})", key)
    if parts:
        return f"{_series()[parts[1]]}_{parts[2]}"
    for known, series in _series().items():
        for rest in (key.removeprefix(f"{known} "), key.removesuffix(f" {known}")):
            if rest == key:
                continue
            if rest in _split(_COUNT):
                return f"n_{series}"
            if rest in _split(_PLAIN):
                return series
    return None


@cache
def count_of(name: str) -> bool:
    """Whether a name means a number of answers without saying whose."""
    return _key(name) in _split(_COUNT)


@cache
def _flags() -> dict[str, bool]:
    return {word: True for word in _split(_YES)} | {word: False for word in _split(_NO)}


def flag_of(text: str) -> bool | None:
    """Return what a word says where yes or no is asked for, ``None`` if neither."""
    return _flags().get(re.sub(r"[-_]", " ", folded(text)))


@cache
def _missing() -> frozenset[str]:
    return frozenset(word.rstrip(".") if len(word.rstrip(".")) > 1 else word for word in _split(_MISSING)) | {""}


def is_missing(text: str) -> bool:
    """Whether a text says that there is no value."""
    return folded(text) in _missing() or text.strip() in _missing()


def is_total(name: str) -> bool:
    """Whether a unit's name says that it is a sum or a mean of others."""
    return _TOTAL.match(name.strip()) is not None


@cache
def _worded(words: tuple[tuple[float, str], ...]) -> dict[str, float]:
    return {word: float(worth) for worth, several in words for word in _split(several)}


def points_of(text: str) -> float | None:
    """Return the NPS points of a word for promoters, passives or detractors; ``None`` where it is none."""
    return _worded(tuple(NPS_GROUPS.items())).get(folded(text))


def level_of(text: str) -> float | None:
    """Return the strength, −3 … 3, of a word of an answer; ``None`` where it is none."""
    return _worded(tuple(LEVELS.items())).get(folded(text))
