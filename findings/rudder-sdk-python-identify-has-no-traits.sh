#!/usr/bin/env bash
# rudder-sdk-python 2.1.9: identify() sends the traits under context.traits and not as `traits`.
#
# The class, its methods and its wire form (POST /v1/batch) are those of Segment's analytics-python, and Segment's API takes what it
# sends. There an identify's traits stand at `traits`; `context.traits` is read for other calls only. So every call is answered 200 and
# delivered, and no profile learns anything.
#
# Exits 0 while that is so, 1 when it has changed, 2 when the package cannot be installed.
set -u
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/site" 'rudder-sdk-python==2.1.9' 'requests==2.32.5' || exit 2
cat >"$folder/see.py" <<'PY'
import gzip, json, threading
from http.server import BaseHTTPRequestHandler, HTTPServer

seen = []

class Collector(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        seen.extend(json.loads(body)["batch"])
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"OK")

    def log_message(self, *_):
        pass

server = HTTPServer(("127.0.0.1", 0), Collector)
threading.Thread(target=server.serve_forever, daemon=True).start()

from rudderstack.analytics.client import Client

client = Client("write-key", host=f"http://127.0.0.1:{server.server_port}", sync_mode=True)
client.identify("user-1", {"plan": "pro"})
(event,) = seen
print("type:", event["type"])
print("traits:", event.get("traits", "absent"))
print("context.traits:", event["context"].get("traits", "absent"))
PY
PYTHONPATH="$folder/site" python3 "$folder/see.py" | tee "$folder/out" || exit 1
diff "$folder/out" - <<'EXPECTED' && echo "As described: the traits stand under context only."
type: identify
traits: absent
context.traits: {'plan': 'pro'}
EXPECTED
