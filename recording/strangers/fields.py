"""Which field holds a person's value, by its name; and which words of a format are nobody's."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

CREDENTIAL: Final = "credential"
HIDDEN: Final = "hidden by --hide"

_PLAIN: Final = re.compile(r"[\W_]+")
_KINDS: Final[Mapping[str, frozenset[str]]] = {
    "e-mail": frozenset({"email", "emailaddress", "mail", "owner", "viewer", "replyto", "createdby", "lastmodifiedby"}),
    "phone": frozenset(
        {
            "phone",
            "phonenumber",
            "mobile",
            "mobilenumber",
            "mobilephone",
            "cell",
            "cellphone",
            "tel",
            "telephone",
            "fax",
            "msisdn",
            "whatsapp",
            "sms",
            "homephone",
            "workphone",
        }
    ),
    "name": frozenset(
        {
            "firstname",
            "lastname",
            "fullname",
            "givenname",
            "familyname",
            "middlename",
            "surname",
            "nickname",
            "displayname",
            "username",
            "login",
            "screenname",
            "handle",
            "maidenname",
            "personname",
            "customername",
            "contactname",
            "fname",
            "lname",
            "first",
            "last",
            "twitter",
            "github",
            "linkedin",
        }
    ),
    "address": frozenset(
        {
            "street",
            "streetaddress",
            "address1",
            "address2",
            "addressline1",
            "addressline2",
            "zip",
            "zipcode",
            "postalcode",
            "postcode",
        }
    ),
    "IP address": frozenset(
        {
            "ip",
            "ipaddress",
            "ipaddr",
            "clientip",
            "remoteip",
            "remoteaddr",
            "xforwardedfor",
            "xrealip",
            "forwardedfor",
            "trueclientip",
            "cfconnectingip",
            "client",
            "ipv4",
            "ipv6",
        }
    ),
    "device": frozenset(
        {
            "deviceid",
            "devicename",
            "advertisingid",
            "idfa",
            "idfv",
            "gaid",
            "adid",
            "androidid",
            "imei",
            "mac",
            "macaddress",
            "devicetoken",
            "pushtoken",
            "serial",
            "serialnumber",
            "udid",
            "fingerprint",
        }
    ),
    "id": frozenset(
        {
            "id",
            "userid",
            "uid",
            "uuid",
            "guid",
            "anonymousid",
            "previousid",
            "distinctid",
            "externalid",
            "amplitudeid",
            "groupid",
            "user",
            "member",
            "alias",
            "aliasid",
            "customerid",
            "contactid",
            "personid",
            "profileid",
            "memberid",
            "accountid",
            "crmid",
            "visitorid",
            "clientid",
            "employeeid",
            "patientid",
            "subscriberid",
            "leadid",
            "hubspotid",
            "salesforceid",
            "intercomid",
            "stripeid",
            "zendeskid",
            "avatar",
            "avatarurl",
            "globaluserid",
            "insertid",
            "ownerid",
            "account",
        }
    ),
}
_BY_NAME: Final = {name: kind for kind, names in _KINDS.items() for name in names}
_ENDS: Final = (
    "userid",
    "customerid",
    "contactid",
    "personid",
    "profileid",
    "memberid",
    "accountid",
    "deviceid",
    "anonymousid",
    "visitorid",
    "email",
    "emailaddress",
    "phonenumber",
    "firstname",
    "lastname",
    "fullname",
    "username",
    "ipaddress",
    "advertisingid",
)
_WITHIN_TRAITS: Final = {"name": "name", "id": "id", "phone": "phone", "address": "address"}
_TRAITS: Final = frozenset(
    {
        "traits",
        "userproperties",
        "properties",
        "identity",
        "profile",
        "user",
        "customer",
        "person",
        "contact",
        "csv",
        "owner",
        "member",
        "billing",
        "shipping",
    }
)
_PEOPLE: Final = frozenset(
    {
        "traits",
        "userproperties",
        "identity",
        "profile",
        "user",
        "customer",
        "person",
        "contact",
        "csv",
        "owner",
        "member",
        "users",
        "customers",
        "persons",
        "contacts",
        "members",
        "people",
        "billing",
        "shipping",
    }
)
_SECRETS: Final = (
    "writekey",
    "apikey",
    "secretkey",
    "password",
    "passwd",
    "secret",
    "accesstoken",
    "refreshtoken",
    "clientsecret",
    "xamzsignature",
    "xamzcredential",
    "xamzsecuritytoken",
    "token",
    "authtoken",
    "clientassertion",
    "jwt",
    "sessiontoken",
)
_NOBODYS: Final = frozenset(
    {
        "type",
        "method",
        "status",
        "op",
        "kind",
        "route",
        "channel",
        "upload",
        "stored",
        "timestamp",
        "sentat",
        "receivedat",
        "originaltimestamp",
        "time",
        "createdat",
        "updatedat",
        "faults",
        "spared",
        "idtype",
        "frequency",
        "contenttype",
        "contentlength",
        "acceptencoding",
        "contentencoding",
        "accept",
    }
)
_ID_LIKE: Final = frozenset({"messageid", "path", "query", "url", "referrer", "referer", "search", "insertid", "key"})


@lru_cache(maxsize=4096)
def plain(name: str) -> str:
    """Return a name as its spellings have it in common: `user_id`, `userId` and `User ID` are one."""
    return _PLAIN.sub("", name).lower()


def kind_of(path: Sequence[str]) -> str | None:
    """Return what the field at a path holds of a person, None when its name does not say."""
    return _kind_of(tuple(path[-3:]))


@lru_cache(maxsize=4096)
def _kind_of(path: tuple[str, ...]) -> str | None:
    name = plain(path[-1]) if path else ""
    above = plain(path[-2]) if len(path) > 1 else ""
    for each in dict.fromkeys((name, name.removesuffix("s"))):
        if each in _SECRETS:
            return "device" if above == "device" else CREDENTIAL
        if each == "name":
            return "name" if above in _PEOPLE else "device" if above == "device" else None
        if each == "id" and above and not (above in _PEOPLE or above in {"device", "externalids", "group", "body"}):
            return None if name == "id" else "id"
        if each == "address":
            return "address" if above in _TRAITS else None
        if each in _BY_NAME:
            return _BY_NAME[each]
        if each.endswith(_ENDS):
            return next(kind for kind, names in _KINDS.items() if any(each.endswith(end) for end in names))
    return None


def is_nobodys(path: Sequence[str]) -> bool:
    """Say whether a field belongs to the format: a type, a moment, a media type."""
    return bool(path) and (plain(path[-1]) in _NOBODYS or "library" in path)


def is_id_like(path: Sequence[str]) -> bool:
    """Say whether a field is made of ids, so that short ones in it are meant."""
    return bool(path) and (plain(path[-1]) in _ID_LIKE or plain(path[-1]).endswith("id"))


class Paths:
    """Fields that a user names: `traits.plan`, `plan`, `context.page.*`; what is below one is meant, too."""

    def __init__(self, given: Sequence[str]) -> None:
        self._wanted = [
            tuple(plain(part) if part != "*" else part for part in re.split(r"[./]", each) if part) for each in given
        ]
        self._wanted = [each for each in self._wanted if each]

    def has(self, path: Sequence[str]) -> bool:
        """Say whether a path is one of them or below one."""
        if not self._wanted:
            return False
        names = [plain(part) for part in path]
        return any(
            all(part in {"*", name} for part, name in zip(wanted, names[start:], strict=False))
            for wanted in self._wanted
            for start in range(len(names) - len(wanted) + 1)
        )
