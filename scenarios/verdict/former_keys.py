"""Former keys: the trait keys of names that cohorts had before, and for whom they are still true.

A rename makes a new trait of a cohort, and no vendor closes the old one (amplitude facts 7.7). Leaving it is one of
several sensible answers, so no profile is wrong for it; who reads the old trait sees a member for ever.
"""

from __future__ import annotations

from dataclasses import dataclass

from contracts.foreign import NAME_COLUMNS, quoted
from scenarios.bench import Bench, FormerKey


@dataclass(frozen=True, slots=True)
class LeftTrue:
    """A former key that is true at one write key for `users`, of whom `gone` are members no more."""

    key: FormerKey
    users: tuple[str, ...]
    gone: tuple[str, ...]

    @property
    def words(self) -> str:
        """Say it in one sentence."""
        many = "1 user" if len(self.users) == 1 else f"{len(self.users)} users"
        left = ""
        if self.gone:
            some = ", ".join(quoted(each, NAME_COLUMNS) for each in self.gone[:2])
            left = f", of whom {len(self.gone)} left ({some}{', ...' if len(self.gone) > 2 else ''})"
        trait = quoted(self.key.trait, 2 * NAME_COLUMNS)
        return (
            f"{trait} stays true for {many}{left}: nobody closes the old key since the rename at step {self.key.step}"
        )


def left_true(bench: Bench, write_key: str | None = None) -> list[LeftTrue]:
    """Return the former keys that are still true for somebody, at one write key or at any."""
    found = []
    for former in bench.former:
        if former.trait == bench.trait(former.cohort):
            continue  # it has its old name again
        users = {
            user_id
            for key, profiles in bench.profiles().items()
            if write_key in {None, key}
            for user_id, traits in profiles.items()
            if traits.get(former.trait) is True
        }
        if users:
            gone = users - set(bench.members(bench.cohort_id(former.cohort)))
            found.append(LeftTrue(former, tuple(sorted(users)), tuple(sorted(gone))))
    return found
