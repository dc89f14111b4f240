"""Parts of addresses: numbers of rows that every database can look up."""

from django.urls import register_converter
from django.urls.converters import IntConverter


class RowId(IntConverter):
    """The id of a row, ``<id:pk>``: at most 18 digits, so that a longer number is an unknown address, not an error."""

    regex = "[0-9]{1,18}"


register_converter(RowId, "id")
