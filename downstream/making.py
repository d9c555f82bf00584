"""Which code runs a destination: ours, or Segment's own in Node, in one process for all that are connected."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from contracts.fql import parse
from downstream.carrying import into, over_http, to
from downstream.destination import Sent, Transport
from downstream.native import AMPLITUDE, INSIDE, WEBHOOK, connected, connected_webhook
from downstream.node import DestinationsError, NodeDestination, NodeProcess, plausible, require
from downstream.routing import Made
from downstream.webhooks import SECONDS, Webhooks
from mock_core.app import WORKSPACE_HEADER
from mock_core.errors import BadControl, sentence
from mock_core.wire import Application

_LIKE_A_SYNC = {"type": "identify", "userId": "user", "traits": {"cohort": True}}
HOOKS = frozenset((Webhooks.slug, WEBHOOK))  # those that deliver to an address the user names
ACTION_SECONDS = 10.0  # the request client's patience (destination facts 3 [run])
_USUAL_BATCH = 1_000  # where an action that batches does not say how many (destination facts 1)


@dataclass(frozen=True)
class Amplitude:
    """A lab's own Amplitude: how to make its application, when it is first called, and the keys of its project."""

    make_app: Callable[[], Application]
    api_key: str
    secret_key: str

    @cached_property
    def app(self) -> Application:
        return self.make_app()


class Makers:
    """Makes destinations for every lab of this process; Node runs from the first that wants it to the last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._node: NodeProcess | None = None
        self._users = 0

    def __call__(
        self,
        slug: str,
        settings: Mapping[str, Any],
        subscriptions: Sequence[Mapping[str, Any]] | None,
        *,
        workspace: str,
        amplitude: Amplitude | None = None,
    ) -> Made:
        """Make a destination; raise `BadControl` in words for one that cannot be made here.

        `amplitude` is None where a Segment fake stands alone.
        """
        if slug == Webhooks.slug:
            return Made(Webhooks(settings), seconds=SECONDS, beyond=over_http(SECONDS))
        if slug == AMPLITUDE:
            return _amplitude(settings, subscriptions, workspace, amplitude)
        if slug == WEBHOOK:
            return _webhook(settings, subscriptions)
        try:
            return self._in_node(slug, settings, subscriptions)
        except DestinationsError as error:
            raise BadControl(sentence(str(error))) from error

    def _in_node(
        self, slug: str, settings: Mapping[str, Any], subscriptions: Sequence[Mapping[str, Any]] | None
    ) -> Made:
        node = self._begun()
        try:
            made = NodeDestination(node, slug, settings or None, subscriptions)
        except BaseException:
            self._ended()
            raise
        return Made(
            _InNode(made, self._ended),
            most=most_together(made.subscriptions, made.definition["actions"]),
            plays=plausible,
            send_many=made.send_many,
        )

    def _begun(self) -> NodeProcess:
        with self._lock:
            if self._node is None:
                self._node = NodeProcess(require())
            self._users += 1
            return self._node

    def _ended(self) -> None:
        with self._lock:
            self._users -= 1
            if not self._users and self._node is not None:
                self._node.close()
                self._node = None


def _amplitude(
    settings: Mapping[str, Any],
    subscriptions: Sequence[Mapping[str, Any]] | None,
    workspace: str,
    inside: Amplitude | None,
) -> Made:
    keys = None if inside is None else (inside.api_key, inside.secret_key)
    destination, address = connected(settings, subscriptions, keys=keys)
    if address != INSIDE:
        return Made(destination, beyond=to(address, over_http(ACTION_SECONDS)))
    if inside is None:
        raise BadControl("There is no Amplitude beside this Segment: give the destination an address.")
    return Made(destination, beyond=into(inside.app, ACTION_SECONDS, {WORKSPACE_HEADER: workspace}))


def _webhook(settings: Mapping[str, Any], subscriptions: Sequence[Mapping[str, Any]] | None) -> Made:
    made = connected_webhook(settings, subscriptions)
    on = [
        {"partnerAction": each.action, "subscribe": each.subscribe, "mapping": each.mapping}
        for each in made.subscriptions
    ]
    most = most_together(on, {"send": {"batch": True}})
    return Made(made, most=most, seconds=ACTION_SECONDS, beyond=over_http(ACTION_SECONDS))


class _InNode:
    """A destination in Node that tells when it is let go of, so that the process ends with the last one."""

    def __init__(self, made: NodeDestination, ended: Any) -> None:
        self.slug, self.name = made.slug, made.name
        self._made = made
        self._ended = ended

    def send(self, event: Mapping[str, Any], transport: Transport) -> Sent:
        return self._made.send(event, transport)

    def send_batch(self, events: Sequence[Mapping[str, Any]], transport: Transport) -> Sequence[Sent]:
        return self._made.send_batch(events, transport)

    def close(self) -> None:
        self._made.close()
        self._ended()


def most_together(subscriptions: Sequence[Mapping[str, Any]], actions: Mapping[str, Mapping[str, Any]]) -> int:
    """Return how many identifies the subscribed actions take together, 1 unless every one of them batches.

    They batch where their code can and the mapping's `enable_batching` is true (destination facts 1 [run]).
    """
    sizes = []
    for each in subscriptions:
        action = actions.get(each["partnerAction"])
        if action is None or not parse(each["subscribe"] or "").matches(_LIKE_A_SYNC):
            continue
        mapping = each.get("mapping") or {}
        if not action["batch"] or mapping.get("enable_batching") is not True:
            return 1
        size = mapping.get("batch_size")
        sizes.append(size if isinstance(size, int) and size > 0 else _USUAL_BATCH)
    return min(sizes, default=1)
