"""`cohortlab rule`: what a code means, or the list of all rules."""

from __future__ import annotations

import json

import click

from contracts.catalogue import all_rules, rule
from contracts.publishing import page, rule_as_dict


@click.command("rule")
@click.argument("code", required=False)
@click.option("--list", "as_list", is_flag=True, help="List every rule.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def command(code: str | None, as_list: bool, as_json: bool) -> None:
    """Explain the rule with this CODE (or name), or list all rules."""
    if as_list == (code is not None):
        raise click.UsageError("give either the code of a rule, such as D203, or --list")
    if code is not None:
        wanted = rule(code)
        click.echo(_json(rule_as_dict(wanted)) if as_json else page(wanted), nl=as_json)
    elif as_json:
        click.echo(_json([rule_as_dict(known) for known in all_rules()]))
    else:
        for known in all_rules():
            click.echo(f"{known.code}  {known.severity.value:<7}  {known.name:<37}  {known.message}")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
