"""`cohortlab import`: recordings become the journals of a lab, with strangers in place of people."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from cohortlab.saying import say, say_json

if TYPE_CHECKING:
    from recording.journals import Made
    from recording.material import Happened
    from recording.strangers import People

_SHOWN_HOSTS = 5


@click.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The folder to make.")
@click.option("--hide", multiple=True, metavar="PATH", help="Hide a field, too: traits.plan, or just plan.")
@click.option("--keep", multiple=True, metavar="PATH", help="Leave a field as it is.")
@click.option("--key", type=click.Path(path_type=Path), help="The key of the pseudonyms, made where there is none.")
@click.option("--as-is", is_flag=True, help="Leave the people; only credentials are taken out.")
@click.option("--segment", multiple=True, metavar="URL", help="A further address that is Segment's.")
@click.option("--amplitude", multiple=True, metavar="URL", help="A further address that is Amplitude's.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(
    *,
    files: tuple[str, ...],
    output: Path,
    hide: tuple[str, ...],
    keep: tuple[str, ...],
    key: Path | None,
    as_is: bool,
    segment: tuple[str, ...],
    amplitude: tuple[str, ...],
    as_json: bool,
) -> int:
    """Make the journals of a lab of recordings: a folder that `trace` and `check` read.

    FILE is a HAR, a vcrpy cassette, events one to a line with a time each, a cohort's export, or a folder of
    `cohortlab up --db`. Exports of one cohort become its memberships, in the order of the times in their names; write
    NAME=FILE to say which cohort one is of. Who is in them becomes somebody else of the same shape, everywhere.
    """
    from recording.keeping import keep as kept
    from recording.strangers import People, read_key

    entries, made = _entries(
        files, {"segment": [_host(each) for each in segment], "amplitude": [_host(each) for each in amplitude]}
    )
    people = People(read_key(key), hide=hide, keep=keep, as_is=as_is)
    counts = kept(entries, people, output)
    if as_json:
        say_json(_told(output, counts, people, made))
    else:
        _show(output, counts, people, made)
    return 0


def _entries(files: tuple[str, ...], hosts: dict[str, list[str]]) -> tuple[Callable[[], Iterable[Happened]], Made]:
    from recording.errors import NothingInIt
    from recording.journals import Made, happenings
    from recording.reading import lab_entries, read_file

    folders = [each for each in files if Path(each).is_dir()]
    if folders and len(files) > 1:
        raise click.UsageError("A folder of a lab is imported alone; its journals are one story.")
    if folders:
        return (lambda: lab_entries(Path(folders[0]))), Made()
    found = []
    for each in files:
        name, equals, file = each.rpartition("=")
        is_named = bool(equals) and not Path(each).exists()
        found.append(read_file(Path(file if is_named else each), name if is_named else None))
    calls = [call for each in found for call in each.calls]
    exports = [export for each in found for export in each.exports]
    made = Made()

    def entries() -> Iterable[Happened]:
        return happenings(calls, exports, hosts, made)

    if next(iter(entries()), None) is None:
        raise NothingInIt(
            f"There is no call to Segment or Amplitude among {len(calls)}{_elsewhere(made)}. "
            "Name the addresses that are theirs: --segment URL, --amplitude URL."
        )
    return entries, made


def _host(address: str) -> str:
    parts = urlsplit(address if "://" in address else f"//{address}")
    if not parts.hostname:
        raise click.UsageError(f"{address!r} is no address; expected one such as https://events.example.com.")
    return parts.netloc.rpartition("@")[2].lower()


def _elsewhere(made: Made) -> str:
    if not made.elsewhere:
        return ""
    hosts = sorted(made.elsewhere, key=lambda host: -made.elsewhere[host])
    more = f" and {len(hosts) - _SHOWN_HOSTS} more" if len(hosts) > _SHOWN_HOSTS else ""
    return f"; they went to {', '.join(hosts[:_SHOWN_HOSTS])}{more}"


def _told(output: Path, counts: dict[str, int], people: People, made: Made) -> dict[str, object]:
    return {
        "folder": str(output),
        "entries": counts,
        "strangers": [each.as_dict() for each in people.table()],
        "searched": len(people.searched),
        "not_searched": people.unsearched,
        "elsewhere": made.elsewhere,
        "without_body": made.bodiless,
    }


def _show(output: Path, counts: dict[str, int], people: People, made: Made) -> None:
    from cohortlab.terminal import Terminal

    rows = [
        [each.kind, f"{len(each.values):,}", f"{each.places:,}", ", ".join(map(str, each.as_dict()["fields"]))]  # type: ignore[call-overload]
        for each in people.table()
    ]
    console = Terminal()
    if rows:
        numbers = ("values", "places")
        console.table(("taken for", *numbers, "in"), rows, title="Strangers", numbers=numbers)
    say(f"Searched for {len(people.searched):,} original values: none is left.")
    if people.unsearched:
        say(
            f"{people.unsearched:,} more are too short to be searched for, or words of the format: "
            "they were replaced in their fields."
        )
    if made.elsewhere:
        left = sum(made.elsewhere.values())
        say(f"{left:,} calls were left out{_elsewhere(made)}.")
    if made.bodiless:
        say(f"{made.bodiless:,} uploads came without a body; a recorder that keeps bodies shows their events.")
    said = ", ".join(f"{count:,} entries in {fake}.db" for fake, count in counts.items())
    say(
        f"{output}: {said}. `cohortlab check {output}/segment.db` judges the events, "
        f"`cohortlab trace USER TRAIT {output}` follows one user."
    )
