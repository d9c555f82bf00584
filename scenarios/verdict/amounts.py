"""An amount against what was expected: a number, or at least and at most."""

from __future__ import annotations

from collections.abc import Mapping

from scenarios.bench import Check


def amount(what: str, wanted: int | Mapping[str, int], found: int, where: str, detail: str = "") -> Check:
    """Compare an amount; `where` is the place in the scenario, `detail` what is told beside the number found."""
    least, most = (wanted, wanted) if isinstance(wanted, int) else (wanted.get("least", 0), wanted.get("most"))
    if least == most:
        told = str(least)
    elif most is None:
        told = f"at least {least}"
    else:
        told = f"{least} to {most}" if least else f"at most {most}"
    held = found >= least and (most is None or found <= most)
    return Check(f"{what}: {told}", held, f"there {'was' if found == 1 else 'were'} {found}{detail}", where)
