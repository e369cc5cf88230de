# SPDX-License-Identifier: MIT
"""What lies in a folder beside scenarios and is none: told by its keys, so that nothing is left out without a word."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from txsim.errors import InputError
from txsim.language import Message, Words, lazy
from txsim.results.batch import LeftOutFile
from txsim.scenario.files import text_of
from txsim.scenario.yaml_reader import read_text

#: Names said in one sentence; all of them are in the manifest.
_MOST = 5


def purpose_of(file: str) -> Message | None:
    """Return what a YAML file is that has keys of another kind of file alone; ``None`` where it may be a scenario."""
    try:
        data = read_text(text_of(Path(file), file), file).data
    except (InputError, OSError):
        return None
    if not isinstance(data, dict) or not data:
        return None
    from txsim.elicit.sheet import SHEET_KEYS
    from txsim.panel.reader.link_spec import LinkSpec
    from txsim.scenario.beliefs import Evidence
    from txsim.scenario.vocabulary import parameter_table

    keys = {str(key) for key in data}
    kinds = (
        (set(LinkSpec.model_fields), lazy("how a file of data is read")),
        (set(Evidence.model_fields), lazy("which evidence is believed")),
        (set(parameter_table()), lazy("a pack of priors")),
        ({"title", "why", "priors", "evidence"}, lazy("a pack of priors")),
        (set(SHEET_KEYS), lazy("answers of experts")),
    )
    said = keys - {"title", "why"}
    return next((what for known, what in kinds if said and keys <= known), None)


def left_out_words(left_out: Sequence[LeftOutFile]) -> Words:
    """Return one sentence that names what was left out and says what each is."""
    some: Words = "; ".join(f"{each.path} ({each.why})" for each in left_out[:_MOST])
    more = len(left_out) - _MOST
    if more > 0:
        some = lazy("{some}; and {more:,} more, see manifest.json", some=some, more=more)
    return lazy("left out, as no scenario: {some}", some=some)
