"""A cohort sync in one file of plain Python: nothing installed, nothing of cohortlab imported.

It is judged like any program:    cohortlab run --subject 'python3 sync.py'
"""

import csv
import gzip
import hashlib
import io
import json
import os
import sys
import time
import urllib.error
import urllib.request
from base64 import b64encode
from email.utils import parsedate_to_datetime
from pathlib import Path

AMPLITUDE = os.environ["AMPLITUDE_BASE_URL"]
SEGMENT = os.environ["SEGMENT_BASE_URL"]
COHORT = os.environ["COHORT_ID"]
WRITE_KEY = os.environ["SEGMENT_WRITE_KEY"]
STATE = Path(os.environ["SYNC_STATE_DIR"])

MOST_EVENTS, MOST_BYTES = 1_000, 450_000
WAITS = (1, 2, 4, 8, 16, 32)  # seconds before each further attempt
TRANSIENT = {408, 410, 425, 429, 460, 500, 502, 503, 504}


class Failed(Exception):
    """The sync did not reach its end; nothing was remembered."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args):
        return None  # the signed address gets no Authorization header, so it is called by hand


opener = urllib.request.build_opener(_NoRedirect)


def basic(user, password):
    return {"Authorization": "Basic " + b64encode(f"{user}:{password}".encode()).decode()}


PROJECT = basic(os.environ["AMPLITUDE_API_KEY"], os.environ["AMPLITUDE_SECRET_KEY"])


def call(url, headers, body=None):
    """Make a call until it is answered with something final; return status, headers, body."""
    for wait in (*WAITS, None):
        retry_after = None
        try:
            with opener.open(urllib.request.Request(url, body, headers), timeout=30) as reply:
                return reply.status, reply.headers, reply.read()
        except urllib.error.HTTPError as error:
            with error:
                if error.code not in TRANSIENT:
                    return error.code, error.headers, error.read()
                retry_after = error.headers.get("Retry-After")
            reason = f"answered {error.code}"
        except Exception as error:  # refused, reset, cut short, timed out: nobody knows what arrived
            reason = str(error)
        if wait is not None:
            time.sleep(wait if retry_after is None else seconds(retry_after))
    raise Failed(f"{url}: {reason}")


def seconds(retry_after):
    if retry_after.strip().isdigit():
        return int(retry_after)
    now = float(os.environ["LAB_NOW"]) + time.monotonic() - STARTED
    return max(0.0, parsedate_to_datetime(retry_after).timestamp() - now) + 1


def amplitude(path):
    status, headers, body = call(AMPLITUDE + path, PROJECT)
    if status >= 400:
        raise Failed(f"Amplitude answered {status} to {path}")
    return status, headers, body


def cohort_name():
    listed = json.loads(amplitude("/api/3/cohorts")[2])["cohorts"]
    for cohort in listed:
        if cohort["id"] == COHORT:
            return cohort["name"]
    raise Failed(f"there is no cohort {COHORT}")


def members():
    """Export the cohort and return the user ids of its members; anonymous ones have none."""
    request_id = json.loads(amplitude(f"/api/5/cohorts/request/{COHORT}?props=0")[2])["request_id"]
    for _ in range(1800):
        status, _, body = amplitude(f"/api/5/cohorts/request-status/{request_id}")
        word = json.loads(body)["async_status"]
        if "FAILED" in word:
            raise Failed(f"the export job ended as {word!r}")
        if status == 200 and word == "JOB COMPLETED":
            break
        time.sleep(0.5)
    else:
        raise Failed("the export job did not complete")
    status, headers, body = amplitude(f"/api/5/cohorts/request/{request_id}/file")
    if status in (301, 302, 303, 307, 308):
        status, headers, body = call(headers["Location"], {})
    if status != 200:
        raise Failed(f"the export answered {status}")
    if headers.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    rows = csv.DictReader(io.StringIO(body.decode("utf-8"), newline=""))
    if "user_id" not in (rows.fieldnames or ()):
        raise Failed("the export has no column user_id")
    return {row["user_id"] for row in rows if row["user_id"]}


def batches(changes, trait):
    batch, size = [], 0
    for user_id, is_member in changes:
        said = f"{WRITE_KEY}|{COHORT}|{user_id}|{is_member}|{RUN}"
        event = {
            "type": "identify",
            "userId": user_id,
            "traits": {trait: is_member},
            "messageId": hashlib.sha256(said.encode()).hexdigest()[:32],
        }
        length = len(json.dumps(event)) + 2
        if batch and (len(batch) == MOST_EVENTS or size + length > MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(event)
        size += length
    if batch:
        yield batch


def main():
    trait = f"{cohort_name()} ({COHORT})"
    key = hashlib.sha256(WRITE_KEY.encode()).hexdigest()[:16]
    snapshot = STATE / f"{COHORT}-{key}.json"
    before = set(json.loads(snapshot.read_text())) if snapshot.exists() else set()
    now = members()
    changes = [(user, True) for user in sorted(now - before)] + [(user, False) for user in sorted(before - now)]
    for batch in batches(changes, trait):
        headers = {"Content-Type": "application/json", **basic(WRITE_KEY, "")}
        status, _, answer = call(SEGMENT + "/v1/batch", headers, json.dumps({"batch": batch}).encode())
        if status != 200:
            raise Failed(f"Segment answered {status}: {answer[:200]!r}")
    STATE.mkdir(parents=True, exist_ok=True)
    draft = snapshot.with_suffix(".new")
    draft.write_text(json.dumps(sorted(now)))
    draft.replace(snapshot)  # only now: what was not delivered is a change again next time
    print(f"{len(now)} members, {len(changes)} changes")


STARTED = time.monotonic()
RUN = os.environ["LAB_NOW"]

if __name__ == "__main__":
    try:
        main()
    except (Failed, OSError, EOFError, ValueError, KeyError) as error:
        sys.exit(f"{type(error).__name__}: {error}")
