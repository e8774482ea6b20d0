"""How a call of the gateway can fail.

ClientError
├── NotRunning      nothing answers at the address
├── GatewayError    the gateway answered with an error body, or ended a stream with one
└── BadAnswer       what answered is no gateway, or not one of this version, or it broke off
"""

from __future__ import annotations

from services.contract import ErrorCode, ErrorDetail

START_HINT = "start it with: groundling up (or make run)"


class ClientError(Exception):
    """No answer was had; the message is for people."""


class NotRunning(ClientError):
    """No connection could be made."""

    def __init__(self, url: str, why: str = "", *, here: bool = False) -> None:
        """here: the address is this machine's, so that it can be started."""
        said = f"no gateway answers at {url}" + (f" ({why})" if why else "")
        super().__init__(f"{said}; {START_HINT}" if here else said)


class GatewayError(ClientError):
    """The gateway says why it could not do what it was asked."""

    def __init__(
        self, detail: ErrorDetail, status: int, retry_after_s: float | None = None
    ) -> None:
        super().__init__(f"{detail.message} ({detail.code}, request {detail.request_id})")
        self.code: ErrorCode = detail.code
        self.message = detail.message
        """The gateway's words alone."""
        self.request_id = detail.request_id
        """Also in the gateway's log, as `request_id`."""
        self.status = status
        """The HTTP status; of a stream that ended with an error, the one its code stands for."""
        self.retry_after_s = retry_after_s
        """Seconds after which asking again may help; None: the gateway does not say."""


class BadAnswer(ClientError):
    """What came cannot be understood."""
