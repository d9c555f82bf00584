"""A client for destinations of a lab in another process: the methods of `Destinations`, over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_core.control import LabClient


class DestinationsClient:
    """What a lab's Segment does for destinations, by the fake's base URL; `given` is what every client of a lab takes.

    What the lab refuses is raised as `BadControl`, in its own words.
    """

    def __init__(self, url: str, **given: Any) -> None:
        self._lab = _SegmentOfALab(url, **given)

    def put(self, name: str, **changes: Any) -> dict[str, Any]:
        """Connect a destination, or change what is given of one, and return it as it stands; secrets are shortened."""
        return dict(self._lab.call("POST", "destinations", {"name": name, **changes}).json())

    def remove(self, name: str) -> None:
        """Disconnect a destination: what waits for it is given up."""
        self._lab.call("DELETE", f"destinations/{name}")

    def connections(self) -> list[dict[str, Any]]:
        """Return the connected destinations, each with its events by verdict."""
        return list(self._lab.rows("destinations"))

    def tally(self) -> dict[tuple[str, str], int]:
        """Return the number of events by destination and verdict."""
        return {
            (row["name"], verdict): number for row in self.connections() for verdict, number in row["events"].items()
        }

    def deliveries(self, **where: str) -> list[dict[str, Any]]:
        """Return what became of events at destinations: of one destination, verdict, user_id, message_id, or trait."""
        return list(self._lab.rows("destination-deliveries", **where))

    def known(self, name: str) -> dict[str, dict[str, Any]]:
        """Return what the vendor of a destination was told last: the value by user and trait key."""
        found: dict[str, dict[str, Any]] = {}
        for row in self._lab.rows("destination-traits", destination=name):
            found.setdefault(row["user_id"], {})[row["trait"]] = row["value"]
        return found

    def requests(self, **where: str) -> list[dict[str, Any]]:
        """Return the newest requests to vendors with what was answered: of one destination, or with one status."""
        return list(self._lab.rows("destination-requests", **where))

    def wait_for(self, *, at_least: int = 1, timeout: float = 5.0, **where: str) -> int:
        """Block until so many deliveries are as told; raise `NotInTime` when they are not within `timeout` seconds."""
        return self._lab.wait_for("destination-deliveries", at_least=at_least, timeout=timeout, **where)

    def arm(self, on: str, fault: str, *, match: Mapping[str, Any] | None = None, **fields: Any) -> str:
        """Arm a fault of a destination's vendor, for the calls that `match` describes, and return its id."""
        told = {"on": on, "fault": fault, "match": dict(match or {}), **fields}
        return str(self._lab.call("POST", "destination-faults", told).json()["id"])

    def lift(self, fault_id: str | None = None) -> int:
        """Lift one fault of a vendor or all of them, and return how many were lifted."""
        path = "destination-faults" if fault_id is None else f"destination-faults/{fault_id}"
        return int(self._lab.call("DELETE", path).json()["lifted"])

    def faults(self) -> list[dict[str, Any]]:
        """Return the armed faults of vendors, on which destination, and how often they struck."""
        return list(self._lab.rows("destination-faults"))

    def settings(self) -> dict[str, Any]:
        """Return every setting of routing by name."""
        return {each["name"]: each["value"] for each in self._lab.call("GET", "destination-settings").json()}

    def configure(self, **changes: Any) -> dict[str, Any]:
        """Change settings of routing by name, and return all of them."""
        return {each["name"]: each["value"] for each in self._lab.call("POST", "destination-settings", changes).json()}


class _SegmentOfALab(LabClient):
    vendor = "segment"
