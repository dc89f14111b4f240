"""Why a file is refused, said to the person who sent it."""


class RefusedFile(ValueError):
    """A file cannot be taken. ``code`` is stable (for tests and counters); ``message`` says in French what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return self.message
