"""Whose an event is: users, devices and Amplitude ids; pure (amplitude facts 5.6 [doc]).

The rules:
- a user id beats a device: whoever sends one is that user, on whatever device,
- a device that never carried a user id is somebody anonymous, with an Amplitude id of their own,
- the first user id on such a device is given to that person, unless somebody has it already: then the anonymous person
  merges into them, which is possible because they carried no user id,
- without a user id a device's events are its last known user's,
- user ids never merge, and are case sensitive: another user id is another person.

So what was sent from a device that only one user ever had is that user's, in whatever order it came.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a device is: an Amplitude id, and the user id it last carried; None for somebody anonymous."""

    amplitude_id: int
    user_id: str | None


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who an event is of, and what it says of others.

    `named` is true when it gives an anonymous person their user id; `merged` is the anonymous person who turned out to
    be this one.
    """

    owner: Owner
    is_new: bool = False
    named: bool = False
    merged: int | None = None


def arrive(user_id: str | None, device: Owner | None, known: int | None, new_id: Callable[[], int]) -> Arrival:
    """Say who sent an event.

    `device` is whose the device is so far, `known` the Amplitude id of the user id; None where nobody is known.
    """
    if user_id is None:
        return Arrival(Owner(new_id(), None), is_new=True) if device is None else Arrival(device)
    anonymous = device.amplitude_id if device is not None and device.user_id is None else None
    if known is None:
        if anonymous is not None:
            return Arrival(Owner(anonymous, user_id), named=True)
        return Arrival(Owner(new_id(), user_id), is_new=True)
    return Arrival(Owner(known, user_id), merged=anonymous if anonymous != known else None)
