"""The reference of the API in the browser, without anything from outside."""

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse, PlainTextResponse

from lineside_server.api.deps import SettingsDep
from lineside_server.api.page import folder_of

router = APIRouter(include_in_schema=False)
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>lineside API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/swagger-ui.css">
<div id="reference"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</html>
"""
# A file of its own, because the content security policy allows no script inside a page.
START = 'SwaggerUIBundle({url: "openapi.json", dom_id: "#reference", deepLinking: true, validatorUrl: null});\n'
MISSING = "The reference is built with the page: run scripts/build. The same is at /openapi.json for programs.\n"


@router.get("/docs")
def docs(settings: SettingsDep) -> Response:
    folder = folder_of(settings)
    if folder is None or not (folder / "docs" / "swagger-ui-bundle.js").is_file():
        return PlainTextResponse(MISSING, 503)
    return HTMLResponse(PAGE)


@router.get("/docs/start.js")
def start() -> Response:
    return Response(START, media_type="text/javascript")
