"""What a shell completes beside commands and options: words that are known only once somebody asks for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import click
from click.shell_completion import CompletionItem

Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def completion(known: Callable[[], Iterable[str]], *, or_file: bool = False) -> Complete:
    """Return a completion of known words, beside which `or_file` lets a file be named."""

    def complete(_context: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        fitting = [CompletionItem(word) for word in known() if word.startswith(incomplete)]
        return [*fitting, CompletionItem(incomplete, type="file")] if or_file else fitting

    return complete


def rule_words() -> list[str]:
    """Return the code and the name of every rule."""
    from contracts.catalogue import all_rules  # noqa: PLC0415 - only a shell that completes needs it

    return [word for rule in all_rules() for word in (rule.code, rule.name)]


def destination_slugs() -> list[str]:
    """Return the destinations of the table."""
    from downstream.table import table  # noqa: PLC0415 - as above

    return list(table())


def library_names() -> list[str]:
    """Return the names of the scenarios that ship."""
    from scenarios import shipped  # noqa: PLC0415 - as above

    return [path.name.removesuffix(".cohort.yaml") for path in shipped()]


def clients() -> list[str]:
    """Return the clients of which is known what they bear."""
    from scenarios.verdict import LIBRARIES  # noqa: PLC0415 - as above

    return [" ".join(each) for each in LIBRARIES]


def fault_kinds() -> list[str]:
    """Return the faults of both fakes."""
    from mock_amplitude import AmplitudeFake  # noqa: PLC0415 - as above
    from mock_segment import SegmentFake  # noqa: PLC0415 - as above

    return sorted({*AmplitudeFake.fault_kinds, *SegmentFake.fault_kinds})
