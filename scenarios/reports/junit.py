"""The JUnit report: what every CI service reads; a test case per scenario, a failure with every claim unmet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from contracts.foreign import in_xml, shown
from scenarios.reports.report import counts, failed_claims, write_whole
from scenarios.running import Outcome


class JUnitReport:
    """Writes one XML file at the end. A scenario that could not be run to its end is an error, not a failure."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def show(self, outcome: Outcome) -> None:
        """Wait for the end."""

    def close(self, outcomes: Sequence[Outcome]) -> None:
        """Write the file."""
        _, failed, left_out = counts(outcomes)
        broken = sum(bool(outcome.broken) for outcome in outcomes)
        suite = ElementTree.Element(
            "testsuite",
            name="cohortlab",
            tests=str(len(outcomes)),
            failures=str(failed - broken),
            skipped=str(left_out),
            errors=str(broken),
            time=f"{sum(outcome.seconds for outcome in outcomes):.3f}",
        )
        for outcome in outcomes:
            suite.append(_case(outcome))
        root = ElementTree.Element("testsuites")
        root.append(suite)
        ElementTree.indent(root)
        write_whole(
            self._path, '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, "unicode") + "\n"
        )


def _case(outcome: Outcome) -> ElementTree.Element:
    scenario = outcome.scenario
    case = ElementTree.Element(
        "testcase",
        classname=_line(f"cohortlab.{scenario.behaviour}.{scenario.name}"),  # titles may be equal
        name=_line(scenario.title),
        time=f"{outcome.seconds:.3f}",
    )
    claims = [f"{shown(claim)}\n    {shown(reason)}" for claim, reason in failed_claims(outcome)]
    causes = [shown(finding.cause) for finding in outcome.findings]
    if claims:
        kind = "error" if outcome.broken else "failure"
        failure = ElementTree.SubElement(case, kind, message=_line((causes or claims)[0].splitlines()[0]))
        failure.text = in_xml("\n".join([*causes, *claims, shown(scenario.file)]))
    elif outcome.left_out:
        ElementTree.SubElement(case, "skipped", message=_line(outcome.left_out))
    printed = [f"sync {number}:\n{sync.output}" for number, sync in enumerate(outcome.syncs, 1) if sync.output]
    if outcome.warehouse is not None:
        printed.append("\n".join(["warehouse:", *map(shown, outcome.warehouse.lines())]))
    if printed:
        ElementTree.SubElement(case, "system-out").text = in_xml("\n".join(printed))
    return case


def _line(text: str) -> str:
    return in_xml(shown(text))
