"""`cohortlab rule`: what a code means, or the list of all rules."""

from __future__ import annotations

import click

from cohortlab.completing import completion, rule_words
from cohortlab.saying import say, say_json, say_lines
from contracts.catalogue import all_rules, rule
from contracts.publishing import page, rule_as_dict


@click.command("rule")
@click.argument("code", required=False, shell_complete=completion(rule_words))
@click.option("--list", "as_list", is_flag=True, help="List every rule.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def command(code: str | None, as_list: bool, as_json: bool) -> None:
    """Explain the rule with this CODE (or name), or list all rules."""
    if as_list == (code is not None):
        raise click.UsageError("give either the code of a rule, such as D203, or --list")
    if code is not None:
        wanted = rule(code)
        if as_json:
            say_json(rule_as_dict(wanted), indent=2)
        else:
            say_lines(page(wanted))
    elif as_json:
        say_json([rule_as_dict(known) for known in all_rules()], indent=2)
    else:
        for known in all_rules():
            say(f"{known.code}  {known.severity.value:<7}  {known.name:<37}  {known.message}")
