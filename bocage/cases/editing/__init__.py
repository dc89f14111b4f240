"""Writing a procedure without a programmer: pure functions on its JSON body, which may be unfinished.

``edits`` reads and changes parts by their place, ``checks`` says what is wrong or unwise and where, ``compare`` tells
two versions apart in words, ``conditions`` writes a condition from choices, ``files`` reads and writes one file.
Nothing here reads the database; ``operations.editor`` keeps drafts and publishes them.

A body in hand may be unsound: it is checked, never refused, until it is published. What no editor could have made
(a list where a text is expected) is refused where it comes in, by ``files.read``.
"""

from typing import Any

Body = dict[str, Any]
"""The JSON document of a procedure, sound or not."""
