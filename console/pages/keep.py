"""Keep: what was done in the lab since a moment, as a scenario with its exports, offered for download."""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path

from flask import Blueprint, Response, render_template, request

from console.desk import desk
from mock_core.moments import milliseconds
from scenarios.keeping import draft, opened, write

blueprint = Blueprint("keep", __name__, url_prefix="/keep")
NAME = "kept"


@blueprint.get("")
def page() -> str:
    """Ask since when, and under which title."""
    return render_template("keep.html", since=request.args.get("since", ""), title=request.args.get("title", ""))


@blueprint.get("/scenario.zip")
def scenario() -> Response:
    """Give a folder with the scenario and its exports, packed; what could not be kept is told in a file beside them."""
    here, since = desk(), request.args.get("since", "").strip()
    title = request.args.get("title", "").strip() or None
    moment = milliseconds(since) if since else None
    with tempfile.TemporaryDirectory(prefix="cohortlab-keep-") as name:
        folder = Path(name)
        journals, made = folder / "journals", folder / NAME
        journals.mkdir()
        here.amplitude.workspace.journal.save(journals / "amplitude.db")
        here.segment.workspace.journal.save(journals / "segment.db")
        with opened(journals, since=moment) as story:
            kept = write(draft(story, title or "What happened in a lab"), made)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(made.rglob("*")):
                if path.is_file():
                    archive.write(path, Path(NAME) / path.relative_to(made))
            if kept.notes:
                archive.writestr(f"{NAME}/NOTES.txt", "".join(f"{note}\n" for note in kept.notes))
    answer = Response(packed.getvalue(), mimetype="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="{NAME}.zip"'
    return answer
