"""A real browser, told what to do over the pipe that Chromium has for it: no driver, no socket, nothing to install."""

from __future__ import annotations

import base64
import fcntl
import itertools
import json
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PATIENCE = 20.0  # seconds that something may take to show
_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)


class PageError(AssertionError):
    """A page did not do what was asked of it."""


class Browser:
    """Chromium without a window; a context manager. `console` collects what pages complain of."""

    def __init__(self) -> None:
        self._ids = itertools.count(1)
        self.complaints: list[str] = []

    def __enter__(self) -> Self:
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        command_end, self._to = os.pipe()
        from_fd, answer_end = os.pipe()
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in (command_end, answer_end)]
        nothing = (os.POSIX_SPAWN_OPEN, os.devnull, os.O_RDWR, 0)
        self._pid = os.posix_spawn(
            str(CHROMIUM),
            [str(CHROMIUM), *_FLAGS, f"--user-data-dir={self._profile.name}", "about:blank"],
            os.environ,
            file_actions=[
                *((nothing[0], end, *nothing[1:]) for end in (1, 2)),
                (os.POSIX_SPAWN_DUP2, ends[0], 3),  # where Chromium reads what it is told
                (os.POSIX_SPAWN_DUP2, ends[1], 4),  # and where it answers
            ],
        )
        for end in (command_end, answer_end, *ends):
            os.close(end)
        self._from = os.fdopen(from_fd, "rb", buffering=0)
        self._rest = b""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        os.close(self._to)
        os.kill(self._pid, signal.SIGTERM)
        os.waitpid(self._pid, 0)
        self._from.close()
        self._profile.cleanup()

    def send(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        """Tell the browser something and return its answer."""
        number = next(self._ids)
        message: dict[str, Any] = {"id": number, "method": method, "params": params}
        if session is not None:
            message["sessionId"] = session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            told = self._read()
            if told.get("id") == number:
                if "error" in told:
                    raise PageError(f"{method}: {told['error']['message']}")
                return dict(told["result"])
            self._note(told)

    def _note(self, told: dict[str, Any]) -> None:
        if told.get("method") == "Log.entryAdded" and told["params"]["entry"]["level"] == "error":
            self.complaints.append(f"{told['params']['entry']['text']} {told['params']['entry'].get('url', '')}")
        if told.get("method") == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(told["params"]["exceptionDetails"])[:500])

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            piece = self._from.read(1 << 20)
            if not piece:
                raise PageError("The browser is gone.")
            self._rest += piece
        line, _, self._rest = self._rest.partition(b"\0")
        return dict(json.loads(line))

    @contextmanager
    def page(self, url: str, *, width: int = 1280, height: int = 900, dark: bool = False) -> Iterator[Page]:
        """Open a page, in a context of its own, until the block ends."""
        context = self.send("Target.createBrowserContext")["browserContextId"]
        target = self.send("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session)
        try:
            for domain in ("Page", "Runtime", "Log"):
                page.send(f"{domain}.enable")
            page.look(width, height, dark=dark)
            page.go(url)
            yield page
        finally:
            self.send("Target.disposeBrowserContext", browserContextId=context)


class Page:
    """One page: what it shows is asked in JavaScript, and waited for where it has to come."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser = browser
        self._session = session

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        return self._browser.send(method, self._session, **params)

    def look(self, width: int, height: int = 900, *, dark: bool = False) -> None:
        """Give the window a size and the system a colour scheme."""
        self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", features=[scheme])

    def go(self, url: str) -> None:
        """Go to an address and wait until it is loaded."""
        self.send("Page.navigate", url=url)
        self.wait(f"location.href !== 'about:blank' && document.readyState === 'complete' && {json.dumps(url)} !== ''")

    def ask(self, expression: str) -> Any:
        """Return the value of a JavaScript expression, awaited where it is a promise."""
        told = self.send("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in told:
            raise PageError(f"{expression}: {told['exceptionDetails'].get('exception', {}).get('description')}")
        return told["result"].get("value")

    def wait(self, condition: str, patience: float = PATIENCE) -> None:
        """Wait until a JavaScript expression holds, looked at with every frame; raise `PageError` when it does not."""
        waiting = f"""new Promise((done) => {{
            const end = performance.now() + {patience * 1000};
            const look = () => {{
                let held = false;
                try {{ held = Boolean({condition}); }} catch {{ held = false; }}
                if (held || performance.now() > end) done(held);
                else setTimeout(look, 15);
            }};
            look();
        }})"""
        for _ in range(4):  # a page that is left takes the question with it
            try:
                if self.ask(waiting):
                    return
            except PageError:
                continue
            break
        raise PageError(f"This did not become true: {condition}\n{self.text()[:3000]}\n{self._browser.complaints}")

    def text(self, selector: str = "body") -> str:
        """Return what an element shows."""
        return str(self.ask(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''"))

    def shows(self, words: str, selector: str = "body") -> None:
        """Wait until an element shows these words."""
        self.wait(f"document.querySelector({json.dumps(selector)}).innerText.includes({json.dumps(words)})")

    def click(self, selector: str) -> None:
        """Click the first element that fits, as its label or its button would be."""
        self.wait(f"document.querySelector({json.dumps(selector)})")
        self.ask(f"document.querySelector({json.dumps(selector)}).click()")

    def press(self, key: str, code: str = "", text: str = "") -> None:
        """Press a key, as a keyboard does."""
        told = {"key": key, "code": code or key, "text": text}
        self.send("Input.dispatchKeyEvent", type="keyDown", **{name: said for name, said in told.items() if said})
        self.send("Input.dispatchKeyEvent", type="keyUp", key=key, code=code or key)

    def fill(self, selector: str, words: str) -> None:
        """Write into a field."""
        self.ask(
            f"""(() => {{ const field = document.querySelector({json.dumps(selector)});
            field.value = {json.dumps(words)};
            for (const kind of ["input", "change"]) field.dispatchEvent(new Event(kind, {{ bubbles: true }})); }})()"""
        )

    def photograph(self, path: Path, *, whole: bool = False) -> None:
        """Write what is seen as a PNG file."""
        shot = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(shot["data"]))
