"""Downloads: request an export, ask how it is, fetch the file, and the stored file behind a signed address.

amplitude facts 1.2 C, D, E, H.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from urllib.parse import parse_qs, parse_qsl, urlsplit

from mock_amplitude.cohorts import Cohort
from mock_amplitude.errors import Refused
from mock_amplitude.exports import (
    COMPLETED,
    EXPIRED,
    FAILED,
    RUNNING,
    Job,
    S3Error,
    excess,
    export_lines,
    gzipped,
    month_of,
    next_month,
)
from mock_amplitude.projects import Project
from mock_amplitude.routes.strangers import unknown_cohort, unknown_request
from mock_amplitude.state import AmplitudeState
from mock_core.exchange import Exchange, Reply, Wire, json_reply
from mock_core.stored import Stored
from mock_core.wire import takes_gzip
from mock_core.workspace import DEFAULT

_EVERY_ADDRESS = {"0.0.0.0", "::"}  # noqa: S104 - what a server of every address of a machine listens on
STORED = "/cohort-exports"  # where stored files lie; the real bucket's name is not known [inferred]


def request_download(state: AmplitudeState, exchange: Exchange, project: Project, cohort_id: str) -> Reply:
    """Take a request for an export (amplitude facts 1.2 C)."""
    settings, now = state.settings, state.now
    jobs = [job for job in state.jobs() if job.project_id == project.id]
    over = excess(state.world.usage_of(project.id), jobs, settings, now)
    if over is not None:
        raise Refused(429, over.details, {"retry_after": -(-over.wait // 1000)} if settings.retry_after else None)
    did = {
        "op": "download.request",
        "project_id": project.id,
        "counts": True,
        "recomputes": settings.request_recomputes,
    }
    exchange.record["did"] = {**did, "counts": settings.failed_requests_count}
    query = parse_qs(exchange.call.query, keep_blank_values=True)
    props = query.get("props", ["0"])[-1]
    if props not in {"0", "1"}:
        raise Refused(400, f"props is {props[:40]!r}, expected 0 or 1")
    cohort = requestable(state, project, cohort_id)
    size = state.world.cohorts.size(cohort_id)
    if settings.max_export_members and size > settings.max_export_members:
        raise Refused(settings.oversize_cohort_status, f"Cohort exceeds {settings.max_export_members} users")
    job = {
        "request_id": state.new_request_id(),
        "cohort_id": cohort_id,
        "duration": _duration(state, exchange, cohort),
        "outcome": exchange.record.pop("job_outcome", "lands"),
        "props": props == "1",
        "prop_keys": query.get("propKeys", []) if props == "1" else [],
        "lifetime": round(settings.request_days * 86_400_000),
    }
    exchange.record["did"] = {**did, "job": job}
    return json_reply(202, {"request_id": job["request_id"], "cohort_id": cohort_id})


def requestable(state: AmplitudeState, project: Project, cohort_id: str) -> Cohort:
    """Return a cohort that this project may ask for by id, or raise `Refused`."""
    settings = state.settings
    cohort = state.world.cohorts.by_id.get(cohort_id)
    if (
        cohort is None
        or cohort.project_id != project.id
        or not (cohort.published or settings.request_unpublished)
        or (cohort.archived and not settings.request_archived)
    ):
        raise Refused(settings.unknown_id_status, unknown_cohort(state, project, cohort_id))
    state.refresh(cohort_id)
    return cohort


def _duration(state: AmplitudeState, exchange: Exchange, cohort: Cohort) -> int:
    """Return how long a job takes, in milliseconds: as a fault, the cohort, or the settings say."""
    settings = state.settings
    seconds: float | None = exchange.record.pop("job_seconds", cohort.job_seconds)
    if seconds is None:
        seconds = settings.job_seconds
        if settings.job_seconds_max > seconds:
            seconds = state.random("job seconds").uniform(seconds, settings.job_seconds_max)
    return round(seconds * 1000)


def download_status(state: AmplitudeState, _exchange: Exchange, project: Project, request_id: str) -> Reply:
    """Say how a job is (amplitude facts 1.2 D)."""
    job = _job(state, project, request_id)
    phase = job.phase(state.now)
    told = {"request_id": job.request_id, "cohort_id": job.cohort_id}
    how = state.settings.failed_job
    if phase == FAILED and how == "500":
        raise Refused(500, "Cohort download job failed", told)
    if phase == FAILED and how == "200-job-failed":
        return json_reply(200, {**told, "async_status": "JOB FAILED"})
    if phase in RUNNING or phase == FAILED:
        return json_reply(202, {**told, "async_status": "JOB INPROGRESS"})
    return json_reply(200, {**told, "async_status": "JOB COMPLETED"})


def download_file(state: AmplitudeState, exchange: Exchange, project: Project, request_id: str) -> Reply:
    """Hand over a small file, or the signed address of a large one (amplitude facts 1.2 E)."""
    job = _job(state, project, request_id)
    settings = state.settings
    phase = job.phase(state.now)
    if phase == FAILED and settings.failed_job == "500":
        raise Refused(500, "Cohort download job failed")
    if phase != COMPLETED:
        raise Refused(settings.not_ready_status, "Cohort download is not ready")
    if len(state.export_of(job).members) <= settings.inline_rows:
        accepted = exchange.call.headers.get("accept-encoding")
        reply = _file(state, job, in_gzip=takes_gzip(accepted, unasked=settings.gzip_unasked))
        return reply.with_headers(("Vary", "Accept-Encoding")) if settings.gzip == "header" else reply
    base_url = _as_called(state.files_base_url(), exchange.call.header("host"))
    path = _stored_path(job)
    if state.workspace.name != DEFAULT:
        path = f"/__lab/w/{state.workspace.name}{path}"
    lifetime = int(settings.signed_url_seconds)
    signed_at = state.now - (lifetime + 1) * 1000 if exchange.record.pop("stale_link", False) else state.now
    query = state.signer.sign(_stored_path(job), signed_at, lifetime)
    return Reply(302, b"", (("Location", f"{base_url}{path}?{query}"),))


def stored_file(state: AmplitudeState, exchange: Exchange, project_id: str, name: str) -> Reply:
    """Serve a stored file to whoever has its signed address, as S3 does (amplitude facts 1.2 E [inferred])."""
    path = f"{STORED}/{project_id}/{name}"
    call = exchange.call
    query = dict(parse_qsl(call.query, keep_blank_values=True))
    try:
        allowed = state.settings.signed_url_authorization == "allow"
        state.signer.check(path, query, "" if allowed else call.header("authorization"), state.now)
        job = next((job for job in state.jobs() if _stored_path(job) == path), None)
        if job is None or job.phase(state.now) != COMPLETED:
            raise S3Error(404, "NoSuchKey", "The specified key does not exist.", (("Key", path.lstrip("/")),))
    except S3Error as error:
        return error.reply(f"{state.random('s3 request').getrandbits(64):016X}")
    is_as_stored = state.settings.stored_encoding == "as-stored"
    return _file(state, job, in_gzip=is_as_stored or takes_gzip(call.headers.get("accept-encoding")))


def _as_called(base_url: str, host: str) -> str:
    """Return where stored files are for this caller: a server of every address is where the caller found the other."""
    parts = urlsplit(base_url)
    if parts.hostname not in _EVERY_ADDRESS:
        return base_url
    called = urlsplit(f"//{host}").hostname or "127.0.0.1"
    return f"{parts.scheme}://{f'[{called}]' if ':' in called else called}:{parts.port}"


def usage(state: AmplitudeState, _exchange: Exchange, project: Project) -> Reply:
    """Say how many downloads the month has left (amplitude facts 1.2 H)."""
    now = state.now
    limit = state.settings.monthly_requests
    used = state.world.usage_of(project.id).months[month_of(now)]
    seconds = next_month(now) // 1000
    as_text = f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
    resets_at = as_text if state.settings.usage_resets_at == "iso" else seconds
    return json_reply(200, {"rest_download": {"limit": limit, "usage": used, "resets_at": resets_at}})


def _job(state: AmplitudeState, project: Project, request_id: str) -> Job:
    job = state.world.jobs.get(request_id)
    if job is None or job.project_id != project.id:
        raise Refused(state.settings.unknown_id_status, unknown_request(state, project, request_id))
    if job.phase(state.now) == EXPIRED:
        raise Refused(state.settings.expired_request_status, f"Request {request_id} has expired")
    return job


def _stored_path(job: Job) -> str:
    return f"{STORED}/{job.project_id}/{job.request_id}_{job.cohort_id}.csv"


def _file(state: AmplitudeState, job: Job, *, in_gzip: bool) -> Reply:
    """Write the file when it is sent: its memory does not grow with the cohort, and its length is announced."""
    settings = state.settings
    lines = export_lines(state.export_of(job), props=job.props, prop_keys=job.prop_keys, settings=settings)
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/csv; charset=utf-8"),)
    if settings.gzip == "no-header" or (settings.gzip == "header" and in_gzip):
        lines = gzipped(lines)
        headers += (("Content-Encoding", "gzip"),) if settings.gzip == "header" else ()
    framing = "" if settings.file_framing == "length" else settings.file_framing
    return Reply(200, b"", headers, Wire(framing=framing), chunks=Stored(lines))


def job_row(job: Job, now: int) -> dict[str, object]:
    """Return a job with the phase it is in."""
    return {**asdict(job), "phase": job.phase(now)}
