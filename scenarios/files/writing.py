"""Write a scenario's data as people write scenarios: small things on one line."""

from __future__ import annotations

from typing import Any

import yaml


def yaml_of(data: dict[str, Any]) -> str:
    """Return the text of a scenario file."""
    return str(yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110, default_flow_style=None))


class _Dumper(yaml.SafeDumper):
    """Writes out every value where it stands."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True
