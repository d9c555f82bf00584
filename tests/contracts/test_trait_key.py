"""Trait keys: what a format writes it reads back, in every published spelling."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import BadTemplate, BadTraitKey
from contracts.trait_key import TRAIT_KEY_STYLES, TraitKey, trait_key_format

NAMES = st.text(min_size=1)
IDS = st.text(alphabet="abcdefghijklmnopqrstuvwxyzABCXYZ0123456789_-", min_size=1, max_size=12)


@given(style=st.sampled_from(sorted(TRAIT_KEY_STYLES)), name=NAMES, cohort_id=IDS)
def test_what_is_written_is_read_back(style: str, name: str, cohort_id: str) -> None:
    """Any name at all survives: brackets, quotes, line breaks, emoji."""
    spelling = trait_key_format(style)

    assert spelling.parse(spelling.format(name, cohort_id)) == TraitKey(name, cohort_id)


@given(style=st.sampled_from(sorted(TRAIT_KEY_STYLES)), key=st.text() | st.from_regex(r"[\[\]A (){}:x1]{0,20}"))
def test_the_pattern_matches_exactly_what_is_read(style: str, key: str) -> None:
    """The pattern in the published schema and the parser agree on every string."""
    spelling = trait_key_format(style)
    as_ecma_reads_it = spelling.pattern.replace("$", r"\Z")

    assert (re.search(as_ecma_reads_it, key) is not None) == (spelling.parse(key) is not None)


@pytest.mark.parametrize(
    ("key", "name", "cohort_id"),
    [
        ("Power Users (abc123)", "Power Users", "abc123"),
        ("Users (EU) (beta) (abc123)", "Users (EU) (beta)", "abc123"),
        ('[new] "quoted" 🚀 (x1)', '[new] "quoted" 🚀', "x1"),
        ("(abc) (def)", "(abc)", "def"),
    ],
)
def test_the_id_is_the_last_parenthesised_group(key: str, name: str, cohort_id: str) -> None:
    """Names may hold whatever looks like an id."""
    assert trait_key_format("amplitude").parse(key) == TraitKey(name, cohort_id)


@pytest.mark.parametrize(
    "key", ["Power Users", "Power Users ()", "(abc123)", "Power Users (a b)", "Power Users(abc123)"]
)
def test_what_is_not_in_the_spelling_is_not_read(key: str) -> None:
    """A key without a name, an id or the space between them is no trait key."""
    assert trait_key_format("amplitude").parse(key) is None


@pytest.mark.parametrize("template", ["", "{name}", "{id}", "{name} {name} {id}", "segmnt", "{Name} ({id})"])
def test_a_template_needs_name_and_id_once_each(template: str) -> None:
    """The error lists the styles, so that a misspelt one is corrected at once."""
    with pytest.raises(BadTemplate, match="amplitude, segment, partner, partner-test"):
        trait_key_format(template)


@pytest.mark.parametrize(
    ("name", "cohort_id"), [("", "abc"), ("Power Users", ""), ("Power Users", "a b"), ("P", "a)b")]
)
def test_what_could_not_be_read_back_is_not_written(name: str, cohort_id: str) -> None:
    """A key that nobody can take apart again is refused where it is made."""
    with pytest.raises(BadTraitKey):
        trait_key_format("amplitude").format(name, cohort_id)


def test_a_template_of_ones_own_is_a_style() -> None:
    """Regular expression syntax in a template stands for itself."""
    spelling = trait_key_format("cohort.{id}|{name}*")

    assert spelling.format("A", "1") == "cohort.1|A*"
    assert spelling.parse("cohortX1|A*") is None
