"""The interactive reference of the API: Swagger UI, whose files this service has itself."""

from fastapi import APIRouter, Request, Response

from app.pages.rendering import render

router = APIRouter(include_in_schema=False)


@router.get("/docs")
def read_reference(request: Request) -> Response:
    """Every path, with what it takes and answers, to be tried at once."""
    return render(request, "reference.html")
