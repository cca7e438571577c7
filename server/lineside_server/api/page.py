"""The page: static files, found beside the package or in the checkout."""

from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from lineside_server.api.deps import SettingsDep
from lineside_server.api.headers import HASHED_FOREVER, REVALIDATE
from lineside_server.resources import page_folder
from lineside_server.settings import Settings

router = APIRouter(include_in_schema=False)
UNBUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>lineside</title>
<p>The service is up, but its page is not built: run <code>scripts/build</code> and load this again.
<p>The interface for programs works: see <a href="openapi.json">openapi.json</a>.</html>
"""


def folder_of(settings: Settings) -> Path | None:
    folder = settings.page or page_folder()
    return folder if folder is not None and (folder / "index.html").is_file() else None


@router.get("/")
@router.get("/index.html")
async def index(request: Request, settings: SettingsDep) -> Response:
    if folder_of(settings) is None:
        return HTMLResponse(UNBUILT, 503)
    return await _file("index.html", request, settings, REVALIDATE)


@router.get("/assets/{path:path}")
async def asset(path: str, request: Request, settings: SettingsDep) -> Response:
    """Serve a file whose name holds its hash, so it never changes."""
    return await _file(f"assets/{path}", request, settings, HASHED_FOREVER)


@router.get("/docs/{path:path}")
async def reference(path: str, request: Request, settings: SettingsDep) -> Response:
    return await _file(f"docs/{path}", request, settings, REVALIDATE)


@router.get("/{name}.{ending}")
async def other(name: str, ending: str, request: Request, settings: SettingsDep) -> Response:
    """Serve a file from beside the index, such as the icon."""
    return await _file(f"{name}.{ending}", request, settings, REVALIDATE)


async def _file(path: str, request: Request, settings: Settings, caching: str) -> Response:
    folder = folder_of(settings)
    if folder is None:
        raise HTTPException(404)
    answer = await StaticFiles(directory=folder, check_dir=False).get_response(path, request.scope)
    answer.headers["Cache-Control"] = caching
    return answer
