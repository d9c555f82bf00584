"""A user agent taken apart as Actions Amplitude shows it, in the common families (destination facts 6).

The published code asks a parser with several hundred patterns (`@amplitude/ua-parser-js` 0.7.33). Here are rules
for what most events carry: the big browsers, apps inside of them, Windows, Apple's systems, Android with the makers
sold most, Linux, ChromeOS, two televisions, a console. A maker or a browser that is not here gets no manufacturer, or
the major version of the engine that it names; `KNOWN` says what is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from contracts.javascript import MISSING

KNOWN: Final = (
    "Chrome, Edge, Firefox, Safari, Opera, Samsung Internet, Internet Explorer, Yandex, Vivaldi, Silk, and web views; "
    "Windows, macOS, iOS, Android, Linux, Ubuntu, Fedora, ChromeOS, Tizen, webOS, PlayStation; Apple, Samsung, Google, "
    "Xiaomi's Redmi, Motorola, OPPO, OnePlus, LG, Huawei, Nokia, ASUS, Amazon"
)
LONGEST: Final = 255
"""Characters of a user agent that the parser looks at."""

# The first that is found says the version; those that dress as another stand before it.
_BROWSERS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\bCriOS/(\d+)",
        r"\bEdg(?:e|iOS|A)?/(\d+)",
        r"\bOpera.+\bVersion/(\d+)",
        r"\bOPR/(\d+)",
        r"\bIEMobile[/ ](\d+)",
        r"\bYaBrowser/(\d+)",
        r"\bVivaldi/(\d+)",
        r"\bSilk/(\d+)",
        r"\bMSIE (\d+)",
        r"\bTrident/.+\brv[: ](\d+)",
        r"\bFBAV/(\d+)",
        r"\bGSA/(\d+)",
        r"\bInstagram[/ ](\d+)",
        r"\bHeadlessChrome/(\d+)",
        r"\bSamsungBrowser/(\d+)",
        r"\bChrome/(\d+)",
        r"\bFxiOS/(\d+)",
        r"\bVersion/(\d+).+\bSafari/",
        r"\bFirefox/(\d+)",
        r"\bAppleWebKit/(\d+)(?=.*\bMobile/)",
    )
)
_SYSTEMS: Final = (
    ("Windows Phone", re.compile("Windows Phone")),
    ("Windows", re.compile("Windows NT")),
    ("iOS", re.compile(r"\b(?:iPhone|iPad|iPod)\b|CFNetwork/.+Darwin", re.IGNORECASE)),
    ("Mac OS", re.compile("Macintosh|Mac_PowerPC")),
    ("Tizen", re.compile("Tizen")),
    ("webOS", re.compile("Web0S|webOS")),
    ("PlayStation", re.compile(r"PlayStation \d")),
    ("Android", re.compile("Android")),
    ("Chromium OS", re.compile(r"\bCrOS\b")),
    ("Ubuntu", re.compile("Ubuntu")),
    ("Fedora", re.compile("Fedora")),
    ("Linux", re.compile("Linux")),
)
_ANDROID_MODEL: Final = re.compile(
    r"Android[^;)]*; (?:[a-z]{2}[-_][a-z]{2}; )?([^;]+?)(?: Build/|; wv|\) AppleWebKit|\)$)"
)
_MAKERS: Final = tuple(
    (maker, re.compile(pattern))
    for maker, pattern in (
        ("Samsung", r"(?:SAMSUNG )?(S(?:M|GH|CH|PH|HV)-\w+)"),
        ("Xiaomi", r"(Redmi [\w ]+|Redmi)"),
        ("Motorola", r"(moto[\w ()+\-]*|XT\d{3,4}\w*)"),
        ("OPPO", r"(CPH[12]\d{3})"),
        ("OnePlus", r"ONEPLUS (\w+)"),
        ("LG", r"(LM-\w+|Nexus [45])X?"),
        ("Huawei", r"(\w{3}-[AL][NL]\w\d+\w*|\w{3}-L\w*\d+\w*|Nexus 6P)"),
        ("Nokia", r"Nokia ([\w.]+)"),
        ("ASUS", r"ASUS_(\w+)|(Nexus 7)"),
        ("Amazon", r"(KF[A-Z]{2,})"),
    )
)
_TABLETS: Final = re.compile(r"SM-[TXP]\w+|Nexus (?:7|9|10)|KF[A-Z]{2,}")


def properties_of(agent: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the five properties of a user agent, MISSING where it says nothing; `data` is userAgentData, and wins.

    `os_version` is the browser's major version, unless userAgentData has the platform's.
    """
    text = agent.lstrip()[:LONGEST]
    system = next((name for name, pattern in _SYSTEMS if pattern.search(text)), None)
    major = next((found[1] for pattern in _BROWSERS if (found := pattern.search(text))), None)
    maker, model, kind = _device(text, system)
    return {
        "os_name": _given(system),
        "os_version": _given(data.get("platformVersion", None) if "platformVersion" in data else major),
        "device_manufacturer": _given(maker),
        "device_model": _given(data["model"] if data.get("model") is not None else model or system),
        "device_type": _given(kind),
    }


def _given(value: Any) -> Any:
    return MISSING if value is None else value


def _device(text: str, system: str | None) -> tuple[str | None, str | None, str | None]:
    """Return who made the device, its model, and whether it is a phone or a tablet."""
    if system == "iOS":
        exact = re.search(r"\bFBDV/(\w+,\d+)", text)
        device = re.search(r"\b(iPhone|iPad|iPod(?: touch)?)\b", text, re.IGNORECASE)
        if device is None:
            return None, None, None
        return "Apple", exact[1] if exact else device[1], "tablet" if device[1] == "iPad" else "mobile"
    if system == "Mac OS":
        return "Apple", "Macintosh", None
    if system == "PlayStation":
        console = re.search(r"PlayStation \d", text)
        return "Sony", console[0] if console else None, "console"
    if system == "Windows Phone":
        lumia = re.search(r"NOKIA; (Lumia \w+)", text, re.IGNORECASE)
        return ("Nokia", lumia[1], "mobile") if lumia else (None, None, "mobile")
    if system in {"Tizen", "webOS"}:
        return None, None, "smarttv"
    if system == "Android":
        return _android(text)
    if system is None and (glasses := re.search("quest(?: 2)?", text)):  # also in `python-requests`
        return "Facebook", glasses[0], "wearable"
    return None, None, None


def _android(text: str) -> tuple[str | None, str | None, str | None]:
    is_phone = re.search(r"\bMobile\b|Dalvik/", text) is not None
    named = _ANDROID_MODEL.search(text)
    if named is None or named[1] in {"Mobile", "Tablet"}:
        return None, None, "mobile" if is_phone else "tablet"
    model = named[1]
    kind = "tablet" if _TABLETS.match(model) or not is_phone else "mobile"
    if " Build/" in text and model.startswith("Pixel") and text.startswith("Dalvik"):
        return "Google", model, kind
    for maker, pattern in _MAKERS:
        found = pattern.fullmatch(model)
        if found:
            return maker, next(filter(None, found.groups())), kind
    return None, model, kind
