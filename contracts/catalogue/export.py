"""X5xx: the cohort export, the CSV that Amplitude serves and a sync reads. The examples are whole files."""

from __future__ import annotations

from contracts.catalogue.sources import amplitude, client, inferred
from contracts.limits import COHORT_MEMBERS
from contracts.rule import Rule, Severity

EXPORT = ("export",)
_PIPEDREAM = client("1.2 E", "PipedreamHQ/pipedream: components/amplitude, checked against the live API")
_API = "content/collections/api/en/behavioral-cohorts.md"
_HEAD = b'"amplitude_id","user_id"\n'
_GOOD = _HEAD + b'"1610450763183","user-001"\n"1610454757554",""\n'


def _rows(*rows: bytes) -> bytes:
    return _HEAD + b"".join(row + b"\n" for row in rows)


RULES = (
    Rule(
        code="X501",
        name="export-is-a-csv",
        severity=Severity.ERROR,
        message="The file is no CSV.",
        explanation="An expired link answers with XML, a wrong key with JSON, a proxy with HTML; and a client that "
        "does not inflate gets gzip. A reader that does not look takes it for a cohort without members, and tells "
        "everybody to leave.",
        bad=b'<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>\n',
        good=_GOOD,
        expected="a header line and one line for each member",
        fix="Check status and content type before reading, and honour `Content-Encoding: gzip`.",
        source=client("1.2 E", "standard S3 behaviour; PipedreamHQ/pipedream"),
        contracts=EXPORT,
    ),
    Rule(
        code="X502",
        name="export-has-user-ids",
        severity=Severity.ERROR,
        message="The export has no column `user_id`.",
        explanation="Clients find the ids by this name. Other exports have other headers: the UI's CSV, and S3 with "
        "`userID`.",
        bad=b'"amplitudeID","userID"\n"1610450763183","user-001"\n',
        good=_GOOD,
        expected="a column named user_id",
        fix="Download with the Behavioral Cohorts API, or rename the column.",
        source=client("8", "amplitude/evaluation-proxy: CohortApi.kt reads `user_id`"),
        contracts=EXPORT,
    ),
    Rule(
        code="X503",
        name="export-has-amplitude-ids",
        severity=Severity.WARNING,
        message="The export has no column `amplitude_id`.",
        explanation="Amplitude always writes it. Without it anonymous members cannot be told apart or counted.",
        bad=b'"user_id"\n"user-001"\n',
        good=_GOOD,
        expected="a column named amplitude_id",
        fix="Keep the column when the file is edited.",
        source=_PIPEDREAM,
        contracts=EXPORT,
    ),
    Rule(
        code="X504",
        name="rows-are-complete",
        severity=Severity.ERROR,
        message="A row has more or fewer fields than the header.",
        explanation="The file was cut, or split on commas by something that does not know quotes. Ids hold commas and "
        "line breaks.",
        bad=_rows(b'"1610450763183","user","001"'),
        good=_rows(b'"1610450763183","user,001"'),
        expected="as many fields as the header has",
        fix="Write and read the file with a CSV library.",
        source=_PIPEDREAM,
        contracts=EXPORT,
    ),
    Rule(
        code="X505",
        name="amplitude-id-is-whole",
        severity=Severity.ERROR,
        message="An Amplitude id is not a whole number.",
        explanation="Ids have 13 digits, more than 32 bits hold. A spreadsheet turns them into 1.61045E+12, a "
        "float into 1610450763183.0.",
        bad=_rows(b'"1.61045E+12","user-001"'),
        good=_GOOD,
        expected="digits only",
        fix="Read the column as text, and never open the file in a spreadsheet to save it.",
        source=client("6 (42)", "NangoHQ/integration-templates recordings"),
        contracts=EXPORT,
    ),
    Rule(
        code="X506",
        name="amplitude-id-is-unique",
        severity=Severity.ERROR,
        message="An Amplitude id appears twice.",
        explanation="A member is one row. A repeated row usually means that two files, or two pages, were put "
        "together.",
        bad=_rows(b'"1610450763183","user-001"', b'"1610450763183","user-001"'),
        good=_GOOD,
        expected="one row for each member",
        fix="Take one export, whole.",
        source=amplitude("2.4, 5.6", "[doc]", "content/collections/data/en/instrument-track-unique-users.md"),
        contracts=EXPORT,
    ),
    Rule(
        code="X507",
        name="user-id-is-unique",
        severity=Severity.WARNING,
        message="A user id appears twice.",
        explanation="Two Amplitude users with one user id: a merge is under way, or ids were changed on the way. A "
        "sync that does not fold them tells the user twice.",
        bad=_rows(b'"1610450763183","user-001"', b'"1610450763184","user-001"'),
        good=_rows(b'"1610450763183","user-001"', b'"1610450763184","user-002"'),
        expected="a user id of its own for each row",
        fix="Treat the members as a set of user ids.",
        source=amplitude("5.6", "[doc]", "content/collections/data/en/instrument-track-unique-users.md"),
        contracts=EXPORT,
    ),
    Rule(
        code="X508",
        name="exported-id-is-trimmed",
        severity=Severity.WARNING,
        message="A user id has white space at an end, or a control character in it.",
        explanation="Ids are compared byte by byte, in Amplitude and in Segment. A reader that trims makes another "
        "user of it, one that does not may be right; whoever made the id should know.",
        bad=_rows(b'"1610450763183","user-001 "'),
        good=_GOOD,
        expected="the id without white space around it",
        fix="Pass the id on as it is, and correct it where it is made.",
        source=inferred("4.2", "ids are passed through as they are"),
        contracts=EXPORT,
    ),
    Rule(
        code="X509",
        name="exported-id-is-quoted-once",
        severity=Severity.WARNING,
        message="A user id stands in quotes after the CSV was read.",
        explanation="The id was quoted before it was written, so the quotes are part of it. Some clients strip them, "
        "and then it is another id.",
        bad=_rows(b'"1610450763183","""user-001"""'),
        good=_GOOD,
        expected="the id itself",
        fix="Quote once, with a CSV library.",
        source=client("8", "a csv.DictReader pipeline strips stray quotes"),
        contracts=EXPORT,
    ),
    Rule(
        code="X510",
        name="exported-id-is-undamaged",
        severity=Severity.WARNING,
        message="A user id looks like a number that a spreadsheet rewrote.",
        explanation="1.61045E+12 was a longer number once, 42.0 was 42. The id no longer belongs to anybody.",
        bad=_rows(b'"1610450763183","1.61045E+12"'),
        good=_rows(b'"1610450763183","1610450763183"'),
        expected="the id as the system of record writes it",
        fix="Import CSV columns as text.",
        source=client("6 (42)", "exports that a CSV tool had changed"),
        contracts=EXPORT,
    ),
    Rule(
        code="X511",
        name="exported-id-is-somebody",
        severity=Severity.WARNING,
        message="A user id is a placeholder, not an id.",
        explanation="`null`, `undefined` and their like are ids of nobody, collected from everybody without one. "
        "Amplitude refuses them today; old data still has them.",
        bad=_rows(b'"1610450763183","undefined"'),
        good=_GOOD,
        expected="the id of one user, or nothing",
        fix="Skip such members, and find where the missing value became text.",
        source=amplitude("5.1", "[doc]", "content/collections/apis/en/http-v2.md"),
        contracts=EXPORT,
    ),
    Rule(
        code="X512",
        name="export-is-utf-8",
        severity=Severity.ERROR,
        message="The export is not UTF-8.",
        explanation="Saved by a spreadsheet in the local encoding: every id with a letter beyond ASCII is another id "
        "now.",
        bad=_rows(b'"1610450763183","jos\xe9"'),
        good=_rows('"1610450763183","josé"'.encode()),
        expected="UTF-8",
        fix="Use the file as it was downloaded.",
        source=_PIPEDREAM,
        contracts=EXPORT,
    ),
    Rule(
        code="X513",
        name="export-starts-with-its-header",
        severity=Severity.WARNING,
        message="A byte order mark stands before the header.",
        explanation="A reader that does not expect it finds a column whose name starts with an invisible character, "
        "and no `amplitude_id`.",
        bad=b"\xef\xbb\xbf" + _GOOD,
        good=_GOOD,
        expected="the header",
        fix="Write the file as UTF-8 without BOM.",
        source=_PIPEDREAM,
        contracts=EXPORT,
    ),
    Rule(
        code="X514",
        name="export-is-complete",
        severity=Severity.ERROR,
        message="The file ends inside of a quoted field, or is not CSV at this place.",
        explanation="The download broke off. Taken for the whole cohort it makes everybody after the cut leave.",
        bad=_HEAD + b'"1610450763183","user-0',
        good=_GOOD,
        expected="a closing quote",
        fix="Compare the size with Content-Length, and download again.",
        source=_PIPEDREAM,
        contracts=EXPORT,
    ),
    Rule(
        code="X515",
        name="export-is-not-empty",
        severity=Severity.ERROR,
        message="The file is empty.",
        explanation="A cohort without members still has a header line. An empty file is a download that failed.",
        bad=b"",
        good=_HEAD,
        expected="a header line",
        fix="Download again; do not take it for an empty cohort.",
        source=_PIPEDREAM,
        contracts=EXPORT,
    ),
    Rule(
        code="X516",
        name="export-fits",
        severity=Severity.WARNING,
        message=f"The export has more than {COHORT_MEMBERS:,} members.",
        explanation="Amplitude exports cohorts of at most two million users; a larger file was not made by it, or is "
        "several put together.",
        bad=_HEAD + b"".join(b'"%d",""\n' % number for number in range(12)),
        good=_GOOD,
        expected=f"at most {COHORT_MEMBERS:,} members",
        fix="Split the cohort.",
        source=amplitude("0", "[doc]", _API),
        contracts=EXPORT,
    ),
    Rule(
        code="X517",
        name="fields-are-quoted",
        severity=Severity.NOTE,
        message="The fields are not quoted.",
        explanation="Amplitude quotes every field. A file without quotes was saved by another tool, which may have "
        "changed ids on the way: leading zeros, long numbers, dates.",
        bad=b"amplitude_id,user_id\n1610450763183,user-001\n",
        good=_GOOD,
        expected="every field in double quotes",
        fix="Use the file as it was downloaded.",
        source=_PIPEDREAM,
        contracts=EXPORT,
    ),
    Rule(
        code="X518",
        name="exported-ids-differ-in-more-than-case",
        severity=Severity.NOTE,
        message="Two user ids differ only in case, or in white space.",
        explanation="They are two users to Amplitude and Segment. A step that lower-cases or trims makes one of them.",
        bad=_rows(b'"1610450763183","User-001"', b'"1610450763184","user-001"'),
        good=_rows(b'"1610450763183","user-001"', b'"1610450763184","user-002"'),
        expected="ids that nobody confuses",
        fix="Make sure that nothing between Amplitude and Segment changes the case of ids.",
        source=amplitude("5.6", "[doc]", "content/collections/data/en/instrument-track-unique-users.md"),
        contracts=EXPORT,
    ),
)
