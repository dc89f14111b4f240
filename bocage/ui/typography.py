"""French typography of a page: what the reader sees never breaks between a word and the sign that belongs to it.

Sentences are typed with plain spaces, by us in the code and by agents and editors in the database. Here, at the very
end, the spaces of « … », of ``: ; ! ?``, of ``%``, of ``€``, of hours (« 8 h 30 ») and of telephone numbers
(« 03 53 01 00 12 », « 0 800 47 33 33 », « +33 3 53 01 00 12 ») become no-break ones, and straight apostrophes between
letters become curly. Only what is read is touched: never a tag, an attribute, a field's value, a script or code.
"""

import re

SPACE = "\u00a0"
APOSTROPHE = "’"

# The first branch is what is left alone, matched first so that nothing inside it is seen by the others. Each branch
# begins with a plain sign: the engine then leaps from one to the next instead of trying every letter.
_PARTS = re.compile(
    r"<(?P<raw>textarea|script|style|pre|code|option)\b.*?</(?P=raw)>|<[^>]*>"
    r"|(?P<inside>« )"
    r"|(?P<before> (?:(?=[»:;!?]|[%€](?!\w)|h \d\d)|(?<=\d.h )(?=\d\d)))"
    r"|(?P<phone>(?:0(?<!\d0)(?:\d(?: \d\d){4}| [1-9]\d\d(?:(?: \d\d\d){2}|(?: \d\d){3}))|\+33 \d(?: \d\d){4})(?!\d))"
    r"|(?P<quote>(?:'|&#x27;|&#39;)(?=[^\W\d_]|[«<]))",
    re.DOTALL,
)


def _set(match: re.Match[str]) -> str:
    kind = match.lastgroup
    if kind == "inside":
        return f"«{SPACE}"
    if kind == "phone":
        return match[0].replace(" ", SPACE)
    if kind == "before":
        return SPACE
    if kind == "quote" and match.string[match.start() - 1].isalpha():
        return APOSTROPHE
    return match[0]


def typeset(html: str) -> str:
    """A piece of HTML with the no-break spaces and the apostrophes of French."""
    return _PARTS.sub(_set, html)
