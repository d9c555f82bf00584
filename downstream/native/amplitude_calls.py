"""What Actions Amplitude's actions call, and with what, to the byte (destination facts 6 [run 3.497.0])."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from contracts.javascript import MISSING, cut_units, entries, json_text, text_of, truthy, units
from downstream.destination import Request
from downstream.mapping import day_ms
from downstream.native.calling import AGENT, Calls, basic
from downstream.native.user_agent import properties_of

_PATHS: Final = {
    "batch": "batch",
    "httpapi": "2/httpapi",
    "identify": "identify",
    "groupidentify": "groupidentify",
}
_OF_THE_DASHBOARD: Final = {"deletions": "deletions/users", "usersearch": "usersearch"}
_REVENUE: Final = ("revenue", "price", "productId", "quantity", "revenueType")
_ASIDE: Final = (
    "time", "session_id", "userAgent", "userAgentParsing", "includeRawUserAgent", "userAgentData", "min_id_length",
    "library", "library2",
)  # fmt: skip

_Payload = dict[str, Any]
_Settings = Mapping[str, Any]


def address(name: str, settings: _Settings) -> str:
    """Return where a kind of call goes in the region of the settings; North America where none is said."""
    is_europe = settings.get("endpoint") == "europe"
    if name in _OF_THE_DASHBOARD:
        return f"https://{'analytics.eu.' if is_europe else ''}amplitude.com/api/2/{_OF_THE_DASHBOARD[name]}"
    if name == "usermap":
        return f"https://api.{'eu.' if is_europe else ''}amplitude.com/usermap"
    return f"https://{'api.eu' if is_europe else 'api2'}.amplitude.com/{_PATHS[name]}"


def identify(payload: _Payload, settings: _Settings, calls: Calls) -> None:
    """Post an identify: the traits flat, campaign and referrer beside them."""
    kept = _without(payload, (*_ASIDE, "utm_properties", "referrer"), also=("time", "session_id", "library2"))
    _platform(kept, payload)
    if _has_campaign(payload):
        traits = _without(kept.get("user_properties") or {}, ("utm_properties", "referrer"))
        kept["user_properties"] = _merged(traits, _campaign(payload), _referrer(payload))
    calls.form(
        address("identify", settings),
        {
            "api_key": settings["apiKey"],
            "identification": json_text({**_agent(payload), **kept, "library": "segment"}),
            "options": _options_text(payload),
        },
    )


def track(payload: _Payload, settings: _Settings, calls: Calls) -> None:
    """Post one event; what is to be set once, always and added stands among the user properties."""
    kept = _without(payload, (*_ASIDE, *_REVENUE, "setOnce", "setAlways", "add"))
    _platform(kept, payload)
    _times(kept, payload)
    for name, key in (("$setOnce", "setOnce"), ("$set", "setAlways"), ("$add", "add")):
        given = payload.get(key)
        if given and any(value != "" for value in given.values()):
            kept["user_properties"] = {**(kept.get("user_properties") or {}), name: given}
    _post(payload, settings, calls, [{**_agent(payload), **kept, "library": _library(payload)}])


def log_event(payload: _Payload, settings: _Settings, calls: Calls) -> None:
    """Post one event as the older action does: campaign and referrer as an order has them, products left in it."""
    _, main = _older(payload)
    _post(payload, settings, calls, [{**main, "library": _library(payload)}])


def purchase(payload: _Payload, settings: _Settings, calls: Calls) -> None:
    """Post an order: one event for it, and one for each product."""
    products = payload.get("products") or []
    is_each = truthy(payload.get("trackRevenuePerProduct", MISSING))
    kept, main = _older(payload, aside=("products", "trackRevenuePerProduct"))
    whole = {} if products and is_each else _revenue(payload)
    events = [{**main, **whole, "library": _library(payload)}]
    for product in products:
        insert_id = kept.get("insert_id")
        own = {
            "event_properties": product,
            "event_type": "Product Purchased",
            "insert_id": f"{insert_id}-{len(events) + 1}" if insert_id else MISSING,
            "library": _library(payload),
        }
        events.append({**kept, **(_revenue(product) if is_each else {}), **own})
    _post(payload, settings, calls, events)


def group(payload: _Payload, settings: _Settings, calls: Calls, now: Callable[[], int]) -> None:
    """Put a user into a group, where there is one, then set its properties; `now` is for an event without time."""
    of = {payload["group_type"]: payload["group_value"]}
    common = {"api_key": settings["apiKey"]}
    options = {"options": _options_text(payload)}
    if payload.get("user_id") or payload.get("device_id"):
        time = day_ms(payload["time"]) if "time" in payload else now()
        member = {
            "device_id": payload.get("device_id", MISSING),
            "groups": of,
            "insert_id": payload.get("insert_id", MISSING),
            "library": "segment",
            "time": time,
            "user_id": payload.get("user_id", MISSING),
            "user_properties": of,
        }
        calls.form(address("identify", settings), {**common, "identification": json_text([member]), **options})
    itself = {
        "group_properties": payload.get("group_properties", MISSING),
        "group_value": payload["group_value"],
        "group_type": payload["group_type"],
        "library": "segment",
    }
    calls.form(address("groupidentify", settings), {**common, "identification": json_text([itself]), **options})


def alias(payload: _Payload, settings: _Settings, calls: Calls) -> None:
    """Map one user id to another."""
    options = _options_text(payload)
    form = {"api_key": settings["apiKey"], "mapping": json_text([payload])}
    calls.form(address("usermap", settings), form if options == "undefined" else {**form, "options": options})


def test_authentication(settings: _Settings, calls: Calls) -> None:
    """Look for a user that nobody has, with both keys."""
    keys = basic(settings["apiKey"], settings["secretKey"])
    url = f"{address('usersearch', settings)}?user=testUser@example.com"
    calls.send(Request("GET", url, {"user-agent": AGENT, "authorization": keys}))


def delete(user_id: Any, settings: _Settings, calls: Calls) -> None:
    """Ask for a user's deletion."""
    keys = basic(settings["apiKey"], settings["secretKey"])
    body = {"user_ids": [user_id], "requester": "segment"}
    calls.json(address("deletions", settings), body, headers={"authorization": keys})


def _post(payload: _Payload, settings: _Settings, calls: Calls, events: list[dict[str, Any]]) -> None:
    least = payload.get("min_id_length")
    name = "batch" if truthy(payload.get("use_batch_endpoint", MISSING)) else "httpapi"
    options = {"min_id_length": least} if least and least > 0 else MISSING
    calls.json(address(name, settings), {"api_key": settings["apiKey"], "events": events, "options": options})


def _older(payload: _Payload, aside: tuple[str, ...] = ()) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what an order's events share, and its main event before revenue and library."""
    kept = _without(payload, (*_ASIDE, *_REVENUE, *aside, "utm_properties", "referrer"))
    _platform(kept, payload)
    _times(kept, payload)
    if _has_campaign(payload):
        traits = _without(kept.get("user_properties") or {}, ("utm_properties", "referrer"))
        kept["user_properties"] = _merged(_campaign(payload), _referrer(payload), traits)
    return kept, {**_agent(payload), **kept}


def _without(given: Mapping[str, Any], keys: tuple[str, ...], *, also: tuple[str, ...] = ()) -> dict[str, Any]:
    return {key: value for key, value in entries(dict(given)) if key not in keys and key not in also}


def _platform(kept: dict[str, Any], payload: _Payload) -> None:
    if kept.get("platform"):
        ios = re.sub("ios", "iOS", kept["platform"], count=1, flags=re.IGNORECASE | re.ASCII)
        kept["platform"] = re.sub("android", "Android", ios, count=1, flags=re.IGNORECASE | re.ASCII)
    elif payload.get("library") == "analytics.js":
        kept["platform"] = "Web"


def _times(kept: dict[str, Any], payload: _Payload) -> None:
    time, session = payload.get("time"), payload.get("session_id")
    if truthy(time) and (at := day_ms(time)) is not None:
        kept["time"] = at
    if truthy(session) and (at := day_ms(session)) is not None:
        is_digits = isinstance(session, str) and session.isascii() and session.isdecimal()
        kept["session_id"] = int(str(session)) if is_digits else at


def _agent(payload: _Payload) -> dict[str, Any]:
    """Return what the user agent says, which stands first and gives way to what the event says."""
    agent = payload.get("userAgent", MISSING)
    found: dict[str, Any] = {}
    if truthy(payload.get("userAgentParsing", MISSING)) and agent:
        found = properties_of(agent, payload.get("userAgentData") or {})
    if truthy(payload.get("includeRawUserAgent", MISSING)):
        found["user_agent"] = agent
    return found


def _library(payload: _Payload) -> Any:
    library = payload.get("library2") or {}
    return library.get("mapping", MISSING) if library.get("behavior") == "use_mapping" else "segment"


def _options_text(payload: _Payload) -> str:
    least = payload.get("min_id_length")
    return json_text({"min_id_length": least}) if least and least > 0 else "undefined"


def _revenue(of: Mapping[str, Any]) -> dict[str, Any]:
    price, quantity, revenue = of.get("price"), of.get("quantity"), of.get("revenue")
    is_counted = isinstance(quantity, int | float)
    if isinstance(quantity, int | float) and isinstance(price, int | float):
        revenue = float(quantity) * float(price)
    if not truthy(revenue):
        return {}
    kind = of.get("revenueType")
    return {
        "revenue": revenue,
        "revenueType": "Purchase" if kind is None else kind,
        "quantity": quantity if is_counted else MISSING,
        "price": of.get("price", MISSING),
        "productId": of.get("productId", MISSING),
    }


def _has_campaign(payload: _Payload) -> bool:
    return bool(payload.get("utm_properties") or payload.get("referrer"))


def _campaign(payload: _Payload) -> dict[str, Any]:
    utm = payload.get("utm_properties")
    if utm is None:
        return {}
    return {"$set": dict(utm), "$setOnce": {f"initial_{key}": value for key, value in utm.items()}}


def _referrer(payload: _Payload) -> dict[str, Any]:
    referrer = payload.get("referrer")
    return {"$set": {"referrer": referrer}, "$setOnce": {"initial_referrer": referrer}} if referrer else {}


def _merged(*several: Mapping[str, Any]) -> dict[str, Any]:
    """Return properties laid over one another, with `$set` and `$setOnce` joined where any has them."""
    merged: dict[str, Any] = {}
    for each in several:
        joined = {
            name: {**_spread(merged.get(name)), **_spread(each.get(name))}
            for name in ("$set", "$setOnce")
            if truthy(merged.get(name)) or truthy(each.get(name))
        }
        merged = {**merged, **each, **joined}
    return merged


def _spread(value: Any) -> dict[str, Any]:
    """Return the members that `{...value}` copies: of a text and a list their places."""
    if isinstance(value, dict):
        return value
    if isinstance(value, str):
        return {str(at): cut_units(value, at, at + 1) for at in range(len(units(value)))}
    return {text_of(at): each for at, each in enumerate(value)} if isinstance(value, list) else {}
