"""Mail addresses as Go's net/mail reads them: a whole mailbox of RFC 5322, name and comments and all.

`Ada <ada@example.com>` and `ada@exa_mple.com` are taken, `ada` is not (segment facts 5.6 [inferred] library).
"""

from __future__ import annotations

import re
from typing import Final

_VISIBLE: Final = r"!-~\u0080-\U0010ffff"
_ATOM: Final = re.compile(rf"(?:(?![()\[\];@\\,<>\":])[{_VISIBLE}])+")
_NAME_ATOM: Final = re.compile(rf"(?:(?![<>\":])[{_VISIBLE}])+")
_QUOTED: Final = re.compile(rf'"((?:(?![\\"])[{_VISIBLE} \t]|\\[{_VISIBLE} \t])*)"')
_ENCODED: Final = re.compile(
    r"=\?([^?]+)\?(?:[qQ]\?(?:=[0-9A-Fa-f]{2}|[ -<>@-~])*"
    r"|[bB]\?(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)\?="
)
_CHARSETS: Final = ("utf-8", "iso-8859-1", "us-ascii")
_SPACE: Final = re.compile(r"[ \t]*")


def is_mailbox(text: str) -> bool:
    """Say whether a text is one mailbox, or a group that holds one."""
    reader = _Reader(text)
    try:
        found = reader.address(groups=True)
        reader.comments()
    except _Misread:
        return False
    return found == 1 and reader.at == len(text)


class _Misread(Exception):
    """Say that the text is no address."""


def _decode(word: str) -> None:
    """Refuse an encoded word (RFC 2047) in a character set that Go does not know."""
    encoded = _ENCODED.fullmatch(word)
    if encoded is not None and encoded[1].lower() not in _CHARSETS:
        raise _Misread


class _Reader:
    """Read an address from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.at = 0

    def address(self, *, groups: bool) -> int:
        """Read a mailbox, or a group of them, and return how many mailboxes there were."""
        self._spaces()
        start = self.at
        try:
            self._plain()
        except _Misread:
            self.at = start
            return self._named(groups=groups)
        self._spaces()
        if self._next() == "(":
            for word in self._comment().split():
                _decode(word)
        return 1

    def comments(self) -> None:
        """Skip white space and comments."""
        self._spaces()
        while self._next() == "(":
            self._comment()
            self._spaces()

    def _named(self, *, groups: bool) -> int:
        """Read `Name <address>`, or `Name: address, address;`."""
        if self._next() != "<":
            self._phrase()
        self._spaces()
        if groups and self._takes(":"):
            return self._group()
        self._demand("<")
        self._plain()
        self._demand(">")
        return 1

    def _group(self) -> int:
        self._spaces()
        count = 0
        if not self._takes(";"):
            while True:
                self._spaces()
                count += self.address(groups=False)
                self.comments()
                if self._takes(";"):
                    break
                self._demand(",")
        self._lenient_comments()
        return count

    def _lenient_comments(self) -> None:
        try:
            self.comments()
        except _Misread:
            self.at = len(self._text)

    def _plain(self) -> None:
        """Read `local@domain`; white space may stand before either."""
        self._spaces()
        if self._next() == '"':
            if not self._quoted():
                raise _Misread
        else:
            self._dotted()
        self._demand("@")
        self._spaces()
        self._dotted()

    def _phrase(self) -> None:
        """Read words up to what is none; there must be one."""
        words = 0
        while True:
            self._spaces()
            start = self.at
            try:
                if self._next() == '"':
                    self._quoted()
                elif (atom := _NAME_ATOM.match(self._text, self.at)) is not None:
                    self.at = atom.end()
                    _decode(atom[0])
                elif self._next() == "":
                    return
                else:
                    raise _Misread
            except _Misread:
                self.at = start
                if not words:
                    raise
                return
            words += 1

    def _dotted(self) -> None:
        atom = _ATOM.match(self._text, self.at)
        if atom is None or atom[0].startswith(".") or atom[0].endswith(".") or ".." in atom[0]:
            raise _Misread
        self.at = atom.end()

    def _quoted(self) -> str:
        quoted = _QUOTED.match(self._text, self.at)
        if quoted is None:
            raise _Misread
        self.at = quoted.end()
        return quoted[1]

    def _comment(self) -> str:
        """Skip a comment, which may hold others, and return what is in it."""
        depth, text, start = 0, self._text, self.at
        while self.at < len(text):
            letter = text[self.at]
            if letter == "\\" and self.at + 1 < len(text):
                self.at += 1
            elif letter == "(":
                depth += 1
            elif letter == ")":
                depth -= 1
            self.at += 1
            if depth == 0:
                return text[start + 1 : self.at - 1]
        raise _Misread

    def _spaces(self) -> None:
        found = _SPACE.match(self._text, self.at)
        self.at = found.end() if found else self.at

    def _next(self) -> str:
        return self._text[self.at : self.at + 1]

    def _takes(self, letter: str) -> bool:
        taken = self._next() == letter
        self.at += taken
        return taken

    def _demand(self, letter: str) -> None:
        if not self._takes(letter):
            raise _Misread
