"""The fields of Actions Amplitude's actions: labels, types, and where each comes from (destination facts 6)."""

from __future__ import annotations

from typing import Any, Final

from contracts.javascript import MISSING
from downstream.mapping import Field


def _at(label: str, path: str = "", kind: str = "string", **more: Any) -> Field:
    return Field(label, kind, default={"@path": f"$.{path}"} if path else MISSING, **more)


def _either(label: str, first: str, second: str) -> Field:
    paths = {"exists": {"@path": f"$.{first}"}, "then": {"@path": f"$.{first}"}, "else": {"@path": f"$.{second}"}}
    return Field(label, default={"@if": paths})


def _object(label: str, members: dict[str, tuple[str, str]], *, additional: bool = False) -> Field:
    """Return an object field of texts: their labels, and their paths in the event's context."""
    return Field(
        label,
        "object",
        additional=additional,
        properties={name: Field(said) for name, (said, _) in members.items()},
        default={name: {"@path": f"$.context.{path}"} for name, (_, path) in members.items()},
    )


_UTM: Final = {"source": "source", "medium": "medium", "campaign": "name", "term": "term", "content": "content"}
_UTM_MEMBERS: Final = {f"utm_{key}": (f"UTM {key.title()}", f"campaign.{path}") for key, path in _UTM.items()}
_INITIAL: Final = {
    f"initial_{name}": (f"Initial {label}", path)
    for name, (label, path) in {"referrer": ("Referrer", "page.referrer"), **_UTM_MEMBERS}.items()
}
_MINIMUM: Final = {"min_id_length": Field("Minimum ID Length", "integer", nullable=True)}
_DEVICE_ID: Final = _either("Device ID", "context.device.id", "anonymousId")
_USER_ID: Final = _at("User ID", "userId", nullable=True)
_REFERRER: Final = _at("Referrer", "context.page.referrer")
_UTM_PROPERTIES: Final = _object("UTM Properties", _UTM_MEMBERS)
_USER_AGENT_DATA: Final = _object(
    "User Agent Data",
    {
        "model": ("Model", "userAgentData.model"),
        "platformVersion": ("PlatformVersion", "userAgentData.platformVersion"),
    },
)
_DEVICE: Final = {
    "app_version": _at("App Version", "context.app.version"),
    "platform": _at("Platform", "context.device.type"),
    "os_name": _at("OS Name", "context.os.name"),
    "os_version": _at("OS Version", "context.os.version"),
    "device_brand": _at("Device Brand", "context.device.brand"),
    "device_manufacturer": _at("Device Manufacturer", "context.device.manufacturer"),
    "device_model": _at("Device Model", "context.device.model"),
    "carrier": _at("Carrier", "context.network.carrier"),
    "country": _at("Country", "context.location.country"),
    "region": _at("Region", "context.location.region"),
    "city": _at("City", "context.location.city"),
    "dma": _at("Designated Market Area"),
    "language": _at("Language", "context.locale"),
}
_AGENT: Final = {
    "userAgent": _at("User Agent", "context.userAgent"),
    "userAgentParsing": Field("User Agent Parsing", "boolean", default=True),
    "includeRawUserAgent": Field("Include Raw User Agent", "boolean", default=False),
}

IDENTIFY: Final = {
    "user_id": _USER_ID,
    "device_id": _DEVICE_ID,
    "user_properties": _at("User Properties", "traits", "object"),
    "groups": _at("Groups", kind="object"),
    **_DEVICE,
    "paying": _at("Is Paying", kind="boolean"),
    "start_version": _at("Initial Version"),
    "insert_id": _at("Insert ID"),
    **_AGENT,
    "utm_properties": _UTM_PROPERTIES,
    "referrer": _REFERRER,
    **_MINIMUM,
    "library": _at("Library", "context.library.name"),
    "userAgentData": _USER_AGENT_DATA,
}

_EVENT: Final = {
    "user_id": _USER_ID,
    "device_id": _DEVICE_ID,
    "event_type": _at("Event Type", "event", required=True),
    "session_id": _at("Session ID", "integrations.Actions Amplitude.session_id", "datetime"),
    "time": _at("Timestamp", "timestamp", "datetime"),
    "event_properties": _at("Event Properties", "properties", "object"),
    "user_properties": _at("User Properties", "traits", "object"),
    "groups": _at("Groups", kind="object"),
    **_DEVICE,
    "price": _at("Price", "properties.price", "number"),
    "quantity": _at("Quantity", "properties.quantity", "integer"),
    "revenue": _at("Revenue", "properties.revenue", "number"),
    "productId": _at("Product ID", "properties.productId"),
    "revenueType": _at("Revenue Type", "properties.revenueType"),
    "location_lat": _at("Latitude", "context.location.latitude", "number"),
    "location_lng": _at("Longtitude", "context.location.longitude", "number"),
    "ip": _at("IP Address", "context.ip"),
    "idfa": _either("Identifier For Advertiser (IDFA)", "context.device.advertisingId", "context.device.idfa"),
    "idfv": _at("Identifier For Vendor (IDFV)", "context.device.id"),
    "adid": _either("Google Play Services Advertising ID", "context.device.advertisingId", "context.device.idfa"),
    "android_id": _at("Android ID"),
    "event_id": _at("Event ID", kind="integer"),
    "insert_id": _at("Insert ID"),
    "library": _at("HIDDEN: Library", "context.library.name"),
    "library2": Field(
        "Library Settings",
        "object",
        properties={
            "behavior": Field("Behavior", choices=("auto", "use_mapping")),
            "mapping": Field("Library Mapping"),
        },
        default={"behavior": "use_mapping", "mapping": {"@path": "$.context.library.name"}},
    ),
}

_PRODUCT: Final = {
    "price": Field("Price", "number"),
    "quantity": Field("Quantity", "integer"),
    "revenue": Field("Revenue", "number"),
    "productId": Field("Product ID"),
    "revenueType": Field("Revenue Type"),
}
_PRODUCTS: Final = Field(
    "Products",
    "object",
    multiple=True,
    additional=True,
    properties=_PRODUCT,
    default={
        "@arrayPath": [
            "$.properties.products",
            {key: {"@path": key} for key in ("price", "revenue", "quantity", "productId", "revenueType")},
        ]
    },
)
_BATCH: Final = {"use_batch_endpoint": Field("Use Batch Endpoint", "boolean", default=False)}

TRACK: Final = {
    **_EVENT,
    "products": _PRODUCTS,
    "setOnce": _object("Set Once", _INITIAL, additional=True),
    "setAlways": _object("Set Always", {"referrer": ("Referrer", "page.referrer"), **_UTM_MEMBERS}, additional=True),
    "add": Field("Add", "object", additional=True),
    **_BATCH,
    **_AGENT,
    **_MINIMUM,
    "userAgentData": _USER_AGENT_DATA,
}

PURCHASE: Final = {
    "trackRevenuePerProduct": Field("Track Revenue Per Product", "boolean", default=False),
    **_EVENT,
    "products": _PRODUCTS,
    **_BATCH,
    **_AGENT,
    "utm_properties": _UTM_PROPERTIES,
    "referrer": _REFERRER,
    **_MINIMUM,
    "userAgentData": _USER_AGENT_DATA,
}

GROUP: Final = {
    "user_id": _USER_ID,
    "device_id": _DEVICE_ID,
    "insert_id": _at("Insert ID"),
    "time": _at("Timestamp", "timestamp"),
    "group_properties": _at("Group Properties", "traits", "object"),
    "group_type": _at("Group Type", required=True),
    "group_value": _at("Group Value", required=True),
    **_MINIMUM,
}

ALIAS: Final = {
    "user_id": _at("User ID", "previousId"),
    "global_user_id": _at("Global User ID", "userId"),
    **_MINIMUM,
}

SETTINGS: Final = {
    "apiKey": Field("API Key", "password", required=True),
    "secretKey": Field("Secret Key", "password", required=True),
    "endpoint": Field("Endpoint Region", choices=("north_america", "europe")),
}
