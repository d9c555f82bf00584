"""What a shell completes: words that are known only once somebody asks for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import click
from click.shell_completion import CompletionItem

Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def words(known: Callable[[], Iterable[str]], *, or_file: bool = False) -> Complete:
    """Return a completion of known words, beside which `or_file` lets a file be named."""

    def complete(_context: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        fitting = [CompletionItem(word) for word in known() if word.startswith(incomplete)]
        return [*fitting, CompletionItem(incomplete, type="file")] if or_file else fitting

    return complete


def contracts() -> Iterable[str]:
    """Return what `check --contract` takes."""
    from contracts import CONTRACTS  # noqa: PLC0415 - only a shell that completes needs it

    return (*CONTRACTS, "export")


def rules() -> Iterable[str]:
    """Return the code and the name of every rule."""
    from contracts import all_rules  # noqa: PLC0415 - as above

    return [word for rule in all_rules() for word in (rule.code, rule.name)]


def scenarios() -> Iterable[str]:
    """Return the names of the scenarios that ship."""
    from scenarios import shipped  # noqa: PLC0415 - as above

    return [path.name.removesuffix(".cohort.yaml") for path in shipped()]
