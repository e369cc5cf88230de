# SPDX-License-Identifier: MIT
"""What a record says of each of its fields: its kind, what holds where a file is silent, its checks, and refusals."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar, get_args, get_origin

_F = TypeVar("_F")
#: Stands where nothing was said.
UNSET: Any = object()


class Kind:
    """How a value is read and written, as metadata of ``Annotated``.

    ``read``: returns the value of what a file says, or raises :class:`Refusal`; ``json_schema``: what stands for it in
    the JSON Schema; ``write``: returns plain data of a value that is none.
    """

    __slots__ = ("json_schema", "read", "write")

    def __init__(
        self, read: Callable[[Any], Any], json_schema: dict[str, Any], write: Callable[[Any], Any] | None = None
    ) -> None:
        self.read, self.json_schema, self.write = read, json_schema, write


class Refusal(ValueError):
    """A value that is not taken; ``context`` says why (:func:`txsim.scenario.fields.refuse`)."""

    def __init__(self, context: Mapping[str, Any]) -> None:
        super().__init__(str(context.get("message", "")))
        self.context = dict(context)


class Faulty(ValueError):
    """Data that are no record."""

    def __init__(self, name: str, findings: list[dict[str, Any]]) -> None:
        lines = [f"{'.'.join(map(str, finding['loc'])) or name}: {finding['msg']}" for finding in findings]
        super().__init__("\n".join([f"{len(findings)} faults in {name}", *lines]))
        #: For each its ``type``, ``loc`` (the keys and positions that lead there), ``input``, ``ctx`` and ``msg``.
        self.findings = findings


class FieldInfo:
    """One field of a record: what :func:`Field` says of it, its name and its annotation."""

    def __init__(self, **said: Any) -> None:
        self.default: Any = said.pop("default", UNSET)
        self.default_factory: Callable[[], Any] | None = said.pop("default_factory", None)
        self.alias: str | None = said.pop("alias", None)
        self.alias_path: tuple[str, ...] = said.pop("alias_path", ())
        self.description: str = said.pop("description", "")
        self.max_length: int | None = said.pop("max_length", None)
        self.exclude: bool = said.pop("exclude", False)
        self.exclude_if: Callable[[Any], bool] | None = said.pop("exclude_if", None)
        self.json_schema_extra: dict[str, Any] = said.pop("json_schema_extra", {})
        self.name, self._text, self._module = "", "", ""
        self._resolved: Any = UNSET

    def _named(self, name: str, text: str, module: str) -> None:
        self.name, self._text, self._module = name, text, module

    @property
    def whole(self) -> Any:
        """Its annotation as it stands, metadata included."""
        if self._resolved is UNSET:  # the text of the annotation, in the module where it stands
            self._resolved = eval(self._text, vars(sys.modules[self._module]))  # noqa: S307
        return self._resolved

    @property
    def annotation(self) -> Any:
        """Its type, without metadata."""
        whole = self.whole
        return get_args(whole)[0] if get_origin(whole) is Annotated else whole

    @property
    def metadata(self) -> tuple[Any, ...]:
        """Its metadata, a :class:`Kind` mostly."""
        whole = self.whole
        return tuple(whole.__metadata__) if get_origin(whole) is Annotated else ()

    def is_required(self) -> bool:
        """Whether a file must state it."""
        return self.default is UNSET and self.default_factory is None

    def get_default(self) -> Any:
        """Return what holds where a file does not state it."""
        return self.default if self.default_factory is None else self.default_factory()


def Field(**said: Any) -> Any:  # a class in all but name
    """Return a field of a :class:`Record`.

    ``**said``: ``default`` or ``default_factory``; ``alias``, its key in a file, or ``alias_path``, keys that lead to
    it; ``description``; ``max_length`` of a list or mapping; ``exclude`` or ``exclude_if``, what is not written;
    ``json_schema_extra``.
    """
    return FieldInfo(**said)


def field_validator(*names: str, mode: str) -> Callable[[_F], _F]:
    """Mark a class method that takes the value of fields, ``before`` or ``after`` it is read, and returns it."""

    def marked(method: _F) -> _F:
        method.__func__._checks = (names, mode)  # type: ignore[attr-defined]  # a class method
        return method

    return marked


def model_validator(*, mode: str) -> Callable[[_F], _F]:
    """Mark what takes the raw data ``before`` (a class method) or the record ``after`` it is read, and returns it."""

    def marked(method: _F) -> _F:
        function: Any = getattr(method, "__func__", method)
        function._checks = ((), mode)
        return method

    return marked
