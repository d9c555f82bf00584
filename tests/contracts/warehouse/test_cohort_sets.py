"""A list of cohorts as one set of columns: verdicts against brute force, and renames that help and are the shortest."""

from __future__ import annotations

import itertools
from dataclasses import replace

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.trait_key import TRAIT_KEY_STYLES, TraitKey, trait_key_format
from contracts.warehouse import ENGINES, CohortSet, Engine, UnknownEngine, column_name, engine
from tests.generating import EXAMPLES

SPELLING = trait_key_format("amplitude")
TINY = replace(engine("postgres"), name="tiny", title="Tiny", longest=9)
LONG = "Customers who bought twice in the last ninety days and opened a mail"

_cohorts = st.lists(
    st.builds(
        TraitKey,
        st.text("aB -1é", min_size=1, max_size=9),
        st.text("aB1_", min_size=1, max_size=3),
    ),
    min_size=1,
    max_size=5,
)
_engines = st.sampled_from([TINY, *ENGINES.values()])
_styles = st.sampled_from(sorted(TRAIT_KEY_STYLES)).map(trait_key_format)


def kept(cohort: TraitKey, on: Engine, spelling: str = "amplitude") -> str:
    """Return a cohort's column, from the public parts alone."""
    return on.column(column_name(trait_key_format(spelling).format(cohort.name, cohort.cohort_id)))


@given(_cohorts, _engines, _styles)
@settings(max_examples=150 * EXAMPLES)
def test_who_shares_a_column_is_what_comparing_every_pair_says(
    cohorts: list[TraitKey], on: Engine, spelling: object
) -> None:
    """Two different cohorts share a column when what the engine keeps is the same, letters' case aside where it is."""
    style = spelling.style  # type: ignore[attr-defined]
    pairs = {
        (one, other)
        for one, other in itertools.combinations(range(len(cohorts)), 2)
        if cohorts[one] not in cohorts[:one]
        and cohorts[other] not in cohorts[:other]
        and kept(cohorts[one], on, style).casefold() == kept(cohorts[other], on, style).casefold()
        and column_name(trait_key_format(style).format(cohorts[one].name, cohorts[one].cohort_id)).strip("_")
    }

    found = CohortSet(cohorts, trait_key_format(style), on).shared()

    assert {pair for group in found for pair in itertools.combinations(group, 2)} == pairs


@given(_cohorts, _engines)
@settings(max_examples=150 * EXAMPLES)
def test_with_the_renames_the_set_is_free_of_clashes(cohorts: list[TraitKey], on: Engine) -> None:
    """The rule, run again on the set as it is renamed, finds nobody sharing a column and nobody in one of Segment's."""
    renames = CohortSet(cohorts, SPELLING, on).renames()
    renamed = [replace(each, name=renames.get(place) or each.name) for place, each in enumerate(cohorts)]
    again = CohortSet(
        [each for place, each in enumerate(renamed) if cohorts[place] not in cohorts[:place]], SPELLING, on
    )

    assert again.shared() == []
    assert not {seen.rule.code for _, seen in again.violations()} & {"W601", "W604", "W605", "W606", "W614"}


@given(
    st.lists(
        st.builds(
            TraitKey, st.text("ab ", min_size=3, max_size=8).filter(str.strip), st.sampled_from(["x1", "xa", "y1"])
        ),
        min_size=2,
        max_size=3,
        unique=True,
    )
)
@settings(max_examples=100 * EXAMPLES)
def test_no_shorter_rename_of_the_same_kind_helps(cohorts: list[TraitKey]) -> None:
    """Every way of leaving out letters at the ends of names that are cut is tried: none that helps leaves out fewer."""
    on, places = TINY, range(len(cohorts))
    if any(on.fits(column_name(SPELLING.format(each.name, each.cohort_id))) for each in cohorts):
        return
    renames = CohortSet(cohorts, SPELLING, on).renames()
    if any(name is None or not cohorts[place].name.startswith(name) for place, name in renames.items()):
        return  # no name of this kind helps, and another one is told

    def cost(names: tuple[str, ...]) -> tuple[int, int]:
        changed = [place for place in places if names[place] != cohorts[place].name]
        return len(changed), sum(len(cohorts[place].name) - len(names[place]) for place in changed)

    offered = [[each.name[:length] for length in range(len(each.name), 0, -1)] for each in cohorts]
    helping = [
        cost(names)
        for names in itertools.product(
            *(
                [name for name in each if name == name.rstrip() or name in {cohort.name for cohort in cohorts}]
                for each in offered
            )
        )
        if all(names[place].strip() for place in places)
        and len({kept(replace(cohorts[place], name=names[place]), on) for place in places}) == len(cohorts)
    ]

    assert cost(tuple(renames.get(place) or cohorts[place].name for place in places)) == min(helping)


def test_two_long_names_get_the_longest_names_that_differ() -> None:
    """Of the pair that PostgreSQL cuts to one name the second is renamed; and each is told the name that fits whole."""
    pair = [TraitKey(LONG, "7abc12de"), TraitKey(LONG, "9def34ab")]
    found = [(place, seen.rule.code) for place, seen in CohortSet(pair, SPELLING, engine("postgres")).violations()]

    assert found == [(0, "W603"), (1, "W603"), (1, "W604")]
    assert CohortSet(pair, SPELLING, engine("postgres")).renames() == {1: LONG[:-7]}
    assert CohortSet(pair, SPELLING, engine("postgres")).fitting({}) == {0: LONG[:-14], 1: LONG[:-14]}
    assert list(CohortSet(pair, SPELLING, engine("redshift")).violations()) == []


def test_words_of_the_engine_and_columns_of_segment_are_named() -> None:
    """A name without ASCII letters leaves the id alone, which may be any word."""
    cohorts = [
        TraitKey("日本", "order"),
        TraitKey("日本", "user-id"),
        TraitKey("日本", "qualify"),
        TraitKey("日本", "---"),
    ]

    def codes(name: str) -> dict[int, list[str]]:
        found: dict[int, list[str]] = {}
        for place, seen in CohortSet(cohorts, SPELLING, engine(name)).violations():
            found.setdefault(place, []).append(seen.rule.code)
        return found

    assert codes("postgres") == {0: ["W607", "W614"], 1: ["W607", "W605"], 2: ["W607"], 3: ["W606"]}
    assert codes("snowflake")[2] == ["W607", "W614"]


def test_duckdb_reserves_the_words_that_are_held_against_it() -> None:
    """The list is the engine's own, asked of the engine."""
    rows = duckdb.sql(
        "select keyword_name from duckdb_keywords() where keyword_category in ('reserved', 'type_function')"
    ).fetchall()

    assert {name for (name,) in rows} == engine("duckdb").reserved


@pytest.mark.parametrize(("name", "longest"), [("postgresql", 63), ("Redshift", 127), ("bigquery", 300)])
def test_an_engine_keeps_whole_letters_up_to_its_limit(name: str, longest: int) -> None:
    """Bytes or letters, a name is never cut within a letter."""
    on = engine(name)

    assert on.cut("x" * 400) == "x" * longest
    assert on.size(on.cut("é" * 400)) <= longest


def test_an_engine_that_nobody_knows_is_told_with_the_nearest() -> None:
    """A typing error is no other engine."""
    with pytest.raises(UnknownEngine, match="did you mean 'snowflake'"):
        engine("snowflke")


def test_a_crowd_of_one_name_is_told_in_bounded_time() -> None:
    """Five hundred cohorts of one name are judged, each that has to move with a column of its own."""
    crowd = [TraitKey(LONG, f"{number:08x}") for number in range(500)]
    judged = CohortSet(crowd, SPELLING, engine("postgres"))
    names = judged.renames()

    assert len(names) == 499
    assert len(list(judged.violations())) == 999
