"""A sync: one cohort of one Amplitude project, told to one target at Segment."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from syncer.errors import WrongCall
from syncer.secret import Secret
from syncer.settings import Settings

AMPLITUDE_US = "https://amplitude.com"
SEGMENT_US = "https://api.segment.io"


@dataclass(frozen=True, slots=True)
class Source:
    """Name the Amplitude project that a cohort belongs to: one key pair is one project (amplitude facts 1.1)."""

    api_key: str = field(repr=False)
    secret_key: Secret | str
    base_url: str = AMPLITUDE_US

    def __post_init__(self) -> None:
        object.__setattr__(self, "secret_key", Secret(self.secret_key))
        object.__setattr__(self, "base_url", _base_url("Amplitude", self.base_url))
        if not self.api_key or not self.secret_key:
            raise WrongCall("Amplitude needs an API key and a secret key")
        if not (_is_text(self.api_key) and _is_text(Secret(self.secret_key).reveal())):
            raise WrongCall("Amplitude's API key or secret key holds bytes that are no text; copy it again")


@dataclass(frozen=True, slots=True)
class Target:
    """Name a write key: an API target in Amplitude's words.

    Without a name it is called after its key's fingerprint, so that another key is another target.
    """

    write_key: Secret | str
    base_url: str = SEGMENT_US
    name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "write_key", Secret(self.write_key))
        object.__setattr__(self, "base_url", _base_url("Segment", self.base_url))
        if not self.write_key:
            raise WrongCall("Segment needs a write key")
        if not (_is_text(Secret(self.write_key).reveal()) and _is_text(self.name)):
            raise WrongCall("the write key or the target's name holds bytes that are no text; copy it again")
        object.__setattr__(self, "name", self.name or f"key-{self.fingerprint}")

    @property
    def fingerprint(self) -> str:
        """Name the write key without telling it."""
        return Secret(self.write_key).fingerprint


@dataclass(frozen=True, slots=True)
class Sync:
    """Say which cohort is told to which target, and how."""

    cohort_id: str
    source: Source
    target: Target
    settings: Settings = field(default_factory=Settings)

    def __post_init__(self) -> None:
        is_word = (
            self.cohort_id.isprintable() and self.cohort_id == self.cohort_id.strip() and "/" not in self.cohort_id
        )
        if not self.cohort_id or not is_word:
            raise WrongCall(f"a cohort id is a word such as 'fplg9rf', not {self.cohort_id!r}")

    @property
    def label(self) -> str:
        """Name the sync in messages."""
        return f"sync of cohort {self.cohort_id} to {self.target.name}"


def _base_url(vendor: str, url: str) -> str:
    try:
        parts = urlsplit(url.rstrip("/"))
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address or not url.isprintable():
        raise WrongCall(f"the {vendor} base URL is {url!r}: write it as http://host or https://host")
    if parts.path.endswith("/v1"):
        raise WrongCall(f"the {vendor} base URL is {url!r}: leave out /v1, it is added")
    return url.rstrip("/")


def _is_text(given: str) -> bool:
    """Say whether a text can be written; what the environment holds may be bytes of another encoding."""
    return not any(0xD800 <= ord(character) <= 0xDFFF for character in given)
