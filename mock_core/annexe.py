"""Annexes: what a room above builds onto a fake, with its own part of the control plane and of every workspace.

A fake knows nothing of what is built on it. It serves the annexe's operations and views beside its own, lets each
workspace have one of it, and tells that one before the lab is told anything else: what an annexe does with the calls
so far, it does under the settings, faults and time that were true then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from contracts.rule import Schema


class Addition(Protocol):
    """What an annexe has of one workspace."""

    def settle(self) -> None:
        """Do what is due by now: read on in the journal, as far as the lab's clock has come."""
        ...

    def forget(self) -> None:
        """Begin again: the journal was cleared, or another took its place."""
        ...

    def close(self) -> None:
        """Let go of what it holds; the workspace ends."""
        ...


@dataclass(frozen=True, slots=True)
class Annexe:
    """One thing built onto a fake: how to make it for a workspace's state, and its tables for the control plane.

    `make` is called once a workspace and must be quick: what takes time waits until it is wanted. `shapes` are the
    schemas of the control entries it writes, by operation. Operations and views are rows of the control plane's tables,
    which stands above this.
    """

    name: str
    make: Callable[[Any], Addition]
    operations: Sequence[Any] = ()
    views: Sequence[Any] = ()
    shapes: Mapping[str, Schema] = field(default_factory=dict)


A = TypeVar("A")


def addition(state: Any, kind: type[A]) -> A:
    """Return what an annexe has of a workspace, by its type; raise `LookupError` when nothing of it is built here."""
    for each in state.workspace.additions.values():
        if isinstance(each, kind):
            return each
    raise LookupError(f"no {kind.__name__} is built onto this fake")
