"""`cohortlab docs`: the pages of the documentation, as they are for this version."""

from __future__ import annotations

import sys

import click

from cohortlab.carried import page, pages
from cohortlab.completing import completion
from cohortlab.saying import say, say_json, say_lines


@click.command("docs")
@click.argument("name", required=False, metavar="[PAGE]", shell_complete=completion(pages))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(name: str | None, as_json: bool) -> None:
    """Print a page of the documentation, in Markdown; without PAGE, list the pages.

    A link from one page to another names what this command takes.
    """
    if name is None:
        _list(as_json=as_json)
        return
    text = page(name.removesuffix(".md"))
    if as_json:
        say_json({"page": name, "text": text})
    elif sys.stdout.isatty():
        click.echo_via_pager(text)
    else:
        say_lines(text)


def _list(*, as_json: bool) -> None:
    known = pages()
    if as_json:
        say_json(known)
        return
    for each, title in known.items():
        say(f"{each:<16}  {title}")
    say()
    say("Read one with `cohortlab docs PAGE`. `cohortlab rule CODE` explains a rule.")
