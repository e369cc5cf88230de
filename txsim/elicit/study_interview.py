# SPDX-License-Identifier: MIT
"""Questions about one study, and the claim that follows: what it found, how sure, on which scales, and where.

Which question comes next follows from the answers before it, so only what a conversion needs is asked
(:mod:`txsim.evidence.study_values`). What a scale, a sign or a place is, is asked and never assumed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from txsim.elicit.interview import chosen
from txsim.errors import InputError
from txsim.evidence import effect_sizes as sizes
from txsim.evidence.claim_types import designs
from txsim.evidence.claims import read_claims
from txsim.evidence.study_figures import MEANS, TABLE, WAYS, no_count, refuse_falling
from txsim.evidence.study_values import LOG_RATES, NOT_COUNTED, arrow, study_claim
from txsim.language import Message, Words, lazy
from txsim.priors.catalogue import parameters
from txsim.priors.typed_numbers import numbers_in
from txsim.priors.written_numbers import beyond_limits, limit_itself
from txsim.units import SCALES, of_ends


@dataclass(frozen=True, slots=True)
class Question:
    """A question: ``count`` numbers where it is above 0, a word of ``choices`` where there are any, else a text.

    Of numbers, ``share`` says that they may be in percent, ``grouped`` that they count people.
    """

    key: str
    text: Message
    help: Message
    choices: tuple[tuple[str, Words], ...] = ()
    count: int = 0
    share: bool = False
    grouped: bool = False
    default: str | None = None


def _scales() -> tuple[tuple[str, Words], ...]:
    return tuple((name, lazy("{worst:g} (worst) … {best:g} (best)", worst=scale.worst, best=scale.best))
                 for name, scale in SCALES.items())  # fmt: skip


_WHERE = (
    ("elsewhere", lazy("another firm, an industry, published research")),
    ("own_firm", lazy("the firm that decides: then its panel is no second source")),
)
_READ = (
    ("yes", lazy("I have the source before me")),
    ("cited", lazy("I have it from somebody who names the source")),
    ("none", lazy("the source was not found")),
)
_STATISTICS = (
    ("effect", lazy("what changing one does to the other: an experiment, or change within the same units")),
    ("slope", lazy("what goes with one point more, between firms or people")),
    ("correlation", lazy("how closely both go together, −1 … 1")),
)
_FIGURES: tuple[tuple[str, Words], ...] = (
    ("estimate", lazy("a difference or a slope")),
    ("means", lazy("means of two groups, with their standard deviations")),
    ("table", lazy("counts of two groups: how many of how many")),
    ("odds_ratio", lazy("an odds ratio")),
    ("hazard_ratio", lazy("a hazard ratio or a ratio of rates; of a risk ratio of shares give the counts")),
    ("r", lazy("a correlation")),
    ("t", lazy("a t of two variables, and n")),
    ("f", lazy("an F with one degree of freedom, and n")),
    ("p", lazy("a p value alone, and n")),
)
_ERRORS: dict[str, Words] = {
    "n": lazy("how many were asked"),
    "se": lazy("its standard error; of a ratio that of its logarithm"),
    "interval": lazy("a 95 % interval"),
    "t": lazy("its t"),
    "f": lazy("its F, with one degree of freedom"),
    "p": lazy("its two-sided p value"),
}
_NUMBERS: dict[str, tuple[Message, Message]] = {
    "n": (lazy("How many people or units?"), lazy("The number that the figure is based on.")),
    "se": (lazy("Standard error?"), lazy("In the unit of the figure; of a ratio that of its logarithm.")),
    "interval": (lazy("Both ends of the 95 % interval?"), lazy("As printed: of a ratio the ends of the ratio.")),
    "per": (
        lazy("By how much is the experience of the first group better (below 0 if it is worse), or what is one step?"),
        lazy(
            "The change that the figure goes with: 10 points of an index, 1 star; -20 where `unhappy customers leave "
            "2.4 times as often` puts the worse side first. Its scale is asked next."
        ),
    ),
    "base": (
        lazy("What share in the group it is compared with?"),
        lazy("An odds ratio of 2 means 17 points more from a share of 0.5, but 8 from one of 0.1."),
    ),
}
#: Between which numbers a figure lies, ends included.
_PRINTABLE = {"r": (-1.0, 1.0), "p": (0.0, 1.0), "base": (0.0, 1.0)} | dict.fromkeys(
    ("odds_ratio", "hazard_ratio", "f", "se", "n"), (0.0, math.inf)
)
#: Whose ends cannot be, either.
_INSIDE = ("odds_ratio", "hazard_ratio", "se", "n", "base")
#: What refuses a figure by itself, with its cure.
_RULES: dict[str, Callable[..., object]] = {
    "p": sizes.t_from_p,
    "r": lambda r: sizes.correlation_z(r, 4),
    "table": sizes.log_odds_ratio,
    "means": sizes.mean_difference,
}
#: What stands between an end and another, and between how many and of how many.
_DOTS = re.compile(r"\s*(?:…|\.{2,})\s*")
_OF = re.compile(r"(?<=\d)\s*(?:/|of|von|из)\s*(?=\d)")
_GROUPS = re.compile(r"[,;]\s+|\s+(?:and|und|и|against|vs\.?)\s+")
_PRINTED = (lazy("The figure?"), lazy("As it is printed."))
_CELLS = {"means": MEANS, "table": TABLE}


def next_question(answers: Mapping[str, str]) -> Question | None:
    """Return the question that comes next, ``None`` when a claim can be made."""
    for question in _questions(answers):
        if question.key not in answers:
            return question
    return None


def _questions(answers: Mapping[str, str]) -> list[Question]:
    """Return the questions as far as they follow from the answers."""
    kinds: tuple[tuple[str, Words], ...] = tuple((name, lazy(kind.why)) for name, kind in designs().items())
    questions = [
        Question("id", lazy("A short name for the study?"), lazy("Small letters, digits, hyphens: acme-2026.")),
        Question("statement", lazy("What did it find, in a sentence?"), lazy("As you would tell it to a colleague.")),
        Question("source", lazy("Where can it be read?"), lazy("Authors, title, year, address or page.")),
        Question("where", lazy("Where was it made?"),
              lazy("A study of your own firm and your firm's panel hold the same people, and count once."), _WHERE),
        Question("read", lazy("How far was the figure looked up?"), lazy("It is told with the claim."), _READ),
        Question("design", lazy("What kind of study is it?"),
              lazy("How far it is believed, and how far it may be from your firm, follows from that."), kinds),
        Question("about", lazy("What does it speak of?"),
              lazy("Two nodes, `ex -> cx`, or a parameter such as churn_cx; `txsim priors list` has them.")),
    ]  # fmt: skip
    if "about" not in answers:
        return questions
    path = "->" in answers["about"]
    if path:
        questions.append(Question("statistic", lazy("What is the figure?"),
                           lazy("An experiment gives an effect; a survey of many firms a slope or correlation."),
                           _STATISTICS))  # fmt: skip
        if "statistic" not in answers:
            return questions
    figures = tuple(pair for pair in _FIGURES if pair[0] in _possible(answers))
    questions.append(
        Question("figure", lazy("What does it print?"), lazy("The figure of the source, unconverted."), figures)
    )
    if "figure" in answers:
        questions += _numbers(answers)
    return questions


def _possible(answers: Mapping[str, str]) -> tuple[str, ...]:
    """Return what can become what the study speaks of."""
    if answers.get("statistic") == "correlation":
        return ("r", "t", "f", "p")
    if answers["about"] in LOG_RATES:
        counted = () if answers["about"] in NOT_COUNTED else ("odds_ratio", "table")
        return ("hazard_ratio", *counted, "estimate")
    return ("estimate", "means", "odds_ratio", "table") if "->" in answers["about"] else ("estimate", "means")


def _numbers(answers: Mapping[str, str]) -> list[Question]:
    figure, parameter = answers["figure"], parameters().get(answers["about"])
    share = parameter is not None and parameter.share
    questions = []
    if figure in _CELLS:
        cells = _CELLS[figure]
        questions.append(Question(figure, lazy("{names}?", names=", ".join(cells)),
                           lazy("As many numbers, in this order: the first group, then the one it is compared with."),
                           count=len(cells), grouped=figure == "table"))  # fmt: skip
    else:
        questions.append(Question("value", *_PRINTED, count=1, share=figure == "p" or share))
        if figure in ("f", "p"):
            signs = (("positive", lazy("more of one, more of the other")), ("negative", lazy("more of one, less")))
            questions.append(Question("sign", lazy("Which direction?"), lazy("F and p do not say it."), signs))
        ways = WAYS.get(figure, ("n",))
        if len(ways) > 1:
            choices = tuple((way, _ERRORS[way]) for way in ways)
            questions.append(
                Question("sure", lazy("What says how sure it is?"), lazy("One of them is enough."), choices)
            )
        way = answers.get("sure", ways[0]) if len(ways) == 1 or "sure" in answers else ""
        if way:
            text, more = _NUMBERS.get(way, _PRINTED)
            questions.append(Question(f"sure/{way}", text, more, count=2 if way == "interval" else 1,
                                   share=way == "p" or (share and way in ("se", "interval")),
                                   grouped=way == "n"))  # fmt: skip
            if way == "p" and figure == "estimate":
                questions.append(Question("sure/n", *_NUMBERS["n"], count=1, grouped=True))
    if answers.get("statistic") == "correlation":
        return questions
    if "->" in answers["about"] or (answers["about"] in LOG_RATES and figure != "estimate"):
        if figure in ("estimate", "means"):
            questions.append(Question("unit", lazy("On which scale was the outcome measured?"),
                               lazy("NPS points are not index points: without the scale there is no claim. Of school "
                                    "marks, where 1 is the best, write the worst first: 5 … 1."),
                               _scales()))  # fmt: skip
        elif figure != "hazard_ratio":
            events = (("favourable", lazy("a good answer, staying, recommending")),
                      ("unfavourable", lazy("a bad one, leaving, absence, complaints")))  # fmt: skip
            questions.append(
                Question("event", lazy("What was counted?"), lazy("Satisfied people, or unhappy ones."), events)
            )
        if figure == "odds_ratio":
            questions.append(Question("base", *_NUMBERS["base"], count=1, share=True))
        questions.append(Question("per", *_NUMBERS["per"], count=1))
        questions.append(Question("per_unit", lazy("On which scale?"), lazy("That of the predictor."), _scales()))
    else:
        model = (("model", lazy("yes, it is in the unit that `txsim priors list` shows")),)
        questions.append(
            Question("unit", lazy("Is it in the model's own unit?"), lazy("Else convert it before."), model)
        )
    return questions


def answer_of(key: str, raw: str, answers: Mapping[str, str]) -> tuple[str, Words | None]:
    """Return an answer as it is kept, and what to say of it.

    Raises :class:`ValueError` if it is no answer, with what was expected; after the last question if no claim can be
    made of the answers.
    """
    question = next(q for q in _questions(answers) if q.key == key)
    text = raw.strip()
    if key in ("unit", "per_unit") and _DOTS.search(text) and _DOTS.sub(" … ", text) in SCALES:
        text = of_ends(*(float(end) for end in _DOTS.split(text)))
    elif question.choices:
        words = [word for word, _ in question.choices]
        only = len(words) == 1 and text.casefold() in ("yes", "y", "ja", "да")
        text = words[0] if only else chosen(text, words)
    elif question.count:
        if key == "table" and _OF.search(text):
            text = _OF.sub("; ", _GROUPS.sub("; ", text))
        numbers = numbers_in(text, count=question.count, share=question.share, grouped=question.grouped)
        _refuse_impossible(question, answers, numbers)
        text = " ".join(f"{number:.15g}" for number in numbers)
    elif key == "about":
        text = arrow(text)
    said = {**answers, key: text}
    if key == "id" or next_question(said) is None:
        try:
            claim = claim_of(said) if key != "id" else {text: {"role": "context", "statement": "", "read": "none"}}
            read_claims(claim)
        except InputError as error:
            problem = error.problems[0]
            fault = (problem.path or "").rpartition(".")[2]
            asked = [
                q for q in _questions(said) if q.key.rpartition("/")[2] in (fault, "value" if fault in WAYS else "")
            ]
            if asked and asked[0].key != key:
                raise ValueError(lazy("{message}; go `back` to: {question}", message=problem.message,
                                      question=asked[0].text)) from None  # fmt: skip
            raise ValueError(problem.message) from None
    return text, None


def _refuse_impossible(question: Question, answers: Mapping[str, str], numbers: list[float]) -> None:
    """Refuse what no study can print at its own question, and not after the last one."""
    figure, printed = answers.get("figure", ""), question.key.rpartition("/")[2]
    printed = figure if printed in ("value", "interval") else printed
    low, high = _PRINTABLE.get(printed, (-math.inf, math.inf))
    parameter = parameters().get(answers["about"]) if printed == "estimate" else None
    if parameter is not None and len(numbers) == 1:  # an interval may reach beyond what its middle can be
        low, high = parameter.findable
    elif printed == "se" and question.share:
        high = 1.0
    for number in numbers:
        if not low <= number <= high:
            raise ValueError(beyond_limits(number, low, high, share=question.share).whole())
        if printed in _INSIDE and number in (low, high):
            raise ValueError(limit_itself(number, low, high, share=question.share).whole())
    cells = _CELLS.get(printed, (printed,))
    for _key, message, hint in no_count(dict(zip(cells, numbers, strict=False))):
        raise ValueError(lazy("{message}; {hint}", message=message, hint=hint))
    if printed == "n" and answers.get("statistic") == "correlation":
        sizes.correlation_z(0.0, numbers[0])
    if printed in _RULES:
        _RULES[printed](*numbers)
    if len(numbers) == 2:
        refuse_falling(*numbers)


def claim_of(answers: Mapping[str, str]) -> dict[str, Any]:
    """Return the claim that follows from all answers, as the library has it."""

    def numbers(key: str) -> list[float]:
        return [float(piece) for piece in answers[key].split()]

    figure = answers["figure"]
    reported: dict[str, Any] = {}
    if figure in _CELLS:
        reported |= dict(zip(_CELLS[figure], numbers(figure), strict=True))
    else:
        reported[figure] = numbers("value")[0]
    for key, text in answers.items():
        if key.startswith("sure/"):
            values = numbers(key)
            reported[key.removeprefix("sure/")] = values if len(values) == 2 else values[0]
        elif key in ("per", "base"):
            reported[key] = numbers(key)[0]
        elif key in ("unit", "per_unit", "event", "sign"):
            reported[key] = text
    statistic = answers.get("statistic", "parameter")
    notes = {key: answers[key] for key in ("statement", "source", "where", "read", "design")}
    return study_claim(answers["id"], statistic, answers["about"], reported, notes)
