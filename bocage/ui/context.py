"""What every template may know: the territory, the mode, the commune that the visitor chose."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def house(request: HttpRequest) -> dict[str, Any]:
    """Context processor of the house."""
    return {"demo_mode": settings.DEMO}
