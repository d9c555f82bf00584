#!/usr/bin/env bash
# segmentio 1.2.8 (PyPI, an early name of Segment's Python client): a batch that is answered 400 is sent five times, without a pause.
#
# Segment answers 400 to what it will never take (a malformed body, too many bytes), and its documentation says not to send that again; the
# later analytics-python gives up at once. This one takes a 400 for any other failure. Its five tries lie within some milliseconds
# for a 500, too: a service that is away for a second has lost the batch.
#
# Exits 0 while that is so, 1 when it has changed, 2 when the package cannot be installed.
set -u
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/site" 'segmentio==1.2.8' 'requests==2.32.5' || exit 2
cat >"$folder/see.py" <<'PY'
import threading, time
from http.server import BaseHTTPRequestHandler, HTTPServer

moments = {}

class Refusing(BaseHTTPRequestHandler):
    status = 400

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        moments.setdefault(self.status, []).append(time.monotonic())
        body = b'{"success": false, "message": "malformed JSON", "code": "invalid_request"}'
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

server = HTTPServer(("127.0.0.1", 0), Refusing)
threading.Thread(target=server.serve_forever, daemon=True).start()

from segmentio.client import Client

for status in (400, 500):
    Refusing.status = status
    errors = []
    client = Client("write-key", host=f"http://127.0.0.1:{server.server_port}", on_error=lambda error, items: errors.append(error))
    client.identify("user-1", {"plan": "pro"})
    client.flush()
    client.join()
    tries = moments[status]
    print(f"{status}: {len(tries)} tries, all within a second: {tries[-1] - tries[0] < 1}, {len(errors)} error told")
PY
PYTHONPATH="$folder/site" python3 -W ignore "$folder/see.py" 2>/dev/null | tee "$folder/out" || exit 1
diff "$folder/out" - <<'EXPECTED' && echo "As described: a 400 is retried like a 500, and neither with a pause."
400: 5 tries, all within a second: True, 1 error told
500: 5 tries, all within a second: True, 1 error told
EXPECTED
