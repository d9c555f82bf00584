"""What can go wrong in a fake, by what the caller should do next."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence


class LabError(Exception):
    """The root of every error a fake raises.

    `exit_status` is what a command exits with, `http_status` what the control plane answers.
    """

    exit_status = 3
    http_status = 500


class BadControl(LabError):
    """A control call or a setting is wrong: change the call."""

    exit_status = 2
    http_status = 400


class NotFound(BadControl):
    """The thing named does not exist: look at what does."""

    http_status = 404


class Forbidden(LabError):
    """The control plane does not answer this caller."""

    exit_status = 2
    http_status = 403


class PortInUse(LabError):
    """Another program listens there: choose another port."""

    exit_status = 2


class LabBroke(LabError):
    """A fake met a bug of ours while it served: please report it."""

    def __init__(self, broken: Sequence[Exception]) -> None:
        first = broken[0]
        more = f" (and {len(broken) - 1} more)" if len(broken) > 1 else ""
        super().__init__(f"The lab itself broke while it served: {type(first).__name__}: {first}{more}.")


class JournalUnreadable(LabError):
    """The journal file is not one, or was written by a newer version."""

    exit_status = 2
    http_status = 400


class LabUnreachable(LabError):
    """No lab answers there: start one, or name another address."""

    exit_status = 2


class NotInTime(LabError):
    """What was waited for did not come: look at what did."""

    exit_status = 1


def nearest(word: str, known: Iterable[str]) -> str:
    """Say which known word was probably meant, as the end of a sentence."""
    words = sorted(known)
    close = difflib.get_close_matches(word, words, n=1, cutoff=0.5)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"known: {', '.join(words)}." if words else "there are none yet."
