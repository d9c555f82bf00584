"""The portal of one workspace: targets, standing syncs and a role, as people set them up on Amplitude's pages.

What is told is checked, written down, and done from what was written.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import wait
from typing import Any, Final

from contracts.nearest import nearest
from mock_amplitude import AmplitudeState
from mock_core.annexe import addition
from mock_core.errors import BadControl, Forbidden, InUse, sentence
from scenarios.portal.roles import MANAGE_DESTINATIONS, MANAGE_SYNCS, ROLES, may, refusal
from scenarios.portal.scheduling import PATIENCE, Schedule
from scenarios.portal.standing import CADENCES, Standing

_BY_HAND: Final = "by hand"


class Portal(Schedule):
    """What is set up in a workspace of the Amplitude fake, and may be; when it runs, the schedule knows."""

    @property
    def role(self) -> str:
        """The role that people play here."""
        self._told.settle()
        return self._told.role

    def act_as(self, role: str) -> str:
        """Play another role from now on."""
        if role not in ROLES:
            raise BadControl(f"There is no role {role!r}: {nearest(role, ROLES)}")
        self._tell("role.set", role=role)
        return role

    def targets(self) -> dict[str, str]:
        """Return the write keys of the API targets, by name."""
        self._told.settle()
        return dict(self._told.targets)

    def put_target(self, name: str, write_key: str) -> None:
        """Keep a write key under a name, or give that name another key."""
        self._permit(MANAGE_DESTINATIONS)
        if not name.strip() or ":" in name or not write_key.strip():
            raise BadControl(
                f"A target wants a name without a colon and a write key, not {name!r} and {len(write_key)} letters."
            )
        self._tell("target.put", name=name, write_key=write_key)

    def remove_target(self, name: str) -> None:
        """Forget a target that no sync uses."""
        self._permit(MANAGE_DESTINATIONS)
        self._told.settle()
        self._told.write_key(name)
        using = [each.label for each in self._told.syncs.values() if each.target == name]
        if using:
            raise InUse(f"The API target {name!r} is used by {', '.join(using)}: remove those syncs first.")
        self._tell("target.remove", name=name)

    def save(
        self, cohort_id: str, target: str, cadence: str = "once", settings: Mapping[str, Any] | None = None
    ) -> Standing:
        """Set up a sync, or edit the one of that cohort and target; it is due at once.

        `settings` are the engine's, as `cohortlab sync add --set` takes them.
        """
        self._permit(MANAGE_SYNCS)
        self._told.settle()
        if cadence not in CADENCES:
            raise BadControl(f"There is no cadence {cadence!r}: {nearest(cadence, CADENCES)}")
        self._told.write_key(target)
        cohort = self._amplitude.cohort(cohort_id)
        self._check(settings or {})
        self._tell("standing.put", cohort_id=cohort.id, target=target, cadence=cadence, settings=dict(settings or {}))
        self._tell_cohort(self.sync(f"{cohort.id}:{target}"))
        return self.sync(f"{cohort.id}:{target}")

    def pause(self, label: str) -> Standing:
        """Schedule a sync no more until it is resumed."""
        return self._change(label, "standing.pause")

    def resume(self, label: str) -> Standing:
        """Schedule a paused or disabled sync again."""
        return self._change(label, "standing.resume")

    def remove(self, label: str) -> None:
        """Forget a sync; nobody is told false for it, and traits stay as they are (amplitude facts 3.5 [inferred])."""
        standing = self._change(label, "standing.pause")
        self._tell("standing.remove", cohort_id=standing.cohort_id, target=standing.target)

    def run(self, label: str, *, everybody: bool = False, seconds: float = PATIENCE) -> dict[str, Any]:
        """Run a sync now, whatever its cadence; wait so many seconds for it and return how it stands.

        `status` is that of the run, or `running` when it took longer; `message` says what went wrong.
        """
        self._permit(MANAGE_SYNCS)
        future = self._start(self.sync(label), _BY_HAND, everybody=everybody)
        wait([future], timeout=seconds)
        if not future.done():
            return {"sync": label, "status": "running", "message": ""}
        return {"sync": label, **(future.result() or {"status": "stopped", "message": "The lab ends."})}

    def _change(self, label: str, op: str) -> Standing:
        self._permit(MANAGE_SYNCS)
        standing = self.sync(label)
        self._tell(op, cohort_id=standing.cohort_id, target=standing.target)
        standing = self.sync(label)
        self._tell_cohort(standing)
        return standing

    def _check(self, settings: Mapping[str, Any]) -> None:
        if not settings:
            return
        from syncer import Settings, WrongCall  # noqa: PLC0415 - most syncs have no settings of their own

        try:
            Settings.of(settings)
        except WrongCall as error:
            raise BadControl(sentence(str(error))) from error

    def _permit(self, permission: str) -> None:
        if not may(self.role, permission):
            raise Forbidden(refusal(self.role, permission))


def portal_of(state: AmplitudeState) -> Portal:
    """Return the portal of a workspace."""
    return addition(state, Portal)
