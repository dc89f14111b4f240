"""Filters of identity's pages."""
