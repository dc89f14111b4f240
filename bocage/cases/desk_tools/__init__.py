"""The agents' tools around the worklist and a case: saved views and columns, canned answers, acts on several cases.

A room of its own beside ``operations``: none of this is part of a case's own life.
"""
