"""J0xx: text that is not JSON, or is JSON that no two readers understand alike."""

from __future__ import annotations

from contracts.catalogue.sources import HTTP_API, inferred, observed, segment
from contracts.limits import LONGEST_LINE
from contracts.rule import Rule, Severity

_GOOD = b'{"type":"identify","userId":"user-001","traits":{"plan":"pro"}}\n'
_REFUSED = "The edge answers 400 `malformed JSON`, and nothing of the request is kept, however many events it holds."
_INVALID = segment("1.6", "[doc]", HTTP_API)


def _broken(before: bytes, after: bytes) -> bytes:
    return _GOOD.replace(before, after)


RULES = (
    Rule(
        code="J001",
        name="json-is-well-formed",
        severity=Severity.ERROR,
        message="The text must be JSON.",
        explanation=_REFUSED,
        bad=_broken(b'"userId":', b'"userId"='),
        good=_GOOD,
        expected="well-formed JSON (RFC 8259)",
        fix="Write the body with a JSON library instead of by hand.",
        source=_INVALID,
        contracts=("text",),
    ),
    Rule(
        code="J002",
        name="no-nan",
        severity=Severity.ERROR,
        message="NaN and Infinity are not JSON numbers.",
        explanation="Python's encoder writes a bare NaN unless told otherwise, and so does the Python SDK. One such "
        f"float loses a whole batch. {_REFUSED}",
        bad=_broken(b'"pro"', b"NaN"),
        good=_broken(b'"pro"', b"null"),
        expected="a finite number, or null",
        fix="Leave the value out or send null; in Python, `json.dumps(..., allow_nan=False)` finds it at the source.",
        source=inferred("1.4, 6 (11)", "NaN is invalid JSON, and invalid JSON is documented as a 400"),
        contracts=("text",),
    ),
    Rule(
        code="J003",
        name="no-byte-order-mark",
        severity=Severity.ERROR,
        message="JSON text must not start with a byte order mark.",
        explanation="Some Windows tools write one. It is invisible in an editor, and a strict reader refuses the "
        f"document because of it. {_REFUSED}",
        bad=b"\xef\xbb\xbf" + _GOOD,
        good=_GOOD,
        expected="the document's first character",
        fix="Write the file as UTF-8 without BOM; in Python read such a file with `encoding='utf-8-sig'`.",
        source=inferred("1.4", "RFC 8259 forbids writing it, and the edge reads strict JSON"),
        contracts=("text",),
    ),
    Rule(
        code="J004",
        name="json-is-complete",
        severity=Severity.ERROR,
        message="The document ends before it is complete.",
        explanation="A connection that broke off, a log line cut at a length limit, or a disk that was full. "
        f"{_REFUSED}",
        bad=_broken(b'"pro"}}', b'"pro"'),
        good=_GOOD,
        expected="the rest of the document",
        fix="Capture the whole body again; when a log cuts its lines, raise the limit.",
        source=_INVALID,
        contracts=("text",),
    ),
    Rule(
        code="J005",
        name="keys-are-unique",
        severity=Severity.WARNING,
        message="An object names the same key twice.",
        explanation="JSON leaves open which of the two counts. Most readers keep the last one, so the first is lost "
        "without a word, and another reader on the way may keep the other one.",
        bad=_broken(b'"plan":"pro"', b'"plan":"free","plan":"pro"'),
        good=_GOOD,
        expected="every key once in an object",
        fix="Find the code that adds the key twice; a map or dictionary cannot.",
        source=inferred("1.4", "RFC 8259 calls the behaviour of readers unpredictable"),
        contracts=("text",),
    ),
    Rule(
        code="J006",
        name="nesting-is-bounded",
        severity=Severity.ERROR,
        message="Arrays and objects nest too deep.",
        explanation="More than 1,024 levels is an attack or a loop in the data; strict readers give up. Nobody "
        "publishes Segment's own limit.",
        bad=_broken(b'"pro"', b"[" * 1_100 + b"]" * 1_100),
        good=_broken(b'"pro"', b"[" * 5 + b"]" * 5),
        expected="at most 1,024 levels",
        fix="Look for an object that contains itself.",
        source=inferred("8", "no limit is published; this is the limit of the parser used here"),
        contracts=("text",),
    ),
    Rule(
        code="J007",
        name="text-is-utf-8",
        severity=Severity.ERROR,
        message="JSON text must be UTF-8.",
        explanation="Latin-1, Windows-1252 and UTF-16 look right in the tool that wrote them. Sent as they are, the "
        f"first letter beyond ASCII makes the document invalid. {_REFUSED}",
        bad=_broken(b'"pro"', b'"caf\xe9"'),
        good=_broken(b'"pro"', '"café"'.encode()),
        expected="UTF-8",
        fix="Encode as UTF-8 where the text becomes bytes.",
        source=_INVALID,
        contracts=("text",),
    ),
    Rule(
        code="J008",
        name="surrogates-are-paired",
        severity=Severity.ERROR,
        message="A string escapes half of a surrogate pair.",
        explanation="A string was cut in the middle of an emoji or another character beyond the basic plane. Half of "
        "a pair is no character, and cannot be written as UTF-8.",
        bad=_broken(b'"pro"', b'"pro \\ud83d"'),
        good=_broken(b'"pro"', b'"pro \\ud83d\\ude80"'),
        expected="both halves",
        fix="Cut strings by characters, not by UTF-16 units.",
        source=inferred("1.4", "strict readers refuse it; what the edge does is not published"),
        contracts=("text",),
    ),
    Rule(
        code="J009",
        name="no-trailing-comma",
        severity=Severity.ERROR,
        message="A comma stands before a closing bracket, or nothing between two commas.",
        explanation=f"JavaScript and Python forgive it, JSON does not. {_REFUSED}",
        bad=_broken(b'"pro"}', b'"pro",}'),
        good=_GOOD,
        expected="a value, or no comma",
        fix="Remove the comma.",
        source=observed("1.4", "analytics-android#597: empty array elements were answered 400", "2018"),
        contracts=("text",),
    ),
    Rule(
        code="J010",
        name="no-nul-padding",
        severity=Severity.ERROR,
        message="A NUL byte stands in the document.",
        explanation="Buffers that were not cut to their content, and files after a crash, end in NUL bytes. SDKs have "
        f"sent such batches. {_REFUSED}",
        bad=_GOOD.rstrip() + b"\x00\x00\x00\n",
        good=_GOOD,
        expected="JSON and white space only",
        fix="Send as many bytes as were written, not the whole buffer.",
        source=observed("6 (12)", "analytics-swift#320", "2024"),
        contracts=("text",),
    ),
    Rule(
        code="J011",
        name="one-value-a-document",
        severity=Severity.ERROR,
        message="Something follows the end of the document.",
        explanation="Two batches written one after the other, or two log lines without a line break between them. "
        f"{_REFUSED}",
        bad=_GOOD.rstrip() * 2 + b"\n",
        good=_GOOD * 2,
        expected="the end of the line",
        fix="Put each document on its own line, or events into one array.",
        source=observed("6 (12)", "analytics-swift#320: concatenated batches", "2024"),
        contracts=("text",),
    ),
    Rule(
        code="J012",
        name="there-is-something",
        severity=Severity.ERROR,
        message="There is nothing to check.",
        explanation="An empty body is refused by the edge like any other text that is not JSON. An empty file usually "
        "means that the capture failed; a check of it proves nothing.",
        bad=b"\n",
        good=_GOOD,
        expected="at least one JSON value",
        fix="Check that the capture ran and that the path is right.",
        source=observed("1.6", "probe log of the live API: an empty body is `malformed JSON`"),
        contracts=("text",),
    ),
    Rule(
        code="J013",
        name="text-is-not-compressed",
        severity=Severity.ERROR,
        message="The bytes are gzip, not JSON.",
        explanation="On the wire gzip is fine when `Content-Encoding: gzip` says so. Without the header, and in a "
        "file, the bytes are not JSON.",
        bad=b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00",
        good=_GOOD,
        expected="JSON text",
        fix="Decompress it first: `gunzip -c FILE | cohortlab check -`.",
        source=segment("1.4", "[sdk]", "analytics-python and analytics-kotlin compress and set the header"),
        contracts=("text",),
    ),
    Rule(
        code="J014",
        name="literals-are-json",
        severity=Severity.ERROR,
        message="A literal of another language stands where JSON has its own.",
        explanation="Printing a Python dictionary or a JavaScript object gives single quotes, True, None or undefined; "
        f"it only looks like JSON. {_REFUSED}",
        bad=_broken(b'"pro"', b"True"),
        good=_broken(b'"pro"', b"true"),
        expected="double quotes, true, false, null",
        fix="Serialise with `json.dumps` or `JSON.stringify` instead of printing the object.",
        source=_INVALID,
        contracts=("text",),
    ),
    Rule(
        code="J015",
        name="line-is-bounded",
        severity=Severity.ERROR,
        message=f"The line is longer than {LONGEST_LINE:,} bytes.",
        explanation="No event or batch may be that long, so the line cannot be one. Its content is skipped, to keep "
        "memory bounded, and the next line is checked. The usual cause is a file without line breaks.",
        bad=b'{"type":"identify","userId":"user-001","traits":{"notes":"' + b"x" * LONGEST_LINE + b'"}}\n',
        good=_GOOD,
        expected=f"at most {LONGEST_LINE:,} bytes; Segment takes 512,000",
        fix="Put each event on its own line.",
        source=segment("1.7", "[doc]", HTTP_API),
        contracts=("text",),
    ),
    Rule(
        code="J016",
        name="line-endings-agree",
        severity=Severity.NOTE,
        message="The file mixes line endings.",
        explanation="LF, CRLF and CR in one file mean that it was put together from several sources. All three are "
        "white space in JSON, and the lines are read all the same; other tools count the lines differently.",
        bad=_GOOD + _GOOD.rstrip() + b"\r\n" + _GOOD,
        good=_GOOD * 3,
        expected="one kind of line ending",
        fix="Write all lines with LF.",
        source=inferred("1.4", "RFC 8259 takes them as white space; only people and tools disagree"),
        contracts=("text",),
    ),
)
