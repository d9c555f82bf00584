"""Everything about Amplitude that its facts leave open or that a team may want otherwise, with defaults.

The numbers after "7." are the rows of section 7 of the Amplitude facts, the list of unknowns; those rows that
concern the sync program (what it sends on a rename, how it retries ...) are settings of the engine, not of the fake.
"""

from __future__ import annotations

from dataclasses import dataclass

from contracts.definitions import is_zone
from mock_core.settings import setting


@dataclass(frozen=True, slots=True)
class AmplitudeSettings:
    """The choices of the Amplitude fake; read and changed under /__lab/settings."""

    region: str = setting(
        "us",
        "The region this fake stands for when the host name does not say; keys of the other region answer 403.",
        source="facts 1.1 [doc] hosts, [client] wrong region",
        choices=("us", "eu"),
    )
    missing_auth_status: int = setting(
        401,
        "Status for a call without an Authorization header.",
        source="facts 1.4, 7.11: clients handle both",
        choices=(401, 403),
    )
    error_envelope: str = setting(
        "superset",
        "How errors are written: the documented envelope, the one Segment's client reads, or both at once.",
        source="facts 1.4, 7.11",
        choices=("superset", "documented", "segment"),
    )
    unknown_id_status: int = setting(
        404,
        "Status for an unknown cohort or request id.",
        source="facts 1.4, 7.10: documented only as an error",
        choices=(404, 400),
    )
    not_ready_status: int = setting(
        404,
        "Status for fetching the file of a job that is not complete.",
        source="facts 1.2 E, 7.10",
        choices=(404, 409),
    )
    expired_request_status: int = setting(
        404,
        "Status for a request id older than 7 days.",
        source="facts 1.2 E, 7.10",
        choices=(404, 410),
    )
    failed_job: str = setting(
        "500",
        "How a failed job answers its status: 500 with an error, 200 with JOB FAILED, or 202 for ever.",
        source="facts 1.2 D, 7.10: undocumented",
        choices=("500", "200-job-failed", "202-forever"),
    )
    short_id: str = setting(
        "reject",
        "A user_id or device_id of fewer characters than min_id_length: the upload is refused, or the id is taken out.",
        source="loop facts 1: the documentation takes it out; live answers refuse [obs]",
        choices=("reject", "strip"),
    )
    ingest_pace: str = setting(
        "documented",
        "Whether events of one user or device that come too fast are answered 429: 30 a second at /2/httpapi, 1,000 at "
        "/batch, on average over half a minute.",
        source="facts 5.1, 5.2 [doc]",
        choices=("documented", "off"),
    )
    ingest_daily_quota: int = setting(
        500_000,
        "Events of one user or device within 24 hours that /batch takes; 0 is no quota.",
        source="facts 5.2 [doc]; loop facts 1: once spamming was seen",
    )
    project_time_zone: str = setting(
        "UTC",
        "The project's time zone: days, weeks and months of cohort definitions are those of it.",
        source="facts 2.4, row 7 [doc] that it is the project's",
        check=(is_zone, "a time zone such as 'Europe/Berlin'"),
    )
    rolling_window: str = setting(
        "exact",
        "The last N days: N times 24 hours back from now, or calendar days of the project's zone.",
        source="facts 2.4, row 7 and 7.15: unknown; loop facts 5: the documentation contradicts itself",
        choices=("exact", "calendar"),
    )
    rolling_today: str = setting(
        "counts",
        "Of N calendar days: whether the day that runs is one of them, or comes on top.",
        source="loop facts 5 [doc]: '30 days' is once described as 31 dates",
        choices=("counts", "more"),
    )
    current_interval: str = setting(
        "left-out",
        "A window without its current interval: whole calendar days whatever rolling_window says, or with it alone.",
        source="loop facts 5 [inferred]",
        choices=("left-out", "calendar-only"),
    )
    week_start: str = setting(
        "monday", "The first day of a week.", source="loop facts 5: unknown", choices=("monday", "sunday")
    )
    inactive_events: str = setting(
        "",
        "Events that make nobody active, by name, with commas between.",
        source="facts 2.3 [doc] `_active`: which events are active is a matter of the project",
    )
    custom_events: str = setting(
        "",
        "What custom events stand for: `bought: Order, Renewal; left: Refund` makes `ce:bought` and `ce:left`.",
        source="facts 2.3 [doc] `ce:`; how a project keeps them is not public",
    )
    cohorts_of_cohorts: str = setting(
        "recomputed",
        "A definition that reads another cohort: that one is computed first, or taken as it was computed last.",
        source="loop facts 5 [inferred]",
        choices=("recomputed", "as-computed"),
    )
    deletion_days: int = setting(
        12,
        "How many days after its first request a deletion job runs; requests join it until three days before.",
        source="facts 5.7 [client] NANGO: 12 days ahead; the documentation says 10 to 13",
    )
    deletion_requests_per_second: int = setting(
        1, "Deletion requests a project has each second; 0 is no limit.", source="facts 5.7 [doc]"
    )
    export_lag_hours: float = setting(
        2.0,
        "How long after an hour is over its events can be exported.",
        source="facts 5.4 [doc]: at least 2 hours",
    )
    max_export_bytes: int = setting(
        4 * 1024**3,
        "An export of events that is larger is refused, counted by what was uploaded; 0 is no limit.",
        source="facts 5.4 [doc] 4 GB; what is counted [inferred]",
    )
    export_identifies: bool = setting(
        True,
        "Whether an export of events has those of type $identify and $groupidentify.",
        source="loop facts 1 [doc]: they are event types of the upload; that exports have them [inferred]",
    )
    export_folder_entry: bool = setting(
        False,
        "Whether the archive of an export has an entry for the folder, over which naive clients fall.",
        source="loop facts 1 [obs] sometimes a directory entry",
    )
    user_lookups_per_hour: int = setting(
        360, "User searches and activities a project has each hour; 0 is no limit.", source="facts 0 [doc]"
    )
    job_seconds: float = setting(
        2.0,
        "How long an export job takes on the lab's clock; live ones take 30 to 60 seconds.",
        source="facts 0, 7.13",
    )
    job_seconds_max: float = setting(
        0.0,
        "When above job_seconds, each job takes a seeded time between the two.",
        source="facts 0: 30 to 60+ s [client]",
    )
    inline_rows: int = setting(
        10_000,
        "Exports up to this many rows are answered inline, larger ones by 302 to a signed address.",
        source="facts 1.2 E, 7.13: the threshold is not published",
    )
    signed_url_seconds: int = setting(
        60, "How long a signed address is good for.", source="facts 0, 1.2 E [doc] 1 minute"
    )
    request_days: int = setting(7, "How long a request id is good for.", source="facts 0, 1.2 E [doc] 7 days")
    signed_url_authorization: str = setting(
        "refuse",
        "A signed address called with an Authorization header: refused as S3 does, or let through.",
        source="facts 1.2 E [inferred] standard S3 behaviour",
        choices=("refuse", "allow"),
    )
    gzip: str = setting(
        "header",
        "Exports are gzip with a Content-Encoding header, gzip without it, or plain.",
        source="facts 1.2 E [client], 7.13",
        choices=("header", "no-header", "off"),
    )
    gzip_unasked: bool = setting(
        False,
        "Whether an export that is answered inline is gzip for a client that sends no Accept-Encoding.",
        source="facts 1.2 E; RFC 9110 12.5.3 lets a server choose [inferred]",
    )
    stored_encoding: str = setting(
        "as-stored",
        "A file behind a signed address: in the coding it is stored in, whatever was asked for, or negotiated.",
        source="facts 1.2 E [client] gzip on the S3 object; S3 does not negotiate [inferred]",
        choices=("as-stored", "negotiated"),
    )
    file_framing: str = setting(
        "length",
        "How an export's reply tells where it ends: its length, chunks, or the end of the connection only.",
        source="facts 1.2 E [inferred] standard S3 behaviour; of inline files unknown",
        choices=("length", "chunked", "close"),
    )
    csv_newline: str = setting(
        "lf", "Line ends of exports.", source="facts 1.2 E [inferred], 7.13", choices=("lf", "crlf")
    )
    csv_ids: str = setting(
        "plain",
        "User ids in exports as they are, or with quotes of their own inside the field, as one pipeline strips.",
        source="facts 8 [client] csv.DictReader pipeline",
        choices=("plain", "doubly-quoted"),
    )
    monthly_requests: int = setting(
        500, "Download requests a project has each month; 0 is no limit.", source="facts 0 [doc] API-DOC"
    )
    requests_per_10_minutes: int = setting(
        60, "Download requests a project has each 10 minutes; 0 is no limit.", source="facts 0 [doc] API-DOC"
    )
    parallel_per_minute: int = setting(
        4,
        "Jobs of a project requested within a minute that may run side by side; 0 is no limit.",
        source="facts 0 [doc] API-DOC; how it is counted [inferred]",
    )
    concurrent_jobs: int = setting(
        5,
        "Jobs of a project that may run side by side, whenever requested; 0 is no limit.",
        source="facts 0 [doc] API-DOC; how it is counted [inferred]",
    )
    failed_requests_count: bool = setting(
        True,
        "Whether a download request that fails, as for an unknown cohort, costs one of the month's.",
        source="facts 1.2 C [client] existence checks burn quota, 7.20",
    )
    retry_after: bool = setting(False, "Whether a 429 carries Retry-After.", source="facts 1.4, 7.12: none documented")
    max_export_members: int = setting(
        2_000_000, "Larger cohorts are not exported; 0 is no limit.", source="facts 0 [doc] API-DOC"
    )
    oversize_cohort_status: int = setting(
        400, "Status for requesting a cohort that is too large.", source="facts 1.4 [inferred]", choices=(400, 413)
    )
    list_archived: bool = setting(True, "Whether the list shows archived cohorts.", source="facts 1.2 A [client], 7.14")
    list_unpublished: bool = setting(
        False, "Whether the list shows cohorts that are not discoverable.", source="facts 1.2 A [doc], 7.14"
    )
    request_unpublished: bool = setting(
        False,
        "Whether a cohort that is not discoverable can be requested by id.",
        source="facts 1.4: docs speak of discoverable cohorts only",
    )
    request_archived: bool = setting(
        True,
        "Whether an archived cohort can be requested.",
        source="facts 3.5 tells of syncs only; unknown",
    )
    request_recomputes: bool = setting(
        True,
        "Whether requesting a download computes the cohort anew; otherwise the last computed members are exported.",
        source="facts 7.17",
    )
    get_recomputes: bool = setting(
        True,
        "Whether getting one cohort by id computes it anew, unless refreshCohort=false.",
        source="facts 1.2 B [inferred] from recordings, 7.17",
    )
    get_counts: bool = setting(
        False,
        "Whether getting one cohort by id costs one of the month's download requests.",
        source="facts 1.3: unknown; the quota is called that of 'get one cohort' [doc]",
    )
    parallel_counts: str = setting(
        "running",
        "What parallel_per_minute counts: the jobs of the last minute that still run, or all requests of that minute.",
        source="facts 0 [doc] 4 parallel per minute, no more words",
        choices=("running", "requested"),
    )
    usage_resets_at: str = setting(
        "iso",
        "How the usage endpoint writes resets_at.",
        source="facts 1.2 H: not known, 7.20",
        choices=("iso", "epoch-seconds"),
    )
    amplitude_ids_as: str = setting(
        "number",
        "How the synchronous endpoint writes amplitude_ids.",
        source="facts 1.2 B [client]: both seen",
        choices=("number", "string"),
    )
    max_ids: int = setting(
        100_000, "Ids in one upload or membership call.", source="facts 0 [doc]; 400 beyond it [inferred]"
    )
    too_many_ids_status: int = setting(
        400,
        "Status for an upload or membership call beyond max_ids.",
        source="facts 1.4 [inferred]",
        choices=(400, 413),
    )
    upload_app_id: str = setting(
        "any",
        "Whether the app_id of an upload must be that of the key's project.",
        source="facts 1.2 F [doc] required; what becomes of another one is unknown",
        choices=("any", "must-match"),
    )
    upload_id_types_on_membership: bool = setting(
        True,
        "Whether membership takes BY_AMP_ID and BY_USER_ID, the names that upload uses.",
        source="facts 1.2 G [client], 7.16",
    )
    membership_on_behavioral: str = setting(
        "refuse",
        "Membership calls on a cohort that is not an uploaded list: refused with 400, or allowed.",
        source="facts 1.2 G, 7.16: unknown",
        choices=("refuse", "allow"),
    )
    membership_no_effect: str = setting(
        "succeeds",
        "Adding a member and removing somebody who is none: done without a word, or told in skipped_ids.",
        source="facts 1.2 G [inferred]",
        choices=("succeeds", "skipped"),
    )
    membership_edit_seconds: float = setting(
        0.0,
        "How long one membership call keeps its cohort to itself on the lab's clock; a second one meanwhile is a 429. "
        "Calls that overlap in fact are refused whatever this says.",
        source="facts 1.2 G [client] concurrent calls answer 429",
    )
    sdk_cohort: str = setting(
        "any",
        "Which cohorts the Experiment SDK endpoint serves: any, or only those synced to Experiment Local Evaluation.",
        source="facts 1.5 [doc]",
        choices=("any", "synced"),
    )
    sdk_sync_target: str = setting(
        "experiment",
        "What the target of a sync to Experiment Local Evaluation is called, for sdk_cohort 'synced'.",
        source="facts 1.5 [doc] that there is one; its name [inferred]",
    )
