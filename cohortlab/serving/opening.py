"""What `cohortlab up` says when it is up: what the sync program needs, what the lab begins with, what to do next."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from contracts.trait_key import trait_key_format
from scenarios.lab import API_KEY, SECRET_KEY, Address

_AMPLITUDE = trait_key_format("amplitude")


@dataclass(frozen=True, slots=True)
class Opening:
    """A lab that has just begun to serve; `steps` are those of the scenario it began with, as commands."""

    address: Address
    write_key: str
    cohorts: Sequence[tuple[str, str, int]]  # id, name, members
    faults: Sequence[str] = ()
    steps: Sequence[str] = ()
    is_quiet: bool = False
    destinations: Sequence[str] = ()

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables of the sync program; `COHORT_ID` is the first cohort, if there is one."""
        told = {
            "AMPLITUDE_BASE_URL": self.address.amplitude,
            "AMPLITUDE_API_KEY": API_KEY,
            "AMPLITUDE_SECRET_KEY": SECRET_KEY,
            "SEGMENT_BASE_URL": self.address.segment,
            "SEGMENT_WRITE_KEY": self.write_key,
        }
        told |= {"COHORT_ID": self.cohorts[0][0]} if self.cohorts else {}
        return told | ({"HTTPS_PROXY": self.address.proxy} if self.address.proxy else {})

    def as_dict(self) -> dict[str, Any]:
        return {
            **({} if self.address.beside is None else {"console": self.address.beside}),
            "environment": self.environment,
            "token": self.address.token,
            "cohorts": [
                {"id": cohort_id, "name": name, "members": members, "trait_key": _AMPLITUDE.format(name, cohort_id)}
                for cohort_id, name, members in self.cohorts
            ],
            "faults": list(self.faults),
            "destinations": list(self.destinations),
            "steps": list(self.steps),
        }

    def lines(self) -> Iterator[str]:
        """Yield it for people."""
        if self.address.beside is not None:
            yield f"Console: {self.address.beside}/"
        yield "Both fakes are up. In the shell of the sync program:"
        yield ""
        for name, value in self.environment.items():
            yield f"  export {name}={shlex.quote(value)}"
        if not self.cohorts:
            yield '  # COHORT_ID: no cohort yet. In another shell: cohortlab cohort create "Power Users" ada grace'
        yield ""
        for cohort_id, name, members in self.cohorts:
            size = f"{members:,} member{'' if members == 1 else 's'}"
            yield f"Cohort {cohort_id}: {size}, trait key {_AMPLITUDE.format(name, cohort_id)}"
        for name in self.destinations:
            yield f"Destination {name}: {self.address.segment}/__lab/destination-deliveries?destination={quote(name)}"
        for fault in self.faults:
            yield f"Armed: {fault}"
        if self.steps:
            yield "The steps of the scenario are not run. Take them from another shell with these variables:"
            yield ""
            yield from (f"  {step}" for step in self.steps)
            yield ""
        yield f"Control: {self.address.amplitude}/__lab/ and {self.address.segment}/__lab/"
        if self.address.token:
            yield f"Token for the control planes (header X-Lab-Token, or COHORTLAB_TOKEN): {self.address.token}"
        yield f"Ctrl-C stops them.{'' if self.is_quiet else ' Every call is told below; --quiet leaves that out.'}"
