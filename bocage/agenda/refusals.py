"""Why something is refused: a stable code for the code, a sentence for people that says what to do."""


class Refused(Exception):
    """Nothing was written. ``code`` tells callers apart what happened; the message is for whoever asked."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
