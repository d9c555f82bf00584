#!/usr/bin/env bash
# amplitude-analytics 1.3.0 (PyPI, Amplitude's Python SDK): events of a post whose connection is lost are never sent again, and no callback hears of it.
#
# Answers of 429 and 5xx are tried again up to twelve times, and a time-out counts as one. A connection that is reset while the answer is awaited is neither: the
# error ends the thread that posts, the batch is in no queue any more, and the callback that reports every event with its code is not called. The next events
# go out as if nothing had been.
#
# Exits 0 while that is so, 1 when it has changed, 2 when the package cannot be installed.
set -u
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 2
python3 -m pip install --quiet --disable-pip-version-check --target lib 'amplitude-analytics==1.3.0' || exit 2
cat >see.py <<'PY'
import json
import logging
import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

from amplitude import Amplitude, BaseEvent, Config

posts, arrived, told = [], [], []


class Service(BaseHTTPRequestHandler):
    def do_POST(self):
        events = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["events"]
        posts.append(len(events))
        if len(posts) == 1:  # the connection is gone before the answer
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            return
        arrived.extend(event["user_id"] for event in events)
        answer = b'{"code": 200}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def handle_one_request(self):
        try:
            super().handle_one_request()
        except (OSError, ValueError):
            self.close_connection = True

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Service)
threading.Thread(target=server.serve_forever, daemon=True).start()
logging.getLogger("amplitude").setLevel(logging.CRITICAL)
url = f"http://127.0.0.1:{server.server_port}/2/httpapi"
client = Amplitude("key", Config(server_url=url, flush_interval_millis=200, callback=lambda _event, code, _message: told.append(code)))
for user in ("user-1", "user-2"):
    client.track(BaseEvent("Song Played", user_id=user))
    time.sleep(3)
client.shutdown()
time.sleep(1)
print(f"posts {posts}, arrived {arrived}, told {told}")
PY
PYTHONPATH=lib python3 see.py 2>/dev/null | tee out
grep -qxF "posts [1, 1], arrived ['user-2'], told [200]" out || exit 1
echo "As described: the first event went missing without a word."
