"""Sizes of files as French people read them."""

SPACE = "\u00a0"


def french_size(size: int) -> str:
    """``12 Ko``, ``3,4 Mo`` of a number of bytes: decimal units, as phones and file managers show them.

    Never « 0 Ko »: a small file is told as one. No-break space before the unit.
    """
    if size >= 999_500:
        number = f"{size / 1_000_000:.1f}".removesuffix(".0").replace(".", ",")
        return f"{number}{SPACE}Mo"
    return f"{max(1, round(size / 1000))}{SPACE}Ko"
