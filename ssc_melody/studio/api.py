"""What the page asks for: each request's shape is checked here, the answers are JSON or files."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from ssc_melody.constants import VERSION
from ssc_melody.errors import FormatError, OptionError, SscMelodyError
from ssc_melody.formats.json_data import parse_json
from ssc_melody.play.constraints import ENDS
from ssc_melody.play.scales import SCALES
from ssc_melody.play.shaping import STYLES
from ssc_melody.studio import models, music, projects
from ssc_melody.studio.made import Made, Orders
from ssc_melody.studio.security import MAX_JSON_BYTES, RefusedError
from ssc_melody.studio.work import Workshop

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

_WISH = {"bundle": str, "flags": {str: object}}


class Api:
    """The requests of the page, by name."""

    def __init__(
        self, orders: Orders, shelf: models.Shelf, project: Mapping[str, Any] | None = None
    ) -> None:
        """Takes what reads wishes, the bundles, and the project to begin with."""
        self._orders, self._shelf, self._project = orders, shelf, project
        self.workshop = Workshop()
        self.gets: dict[str, Callable[[Request], Awaitable[Response]]] = {"start": self.start}
        self.posts: dict[str, Callable[[Request], Awaitable[Response]]] = {
            "model": self.model, "bundle": self.bundle, "command": self.command,
            "generate": self.generate, "music": self.music, "export": self.export,
            "mixtape": self.mixtape, "project": self.project, "notation": self.notation,
        }  # fmt: skip

    async def start(self, request: Request) -> Response:
        """Tells what there is to choose from."""
        return _json(
            {
                "version": VERSION,
                "models": [_listed(entry) for entry in self._shelf.entries()],
                "scales": list(SCALES),
                "styles": {name: dict(values) for name, values in STYLES.items()},
                "ends": list(ENDS),
                "formats": {name: row[0] for name, row in music.FORMATS.items()},
                "project": _opened(dict(self._project)) if self._project else None,
            }
        )

    async def model(self, request: Request) -> Response:
        """Loads a bundle, so that the first click is as fast as the second."""
        name = (await _sent(request, {"bundle": str}))["bundle"]
        model = await self._work(request, lambda _: self._shelf.model(name))
        return _json(models.facts(model))

    async def bundle(self, request: Request) -> Response:
        """Takes a bundle that was dragged in."""
        data, name = await _file(request)
        entry = await self._work(request, lambda _: self._shelf.drag(name, data))
        return _json(_listed(entry) | models.facts(self._shelf.model(entry.name)))

    async def command(self, request: Request) -> Response:
        """Returns the command line of a wish, and what is wrong with it, if anything is."""
        wish = await _sent(request, _WISH)
        argument = self._shelf.entry(wish["bundle"]).argument
        problem = None
        try:
            self._orders.check(wish)
        except SscMelodyError as error:
            problem = str(error)
        return _json({"command": self._orders.command(wish, argument), "problem": problem})

    async def generate(self, request: Request) -> Response:
        """Makes melodies."""
        wish = await _sent(request, _WISH)
        argument = self._shelf.entry(wish["bundle"]).argument
        made = await self._work(
            request,
            lambda progress: self._orders.make(self._shelf.model(wish["bundle"]), wish, progress),
        )
        seeded = wish | {"flags": {**wish["flags"], "seed": made.seed}}
        return _json(_shown(made) | {"command": self._orders.command(seeded, argument)})

    async def music(self, request: Request) -> Response:
        """Reads a primer from a file."""
        data, name = await _file(request)
        return _json(await self._work(request, lambda _: music.read_primer(data, name)))

    async def export(self, request: Request) -> Response:
        """Writes a melody as a file."""
        sent = await _sent(request, {"format": str, "melody": object})
        take = projects.take_of(sent["melody"])
        data, mime = await self._work(request, lambda _: music.export(take, sent["format"]))
        return _bytes(data, mime)

    async def notation(self, request: Request) -> Response:
        """Returns melodies as tunes of ABC, "" for one that cannot be written."""
        takes = _takes((await _sent(request, {"melodies": [object]}))["melodies"])
        return _json(await self._work(request, lambda _: [music.notation(take) for take in takes]))

    async def mixtape(self, request: Request) -> Response:
        """Writes melodies as a page."""
        sent = await _sent(request, {"title": str, "melodies": [object]})
        takes = _takes(sent["melodies"])
        page = await self._work(request, lambda _: music.mixtape(takes, sent["title"][:200]))
        return _bytes(page, "application/octet-stream")

    async def project(self, request: Request) -> Response:
        """Checks a project that is opened."""
        data, name = await _file(request)
        return _json(
            await self._work(request, lambda _: _opened(projects.read_project(data, name)))
        )

    async def _work(self, request: Request, work: Callable[[Callable[[int], None]], Any]) -> Any:
        return await self.workshop.do(work, request.is_disconnected)


def _opened(project: dict[str, Any]) -> dict[str, Any]:
    """Returns a project with what the page plays of its chords."""
    melodies = [
        melody | {"backing": music.backing(melody["chords"])} for melody in project["melodies"]
    ]
    return project | {"melodies": melodies}


def _takes(melodies: list[Any]) -> list[music.Take]:
    if len(melodies) > projects.MOST_MELODIES:
        raise FormatError(f"expected at most {projects.MOST_MELODIES} melodies")
    return [projects.take_of(melody) for melody in melodies]


def _listed(entry: models.Entry) -> dict[str, str]:
    return {"name": entry.name, "source": entry.source}


def _shown(made: Made) -> dict[str, Any]:
    sound = {
        "qpm": made.qpm,
        "velocity": made.velocity,
        "program": made.program,
        "metre": list(made.metre),
        "render_chords": made.render_chords,
    }
    return {
        "seed": made.seed,
        "melodies": [
            {
                "events": melody.events,
                "primer_steps": melody.primer_steps,
                "start_step": melody.start_step,
                "steps_per_bar": melody.steps_per_bar,
                "steps_per_quarter": melody.steps_per_quarter,
                "chords": list(melody.chords),
                "backing": music.backing(melody.chords),
                "log_likelihood": _finite(melody.log_likelihood),
                **sound,
            }
            for melody in made.melodies
        ],
    }


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


async def _sent(request: Request, schema: Any) -> dict[str, Any]:
    """Returns the JSON object that was sent.

    Raises:
        RefusedError: It is sent as something else, which a page elsewhere could do unasked.
        FormatError: It is not as the schema says.
    """
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise RefusedError(415, "expected JSON")
    found: dict[str, Any] = parse_json(await request.body(), schema, MAX_JSON_BYTES)
    return found


async def _file(request: Request) -> tuple[bytes, str]:
    """Returns the file that was sent, and its name without folders."""
    if request.headers.get("content-type") != "application/octet-stream":
        raise RefusedError(415, "expected a file")
    data = await request.body()
    if not data:
        raise OptionError("the file is empty")
    name = request.query_params.get("name", "")[:300]
    return data, name.replace("\\", "/").rpartition("/")[2]


def _json(value: Any) -> Response:
    from starlette.responses import JSONResponse  # noqa: PLC0415 (an extra)

    return JSONResponse(value)


def _bytes(data: bytes, mime: str) -> Response:
    from starlette.responses import Response  # noqa: PLC0415 (an extra)

    return Response(data, media_type=mime)
