"""A client for the control plane of any fake: what a test says to a lab that runs in another process.

The methods are named like those of the fake's own state, so that a test reads the same with either.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from mock_core.errors import BadControl, LabUnreachable, NotInTime
from mock_core.guard import FAKE_HEADER, TOKEN_HEADER
from mock_core.workspace import DEFAULT

if TYPE_CHECKING:
    from requests import Response, Session

_PAGE = 1_000
_PATIENCE = 75.0  # longer than the longest wait the control plane grants


class LabClient:
    """One workspace of a fake, by the fake's base URL."""

    vendor: ClassVar[str] = ""  # whose fake it must be; any one's when empty

    def __init__(
        self,
        url: str,
        *,
        workspace: str = DEFAULT,
        token: str | None = None,
        session: Session | None = None,
    ) -> None:
        import requests  # noqa: PLC0415 - slow to import, and the fakes, which export this, have no use for it

        self.url = url.rstrip("/")
        self.workspace = workspace
        self._session = session or requests.Session()
        self._unreachable = requests.RequestException
        self._headers = {"X-Lab-Workspace": workspace, **({TOKEN_HEADER: token} if token else {})}

    @property
    def base_url(self) -> str:
        """The base URL for a client under test that shall end up in this workspace."""
        return self.url if self.workspace == DEFAULT else f"{self.url}/__lab/w/{self.workspace}"

    # Time and chance.

    def now(self) -> float:
        """Return the lab's time in epoch seconds."""
        return float(self.call("GET", "clock").json()["now"])

    def advance(self, seconds: float) -> float:
        """Move the lab's clock forward and return the new time."""
        return float(self.call("POST", "clock", {"advance": seconds}).json()["now"])

    def freeze(self, at: float | str | None = None) -> float:
        """Stop the lab's clock, here or at epoch seconds or an ISO 8601 time, and return that time."""
        return float(self.call("POST", "clock", {"freeze": True if at is None else at}).json()["now"])

    def follow_system(self) -> float:
        """Let the lab's clock follow the system again."""
        return float(self.call("POST", "clock", {"follow_system": True}).json()["now"])

    def run(self) -> float:
        """Let a clock that stands still run on from where it stands, and return the time."""
        return float(self.call("POST", "clock", {"run": True}).json()["now"])

    def clock(self) -> dict[str, Any]:
        """Return the lab's time, `now`, and whether it stands still, `frozen`."""
        return dict(self.call("GET", "clock").json())

    def reseed(self, seed: int) -> None:
        """Start every random choice anew."""
        self.call("POST", "seed", {"seed": seed})

    # Faults and settings.

    def arm(self, fault: str, *, match: Mapping[str, Any] | None = None, **fields: Any) -> str:
        """Arm a fault by its name, for the calls that `match` describes, and return its id."""
        return str(self.call("POST", "faults", {"fault": fault, "match": dict(match or {}), **fields}).json()["id"])

    def lift(self, fault_id: str | None = None) -> int:
        """Lift one fault or all of them, and return how many were lifted."""
        path = "faults" if fault_id is None else f"faults/{fault_id}"
        return int(self.call("DELETE", path).json()["lifted"])

    def faults(self) -> list[dict[str, Any]]:
        """Return the armed faults and how often they struck."""
        return list(self.rows("faults"))

    def settings(self) -> dict[str, Any]:
        """Return every setting by name."""
        return {setting["name"]: setting["value"] for setting in self.call("GET", "settings").json()}

    def describe_settings(self) -> list[dict[str, Any]]:
        """Return every setting with its value, default, choices, meaning and source."""
        return list(self.call("GET", "settings").json())

    def configure(self, **changes: Any) -> dict[str, Any]:
        """Change settings by name, and return all of them."""
        return {setting["name"]: setting["value"] for setting in self.call("POST", "settings", changes).json()}

    # What happened.

    def requests(self, **filters: str) -> list[dict[str, Any]]:
        """Return the vendor calls as they came, with what was answered."""
        return list(self.rows("requests", **filters))

    def rows(self, view: str, **filters: str) -> Iterator[dict[str, Any]]:
        """Yield the rows of a view, page after page."""
        after: int | None = 0
        while after is not None:
            page = self.call("GET", view, params={**filters, "after": after, "limit": _PAGE}).json()
            yield from page[view]
            after = page["next"]

    def count(self, view: str, **filters: str) -> int:
        """Return how many rows a view has."""
        return int(self.call("GET", f"{view}/count", params=filters).json()["count"])

    def wait_for(self, view: str, *, at_least: int = 1, timeout: float = 5.0, **where: Any) -> int:
        """Block until a view has `at_least` rows; raise `NotInTime` when it has not within `timeout` real seconds."""
        wanted = {"view": view, "where": where, "at_least": at_least, "timeout": timeout}
        answer = self.call("POST", "await", wanted).json()
        if not answer["held"]:
            words = ", ".join(f"{name} {value!r}" for name, value in where.items())
            raise NotInTime(
                f"Waited {timeout:g} s for {at_least} of {view}{f' with {words}' if words else ''}; "
                f"there are {answer['count']}."
            )
        return int(answer["count"])

    def metrics(self) -> str:
        """Return the counts in Prometheus' text format."""
        return str(self.call("GET", "metrics").text)

    # The recording.

    def reset(self, *, captures_only: bool = False) -> None:
        """Forget everything, or only what was captured."""
        self.call("POST", "reset", {"what": "captures" if captures_only else "everything"})

    def save_journal(self, path: Path) -> None:
        """Write the journal to a file."""
        path.write_bytes(self.call("GET", "journal").content)

    def load_journal(self, path: Path) -> None:
        """Go on from a saved journal, in place of the lab's own."""
        self.call("POST", "journal", data=path.read_bytes())

    def drop(self) -> None:
        """Forget this workspace; one that nobody used yet is forgotten already."""
        self.call("DELETE", f"workspaces/{self.workspace}", accept=(404,))

    def call(
        self,
        method: str,
        path: str,
        payload: Any = None,
        *,
        params: Mapping[str, Any] | None = None,
        data: bytes | None = None,
        accept: Collection[int] = (408,),
    ) -> Response:
        """Call the control plane; raise `BadControl` in its own words when it refuses, but for statuses to accept."""
        try:
            reply = self._session.request(
                method,
                f"{self.url}/__lab/{path}",
                json=payload,
                params=params,
                data=data,
                headers=self._headers,
                timeout=_PATIENCE,
            )
        except self._unreachable as error:
            raise LabUnreachable(f"No lab answers at {self.url}: {_reason(error)}. {_HELP}") from error
        fake = reply.headers.get(FAKE_HEADER)
        if fake is None:
            raise LabUnreachable(f"What answers at {self.url} is no lab (status {reply.status_code}). {_HELP}")
        if self.vendor and fake != self.vendor:
            raise LabUnreachable(f"At {self.url} is the lab's {fake}, not its {self.vendor}. {_HELP}")
        if reply.status_code >= 400 and reply.status_code not in accept:
            raise BadControl(reply.json()["message"])
        return reply


_HELP = "Start a lab with cohortlab up, or name another address."


def _reason(error: Exception) -> str:
    """Say why nobody answered, without the names of the libraries in between."""
    import requests  # noqa: PLC0415 - as above

    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not to be trusted here; name the authority that up --tls-ca wrote"
    if isinstance(error, requests.Timeout):
        return "it did not answer in time"
    if isinstance(error, requests.exceptions.InvalidURL):
        return "that is no address"
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ConnectionRefusedError):
            return "nothing listens there"
        reason = getattr(cause, "reason", None) or (cause.args[0] if cause.args else None)
        cause = cause.__context__ or (reason if isinstance(reason, BaseException) else None)
    return str(error)
