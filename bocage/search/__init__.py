"""One search over everything public, and the index of cases within what an agent may see.

What the rest of the house uses (this app stands just above ``base``: it knows no other app):

- ``bocage.search.items.SearchItem``: one public thing to find. An app lists ``SearchSource(name, label, path)`` in its
  manifest; ``path`` is a callable without arguments giving the ``SearchItem`` of that source.
- ``bocage.search.operations``: ``put(item, now)``, ``remove(source, key)``, ``rebuild(now)``; and for cases
  ``index_case(case_id, service=…, commune_id=…, organisation_id=…, text=…)``, ``remove_case(case_id)``, inside the
  caller's transaction, and ``index_cases(rows)`` to index them all again.
- ``bocage.search.queries``: ``find(text)`` for people, ``case_ids_matching(text)`` for
  ``Case.objects.filter(id__in=…)``.
- ``bocage.search.text``: ``fold``, ``words``, ``stem``, ``tokens``.

Two rooms more than other apps: ``schema.py`` and ``backend.py`` hold what SQLite (FTS5) and PostgreSQL (tsvector) say
differently, so that nothing else does.
"""
