"""Publishing: the catalogue as JSON Schemas for any validator and as a page for each rule."""

from __future__ import annotations

from contracts.publishing.pages import page, rule_as_dict

__all__ = [
    "page",
    "rule_as_dict",
]
