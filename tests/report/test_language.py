# SPDX-License-Identifier: MIT
"""Russian as a full second language: nothing untranslated, numbers and plurals by locale, JSON untouched."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from txsim import language
from txsim.errors import InputError
from txsim.language import _, plural
from txsim.report.numbers import amount, number, percent
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


def test_translations_fill_the_same_places(messages: object) -> None:
    field = re.compile(r"\{[^{}]*\}")
    for file in sorted((ROOT / "txsim" / "languages").glob("*.po")):
        catalogue, _missing = messages.updated(file)  # type: ignore[attr-defined]
        for message in catalogue:
            if not message.id:
                continue
            ids = message.id if isinstance(message.id, tuple) else (message.id,)
            strings = message.string if isinstance(message.string, tuple) else (message.string,)
            allowed = set().union(*(set(field.findall(one)) for one in ids))
            for string in strings:
                assert set(field.findall(string)) <= allowed, message.id
            if len(ids) == 1:
                assert set(field.findall(strings[0])) == allowed, message.id


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
    r"txsim|numpy|SHA|NPV|ROI|EVPI|CX|EX|UX|MX|eNPS|NPS|total experience|R-hat|CVaR|P\(|Nordlicht Distribution|"
    r"Same-day service desk|Service desk pilot|"
    r"front_line|support|[a-z]+(?:_[a-z]+)+|(?:[a-z]+-)+(?:19|20)\d\d[a-z0-9-]*|"
    r"[a-z]+-meta|gallup-2024-turnover|[a-z_]+\[[a-z_]+\]|cx\b|ex\b|mx\b|k EUR|Sears|Gallup|[0-9a-f]{12,}"
)


def test_a_russian_page_holds_no_english(result: Result) -> None:
    with language.speaking("ru"):
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
    sources = {str(claim.source) for claim in _library()}
    kinds = {str(claim.design).replace("_", " ") for claim in _library()}
    assert [text for text in english if text not in sources and text not in kinds] == []


def _library() -> list[object]:
    from txsim.evidence import library

    return list(library().values())


def test_numbers_plurals_and_currencies_by_locale() -> None:
    assert number(-12345.6, 1) == "−12,345.6"
    assert amount(168_000, "EUR") == "168\N{NO-BREAK SPACE}k\N{NO-BREAK SPACE}EUR"
    with language.speaking("ru"):
        assert number(-12345.6, 1) == "−12\N{NO-BREAK SPACE}345,6"
        assert amount(168_000, "EUR") == "168\N{NO-BREAK SPACE}тыс.\N{NO-BREAK SPACE}€"
        assert amount(2_500_000, "RUB") == "2\N{NO-BREAK SPACE}500\N{NO-BREAK SPACE}тыс.\N{NO-BREAK SPACE}₽"
        assert percent(0.665, 1) == "66,5\N{NO-BREAK SPACE}%"
        found = [plural("{n} month", "{n} months", n) for n in (1, 2, 5, 11, 21, 22, 36)]
        assert found == ["1 месяц", "2 месяца", "5 месяцев", "11 месяцев", "21 месяц", "22 месяца", "36 месяцев"]
    assert _("Checks") == "Checks"


def test_who_asks_for_which_language() -> None:
    assert language.known_languages()[0] == "en"
    assert language.preferred({"LANG": "ru_RU.UTF-8"}) == "ru"
    assert language.preferred({"LANG": "C.UTF-8"}) == "en"
    assert language.preferred({"LANG": "xx_XX"}) == "en"
    assert language.preferred({"TXSIM_LANG": "en", "LANG": "ru_RU"}) == "en"
    assert language.preferred({"LC_ALL": "en_GB", "LANG": "ru_RU"}) == "en"
    with pytest.raises(InputError, match="there is no language `xx`"):
        language.preferred({"TXSIM_LANG": "xx"})


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
    with language.speaking("ru"):
        page = page_of(folder).read_text()
    assert "тыс." in page
    assert "Что делать" in page
