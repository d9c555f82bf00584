"""Drive a Python client of the analytics-python family: COUNT users true, flush, the first LEAVES false, close.

Run as a program, with one client on its path: `python python_client.py MODULE URL KEY COUNT LEAVES`. With a COUNT of
0 it identifies one user by a number.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from typing import Any

TRAIT = "Power Users (7abc12de)"


def main() -> None:
    """Print how many errors the client told, and that its flush returned, as one line of JSON."""
    module, url, key, count, leaves = sys.argv[1:]
    errors: list[str] = []

    def note(error: Exception, _items: Any) -> None:
        errors.append(str(error))

    client = import_module(module).Client(key, host=url, on_error=note)
    if count == "0":
        try:
            client.identify(42, {TRAIT: True})
        except Exception as error:
            errors.append(str(error))
    for number in range(int(count)):
        client.identify(f"u{number}", {TRAIT: True})
    client.flush()
    for number in range(int(leaves)):
        client.identify(f"u{number}", {TRAIT: False})
    client.flush()
    client.join()
    sys.stdout.write(json.dumps({"errors": len(errors)}))


if __name__ == "__main__":
    main()
