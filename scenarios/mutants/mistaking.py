"""Mutants that trust a tool: ids and names as databases, shells, spreadsheets and template languages read them."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from html import unescape
from typing import ClassVar
from urllib.parse import unquote_plus

from scenarios.mutants.small_sync import Event, GaveUp, SmallSync


class ReadsBackslashesAsEscapes(SmallSync):
    """Its CSV reader takes a backslash for an escape, as OpenCSV's does."""

    def read(self, export: bytes) -> list[str]:
        rows = csv.DictReader(io.StringIO(export.decode(), newline=""), escapechar="\\")
        return [row["user_id"] for row in rows]


class DoublesApostrophes(SmallSync):
    """Escapes ids for SQL by hand, and sends them escaped."""

    def sendable(self, user_ids: list[str]) -> set[str]:
        return {user_id.replace("'", "''") for user_id in super().sendable(user_ids)}


class TakesNoneForNobody(SmallSync):
    """Turns every cell into text and looks for "None" afterwards."""

    def sendable(self, user_ids: list[str]) -> set[str]:
        return {user_id for user_id in super().sendable(user_ids) if user_id != "None"}


class CollapsesSpaces(SmallSync):
    """Turns runs of blanks inside an id into one."""

    def sendable(self, user_ids: list[str]) -> set[str]:
        return {re.sub(" {2,}", " ", user_id) for user_id in super().sendable(user_ids)}


class DropsControlCharacters(SmallSync):
    """Cleans ids of tabs and the like."""

    def sendable(self, user_ids: list[str]) -> set[str]:
        return {re.sub(r"[\t\v\f]", "", user_id) for user_id in super().sendable(user_ids)}


class NormalisesLineEnds(SmallSync):
    """Opens the export in text mode, where every line end becomes a line feed, those inside ids too."""

    def read(self, export: bytes) -> list[str]:
        return super().read(export.replace(b"\r\n", b"\n"))


class KeepsMembersInAnObject(SmallSync):
    """Keeps members as the keys of a JavaScript object, which has some of its own."""

    def sendable(self, user_ids: list[str]) -> set[str]:
        return super().sendable(user_ids) - {"constructor", "toString", "__proto__", "hasOwnProperty"}


class CutsIdsAtAColumn(SmallSync):
    """Keeps ids in a column of 255 characters."""

    width: ClassVar[int] = 255

    def sendable(self, user_ids: list[str]) -> set[str]:
        return {user_id[: self.width] for user_id in super().sendable(user_ids)}


class LowersUuids(SmallSync):
    """Keeps UUIDs in a column of that type, which writes them in lower case."""

    _uuid = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")

    def sendable(self, user_ids: list[str]) -> set[str]:
        return {each.lower() if self._uuid.fullmatch(each) else each for each in super().sendable(user_ids)}


class UnquotesIds(SmallSync):
    """Reads ids as a URL's form does: + is a blank and %25 a per cent sign."""

    def sendable(self, user_ids: list[str]) -> set[str]:
        return {unquote_plus(user_id) for user_id in super().sendable(user_ids)}


class NamesFilesAfterUsers(SmallSync):
    """Keeps a file per member, named by the id with odd letters made _, so that two of them share one."""

    def sendable(self, user_ids: list[str]) -> set[str]:
        by_file = {re.sub(r"[^\w@.-]", "_", user_id): user_id for user_id in sorted(super().sendable(user_ids))}
        return set(by_file.values())


class DecodesPieceByPiece(SmallSync):
    """Decodes the export in pieces of 16 KB, and a letter on both sides of a cut becomes two marks."""

    def read(self, export: bytes) -> list[str]:
        pieces = (export[start : start + 16_384] for start in range(0, len(export), 16_384))
        return super().read("".join(piece.decode("utf-8", "replace") for piece in pieces).encode())


class FillsNamesInTwice(SmallSync):
    """Fills its template with the name first and with the id after, in the name too."""

    def trait_key(self, name: str) -> str:
        return "{name} ({id})".replace("{name}", name).replace("{id}", self.cohort_id)


class ReadsDollarsInNames(SmallSync):
    """Uses String.replace, to which $$ and $& in a name mean something."""

    def trait_key(self, name: str) -> str:
        return super().trait_key(name.replace("$$", "$").replace("$&", "{name}"))


class EscapesNames(SmallSync):
    """Escapes names for a page they will never be on."""

    def trait_key(self, name: str) -> str:
        return super().trait_key(name.replace("&", "&amp;").replace("<", "&lt;"))


class ComposesNames(SmallSync):
    """Writes accents in names in the form that Unicode composes."""

    def trait_key(self, name: str) -> str:
        return super().trait_key(unicodedata.normalize("NFC", name))


class FormatsNames(SmallSync):
    """Hands names to printf as the format."""

    def trait_key(self, name: str) -> str:
        return super().trait_key(name.replace("%d", "0").replace("%s", "(null)"))


class FindsByTheBeginning(SmallSync):
    """Takes the first cohort whose id begins with the one it looks for."""

    def cohort_name(self) -> str:
        _, listed = self.api_json("/api/3/cohorts")
        found = [each for each in listed["cohorts"] if each["id"].startswith(self.cohort_id[:7])]
        if not found:
            raise GaveUp("there is no such cohort")
        return str(found[0]["name"])


class NamesMessagesAtLength(SmallSync):
    """Puts everything into the messageId, which may then be longer than Segment keeps."""

    def event(self, user_id: str, member: bool, trait_key: str) -> Event:
        event = super().event(user_id, member, trait_key)
        event["messageId"] = f"{self.cohort_id}-{user_id}-{member}-{event['messageId']}"
        return event


class UnescapesIds(SmallSync):
    """Takes ids for HTML, in which &amp; is an ampersand."""

    def sendable(self, user_ids: list[str]) -> set[str]:
        return {unescape(user_id) for user_id in super().sendable(user_ids)}


class RemovesByteOrderMarks(SmallSync):
    """Removes U+FEFF wherever it stands, not only at the start of the file."""

    def sendable(self, user_ids: list[str]) -> set[str]:
        return {user_id.replace("\ufeff", "") for user_id in super().sendable(user_ids)}


class CutsIdsAtAWideColumn(CutsIdsAtAColumn):
    """Keeps ids in a column of 512 characters, since 255 were too few once."""

    width: ClassVar[int] = 512
