"""What can go wrong in a fake, by what the caller should do next."""

from __future__ import annotations

from collections.abc import Sequence


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
    """The journal file is not one, is damaged, or was written by a newer version: name another file."""

    exit_status = 2
    http_status = 400


class OutsideTheLab(LabError):
    """A session of the lab was sent somewhere else: give the program the lab's addresses."""

    exit_status = 2


class CannotKeep(LabError):
    """The disk, the file or the machine does not let the lab keep a call: make room, then call again."""

    exit_status = 2
    http_status = 503


class Gone(LabError):
    """The workspace was dropped or closed while it was asked: call again, or name another."""

    exit_status = 2
    http_status = 409


class TooMany(LabError):
    """The lab has as many of these as it takes: drop some, or come back later."""

    exit_status = 2
    http_status = 503


class InUse(LabError):
    """Another lab keeps its journals there: stop it, or name another folder."""

    exit_status = 2
    http_status = 409


class LabUnreachable(LabError):
    """No lab answers there: start one, or name another address."""

    exit_status = 2


class NotInTime(LabError):
    """What was waited for did not come: look at what did."""

    exit_status = 1


def sentence(text: str) -> str:
    """Return what another part of the house says in a clause as a sentence, as control calls are answered."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '?', '!')) else '.'}"
