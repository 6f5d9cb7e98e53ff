"""Routes, headers and errors of the read-only pages.

Rules
1. GET only, nothing is written, no cookie, no script; every answer carries a content-security
   policy that allows this server's own style sheet and pictures and nothing else.
2. A path or query value that makes no sense gets a plain 4xx page, never a traceback.
3. What leaves here is what `views` made: no key, no receipt secret, and no place on a map unless
   the configuration says so.
"""

from dataclasses import asdict, dataclass
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cargoseal.chain.addresses import read_addresses
from cargoseal.clock import Clock, open_clock
from cargoseal.config import Config
from cargoseal.errors import CargosealError, UsageError
from cargoseal.evidence.bundle import SECTIONS, export_bundle
from cargoseal.health import ModelWatch, model_watches
from cargoseal.model.shelf import Shelf, open_shelf
from cargoseal.registry import MAX_TOKEN
from cargoseal.store import Store
from cargoseal.web.views import list_rows, token_page

_HERE = Path(__file__).parent
_TEMPLATES = Jinja2Templates(directory=_HERE / "templates")
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
    "Cache-Control": "no-store",
}


class SafeHeaders:
    """Puts the security headers on every answer of an ASGI application, failures included."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self._app(scope, receive, send_safely)


@dataclass(frozen=True, slots=True)
class Contracts:
    """Where anybody finds the tokens. The node's address stays here: it may hold a key."""

    chain_id: int
    token: str
    devices: str
    models: str
    block: int


class Pages:
    """The pages over one store."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        deployment: str,
        *,
        locations: bool,
        contracts: Contracts | None,
        shelf: Shelf,
    ) -> None:
        self._store, self._clock = store, clock
        self._deployment, self._locations = deployment, locations
        self._contracts = contracts
        self._model_names, self._blobs = shelf.names(), shelf.blobs()

    def shipments(self, request: Request) -> Response:
        with self._store.read() as db:
            rows = list_rows(db)
        return self._render(request, "list.html", rows=rows, drifted=self._drifted())

    def token(self, request: Request) -> Response:
        with self._store.read() as db:
            page = token_page(db, _token(request), self._clock.now_ms(), self._locations)
        return self._render(
            request, "token.html", page=page, contracts=self._contracts, drifted=self._drifted()
        )

    def token_json(self, request: Request) -> Response:
        with self._store.read() as db:
            page = token_page(db, _token(request), self._clock.now_ms(), self._locations)
        facts = asdict(page)
        facts["panels"] = [
            {"title": p.title, "unit": p.unit, "summary": p.summary} for p in page.panels
        ]
        return JSONResponse(facts)

    def models(self, request: Request) -> Response:
        return self._render(request, "models.html", watches=self._watches())

    def _drifted(self) -> list[str]:
        """For the foot of a page: what is wrong with a model is no news about the goods."""
        return [watch.sentence for watch in self._watches() if not watch.fits]

    def _watches(self) -> list[ModelWatch]:
        with self._store.read() as db:
            return model_watches(db, self._model_names)

    def bundle(self, request: Request) -> Response:
        token = _token(request)
        wanted = {part for part in request.query_params.get("withhold", "").split(",") if part}
        unknown = wanted - set(SECTIONS)
        if unknown:
            raise HTTPException(400, f"withhold: expected {', '.join(SECTIONS)}")
        withheld = wanted if self._locations else wanted | {"location"}
        with self._store.read() as db:
            data = export_bundle(db, token, withhold=withheld, models=self._blobs)
        name = f"token-{token}.cargoseal"
        return Response(
            data,
            media_type="application/vnd.cargoseal.bundle+cbor",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    def health(self, request: Request) -> Response:
        with self._store.read() as db:
            list_rows(db)
        return PlainTextResponse("ok\n")

    def failed(self, request: Request, error: Exception) -> Response:
        """Any failure as a page; what is not ours to show stays in the log."""
        if isinstance(error, HTTPException):
            status, title, text = error.status_code, "Not possible", str(error.detail)
        elif isinstance(error, UsageError):
            status, title, text = 404, "Not here", str(error)
        else:
            status, title, text = 503, "Not available", "The store cannot be read at the moment."
        response = self._render(request, "error.html", title=title, text=text)
        response.status_code = status
        return response

    def _render(self, request: Request, template: str, **values: object) -> Response:
        return _TEMPLATES.TemplateResponse(
            request, template, {"deployment": self._deployment, "drifted": [], **values}
        )


def _token(request: Request) -> int:
    text = str(request.path_params["token"])
    if not (text.isascii() and text.isdigit() and len(text) <= 19 and int(text) <= MAX_TOKEN):
        raise HTTPException(404, "A token is a whole number below 2^63.")
    return int(text)


def create_app(
    store: Store,
    clock: Clock,
    deployment: str,
    *,
    locations: bool = False,
    contracts: Contracts | None = None,
    shelf: Shelf | None = None,
) -> ASGIApp:
    """The pages as an ASGI application. `shelf` None: of the shipped models alone."""
    models = Shelf(None) if shelf is None else shelf
    pages = Pages(store, clock, deployment, locations=locations, contracts=contracts, shelf=models)
    site = Starlette(
        routes=[
            Route("/", pages.shipments, methods=["GET"]),
            Route("/models", pages.models, methods=["GET"]),
            Route("/healthz", pages.health, methods=["GET"]),
            Route("/token/{token}.json", pages.token_json, methods=["GET"]),
            Route("/token/{token}/bundle", pages.bundle, methods=["GET"]),
            Route("/token/{token}", pages.token, methods=["GET"]),
            Mount("/static", StaticFiles(directory=_HERE / "static")),
        ],
        exception_handlers={
            HTTPException: pages.failed,
            CargosealError: pages.failed,
        },
    )
    return SafeHeaders(site)


def run_web(config: Config) -> None:
    """Serves the pages until stopped. Raises ConfigError or StoreError."""
    store = Store(config.database)
    chain = config.chain
    found = read_addresses(chain.addresses, chain.chain_id)
    app = create_app(
        store,
        open_clock(config.clock.file),
        config.deployment,
        locations=config.web.show_locations,
        contracts=Contracts(chain.chain_id, found.token, found.devices, found.models, found.block),
        shelf=open_shelf(config.data_dir),
    )
    uvicorn.run(
        app, host=config.web.host, port=config.web.port, log_level="warning", server_header=False
    )
