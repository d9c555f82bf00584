"""`cohortlab fidelity`: what each behaviour of the fakes and the engine rests on, and how sure that is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click

from cohortlab.saying import say, say_json

if TYPE_CHECKING:
    from cohortlab.fidelity import Behaviour


@click.command("fidelity")
@click.argument("words", nargs=-1)
@click.option(
    "--guesses", "only_guesses", is_flag=True, help="Only what nobody published, what hangs most on it first."
)
@click.option(
    "--fake", type=click.Choice(["segment", "amplitude", "engine"]), help="Only this fake's, or the engine's."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(words: tuple[str, ...], only_guesses: bool, fake: str | None, as_json: bool) -> None:
    """List every behaviour that has all of WORDS in it: what it rests on, how sure that is, what setting changes it.

    Documented by the vendor, executed with the vendor's own program, read in an official SDK, observed on the live
    service or in a client's recordings, inferred because nobody published it, or ours. As sure as the least sure of
    the facts it rests on; a citation that says nothing of itself counts as most of its section.

    With --guesses, what no setting changes comes first, then what is named in more places: a setting counts where the
    sources ask it, a route its paths, a fault the shipped scenarios that arm it, a rule the contracts that hold it, a
    module its imports, any other name where the sources name it.
    """
    from cohortlab.fidelity import behaviours, guesses

    known = behaviours()
    chosen = [
        each for each in known if (fake is None or each.concerns(fake)) and all(_is_in(each, word) for word in words)
    ]
    if only_guesses:
        chosen = guesses(chosen)
    if as_json:
        say_json([each.as_dict() for each in chosen])
        return
    for each in chosen:
        _show(each, counted=only_guesses)
    if chosen:
        say()
    say(_summary(chosen, words))


def _is_in(behaviour: Behaviour, word: str) -> bool:
    told = (behaviour.kind, behaviour.name, behaviour.says, behaviour.file, behaviour.source, *behaviour.facts)
    return word.casefold() in " ".join((*told, *behaviour.settings, behaviour.confidence)).casefold()


def _show(each: Behaviour, *, counted: bool) -> None:
    places = f", {each.places} place{'' if each.places == 1 else 's'}" if counted else ""
    say(f"{each.confidence or 'cites nothing':<12}  {each.fake}, {each.kind}: {_short(each.name)}{places}")
    say(f"{'':<14}{_short(each.says, 160)}")
    rests = ", ".join(each.facts) or "no fact"
    also = f" ({', '.join(each.confidences)})" if len(each.confidences) > 1 else ""
    changed = "the setting itself" if each.kind == "setting" else ", ".join(each.settings) or "no setting"
    say(f"{'':<14}rests on {rests}{also}; changed by {changed}")


def _summary(chosen: Sequence[Behaviour], words: Iterable[str]) -> str:
    if not chosen:
        told = " ".join(words)
        return f"Nothing has {told!r} in it." if told else "There is nothing."
    from cohortlab.fidelity import ORDER

    numbers = Counter(each.confidence for each in chosen)
    told = ", ".join(f"{numbers[name]} {name}" for name in (*ORDER, "ours") if numbers[name])
    return f"{len(chosen)} behaviour{'' if len(chosen) == 1 else 's'}: {told}"


def _short(text: str, most: int = 100) -> str:
    return text if len(text) <= most else f"{text[: most - 3]}..."
