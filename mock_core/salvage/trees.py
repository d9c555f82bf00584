"""Tables: walked from their root as far as the way is whole, and the rows on pages to which no way leads any more."""

from __future__ import annotations

from collections.abc import Iterator

from mock_core.salvage.cells import Row, children, node_of, rows_of
from mock_core.salvage.pages import INNER_INDEX, INNER_TABLE, LEAF_INDEX, LEAF_TABLE, Pages


class Walk:
    """One way through a table, from its root; what was met is known when the rows have been taken.

    `reached` are the pages that were sound, `lost` those that were not, `highest` is the last rowid that an inner node
    tells of, and `is_open` says that what would stand at the table's end was lost: rows may have followed.
    """

    def __init__(self, pages: Pages, root: int, *, with_rowids: bool = True) -> None:
        self._pages = pages
        self._root = root
        self._leaf, self._inner = (LEAF_TABLE, INNER_TABLE) if with_rowids else (LEAF_INDEX, INNER_INDEX)
        self.reached: set[int] = set()
        self.lost: set[int] = set()
        self.highest = 0
        self.is_open = False

    def rows(self) -> Iterator[Row]:
        """Yield the rows, those of a leaf in order."""
        pending: list[tuple[int, bool]] = [(self._root, True)]  # a page, and whether it is the last of its kind
        while pending:
            number, is_last = pending.pop()
            node = node_of(self._pages, number) if number not in self.reached else None
            if node is None or node.kind not in (self._leaf, self._inner):
                self.lost.add(number)
                self.is_open |= is_last
                continue
            self.reached.add(number)
            found = 0
            for row in rows_of(self._pages, number, node):
                found += 1
                yield row
            if found < len(node.cells) and node.kind != INNER_TABLE:
                self.lost.add(number)
            if node.kind == self._leaf:
                continue
            below = children(self._pages, number, node)
            keys = [key for _, key in below if key is not None]
            if keys == sorted(keys):
                self.highest = max([self.highest, *keys])
            pending += [(child, is_last and place == len(below) - 1) for place, (child, _) in enumerate(below)][::-1]


def stray_rows(pages: Pages, but: set[int], *, with_rowids: bool) -> Iterator[Row]:
    """Yield the rows of every page but some, whichever table they were of."""
    kinds = (LEAF_TABLE,) if with_rowids else (LEAF_INDEX, INNER_INDEX)
    for number in range(1, pages.count + 1):
        node = node_of(pages, number) if number not in but else None
        if node is not None and node.kind in kinds:
            yield from rows_of(pages, number, node)


def table_roots(pages: Pages) -> dict[str, int]:
    """Return the root of each table that the file's catalogue still names."""
    return {
        row.values[1]: row.values[3]
        for row in Walk(pages, 1).rows()
        if len(row.values) == 5
        and row.values[0] == "table"
        and isinstance(row.values[1], str)
        and isinstance(row.values[3], int)
    }
