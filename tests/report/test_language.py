# SPDX-License-Identifier: MIT
"""Russian as a full second language: nothing untranslated, numbers and plurals by locale, JSON untouched."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import re
import shutil
import string
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from txsim import catalogues
from txsim.errors import InputError, did_you_mean
from txsim.evidence import claim_name, library
from txsim.language import Figure, Message, _, joined, lazy, lazy_plural, plural, verbatim
from txsim.language.numbers import amount, amounts, number, percent
from txsim.report.figures import Figures
from txsim.report.output import report_bytes
from txsim.report.reading import Result

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def messages() -> object:
    told = importlib.util.spec_from_file_location("messages", ROOT / "tools" / "messages.py")
    assert told is not None
    assert told.loader is not None
    module = importlib.util.module_from_spec(told)
    told.loader.exec_module(module)
    return module


def test_no_message_is_untranslated(messages: object) -> None:
    for file in sorted((ROOT / "txsim" / "languages").glob("*.po")):
        catalogue, missing = messages.updated(file)  # type: ignore[attr-defined]
        assert missing == []
        assert len(catalogue) > 500


def test_russian_sentences_have_one_dash() -> None:
    """Between words an em dash; an en dash stands in ranges and for what is absent."""
    for file in sorted((ROOT / "txsim" / "languages").glob("ru.po")):
        told = re.findall(r'^msgstr(?:\[\d\])? .*(?:\n".*)*', file.read_text("utf-8"), re.MULTILINE)
        assert len(told) > 500
        assert [each for each in told if " \N{EN DASH} " in each or "\N{EM DASH}\N{EM DASH}" in each] == []


def test_translations_fill_the_same_places(messages: object) -> None:
    # A name alone, or with how it is written; a mapping that is shown, such as {new name: [old]}, is a text like any.
    field = re.compile(r"\{\w*(?::[^{}\s]+)?\}")

    def places(text: str) -> set[str]:
        return set(field.findall(text.replace("{{", "").replace("}}", "")))

    for file in sorted((ROOT / "txsim" / "languages").glob("*.po")):
        catalogue, _missing = messages.updated(file)  # type: ignore[attr-defined]
        for message in catalogue:
            if not message.id:
                continue
            ids = message.id if isinstance(message.id, tuple) else (message.id,)
            strings = message.string if isinstance(message.string, tuple) else (message.string,)
            allowed = set().union(*(places(one) for one in ids))
            for text in strings:
                assert places(text) <= allowed, message.id
            if len(ids) == 1:
                assert places(strings[0]) == allowed, message.id


class _Words(HTMLParser):
    """Text that people see, without what stays as it is in every language: code, data, ids."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self._off: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style", "code", "bdi", "title"):
            self._off.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._off and self._off[-1] == tag:
            self._off.pop()

    def handle_data(self, data: str) -> None:
        if not self._off and data.strip():
            self.text.append(data.strip())


#: Words that are the same in Russian: terms, names of nodes, parameters, claims, groups, the firm and its drivers.
_SAME = re.compile(
    r"txsim|Excel|numpy|SHA|NPV|ROI|EVPI|CX|EX|UX|MX|eNPS|NPS|total experience|R-hat|CVaR|P\(|Nordlicht Distribution|"
    r"Same-day service desk|Service desk pilot|"
    r"front[_ ]line|support|[a-z]+(?:_[a-z]+)+|(?:[a-z]+-)+(?:19|20)\d\d[a-z0-9-]*|"
    r"[a-z]+-meta|gallup-2024-turnover|[a-z_]+\[[a-z_]+\]|cx\b|ex\b|mx\b|k EUR|Sears|Gallup|[0-9a-f]{12,}"
)


def test_a_russian_page_holds_no_english(result: Result) -> None:
    with catalogues.speaking("ru"):
        page = report_bytes([result], "html").decode()
    assert '<html lang="ru">' in page
    reader = _Words()
    reader.feed(page)
    # Sources are citations, kinds of study and reasons of the library keep their own words where they name a paper.
    english = []
    for text in reader.text:
        left = _SAME.sub("", text)
        words = re.findall(r"[A-Za-z]{3,}", left)
        if len(words) >= 2 and not re.search(r"[А-Яа-я]", text):
            english.append(text)
    sources = {str(claim.source) for claim in library().values()}
    kinds = {str(claim.design).replace("_", " ") for claim in library().values()}
    claims = re.compile("|".join(re.escape(claim_name(claim.id)) for claim in library().values()))
    assert [text for text in english if text not in sources | kinds and not claims.match(text)] == []


def test_numbers_plurals_and_currencies_by_locale() -> None:
    assert number(-12345.6, 1) == "−12,345.6"
    assert amount(168_000, "EUR") == "168\N{NO-BREAK SPACE}k\N{NO-BREAK SPACE}EUR"
    with catalogues.speaking("ru"):
        assert number(-12345.6, 1) == "−12\N{NO-BREAK SPACE}345,6"
        assert amount(168_000, "EUR") == "168\N{NO-BREAK SPACE}тыс.\N{NO-BREAK SPACE}€"
        assert amount(2_500_000, "RUB") == "2,5\N{NO-BREAK SPACE}млн\N{NO-BREAK SPACE}₽"
        assert percent(0.665, 1) == "66,5\N{NO-BREAK SPACE}%"
        found = [plural("{n} month", "{n} months", n) for n in (1, 2, 5, 11, 21, 22, 36)]
        assert found == ["1 месяц", "2 месяца", "5 месяцев", "11 месяцев", "21 месяц", "22 месяца", "36 месяцев"]
    assert _("Checks") == "Checks"


@pytest.mark.parametrize(
    ("p", "told"),
    [
        (0.0, "p < 0.001"), (4e-7, "p < 0.001"), (0.001, "p = 0.0010"), (0.0421, "p = 0.042"), (0.0996, "p = 0.10"),
        (0.614, "p = 0.61"), (0.996, "p > 0.99"), (1.0, "p > 0.99"),
    ],
)  # fmt: skip
def test_a_p_value_has_digits_that_count_and_is_never_nought_or_one(p: float, told: str) -> None:
    assert str(Figure(p, "p")) == told
    with catalogues.speaking("ru"):
        assert str(Figure(p, "p")) == told.replace(".", ",")


@pytest.mark.parametrize(("p", "told"), [(0.0, "< 1 %"), (0.42, "42 %"), (1.0, "> 99 %")])
def test_draws_that_all_lie_on_one_side_are_no_certainty(p: float, told: str) -> None:
    assert str(Figures("").chance(p)).replace("\N{NO-BREAK SPACE}", " ") == told


@given(
    st.floats(-1e9, 1e9),
    st.floats(-1e9, 1e9),
    st.sampled_from([0.0, 1.0, 100.0, 1e4, 1e6]),
)
def test_both_ends_of_a_range_have_one_unit(one: float, other: float, grain: float) -> None:
    low, high = amounts((one, other), "EUR", grain=grain)
    assert low.partition("\N{NO-BREAK SPACE}")[2] == high.partition("\N{NO-BREAK SPACE}")[2]
    largest = max((one, other), key=abs)
    assert amount(largest, "EUR", grain=grain) in (low, high)


def test_who_asks_for_which_language() -> None:
    assert catalogues.known_languages()[0] == "en"
    assert catalogues.preferred({"LANG": "ru_RU.UTF-8"}) == "ru"
    assert catalogues.preferred({"LANG": "C.UTF-8"}) == "en"
    assert catalogues.preferred({"LANG": "xx_XX"}) == "en"
    assert catalogues.preferred({"TXSIM_LANG": "en", "LANG": "ru_RU"}) == "en"
    assert catalogues.preferred({"LC_ALL": "en_GB", "LANG": "ru_RU"}) == "en"
    with pytest.raises(InputError, match="there is no language `xx`"):
        catalogues.preferred({"TXSIM_LANG": "xx"})


def test_messages_are_worded_where_they_are_shown() -> None:
    message = lazy("unknown key `{key}`{suggestion}", key="a b", suggestion=did_you_mean("pushs", ["pushes"]))
    assert str(message) == "unknown key `a b`; did you mean `pushes`?"
    with catalogues.speaking("ru"):
        assert str(message) == "неизвестный ключ `a b`; возможно, имелось в виду `pushes`?"
        assert message.english() == "unknown key `a b`; did you mean `pushes`?"
        # What somebody wrote passes untouched, even where it is a text of txsim.
        assert str(lazy("unknown key `{key}`{suggestion}", key="there is no such file", suggestion="")) == (
            "неизвестный ключ `there is no such file`"
        )
        assert str(verbatim("there is no such file")) == "there is no such file"
        assert str(lazy("there is no such file")) == "нет такого файла"
        # Figures as the language writes them, but as files have them where a file is meant.
        words = "{outside:g} lies outside the limits {lower:g} … {upper:g}"
        outside = lazy(words, outside=0.1234, lower=1.0, upper=2.5)
        assert str(outside) == "0,1234 лежит вне границ 1 … 2,5"
        assert outside.worded(figures=False) == "0.1234 лежит вне границ 1 … 2.5"


def test_a_message_without_parameters_may_hold_braces() -> None:
    words = "write `waves: {W05 2024: 2024-02}`"
    assert str(lazy(words)) == words
    assert str(Message.from_json(json.loads(json.dumps(lazy(words).to_json())))) == words


def test_no_amount_is_written_with_a_power_of_ten_or_like_another_number() -> None:
    """Where a file is spoken of numbers stand as files have them: 5,000 would be five to a Russian reader."""
    said = lazy("{stated:,.4g} but {total:,.4g}", stated=5000.0, total=66_420.0)
    assert str(said) == "5,000 but 66,420"
    assert str(lazy("{value:g}", value=5e6)) == "5000000"
    assert str(lazy("{value:,.4g}", value=-3_607_400.0)) == "−3,607,000".replace("−", "-")
    assert str(lazy("{value:.3g}", value=0.00004567)) == "0.0000457"
    assert str(lazy("{value:g}", value=1e15)) == "1e+15"
    with catalogues.speaking("ru"):
        assert said.worded(figures=False) == "5000 but 66420"
        assert str(said) == "5\N{NO-BREAK SPACE}000 but 66\N{NO-BREAK SPACE}420"
        assert lazy("{value:,.1f}", value=1234.5).worded(figures=False) == "1234.5"


def test_money_has_one_name_wherever_it_stands() -> None:
    assert str(Figure(6613.0, "number", "EUR", 0)) == "6,613 EUR"
    with catalogues.speaking("ru"):
        told = [str(Figure(6613.0, "number", "EUR", 0)), str(Figure(30_000.0, "money", "EUR"))]
        assert all("€" in each and "EUR" not in each for each in told)


def test_messages_go_through_json_and_back() -> None:
    inner = lazy("; did you mean `{name}`?", name="x")
    message = joined("; ", [lazy("{a:.2f} and {b}", a=1.5, b=inner), lazy_plural("{n} month", "{n} months", 3), "own"])
    message = lazy("{what}: {figure}", what=message, figure=Figure(-122_400.0, "money", "EUR"))
    again = Message.from_json(json.loads(json.dumps(message.to_json())))
    assert again == message
    assert str(again) == str(message) == "1.50 and ; did you mean `x`?; 3 months; own: −122\xa0k\xa0EUR"
    with catalogues.speaking("ru"):
        assert "3 месяца" in str(again)


def test_numbers_of_warnings_have_their_plural() -> None:
    with catalogues.speaking("ru"):
        said = [plural("{n} warning", "{n} warnings", n) for n in (0, 1, 2, 5, 21)]
    assert said == ["0 предупреждений", "1 предупреждение", "2 предупреждения", "5 предупреждений", "21 предупреждение"]


def test_what_a_user_wrote_stays_as_it_is(tmp_path: Path) -> None:
    # Of a parameter that no claim tells of: nothing is sampled for it.
    shutil.copytree(ROOT / "scenarios", tmp_path, dirs_exist_ok=True)
    base = (tmp_path / "service_desk_pilot.yaml").read_text(encoding="utf-8")
    reasons = (".", "HR and finance agreed, and the works council too", "there is no such file")
    for i, why in enumerate(reasons):
        file = tmp_path / f"s{i}.yaml"
        belief = {"median": 0.03, "factor": 2, "by": "HR", "date": "2026-11-01", "why": why}
        file.write_text(f"{base}\npriors:\n  time_ux: {json.dumps(belief)}\n", encoding="utf-8")
        done = told("priors", "show", "time_ux", file, "--quiet", TXSIM_LANG="ru")
        assert done.returncode == 0, done.stderr
        assert why in done.stdout


def test_failures_of_a_batch_hold_code_and_parameters(tmp_path: Path) -> None:
    bad = tmp_path / "in" / "bad.yaml"
    bad.parent.mkdir()
    bad.write_text("organisation: {customers: many}\n", encoding="utf-8")
    done = told("batch", bad, "--out", tmp_path / "out", "--draws", "128", TXSIM_LANG="ru")
    line = json.loads((tmp_path / "out" / "failures.jsonl").read_text(encoding="utf-8").splitlines()[0])
    problem = next(p for p in line["problems"] if p["path"].endswith("customers"))
    assert problem["message"] == "expected a number, found the text 'many'"
    message = Message.from_json(problem["messages"]["message"])
    assert message.english() == problem["message"]
    with catalogues.speaking("ru"):
        assert str(message) == "ожидалось число, найден текст 'many'"
    assert "не удалось" in done.stdout
    assert "expected" not in done.stdout + done.stderr


_FAULTY = """\
organisation:
  customers: 1,000
  churn_per_month: 2
  staff: {front: {headcount: -1}, back: {headcount: many}}
  baselines: {cx: 0.5}
drivers:
  - name: Desk
    pushs: [{node: exx, effect: 5}]
    start: soon
    ramp:	3
"""


def test_faults_are_told_in_russian(tmp_path: Path) -> None:
    file = tmp_path / "faulty.yaml"
    file.write_text(_FAULTY.replace("    ramp:\t3\n", ""), encoding="utf-8")
    said = told("check", file, TXSIM_LANG="ru")
    assert said.returncode == 2
    assert "возможно, имелось в виду `pushes`?" in said.stderr
    assert "ничего не запущено" in said.stderr
    for line in said.stderr.splitlines():
        # Places and pictures of the file stay as they are; so do lists of keys.
        if line.startswith(str(tmp_path)) or not line.startswith("    ") or "ключи " in line or "известны: " in line:
            continue
        sentence = line.split("^")[-1] if "^" in line else line
        if "^" in line or re.search(r"[а-я]", line):
            assert re.findall(r"[A-Za-z]{3,}", re.sub(r"`[^`]*`|'[^']*'|\{.*\}|desk", "", sentence)) == [], line
    nowhere = told("link", tmp_path / "none.csv", "--quiet", TXSIM_LANG="ru")
    assert "нет такого файла" in nowhere.stderr
    assert (
        "draws: 100 должно быть степенью двойки"
        in told("run", "scenarios/service_desk_pilot.yaml", "--draws", "100", TXSIM_LANG="ru").stderr
    )


def test_an_interview_is_led_in_russian(tmp_path: Path) -> None:
    file = tmp_path / "ours.yaml"
    file.write_bytes((ROOT / "scenarios" / "service_desk_pilot.yaml").read_bytes())
    answers = "1\n?\nAda\nquartiles\n0.2\nabc\n0.3\n0.1\n0.4\n"
    said = subprocess.run(
        [sys.executable, "-m", "txsim", "priors", "elicit", str(file), "ex_cx"],
        input=answers, capture_output=True, text=True, cwd=ROOT, env={**os.environ, "TXSIM_LANG": "ru"}, timeout=300,
        check=False,
    )  # fmt: skip
    for sentence in (
        "На каждый вопрос: ответ либо `назад`, `выход`, `?`.",
        "сколько человек будут судить?",
        "Как им удобнее сказать?",
        "Значение, которое с равным шансом завышено и занижено (п. CX на пункт EX)",
        "`abc` — не число",
        "нижний квартиль лежит ниже медианы, 0.2",
        "Это то, что имелось в виду?",
        "Это значит: один шанс из двадцати ниже",
    ):
        assert sentence in " ".join(said.stdout.split()), sentence
    english = [
        line for line in said.stdout.splitlines()
        if len(re.findall(r"\b[a-z]{3,}\b", re.sub(r"\[.*\]|`[^`]*`|lognormal|/\S+", "", line))) > 2
    ]  # fmt: skip
    assert english == []


def told(*args: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "txsim", *map(str, args)]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, env={**os.environ, **env}, timeout=300, check=False
    )


def test_the_command_line_speaks(folder: Path, tmp_path: Path) -> None:
    assert "Использование" in told("run", "--help", "--lang", "ru").stdout
    assert "Нет параметра" in told("run", "x.yaml", "--nonsense", TXSIM_LANG="ru").stderr
    assert "нет команды `rn`" in told("rn", TXSIM_LANG="ru").stderr
    done = told("report", folder, "-o", tmp_path / "r.md", "--lang=ru")
    assert done.stdout == f"записан файл {tmp_path / 'r.md'}\n"
    assert "## Проверки" in (tmp_path / "r.md").read_text()


def test_what_machines_read_is_the_same_in_every_language(scenarios: Path) -> None:
    args = ("run", scenarios / "service_desk_pilot.yaml", "--draws", "128", "--json", "--quiet")
    one, two = json.loads(told(*args).stdout), json.loads(told(*args, TXSIM_LANG="ru").stdout)
    for found in (one, two):
        (found.get("recommendation") or {}).pop("sentence", None)
    assert one == two


def test_english_needs_no_catalogue() -> None:
    code = (
        "import sys; from txsim.cli.speech import listen; listen([]); "
        "print([m for m in sys.modules if m.startswith('babel') or m == 'txsim.languages'])"
    )
    env = {
        key: value for key, value in os.environ.items() if key not in ("LC_ALL", "LANG", "LC_MESSAGES", "TXSIM_LANG")
    }
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, env=env, check=True)
    assert done.stdout.strip() == "[]"


def test_the_page_is_made_in_russian_with_all_pictures(folder: Path, page_of: Callable[..., Path]) -> None:
    with catalogues.speaking("ru"):
        page = page_of(folder).read_text()
    assert "тыс." in page
    assert "Что делать" in page


def test_notebooks_show_tables_in_the_language_in_use(scenarios: Path) -> None:
    import txsim

    told = txsim.load(scenarios / "service_desk_pilot.yaml")
    found = txsim.forecast(told, draws=128)
    npv = found.summary().to_json()["options"]["commit"]["npv"]
    english = found._repr_html_()
    assert f"{npv['mean']:,.0f} ± {npv['mcse']:,.0f}" in english
    assert english.count("<circle") == len(found.summary().to_json()["options"])
    assert "<script" not in english
    with catalogues.speaking("ru"):
        russian = found._repr_html_()
        assert "средний NPV" in russian
        assert f"{abs(npv['p05']):,.0f}".replace(",", "\N{NO-BREAK SPACE}") in russian
        assert "ставка дисконтирования" in told._repr_html_()
        assert "36 месяцев" in told._repr_html_()
    assert "discount rate" in told._repr_html_()


def test_every_template_may_come_back_from_a_file() -> None:
    """What a result or a list of failures says is read again: no template of ours is refused as a stranger's."""
    tried = 0
    for file in sorted((ROOT / "txsim").rglob("*.py")):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not (isinstance(call, ast.Call) and getattr(call.func, "id", "") == "lazy" and call.keywords):
                continue
            code, names = call.args[0], [keyword.arg for keyword in call.keywords]
            if not (isinstance(code, ast.Constant) and all(names)):
                continue
            figures = {name for _text, name, form, _how in string.Formatter().parse(code.value) if form}
            params: dict[str, object] = {str(name): 3 if name in figures else "x" for name in names} | {"n": 3}
            assert str(Message.from_json({"code": code.value, "params": params})), file
            tried += 1
    assert tried > 900


@pytest.mark.parametrize(
    "told",
    [
        {"code": "{a} {b}", "params": {"a": 1}},
        {"code": "{a.__class__}", "params": {"a": 1}},
        {"code": "{a[0]}", "params": {"a": "x"}},
        {"code": "{a!r}", "params": {"a": "x"}},
        {"code": "{a:>99999999999}", "params": {"a": 1}},
        {"code": "{a:.3f}", "params": {"a": "x"}},
        {"code": "{a}", "params": {"a": [1]}},
        {"code": "{a}", "params": {"a": {"code": "{b}", "params": {"c": 1}}}},
        {"code": 5, "params": {"a": 1}},
        {"code": "{n}", "params": {"n": "many"}, "many": "{n}"},
        {"params": {}},
        [],
        None,
    ],
)
def test_a_message_of_a_damaged_file_is_none(told: object) -> None:
    """Templates come from files: nothing may be reached through them, nor padded until memory ends."""
    with pytest.raises(ValueError, match="no message"):
        Message.from_json(told)
