"""Who may ask the studio, and for how much: checked before anything else is done with a request.

The studio listens on the loopback interface, where every program and every page in the browser of
this machine can reach it. So a request must carry the token (the first part of its path, which
the printed address has), name this server as its Host (a name that was made to point here, "DNS
rebinding", does not), and if it says where it comes from (Origin, Sec-Fetch-Site), come from the
studio's own page. What is refused is refused without being read.

Left out: users and passwords, and TLS: nothing leaves the machine.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from ssc_melody.errors import SscMelodyError

HOST = "127.0.0.1"
_NAMES = (HOST, "localhost")

MAX_BODY_BYTES = 64 * 2**20
"""Of a request: a bundle that is dragged in; real ones are below 30 MB."""

MAX_JSON_BYTES = 8 * 2**20
"""Of any other request: a hundred melodies of 4,096 steps are 2 MB."""

MAX_BODY_SECONDS = 60
MAX_PATH = 200

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src data:; "
    "connect-src 'self'; media-src blob:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = [
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),  # the address holds the token
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
]
"""Of every answer."""

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


class RefusedError(SscMelodyError):
    """A request that is not answered.

    Attributes:
        status: The HTTP status that says why.
    """

    def __init__(self, status: int, reason: str) -> None:
        """Takes the status and a sentence."""
        super().__init__(reason)
        self.status = status


def new_token() -> str:
    """Returns 128 random bits as letters that an address may have."""
    return secrets.token_urlsafe(16)


class Gate:
    """An ASGI application in front of another one, which sees what is let pass only."""

    def __init__(self, application: Application, token: str, port: int) -> None:
        """Takes the application, the token, and the port that requests must name."""
        self._application, self._token = application, token
        self._hosts = {f"{name}:{port}" for name in _NAMES}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answers a request, or has it answered."""
        if scope["type"] == "lifespan":
            await self._application(scope, receive, send)
            return
        answer = _with_headers(send)
        try:
            if scope["type"] != "http":
                raise RefusedError(403, "expected HTTP")
            path = self._checked(scope)
            most = MAX_BODY_BYTES if path == "/api/bundle" else MAX_JSON_BYTES
            limited = _Limited(receive, most, _header(scope, b"content-length"))
            inner = {**scope, "path": path, "raw_path": path.encode(), "root_path": ""}
            await self._application(inner, limited.receive, answer)
        except RefusedError as error:
            await _refuse(answer, error)

    def _checked(self, scope: Message) -> str:
        """Returns a request's path without the token.

        Raises:
            RefusedError: It is none of ours.
        """
        host = _header(scope, b"host")
        if host not in self._hosts:
            raise RefusedError(421, "this server is known by another name")
        path = scope["path"]
        if len(path) > MAX_PATH:
            raise RefusedError(414, "an address that is too long")
        token, _, rest = path.removeprefix("/").partition("/")
        if not hmac.compare_digest(token.encode(), self._token.encode()):
            raise RefusedError(403, "the address lacks the token that the command printed")
        if scope["method"] not in ("GET", "HEAD", "POST"):
            raise RefusedError(405, "expected GET or POST")
        origin, site = _header(scope, b"origin"), _header(scope, b"sec-fetch-site")
        if origin not in ("", f"http://{host}"):
            raise RefusedError(403, "a request of another page")
        if scope["method"] == "POST" and site not in ("", "same-origin"):
            raise RefusedError(403, "a request of another page")
        return f"/{rest}"


class _Limited:
    """A request's body, of so many bytes and seconds at most."""

    def __init__(self, receive: Receive, most: int, stated: str) -> None:
        if stated and not (stated.isdecimal() and len(stated) < 16 and int(stated) <= most):
            raise RefusedError(413, f"expected at most {most:,} bytes")
        self._receive, self._most, self._count, self._read = receive, most, 0, False

    async def receive(self) -> Message:
        """Returns the next part.

        Raises:
            RefusedError: It is too large, or too slow.
        """
        if self._read:  # waits for the end of the connection
            return await self._receive()
        try:
            message = await asyncio.wait_for(self._receive(), MAX_BODY_SECONDS)
        except asyncio.TimeoutError:  # another class before Python 3.11
            raise RefusedError(408, f"expected the request within {MAX_BODY_SECONDS} s") from None
        self._count += len(message.get("body", b""))
        self._read = not message.get("more_body", False)
        if self._count > self._most:
            raise RefusedError(413, f"expected at most {self._most:,} bytes")
        return message


def _header(scope: Message, name: bytes) -> str:
    """Returns a header; two of a name are as bad as a wrong one."""
    found = [value for key, value in scope["headers"] if key == name]
    return b", ".join(found).decode("latin-1")


def _with_headers(send: Send) -> Send:
    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), *HEADERS]}
        await send(message)

    return answer


async def _refuse(send: Send, error: RefusedError) -> None:
    body = f"{error}\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
