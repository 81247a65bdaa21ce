"""The studio's addresses, and the loop that serves them on the loopback interface.

All files that the page needs are read once, at the start, and found by their names: a path that is
asked for never reaches the disk.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ssc_melody.errors import OptionError, SscMelodyError
from ssc_melody.mixtape import assets
from ssc_melody.studio.api import Api
from ssc_melody.studio.security import HOST, Gate, RefusedError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

_PAGE = Path(__file__).resolve().parent / "page"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
}
_BACKLOG = 128
MOST_CONNECTIONS = 128
_SHARED = (*assets.PLAYER, "notation.js", "style.css", "abcjs/abcjs-basic-min.js")


def page_files() -> dict[str, tuple[bytes, str]]:
    """Returns the page's files and their types by address."""
    paths = [path for path in sorted(_PAGE.iterdir()) if path.suffix in _TYPES]
    paths += [assets.HERE / name for name in _SHARED]
    files = {f"/{path.name}": (path.read_bytes(), _TYPES[path.suffix]) for path in paths}
    return {"/": files.pop("/index.html"), **files}


def application(api: Api, token: str, port: int, ready: Callable[[], None] = lambda: None) -> Gate:
    """Returns the studio as an ASGI application.

    Args:
        api: What answers.
        token: What requests must carry.
        port: What they must be addressed to.
        ready: Called once, when requests can be answered.

    Raises:
        SscMelodyError: Starlette is not installed.
    """
    try:
        from starlette.applications import Starlette  # noqa: PLC0415 (an extra)
        from starlette.responses import JSONResponse, Response  # noqa: PLC0415
        from starlette.routing import Route  # noqa: PLC0415
    except ImportError as error:
        raise _missing(error) from error

    def served(data: bytes, mime: str) -> Callable[[Request], Any]:
        async def serve(request: Request) -> Response:
            return Response(data, headers={"content-type": mime})

        return serve

    async def refused(request: Request, error: Exception) -> Response:
        status = error.status if isinstance(error, RefusedError) else 400
        close = {"connection": "close"} if status in (408, 413) else None
        return JSONResponse({"error": str(error)}, status, headers=close)

    @contextlib.asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        ready()
        yield
        api.workshop.close()

    routes = [Route(name, served(*file)) for name, file in page_files().items()]
    routes += [Route(f"/api/{name}", answer) for name, answer in api.gets.items()]
    routes += [
        Route(f"/api/{name}", answer, methods=["POST"]) for name, answer in api.posts.items()
    ]
    inner = Starlette(
        routes=routes, exception_handlers={SscMelodyError: refused}, lifespan=lifespan
    )
    return Gate(inner, token, port)


def listen(port: int) -> socket.socket:
    """Returns a socket on the loopback interface.

    Args:
        port: Which; 0 for any that is free.

    Raises:
        OptionError: It is taken.
    """
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # elsewhere it would let others in on a port that is taken
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((HOST, port))
        found.listen(_BACKLOG)
    except OSError as error:
        found.close()
        raise OptionError(
            f"port: {port} cannot be had ({error.strerror}); `port=0` takes one that is free"
        ) from None
    return found


def make_server(api: Api, token: str, port: int, ready: Callable[[], None]) -> Any:
    """Returns a uvicorn server; `run` it with the socket of `listen`.

    Args:
        api: What answers.
        token: What requests must carry.
        port: What they must be addressed to.
        ready: Called once, when requests can be answered.

    Raises:
        SscMelodyError: Starlette or uvicorn is not installed.
    """
    try:
        import uvicorn  # noqa: PLC0415 (an extra)
    except ImportError as error:
        raise _missing(error) from error
    config = uvicorn.Config(
        application(api, token, port, ready),
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=2,
    )
    return uvicorn.Server(config)


def serve(api: Api, token: str, listener: socket.socket, ready: Callable[[], None]) -> None:
    """Answers requests until Ctrl-C; see `make_server`."""
    server = make_server(api, token, listener.getsockname()[1], ready)
    with contextlib.suppress(KeyboardInterrupt):  # which is how it ends
        server.run(sockets=[listener])


def _missing(error: ImportError) -> SscMelodyError:
    return SscMelodyError(
        f"the studio needs Starlette and uvicorn ({error}): pip install 'ssc_melody[studio]'"
    )
