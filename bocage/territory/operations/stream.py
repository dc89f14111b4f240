"""The stream of the journal in which the territory's events stand."""

STREAM = "territory"
