"""Mutants in who is told: user ids changed, split, lost or made up on their way."""

from __future__ import annotations

import csv
import io

from scenarios.mutants.small_sync import Event, SmallSync


class SendsAnonymousMembers(SmallSync):
    """Sends members without a user id with an empty one."""

    def sendable(self, user_ids: list[str]) -> set[str]:
        return set(user_ids)


class SendsAnonymousMembersByAmplitudeId(SmallSync):
    """Sends members without a user id under their Amplitude id."""

    def read(self, export: bytes) -> list[str]:
        rows = csv.DictReader(io.StringIO(export.decode(), newline=""))
        return [row["user_id"] or row["amplitude_id"] for row in rows]


class SendsAnonymousIds(SmallSync):
    """Sends user ids as anonymousId."""

    def event(self, user_id: str, member: bool, trait_key: str) -> Event:
        event = super().event(user_id, member, trait_key)
        event["anonymousId"] = event.pop("userId")
        return event


class StopsAtAnAnonymousMember(SmallSync):
    """Takes an empty user id for the end of the list."""

    def sendable(self, user_ids: list[str]) -> set[str]:
        return super().sendable(user_ids[: user_ids.index("")] if "" in user_ids else user_ids)


class TrimsIds(SmallSync):
    """Strips space around user ids."""

    def sendable(self, user_ids: list[str]) -> set[str]:
        return {user_id.strip() for user_id in user_ids if user_id.strip()}


class FoldsCase(SmallSync):
    """Writes user ids in lower case."""

    def sendable(self, user_ids: list[str]) -> set[str]:
        return {user_id.lower() for user_id in super().sendable(user_ids)}


class TurnsIdsIntoNumbers(SmallSync):
    """Reads ids of digits as numbers, so that leading zeros go."""

    def sendable(self, user_ids: list[str]) -> set[str]:
        return {str(int(each)) if each.isascii() and each.isdigit() else each for each in super().sendable(user_ids)}


class SendsNumericIds(SmallSync):
    """Sends ids of digits as JSON numbers."""

    def event(self, user_id: str, member: bool, trait_key: str) -> Event:
        event = super().event(user_id, member, trait_key)
        if user_id.isascii() and user_id.isdigit() and not user_id.startswith("0"):
            event["userId"] = int(user_id)
        return event


class ReadsScientificNotation(SmallSync):
    """Reads what looks like a number as a floating one, as a spreadsheet does."""

    def sendable(self, user_ids: list[str]) -> set[str]:
        return {self._number(each) for each in super().sendable(user_ids)}

    @staticmethod
    def _number(user_id: str) -> str:
        try:
            return f"{float(user_id):g}" if user_id.strip() == user_id and "e" in user_id.lower() else user_id
        except ValueError:
            return user_id


class TakesNullForNobody(SmallSync):
    """Takes the ids "null" and "NaN" for missing ones."""

    def sendable(self, user_ids: list[str]) -> set[str]:
        return {
            user_id for user_id in super().sendable(user_ids) if user_id not in {"null", "NaN", "None", "undefined"}
        }


class SplitsIdsOnCommas(SmallSync):
    """Reads the CSV by splitting lines at commas and taking quotes off."""

    def read(self, export: bytes) -> list[str]:
        return [line.split(",")[1].strip('"') for line in export.decode().split("\n")[1:] if line]


class SplitsAtLineBreaks(SmallSync):
    """Reads the CSV line by line, so that a line break inside an id ends the row."""

    def read(self, export: bytes) -> list[str]:
        rows = [row for line in export.decode().splitlines()[1:] for row in csv.reader([line])]
        return [row[1] if len(row) > 1 else row[0] for row in rows if row]


class ReadsLatin1(SmallSync):
    """Reads the export as Latin-1."""

    def read(self, export: bytes) -> list[str]:
        rows = csv.DictReader(io.StringIO(export.decode("latin-1"), newline=""))
        return [row["user_id"] for row in rows]


class StripsQuotes(SmallSync):
    """Takes every double quote out of an id."""

    def read(self, export: bytes) -> list[str]:
        return [user_id.replace('"', "") for user_id in super().read(export)]


class EscapesHtml(SmallSync):
    """Escapes ids for HTML."""

    def sendable(self, user_ids: list[str]) -> set[str]:
        return {user_id.replace("&", "&amp;").replace("<", "&lt;") for user_id in super().sendable(user_ids)}


class NormalisesUnicode(SmallSync):
    """Composes letters and accents (NFC), so that two spellings become one user."""

    def sendable(self, user_ids: list[str]) -> set[str]:
        import unicodedata  # noqa: PLC0415

        return {unicodedata.normalize("NFC", user_id) for user_id in super().sendable(user_ids)}


class DropsShortIds(SmallSync):
    """Drops ids under five characters, a limit of Amplitude's ingestion that Segment does not have."""

    def sendable(self, user_ids: list[str]) -> set[str]:
        return {user_id for user_id in super().sendable(user_ids) if len(user_id) >= 3}


class CutsLongIds(SmallSync):
    """Cuts ids at 100 characters."""

    def sendable(self, user_ids: list[str]) -> set[str]:
        return {user_id[:100] for user_id in super().sendable(user_ids)}


class ReadsTheFirstColumn(SmallSync):
    """Takes the Amplitude id for the user id."""

    def read(self, export: bytes) -> list[str]:
        return [row[0] for row in csv.reader(io.StringIO(export.decode(), newline=""))][1:]


class SendsTheHeader(SmallSync):
    """Takes the header for a member."""

    def read(self, export: bytes) -> list[str]:
        return [row[1] for row in csv.reader(io.StringIO(export.decode(), newline=""))]


class LosesTheLastRow(SmallSync):
    """Drops the last row of the export."""

    def read(self, export: bytes) -> list[str]:
        return super().read(export)[:-1]
