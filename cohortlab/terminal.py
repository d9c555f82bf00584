"""The one console: colour, tables and progress bars, with text of other people that is shown and never obeyed.

Markup and emoji codes are off, so `[red]` and `:x:` in somebody's name stay what they are; what is to be in colour is
given as a pair of text and style. Colour follows the terminal, NO_COLOR and FORCE_COLOR.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import IO

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from contracts.foreign import NAME_COLUMNS, cut, lines, shown

Part = str | tuple[str, str]
"""A piece of a line: text, or text and its style."""

_WIDE = 10_000  # columns of a pipe, which has no edge to fit


class Terminal(Console):
    """A rich console that shows what it is given and obeys nothing in it."""

    def __init__(self, file: IO[str] | None = None, *, stderr: bool = False, quiet: bool = False) -> None:
        super().__init__(
            file=file,
            stderr=stderr,
            quiet=quiet,
            markup=False,
            emoji=False,
            highlight=False,
            soft_wrap=True,
            color_system=None if os.environ.get("NO_COLOR") else "auto",
        )
        if not self.is_terminal:
            self.width = _WIDE

    def say(self, *parts: Part, indent: int = 0) -> None:
        """Print one line."""
        self.print(styled(" " * indent, *parts))

    def table(
        self,
        heads: Sequence[str],
        rows: Iterable[Sequence[Part] | None],
        *,
        title: str = "",
        numbers: Iterable[str] = (),
        boxed: bool = True,
        columns: int | None = NAME_COLUMNS,
    ) -> None:
        """Print rows under their heads; None between them draws a line.

        Cells are cut to so many `columns` on a terminal; the `numbers` among the heads are set to the right. Without a
        box nothing is drawn where nobody looks.
        """
        style = box.HEAVY_HEAD if boxed else box.SIMPLE if self.is_terminal else None
        table = Table(title=styled(title) if title else None, title_justify="left", box=style, pad_edge=boxed)
        for head in heads:
            table.add_column(styled(head), justify="right" if head in set(numbers) else "left", overflow="fold")
        for row in rows:
            if row is None:
                table.add_section()
            else:
                table.add_row(*(styled(cell, columns=columns if self.is_terminal else None) for cell in row))
        self.print(table, soft_wrap=False)

    def render_str(self, text: str, **options: object) -> Text:
        """Read text as text, whoever hands it to a bar or a table."""
        return super().render_str(lines(text), **options)  # type: ignore[arg-type]


def styled(*parts: Part, columns: int | None = None) -> Text:
    """Return a line, each piece in its style and cut to so many columns, if any are given."""
    pairs = [(part, "") if isinstance(part, str) else part for part in parts]
    return Text.assemble(*((shown(text) if columns is None else cut(text, columns), style) for text, style in pairs))
