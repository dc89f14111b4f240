"""Exports of the worklist: what a line says (``lines``), how a file is written (``writers``), the job (``operations``).

A room of its own: a background job that reads 50,000 cases has little in common with the pages of one.
"""
