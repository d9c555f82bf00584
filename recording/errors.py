"""What can go wrong while a recording is taken over, by what the caller should do next."""

from __future__ import annotations


class RecordingError(Exception):
    """The root of every error of this room; `exit_status` is what a command exits with."""

    exit_status = 2


class NotReadable(RecordingError):
    """A file is no recording, or a damaged one: name another file."""


class NothingInIt(RecordingError):
    """A recording has no call to either API: name another file, or the hosts that are meant."""


class OutputRefused(RecordingError):
    """The output cannot be written there: name another folder."""


class BadKey(RecordingError):
    """The key file is unusable: name another."""


class StillThere(RecordingError):
    """An original value is in the output, which was removed: hide or keep the field that it is in."""

    exit_status = 1
