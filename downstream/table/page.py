"""The table as a page of the documentation."""

from __future__ import annotations

from typing import Final

from downstream.table.reading import table, table_version
from downstream.table.row import PLACEHOLDER
from downstream.table.telling import arrival_words, by_words, key_words, need_words, value_words

_HEAD: Final = """\
# Table of destinations

What Segment's own code (`@segment/action-destinations` {version}) does with a cohort's identify: a user id and the one
trait `{trait}`. It is made by running that code (`make destinations`), and a test holds it against a
fresh run. `cohortlab destinations NAME` shows the request for any trait and value;
[destinations](destinations.md) says what the words mean.

Of {all} destinations {acting} have an action that an identify sets off. The trait arrives by itself in {arriving}, with
help (an email, a name, a field filled in) in {helped} more; {silent} send something without it, and the other {nothing}
send nothing.

| destination | action | trait | lands at | `true` | needs |
|---|---|---|---|---|---|
"""


def page() -> str:
    """Return the page in Markdown."""
    rows = [row for row in table().values() if row.acts]
    arriving = [row for row in rows if row.arrives]
    by_itself = sum(not row.needs and not row.fill for row in arriving)
    without = sum(row.arrives is False for row in rows)
    head = _HEAD.format(
        version=table_version(),
        trait=PLACEHOLDER,
        all=len(table()),
        acting=len(rows),
        arriving=by_itself,
        helped=len(arriving) - by_itself,
        silent=without,
        nothing=len(rows) - len(arriving) - without,
    )
    cells = [
        (
            row.slug,
            f"`{row.action}`, {by_words(row)}",
            arrival_words(row),
            f"`{key_words(row, PLACEHOLDER)}`" if row.arrives else "-",
            value_words(row, value=True),
            need_words(row),
        )
        for row in rows
    ]
    absent = ", ".join(row.slug for row in table().values() if row.by == "absent")
    told = f"\nOnly by a preset whose action has no code in the package, so that nothing happens: {absent}.\n"
    return head + "".join("| " + " | ".join(row) + " |\n" for row in cells) + told
