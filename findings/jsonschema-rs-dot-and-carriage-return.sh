#!/usr/bin/env bash
# jsonschema-rs 0.60.3 and 0.61.2 (PyPI): the dot of a `pattern` takes a carriage return in the one and refuses it in the other.
#
# Both are right by some standard: JSON Schema's patterns are ECMA-262, where the dot takes no line terminator, and U+2028 is one; Segment's validator
# is Go's, where it takes everything but a line feed. A text that a form or a spreadsheet hands on with "\r" was valid under `^.+$` and is not
# after an update of a minor version, while jsonschema (Python's `re`) goes on taking it. Where two validators share a contract, "any character" is
# better written as [\s\S] or [^\n].
#
# Exits 0 while that is so, 1 when it has changed, 2 when a package cannot be installed.
set -u
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for package in 'jsonschema-rs==0.60.3' 'jsonschema-rs==0.61.2' 'jsonschema==4.26.0'; do
  python3 -m pip install --quiet --disable-pip-version-check --target "$folder/${package//=/}" "$package" || exit 2
done
cat >"$folder/see.py" <<'PY'
import sys

if sys.argv[1] == "rs":
    from jsonschema_rs import is_valid
else:
    from jsonschema import Draft202012Validator

    def is_valid(schema, value):
        return Draft202012Validator(schema).is_valid(value)

for pattern in ("^.+$", r"^[^\n]+$"):
    told = [is_valid({"type": "string", "pattern": pattern}, text) for text in ("a b", "a\rb", "a\u2028b", "a\nb")]
    print(sys.argv[2], pattern, *told)
PY
{
  PYTHONPATH="$folder/jsonschema-rs0.60.3" python3 "$folder/see.py" rs jsonschema-rs-0.60.3
  PYTHONPATH="$folder/jsonschema-rs0.61.2" python3 "$folder/see.py" rs jsonschema-rs-0.61.2
  PYTHONPATH="$folder/jsonschema4.26.0" python3 "$folder/see.py" python jsonschema-4.26.0
} | tee "$folder/out" || exit 1
diff "$folder/out" - <<'EXPECTED' && echo "As described: a blank, then a carriage return, U+2028 and a line feed."
jsonschema-rs-0.60.3 ^.+$ True True True False
jsonschema-rs-0.60.3 ^[^\n]+$ True True True False
jsonschema-rs-0.61.2 ^.+$ True False False False
jsonschema-rs-0.61.2 ^[^\n]+$ True True True False
jsonschema-4.26.0 ^.+$ True True True False
jsonschema-4.26.0 ^[^\n]+$ True True True False
EXPECTED
