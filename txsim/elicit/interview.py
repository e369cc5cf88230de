# SPDX-License-Identifier: MIT
"""The interview as data: which question comes next follows from the answers given so far, and from nothing else.

So it can be left and taken up at any answer, stepped back in, and run from a file: the answers are the whole state.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from txsim.elicit.expert_fit import METHODS, Answer, candidates, refusal_of
from txsim.elicit.expert_prior import Judged, hardly_sure, judge
from txsim.elicit.judgements import inner_chips
from txsim.elicit.opinion_pools import POOLS
from txsim.errors import did_you_mean
from txsim.language import N_, Message, joined, lazy
from txsim.priors.catalogue import Parameter
from txsim.priors.typed_numbers import numbers_in
from txsim.priors.written_numbers import explained
from txsim.units import sort_of

MOST_EXPERTS = 20
#: Methods that an interview offers.
_ASKED = (N_("quartiles"), N_("chips"), N_("interval"))

#: Answers in the order in which they were given: question and text.
Answers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Question:
    """One question."""

    id: str  #: Parameter, expert and what is asked: ``ex_cx/1/median``.
    text: Message  #: The question.
    kind: str  #: ``number``, ``numbers``, ``count``, ``text``, ``choice`` or ``confirm``.
    default: str | None = None  #: What is taken for an empty answer; ``None`` if there is nothing to suggest.
    choices: tuple[str, ...] = ()  #: For ``choice``: what may be answered.
    help: Message | None = None  #: What ``?`` shows.

    @property
    def words(self) -> tuple[Message, ...]:
        """The choices in the language in use."""
        return tuple(lazy(choice) for choice in self.choices)


def next_question(known: Mapping[str, Parameter], names: Sequence[str], answers: Answers) -> Question | None:
    """Return the question that comes next, ``None`` when everything has been asked.

    ``known``: parameters by name.
    """
    replies = dict(answers)
    for name in names:
        for question in _questions(known[name], replies):
            if question.id not in replies:
                return question
    return None


def _questions(parameter: Parameter, replies: Mapping[str, str]) -> list[Question]:
    """Return the questions about a parameter, as far as they follow from the answers."""
    name = parameter.name
    meaning, unit = lazy(parameter.meaning), lazy(parameter.unit)
    questions = [
        Question(f"{name}/experts", lazy("{name}: how many people will judge it?", name=name), "count", "1",
                 help=lazy("{meaning}, in {unit}. Each is asked apart, then they are pooled.",
                           meaning=meaning, unit=unit))
    ]  # fmt: skip
    if f"{name}/experts" not in replies:
        return questions
    count = int(replies[f"{name}/experts"])
    for i in range(1, count + 1):
        questions += _expert(parameter, i, count, replies)
        if questions[-1].id not in replies:
            return questions
    if count > 1:
        questions.append(
            Question(f"{name}/pool", lazy("How are they pooled?"), "choice", "linear", tuple(POOLS),
                     joined("; ", (lazy("{way}: {meaning}", way=lazy(way), meaning=lazy(why))
                                   for way, why in POOLS.items())))
        )  # fmt: skip
    families = candidates(parameter)
    if len(families) > 1:
        questions.append(
            Question(f"{name}/family", lazy("Family of the prior?"), "choice", N_("best"), ("best", *families),
                     lazy("best: the one that misses least of what was said"))
        )  # fmt: skip
    questions.append(
        Question(
            f"{name}/why",
            lazy("Why do they believe so? One line for the file"),
            "text",
            "",
            help=lazy("The reason, kept beside the belief: what they saw, measured or read."),
        )
    )
    questions.append(
        Question(
            f"{name}/keep",
            lazy("Write this?"),
            "confirm",
            "yes",
            ("yes", "no"),
            lazy("no: this parameter is asked anew"),
        )
    )
    return questions


def _expert(parameter: Parameter, i: int, count: int, replies: Mapping[str, str]) -> list[Question]:
    at = f"{parameter.name}/{i}"
    unit = lazy(parameter.unit)
    who = lazy("Name of person {number}", number=i) if count > 1 else lazy("Who judges it?")
    questions = [
        Question(f"{at}/name", who, "text", f"expert {i}",
                 help=lazy("A name for the file: who believes it is kept beside what is believed.")),
        Question(f"{at}/method", lazy("How do they want to say it?"), "choice", "quartiles", _ASKED,
                 joined("; ", (lazy("{way}: {meaning}", way=lazy(way), meaning=lazy(METHODS[way])) for way in _ASKED))),
    ]  # fmt: skip
    method = replies.get(f"{at}/method")
    if method == "quartiles":
        questions += [
            Question(f"{at}/median", lazy("A value that is as likely too high as too low ({unit})", unit=unit),
                     "number",
                     help=lazy("The median: would you rather bet on more or on less? Move it until you do not care.")),
            Question(f"{at}/lower", lazy("If it is below that: again as likely too high as too low"), "number",
                     help=lazy("The lower quartile: one chance in four that the truth lies below it.")),
            Question(f"{at}/upper", lazy("If it is above the median: again as likely too high as too low"), "number",
                     help=lazy("The upper quartile: one chance in four that the truth lies above it.")),
        ]  # fmt: skip
    elif method == "chips":
        questions += [
            Question(f"{at}/bounds", lazy("Bounds of the bins, rising ({unit})", unit=unit), "numbers",
                     help=lazy("For example 0 0.1 0.2 0.4 0.8 for four bins.")),
            Question(f"{at}/chips", lazy("Chips on each bin"), "numbers",
                     help=lazy("As many numbers as bins; twenty chips in all are usual, each is worth 5 %.")),
        ]  # fmt: skip
    elif method == "interval":
        questions += [
            Question(f"{at}/mass", lazy("How sure is the interval to be, in percent?"), "number", "90",
                     help=lazy("90: in nine of ten such judgements the truth would lie inside.")),
            Question(f"{at}/low", lazy("Lower end of it ({unit})", unit=unit), "number",
                     help=lazy("Where it begins. How much lies below and how much above follows from the most likely "
                               "value, and is shown before anybody agrees.")),
            Question(f"{at}/high", lazy("Upper end of it"), "number",
                     help=lazy("Where it ends: with 90 in a hundred sure, ten lie below and above together.")),
            Question(f"{at}/likely", lazy("Most likely value"), "number", help=lazy("Where the density is highest.")),
        ]  # fmt: skip
    if method and count > 1:
        questions.append(
            Question(
                f"{at}/weight",
                lazy("How much does their word count against the others'?"),
                "number",
                "1",
                help=lazy("1 for everybody: all count alike; 2 for one of them: as much as two others."),
            )
        )
    if method:
        questions.append(
            Question(f"{at}/accept", lazy("Is that what they meant?"), "confirm", "yes", ("yes", "no"),
                     lazy("no: they are asked again, from the method on"))
        )  # fmt: skip
    return questions


def redo(question: Question, answers: Answers) -> list[tuple[str, str]]:
    """Return the answers without those that a refused feedback asks anew."""
    if question.id.endswith("/accept"):
        start = question.id.removesuffix("accept") + "method"
    else:
        start = question.id.removesuffix("keep") + "experts"
    kept: list[tuple[str, str]] = []
    for name, text in answers:
        if name == start:
            break
        kept.append((name, text))
    return kept


def chosen(text: str, choices: Sequence[str]) -> str:
    """Return the choice that was typed, whole or as it begins, in English or in the language in use."""
    wanted = text.strip().lower()
    spoken = {choice: (choice, str(lazy(choice))) for choice in choices}
    exact = [choice for choice, words in spoken.items() if wanted in words]
    begun = [choice for choice, words in spoken.items() if wanted and any(w.startswith(wanted) for w in words)]
    if exact or len(begun) == 1:
        return (exact or begun)[0]
    raise ValueError(
        lazy("expected {choices}, found `{text}`{suggestion}", choices=joined(" / ", map(lazy, choices)),
             text=wanted[:40], suggestion=did_you_mean(wanted, [word for words in spoken.values() for word in words]))
    )  # fmt: skip


def answered(known: Mapping[str, Parameter], question: Question, raw: str, answers: Answers) -> str:
    """Return an answer as it is kept.

    Raises :class:`ValueError` if it is no answer to the question, with what was expected.
    """
    text = raw.strip()
    replies = dict(answers)
    if question.kind in ("choice", "confirm"):
        return chosen(text, question.choices)
    if question.kind == "text":
        if not all(c.isprintable() for c in text) or len(text) > 500:
            raise ValueError(lazy("expected a line of text, 500 characters at most"))
        if question.id.endswith("/name"):
            at = question.id.split("/")
            others = [value for key, value in replies.items() if key.startswith(f"{at[0]}/") and key.endswith("/name")]
            if text in others:
                raise ValueError(lazy("`{text}` has been asked already", text=text))
        return text
    what = question.id.rpartition("/")[2]
    parameter, sure = known[question.id.partition("/")[0]], what == "mass"
    figure = question.kind in ("number", "numbers") and what not in ("mass", "weight", "chips")
    count = 1 if question.kind != "numbers" else _bins(question.id, replies) if what == "chips" else None
    try:
        numbers = numbers_in(
            text, count=count, rising=what == "bounds", percent=sure, share=figure and parameter.share,
            grouped=figure and parameter.grouped,
        )  # fmt: skip
    except ValueError as error:
        raise ValueError(explained(error, text, parameter.sort if figure else sort_of(what))) from None
    if sure:
        numbers = [_percentage(numbers[0])]
    if question.kind == "count":
        if len(numbers) != 1 or numbers[0] != int(numbers[0]) or not 1 <= numbers[0] <= MOST_EXPERTS:
            raise ValueError(lazy("expected a whole number, 1 … {most_experts}", most_experts=MOST_EXPERTS))
        return str(int(numbers[0]))
    _fits(parameter, question.id, numbers, replies)
    return " ".join(f"{number:.15g}" for number in numbers)


def _bins(id: str, replies: Mapping[str, str]) -> int:
    """Return into how many bins the bounds cut the range on which chips are laid."""
    return len(replies[id.removesuffix("chips") + "bounds"].split()) - 1


def _percentage(mass: float) -> float:
    """Return how sure an interval is, in percent: 0.9 is 90 %, as 90 is."""
    if mass == 1:
        raise ValueError(
            lazy("1 can be read two ways: nothing is certain, and an interval of 1 % says nothing; write 90")
        )
    return float(f"{100 * mass:.12g}") if 0 < mass < 1 else mass


def _fits(parameter: Parameter, id: str, numbers: list[float], replies: Mapping[str, str]) -> None:
    """Refuse a number that contradicts the answers before it, at once rather than at the end."""
    at, _, what = id.rpartition("/")

    def value(name: str) -> float:
        return float(replies[f"{at}/{name}"])

    first = numbers[0]
    if what == "weight":
        if first <= 0:
            raise ValueError(lazy("a weight is above 0"))
        return
    if what == "mass":
        if not 0 < first < 100:
            raise ValueError(lazy("a percentage between 0 and 100"))
        if (unsure := hardly_sure(first / 100)) is not None:
            raise ValueError(lazy("{message}; {hint}", message=unsure[0], hint=unsure[1]))
        return
    if what == "chips":
        inner_chips([float(bound) for bound in replies[f"{at}/bounds"].split()], numbers)
        return
    if what == "bounds" and (len(numbers) < 4 or any(b <= a for a, b in itertools.pairwise(numbers))):
        raise ValueError(lazy("bounds must rise, and there are four of them at least"))
    if (refusal := refusal_of(parameter, numbers, ends=what == "bounds")) is not None:
        raise ValueError(refusal.whole())
    rules = {
        "lower": ("", "median", lazy("the lower quartile lies below the median")),
        "upper": ("median", "", lazy("the upper quartile lies above the median")),
        "high": ("low", "", lazy("the upper end lies above the lower one")),
        "likely": ("low", "high", lazy("it lies inside the interval")),
    }
    if what in rules:
        above, below, rule = rules[what]
        if (above and first <= value(above)) or (below and first >= value(below)):
            said = ", ".join(f"{value(name):g}" for name in (above, below) if name)
            raise ValueError(lazy("{rule}, {values}", rule=rule, values=said))


def _answer(at: str, replies: Mapping[str, str]) -> Answer:
    """Return what one person said; its last question has been reached."""

    def numbers(name: str) -> list[float]:
        return [float(piece) for piece in replies[f"{at}/{name}"].split()]

    name, method = replies[f"{at}/name"], replies[f"{at}/method"]
    weight = float(replies.get(f"{at}/weight", 1))
    if method == "quartiles":
        values = (numbers("lower")[0], numbers("median")[0], numbers("upper")[0])
        return Answer(name, method, values, (0.25, 0.5, 0.75), weight)
    if method == "interval":
        ends = (numbers("low")[0], numbers("high")[0])
        mass = numbers("mass")[0] / 100
        return Answer(name, method, ends, ((1 - mass) / 2, (1 + mass) / 2), weight, numbers("likely")[0], mass)
    inner, below = inner_chips(numbers("bounds"), numbers("chips"))
    return Answer(name, method, tuple(inner.tolist()), tuple(below.tolist()), weight, highest=numbers("bounds")[-1])


def judged(known: Mapping[str, Parameter], question: Question, answers: Answers) -> Judged:
    """Return what follows from the answers, for the feedback before a question that asks for consent.

    Raises :class:`ValueError` if nothing possible can hold what was said.
    """
    replies = dict(answers)
    name, *rest = question.id.split("/")
    if question.id.endswith("/accept"):
        return judge(known[name], [_answer(f"{name}/{rest[0]}", replies)])
    people = [_answer(f"{name}/{i}", replies) for i in range(1, int(replies[f"{name}/experts"]) + 1)]
    family = replies.get(f"{name}/family", "best")
    return judge(
        known[name],
        people,
        pool=replies.get(f"{name}/pool", "linear"),
        family=None if family == "best" else family,
        why=replies.get(f"{name}/why", ""),
        accepted=True,
    )


def to_sheet(names: Sequence[str], answers: Answers, *, by: str = "", date: str = "") -> dict[str, Any]:
    """Return a finished interview as a sheet, see :mod:`txsim.elicit.sheet`."""
    replies = dict(answers)
    sheet: dict[str, Any] = {key: value for key, value in (("by", by), ("date", date)) if value}
    sheet["parameters"] = {}
    for name in names:
        experts = []
        for i in range(1, int(replies[f"{name}/experts"]) + 1):
            at = f"{name}/{i}"
            method = replies[f"{at}/method"]
            numbers = {key.rpartition("/")[2]: [float(n) for n in text.split()] for key, text in replies.items()
                       if key.startswith(f"{at}/") and not key.endswith(("/name", "/method", "/accept"))}  # fmt: skip
            entry: dict[str, Any] = {"name": replies[f"{at}/name"]}
            if method == "quartiles":
                entry["quartiles"] = [numbers["lower"][0], numbers["median"][0], numbers["upper"][0]]
            elif method == "chips":
                entry["chips"] = {"bounds": numbers["bounds"], "counts": numbers["chips"]}
            else:
                entry |= {"interval": [numbers["low"][0], numbers["high"][0]], "most_likely": numbers["likely"][0],
                          "mass": numbers["mass"][0] / 100}  # fmt: skip
            if "weight" in numbers and numbers["weight"][0] != 1:
                entry["weight"] = numbers["weight"][0]
            experts.append(entry)
        part: dict[str, Any] = {"why": replies[f"{name}/why"]} if replies.get(f"{name}/why") else {}
        if len(experts) > 1:
            part["pool"] = replies[f"{name}/pool"]
        if replies.get(f"{name}/family", "best") != "best":
            part["family"] = replies[f"{name}/family"]
        sheet["parameters"][name] = {**part, "experts": experts}
    return sheet
