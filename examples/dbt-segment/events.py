"""Print the page calls of some visitors on one day as NDJSON: `python events.py DAY`, the first day is 1.

Each visitor comes twice a day, in the morning and in the evening, and looks at three pages. On the second morning they
say who they are, and their pages say so from then on.
"""

import json
import sys

VISITORS = 200
BROWSER = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36"
)
CAMPAIGN = {"name": "spring", "source": "newsletter", "medium": "email", "term": "cohorts", "content": "header"}


def main(day):
    """Print one day's calls in the order of time."""
    for hour in (9, 20):
        for minute, path in enumerate(("/", "/pricing", "/signup")):
            for visitor in range(VISITORS):
                call("page", day, visitor, f"{hour:02}:{minute:02}:{visitor % 60:02}", path)
        if (day, hour) == (2, 9):
            for visitor in range(VISITORS):
                call("identify", day, visitor, f"09:30:{visitor % 60:02}", "/welcome")


def call(kind, day, visitor, time, path):
    """Print one call as analytics.js sends it."""
    url = f"https://shop.test{path}?utm_source=newsletter"
    page = {
        "url": url,
        "path": path,
        "title": path.strip("/") or "home",
        "search": "",
        "referrer": "https://www.search.test/",
    }
    at = f"2026-03-{day:02}T{time}.000Z"
    event = {
        "type": kind,
        "messageId": f"{kind}-{day}-{time}-{visitor}",
        "anonymousId": f"visitor-{visitor}",
        "timestamp": at,
        "receivedAt": at,
        "context": {"ip": "203.0.113.7", "userAgent": BROWSER, "campaign": CAMPAIGN, "page": page},
    }
    if kind == "page":
        event |= {"properties": page} | ({"userId": f"user-{visitor}"} if (day, time) > (2, "10") else {})
    else:
        event |= {"userId": f"user-{visitor}", "traits": {"Power Users (abc123)": visitor % 2 == 0}}
    print(json.dumps(event))


main(int(sys.argv[1]))
