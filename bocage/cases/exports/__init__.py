"""Exports of the worklist: what a line says (``lines``), the job (``operations``); ``bocage.base.tables`` writes it.

A room of its own: a background job that reads 50,000 cases has little in common with the pages of one.
"""
