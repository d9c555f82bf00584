"""Drive the official Python SDK against the fake: six calls, or so many identifies, and wait until all is sent.

Run as a program, so that any version of the SDK can be put on its path.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any


def main() -> None:
    """Read host, count and options from the command line; print the SDK's version and its errors."""
    from segment.analytics.client import Client
    from segment.analytics.version import VERSION

    host, count, options = sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3])
    if "oauth_client_id" in options:
        options["oauth_client_key"] = os.environ["OAUTH_KEY"]
    errors: list[str] = []

    def note(error: Exception, _items: Any) -> None:
        errors.append(str(error))

    client = Client("wk", host=host, on_error=note, upload_interval=0.05, **options)
    if count:
        for number in range(count):
            client.identify(f"u{number}", {"Power Users (a1)": number % 2 == 0, "n": number})
    else:
        client.identify("u1", {"plan": "pro"})
        client.track("u1", "Signed Up", {"revenue": 9.5})
        client.page("u1", "Docs", "Pricing")
        client.screen("u1", "Home", "Welcome")
        client.group("u1", "g1", {"name": "Initech"})
        client.alias("anon", "u1")
    client.flush()
    client.join()
    sys.stdout.write(json.dumps({"version": VERSION, "errors": errors}))


if __name__ == "__main__":
    main()
