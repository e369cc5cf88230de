# SPDX-License-Identifier: MIT
"""A group of subcommands that are imported one by one, when they are called."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import click

from txsim.cli.speech import spoken
from txsim.language import _


class LazyGroup(click.Group):
    """A group that knows its subcommands by name, module in ``txsim.cli`` and help in one line.

    ``members``: ``{name: (module, help)}``.
    """

    def __init__(self, *args: Any, members: Mapping[str, tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.members = dict(members)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order they were stated."""
        return list(self.members)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one subcommand."""
        if cmd_name not in self.members:
            return None
        command: click.Command = importlib.import_module(f"txsim.cli.{self.members[cmd_name][0]}").command
        return spoken(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show names and help without importing anything."""
        with formatter.section(_("Commands")):
            formatter.write_dl([(name, _(help_text)) for name, (_module, help_text) in self.members.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the nearest subcommand where there is none of that name."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            from txsim.errors import did_you_mean

            message = _("no command `{name}`").format(name=args[0]) + str(did_you_mean(args[0], self.members))
            raise click.UsageError(message, ctx) from None
