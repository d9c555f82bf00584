"""Write the generated parts of the documentation anew: `make docs`. Tests hold each of them against the code."""

from __future__ import annotations

from pathlib import Path

import citations

from cohortlab.fidelity import AMPLITUDE, SEGMENT
from contracts.publishing import publish as contracts_publish
from downstream.table import page as destinations_page
from mock_amplitude import AmplitudeFake, AmplitudeSettings
from mock_amplitude.exports.jobs import diagram
from mock_amplitude.people import deletion_diagram
from mock_core.control.reference import every_fake_curl, reference, refreshed
from mock_segment import SegmentFake, SegmentSettings
from scenarios.files import publish as scenarios_publish
from tests.clients import page as clients_page

DOCS = Path(__file__).parent


def main() -> None:
    """Renew schemas, the rules' pages, the tables of the fakes and of destinations, and the way from facts to code."""
    contracts_publish.main(DOCS.parent)
    scenarios_publish.main(DOCS.parent)
    tables = {
        "amplitude-fake.md": {**reference(AmplitudeFake, AmplitudeSettings()), "job": diagram()},
        "amplitude-events.md": {"deletion": deletion_diagram()},
        "segment-fake.md": {
            **reference(SegmentFake, SegmentSettings()),
            "every-fake-curl": every_fake_curl(SegmentFake),
        },
        "clients.md": clients_page.tables(),
    }
    for name, current in tables.items():
        page = DOCS / name
        page.write_text(refreshed(page.read_text(encoding="utf-8"), current), encoding="utf-8")
    for sheet in (SEGMENT, AMPLITUDE):
        page = DOCS / f"{sheet.vendor}-facts.md"
        page.write_text(citations.page(DOCS.parent, sheet), encoding="utf-8")
    (DOCS / "destinations-table.md").write_text(destinations_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
