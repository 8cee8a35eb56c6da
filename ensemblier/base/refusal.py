"""What an action raises when it says no: a sentence in French for the person who asked."""


class Refusal(Exception):
    """A refused action. The message says what is wrong, where, and what to do.

    `field` names the form field to point at, "" when the refusal concerns the whole request.
    """

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field
