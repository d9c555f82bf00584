"""A mapping carried out on an event, directive by directive (destination facts 5 [run core 3.170.0])."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn

from contracts.javascript import MISSING, cut_units, entries, json_text, text_of, truthy, units
from downstream.mapping.errors import MappingError
from downstream.mapping.paths import filled, rooted, value_at
from downstream.mapping.replacing import replaced
from downstream.mapping.shape import LONGEST_PATTERN, faults, is_directive

ROOT: Final = "__segment_internal_directive"

_Directive = Callable[[Any, Any], Any]


def transform(mapping: Mapping[str, Any], event: Any) -> Any:
    """Return what a mapping makes of an event; what is absent is left out of objects, and MISSING in lists.

    Raises MappingError where the package throws, and for @liquid, which is not carried out here.
    """
    if not isinstance(event, dict):
        raise MappingError("a mapping is carried out on an object")
    whole = _with_root(mapping)
    try:
        wrong = list(faults(whole))
        if wrong:
            raise MappingError("; ".join(wrong))
        return _present(_resolve(whole, event))
    except RecursionError as error:
        raise MappingError("the event or the mapping is nested too deeply") from error


def _with_root(mapping: Mapping[str, Any]) -> Any:
    """Return a mapping with its root directive around it, if it has one."""
    if ROOT not in mapping:
        return mapping
    root = mapping[ROOT]
    if not isinstance(root, dict) or len(root) != 1:
        raise MappingError("the root mapping must hold a single directive")
    ((name, options),) = root.items()
    if not isinstance(options, dict):
        raise MappingError("the root directive must be an object")
    return {name: {**options, "mapping": {key: value for key, value in mapping.items() if key != ROOT}}}


def _present(value: Any) -> Any:
    if isinstance(value, list):
        return [_present(each) for each in value]
    if isinstance(value, dict):
        return {key: _present(each) for key, each in value.items() if each is not MISSING}
    return value


def _resolve(mapping: Any, event: Any) -> Any:
    if isinstance(mapping, list):
        return [_resolve(each, event) for each in mapping]
    if not isinstance(mapping, dict):
        return mapping
    if is_directive(mapping):
        name = next(key for key, _ in entries(mapping) if key.startswith("@"))
        if name not in _DIRECTIVES:
            _refuse(name, "is no directive")
        return _DIRECTIVES[name](mapping[name], event)
    return {key: _resolve(each, event) for key, each in entries(mapping)}


def _refuse(name: str, why: str) -> NoReturn:
    raise MappingError(f"{name} {why}")


def _options(name: str, given: Any, *needed: str) -> dict[str, Any]:
    """Return a directive's options, with what JavaScript takes for false counting as not given."""
    if not isinstance(given, dict):
        _refuse(name, "requires an object")
    for key in needed:
        if not truthy(given.get(key, MISSING)):
            _refuse(name, f'requires a "{key}" key')
    return given


def _text(name: str, given: Any, event: Any) -> str:
    text = _resolve(given, event)
    if not isinstance(text, str):
        _refuse(name, "expected a text")
    return text


def _if(given: Any, event: Any) -> Any:
    options = _options("@if", given)
    if not truthy(options.get("exists", MISSING)) and not truthy(options.get("blank", MISSING)):
        _refuse("@if", 'requires an "exists" key or a "blank" key')
    if "exists" in options:
        value = _resolve(options["exists"], event)
        holds = value is not MISSING and value is not None
    else:
        holds = not _is_blank(_resolve(options["blank"], event))
    if holds and "then" in options:
        return _resolve(options["then"], event)
    if not holds and truthy(options.get("else", MISSING)):  # false, 0 and "" are lost here
        return _resolve(options["else"], event)
    return MISSING


def _is_blank(value: Any) -> bool:
    if value is None or value is MISSING or value is False:
        return True
    if isinstance(value, int | float):
        return value == 0
    return isinstance(value, str | list) and text_of(value) == ""


def _case(given: Any, event: Any) -> Any:
    options = _options("@case", given, "operator")
    if not truthy(options.get("value", MISSING)):
        return MISSING
    value = _resolve(options["value"], event)
    if not isinstance(value, str):
        return value
    if options["operator"] not in {"lower", "upper"}:
        _refuse("@case", 'has an operator that is neither "lower" nor "upper"')
    return value.lower() if options["operator"] == "lower" else value.upper()


def _replace(given: Any, event: Any) -> Any:
    options = _options("@replace", given, "pattern")
    defaults: dict[str, Any] = {"replacement": "", "ignorecase": False, "global": True}
    known = {key: default if options.get(key) is None else options[key] for key, default in defaults.items()}
    if not truthy(options.get("value", MISSING)):
        return MISSING
    value = _resolve(options["value"], event)
    if isinstance(value, bool | int | float):
        value = text_of(value)
    pattern, ignorecase, everywhere = options["pattern"], known["ignorecase"], known["global"]
    is_usable = isinstance(value, str) and isinstance(pattern, str) and isinstance(known["replacement"], str)
    if not is_usable or not isinstance(ignorecase, bool) or not isinstance(everywhere, bool):
        return ""
    done = _replaced(value, pattern, known["replacement"], ignorecase, everywhere)
    second = options.get("pattern2", MISSING)
    if truthy(second) and isinstance(second, str):
        by = "" if options.get("replacement2") is None else options["replacement2"]
        done = _replaced(done, second, by, ignorecase, everywhere) if isinstance(by, str) else done
    return done


def _replaced(value: str, pattern: str, by: str, ignorecase: bool, everywhere: bool) -> str:
    if len(units(pattern)) > LONGEST_PATTERN or len(units(by)) > LONGEST_PATTERN:
        _refuse("@replace", f"takes patterns and replacements of at most {LONGEST_PATTERN} characters")
    return replaced(value, pattern, by, ignorecase=ignorecase, everywhere=everywhere)


def _array_path(given: Any, event: Any) -> Any:
    if not isinstance(given, list):
        _refuse("@arrayPath", "expected a list")
    path = given[0] if given else MISSING
    root = value_at(event, rooted(path)) if isinstance(path, str) else _resolve(path, event)
    shape = given[1] if len(given) > 1 else MISSING
    if isinstance(root, dict | list) and isinstance(shape, dict) and shape:
        return [_resolve(shape, item) for item in (root if isinstance(root, list) else [root])]
    return root


def _path(given: Any, event: Any) -> Any:
    return value_at(event, rooted(_text("@path", given, event)))


def _template(given: Any, event: Any) -> str:
    return filled(_text("@template", given, event), event)


def _flatten(given: Any, event: Any) -> Any:
    options = _options("@flatten", given, "separator")
    separator = _resolve(options["separator"], event)
    if not isinstance(separator, str):
        _refuse("@flatten", "requires a text as separator")
    flat: dict[str, Any] = {}
    value = _resolve(options.get("value", MISSING), event)
    _flattened(value, "", separator, not truthy(options.get("omitArrays", MISSING)), flat)
    return flat


def _flattened(value: Any, prefix: str, separator: str, into_lists: bool, flat: dict[str, Any]) -> None:
    if isinstance(value, dict):
        inner = list(entries(value))
    elif into_lists and isinstance(value, list):
        inner = [(str(place), each) for place, each in enumerate(value)]
    else:
        flat[prefix] = value
        return
    for key, each in inner:
        _flattened(each, f"{prefix}{separator}{key}" if prefix else key, separator, into_lists, flat)


def _json(given: Any, event: Any) -> Any:
    options = _options("@json", given, "mode", "value")
    value = _resolve(options["value"], event)
    if options["mode"] == "encode":
        return MISSING if value is MISSING else json_text(value)
    if options["mode"] != "decode":
        return MISSING
    try:
        return json.loads(value, parse_constant=_no_constant) if isinstance(value, str) else value
    except ValueError:
        return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _merge(given: Any, event: Any) -> dict[str, Any]:
    options = _options("@merge", given, "direction", "objects")
    direction = _resolve(options["direction"], event)
    if not isinstance(options["objects"], list):
        _refuse("@merge", "expected a list of objects")
    objects = [_resolve(each, event) for each in options["objects"]]
    merged: dict[str, Any] = {}
    for each in reversed(objects) if direction == "left" else objects:
        if isinstance(each, dict):
            merged.update(each)
        elif isinstance(each, str | list):  # their places are their keys
            held = [cut_units(each, at, at + 1) for at in range(len(units(each)))] if isinstance(each, str) else each
            merged.update((str(place), one) for place, one in enumerate(held))
    return merged


def _transform(given: Any, event: Any) -> Any:
    options = _options("@transform", given, "mapping", "apply")
    if not isinstance(options["apply"], dict):
        _refuse("@transform", 'takes an object as "apply"')
    return _resolve(options["mapping"], transform(options["apply"], event))


def _exclude_when_null(given: Any, event: Any) -> Any:
    value = _resolve(given, event)
    return MISSING if value is None else _without_nulls(value)


def _without_nulls(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {key: MISSING if each is None else _without_nulls(each) for key, each in value.items()}


def _liquid(_given: Any, _event: Any) -> Any:
    _refuse("@liquid", "is not carried out here: it needs Segment's own code, in Node")


_DIRECTIVES: Final[Mapping[str, _Directive]] = {
    "@if": _if,
    "@case": _case,
    "@replace": _replace,
    "@arrayPath": _array_path,
    "@path": _path,
    "@template": _template,
    "@literal": _resolve,
    "@flatten": _flatten,
    "@json": _json,
    "@merge": _merge,
    "@transform": _transform,
    "@excludeWhenNull": _exclude_when_null,
    "@liquid": _liquid,
}
