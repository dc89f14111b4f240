"""The screens of the procedures editor: the head of a service writes a procedure, tries it and publishes it."""

from bocage.cases.editor_views import items, outline, preview, procedures, publication, scenarios, specimen

__all__ = ["items", "outline", "preview", "procedures", "publication", "scenarios", "specimen"]
