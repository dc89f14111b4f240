"""Bocage: the digital public service of a rural territory, in one installation (docs/developers/architecture.md)."""
