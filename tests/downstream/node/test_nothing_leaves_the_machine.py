"""No request leaves: whatever goes another way than a call is refused and told."""

from __future__ import annotations

import json
import subprocess
from importlib.resources import files

from tests.destinations import FOLDER, installation

SCRIPT = """
const { createRequire } = require('module')
const { takeOver } = require(process.argv[1])
const told = [], codes = []
const load = createRequire(process.argv[2] + '/package.json')
takeOver(load, () => { throw new Error('no call was meant') }, what => told.push(what))
const http = require('http'), https = require('https'), net = require('net'), tls = require('tls'), dns = require('dns')
const note = error => codes.push(error.code)
http.get('http://203.0.113.1/x').on('error', note)
https.get('https://vendor.invalid/x').on('error', note)
net.connect(25, '203.0.113.1').on('error', note)
tls.connect(443, 'vendor.invalid').on('error', note)
dns.lookup('vendor.invalid', note)
dns.promises.resolve('vendor.invalid').catch(note)
const datagram = () => require('dgram').createSocket('udp4').send('x', 53, '203.0.113.1')
for (const go of [() => require('child_process').execSync('true'), datagram]) {
  try { go() } catch (error) { note(error) }
}
setTimeout(() => { console.log(JSON.stringify({ told, codes })); process.exit(0) }, 50)
"""


def test_every_other_way_out_is_refused_and_told() -> None:
    """Sockets, TLS, names, datagrams and other programs: none gets through, each is named."""
    node = installation().node
    outside = files("downstream.node").joinpath("js", "outside.js")

    done = subprocess.run([node, "-e", SCRIPT, str(outside), str(FOLDER)], capture_output=True, text=True, check=True)

    seen = json.loads(done.stdout)
    assert seen["codes"] == ["ENETUNREACH"] * 8
    assert sorted(seen["told"]) == [
        "dns://vendor.invalid",
        "dns://vendor.invalid",
        "tcp://203.0.113.1:25",
        "tcp://203.0.113.1:80",
        "tcp://vendor.invalid:443",
        "tcp://vendor.invalid:443",
        "the program true",
        "udp",
    ]


LISTENERS = """
const { createRequire } = require('module')
const { takeOver } = require(process.argv[1])
const load = createRequire(process.argv[2] + '/package.json')
const reply = { status: 200, headers: {}, body: Buffer.from('{}') }
takeOver(load, () => ({ answer: Promise.resolve(reply), giveUp () {} }), () => {})
const signal = AbortSignal.any([new AbortController().signal])
load('cross-fetch')('https://vendor.invalid/x', { signal }).then(answer => {
  console.log(answer.status, require('events').getEventListeners(signal, 'abort').length)
})
"""


def test_an_answered_call_leaves_nothing_behind() -> None:
    """A listener that stays on a request's signal would keep the whole request: memory would grow with every event."""
    node = installation().node
    outside = files("downstream.node").joinpath("js", "outside.js")

    done = subprocess.run(
        [node, "-e", LISTENERS, str(outside), str(FOLDER)], capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == ["200", "0"]
