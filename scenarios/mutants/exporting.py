"""Mutants in the export: asked for wrongly, waited for badly, fetched or unpacked wrongly."""

from __future__ import annotations

import csv
import gzip
import io
from contextlib import suppress
from typing import ClassVar

import requests
from urllib3.exceptions import HTTPError

from scenarios.lab import AMPLITUDE_URL, API_KEY, SECRET_KEY
from scenarios.mutants.small_sync import GaveUp, Headers, SmallSync


class TakesAnyAnswerForReady(SmallSync):
    """Fetches the file without waiting for the job."""

    def wait_for(self, request_id: str) -> None:
        self.api_json(f"/api/5/cohorts/request-status/{request_id}")


class PollsForTenSeconds(SmallSync):
    """Gives an export job ten seconds; live ones take a minute."""

    polls: ClassVar[int] = 10


class LeaksTheAuthorization(SmallSync):
    """Follows the redirect with the Authorization header still on."""

    def stored_headers(self, reply: requests.Response) -> Headers:
        return {"Authorization": str(reply.request.headers["Authorization"])}


class FetchesTheFileLater(SmallSync):
    """Asks for the signed address, does other things for a while, and fetches it when it has expired."""

    def location(self, reply: requests.Response) -> str:
        self.clock.sleep(90.0)
        return super().location(reply)


class DoesNotFollowRedirects(SmallSync):
    """Takes the empty body of a redirect for an empty cohort."""

    def download(self, request_id: str) -> bytes:
        reply = self.api(f"/api/5/cohorts/request/{request_id}/file")
        return b'"amplitude_id","user_id"\n' if reply.status_code == 302 else super().download(request_id)


class TakesACutFileForWhole(SmallSync):
    """Uses as much of the file as came."""

    def download(self, request_id: str) -> bytes:
        import zlib  # noqa: PLC0415

        url = f"{AMPLITUDE_URL}/api/5/cohorts/request/{request_id}/file"
        with self.session.get(url, auth=(API_KEY, SECRET_KEY), stream=True, timeout=self.timeout) as reply:
            if reply.history or reply.status_code != 200:
                return super().download(request_id)
            raw = b""
            with suppress(HTTPError):  # the end that was promised did not come
                while piece := reply.raw.read1(decode_content=False):
                    raw += piece
        try:
            return zlib.decompressobj(wbits=31).decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
        except zlib.error:
            return super().download(request_id)

    def read(self, export: bytes) -> list[str]:
        return super().read(export) if export else []


class TakesAnErrorForAnEmptyCohort(SmallSync):
    """Answers an export that failed with nobody, so that everybody leaves."""

    def export(self) -> bytes:
        try:
            return super().export()
        except GaveUp:
            return b'"amplitude_id","user_id"\n'


class TakesAMissingCohortForEmpty(SmallSync):
    """Takes a cohort that is not listed for an empty one and tells success."""

    def cohort_name(self) -> str:
        try:
            return super().cohort_name()
        except GaveUp:
            return "unknown"

    def export(self) -> bytes:
        try:
            return super().export()
        except GaveUp:
            return b'"amplitude_id","user_id"\n'


class IgnoresFailuresOfTheExport(SmallSync):
    """Says that the sync succeeded when there was no export to be had."""

    def run(self) -> None:
        try:
            super().run()
        except GaveUp as error:
            if "Segment" in str(error):
                raise


class ReusesYesterdaysExport(SmallSync):
    """Keeps the request id of the first export and fetches that again."""

    def export(self) -> bytes:
        kept = self.file.with_suffix(".request")
        if kept.exists():
            return self.download(kept.read_text())
        _, asked = self.api_json(f"/api/5/cohorts/request/{self.cohort_id}?props=0")
        self.wait_for(asked["request_id"])
        self.order.state_dir.mkdir(parents=True, exist_ok=True)
        kept.write_text(asked["request_id"])
        return self.download(asked["request_id"])


class AsksForAnExportAtEveryPoll(SmallSync):
    """Asks for a new export whenever it looks, and burns the month's quota."""

    def wait_for(self, request_id: str) -> None:
        for _ in range(self.polls):
            status, _ = self.api_json(f"/api/5/cohorts/request-status/{request_id}")
            if status == 200:
                return
            self.api_json(f"/api/5/cohorts/request/{self.cohort_id}?props=0")
            self.clock.sleep(1.0)


class ReadsTheListOnly(SmallSync):
    """Goes by the size in the list: a cohort never computed, of size null, has no members."""

    def export(self) -> bytes:
        _, listed = self.api_json("/api/3/cohorts")
        size = next(each["size"] for each in listed["cohorts"] if each["id"] == self.cohort_id)
        return super().export() if size else b'"amplitude_id","user_id"\n'


class ReusesTheSignedAddress(SmallSync):
    """Keeps the signed address of the first run and fetches it again, an hour after it expired."""

    def location(self, reply: requests.Response) -> str:
        kept = self.file.with_suffix(".address")
        if not kept.exists():
            self.order.state_dir.mkdir(parents=True, exist_ok=True)
            kept.write_text(super().location(reply))
        return kept.read_text()


class DoesNotGunzip(SmallSync):
    """Reads the compressed file as text, finds no row that it understands, and takes that for nobody."""

    def download(self, request_id: str) -> bytes:
        url = f"{AMPLITUDE_URL}/api/5/cohorts/request/{request_id}/file"
        with self.session.get(url, auth=(API_KEY, SECRET_KEY), stream=True, timeout=self.timeout) as reply:
            return bytes(reply.raw.read(decode_content=False))

    def read(self, export: bytes) -> list[str]:
        return [row[1] for row in csv.reader(export.decode("latin-1").splitlines()[1:]) if len(row) == 2]


class InflatesTwice(SmallSync):
    """Inflates what its HTTP library has inflated already, and takes the failure for an empty cohort."""

    def read(self, export: bytes) -> list[str]:
        try:
            return super().read(gzip.decompress(export))
        except OSError:
            return []


class AsksForEveryProperty(SmallSync):
    """Asks for all properties and takes the last column for the user id."""

    def export(self) -> bytes:
        _, asked = self.api_json(f"/api/5/cohorts/request/{self.cohort_id}?props=1")
        self.wait_for(asked["request_id"])
        return self.download(asked["request_id"])

    def read(self, export: bytes) -> list[str]:
        return [row[-1] for row in csv.reader(io.StringIO(export.decode(), newline=""))][1:]


class TakesTroubleForNobody(SmallSync):
    """Takes whatever goes wrong with an export for an empty cohort, and tells everybody that they left."""

    def export(self) -> bytes:
        try:
            return super().export()
        except GaveUp:
            return b""


class LooksWithoutAPause(SmallSync):
    """Asks two hundred times a second whether the export is ready."""

    def wait_for(self, request_id: str) -> None:
        while self.api_json(f"/api/5/cohorts/request-status/{request_id}")[0] != 200:
            self.clock.sleep(0.005)


class TakesEveryExportForGzip(SmallSync):
    """Unpacks the file whether it is packed or not."""

    def inflate(self, body: bytes) -> bytes:
        return gzip.decompress(body)


class KeepsCarriageReturns(SmallSync):
    """Reads lines ended by a line feed and nothing else, and what stands before it belongs to the id."""

    def read(self, export: bytes) -> list[str]:
        user_ids = super().read(export)
        has_returns = export.split(b"\n", 1)[0].endswith(b"\r")
        return [f"{user_id}\r" if user_id and has_returns else user_id for user_id in user_ids]
