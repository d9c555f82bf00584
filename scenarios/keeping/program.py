"""The program of a story: the calls of its syncs, as a file that makes them again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scenarios.keeping.parts import SyncSeen
from scenarios.keeping.story import Story
from scenarios.subjects import call_line, sync_line


@dataclass(frozen=True, slots=True)
class SyncLines:
    """The lines of one sync, to be gone through as often as one likes; bodies are read one by one."""

    story: Story
    number: int
    sync: SyncSeen

    def __iter__(self) -> Iterator[bytes]:
        yield sync_line(self.number, self.sync.ended or "succeeded", self.sync.reason)
        for call in self.sync.calls:
            job = call.data.get("did", {}).get("job")
            yield call_line(
                after=(call.at - self.sync.calls[0].at) / 1000,
                on=call.fake,
                data=call.data,
                body=self.story.body(call),
                write_key=str(call.data.get("write_key") or ""),
                request=job["request_id"] if job else None,
            )
