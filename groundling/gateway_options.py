"""What `groundling chat` and `groundling ask` need to reach a gateway: address, key, patience.

Covers: the options and the client that they mean. Does not cover: what is asked.
"""

from __future__ import annotations

import argparse
import os

from groundling.client import (
    API_KEY_VARIABLE,
    DEFAULT_TIMEOUT_S,
    DEFAULT_URL,
    Client,
    ClientError,
    Retries,
    check_address,
    checked_key,
)

URL_VARIABLE = "GROUNDLING_URL"
TIMEOUT_VARIABLE = "GROUNDLING_TIMEOUT_S"


def add_gateway_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--url",
        type=address,
        default=os.environ.get(URL_VARIABLE, DEFAULT_URL),
        help=f"the gateway's address (default: ${URL_VARIABLE}, else {DEFAULT_URL})",
    )
    parser.add_argument(
        "--timeout",
        type=seconds,
        default=os.environ.get(TIMEOUT_VARIABLE, str(DEFAULT_TIMEOUT_S)),
        metavar="S",
        help="seconds to wait for the gateway to say something; keep it longer than the gateway's "
        "own deadline for a request, 45 s unless you changed it "
        f"(default: ${TIMEOUT_VARIABLE}, else {DEFAULT_TIMEOUT_S:g})",
    )
    parser.add_argument(
        "--api-key",
        type=api_key,
        default=os.environ.get(API_KEY_VARIABLE) or None,
        metavar="KEY",
        help=f"who you are, where the gateway asks for it (default: ${API_KEY_VARIABLE}, which the "
        "list of processes does not show)",
    )


def client_of(options: argparse.Namespace) -> Client:
    """Without retries: somebody waits, and can ask again."""
    try:
        return Client(
            options.url, api_key=options.api_key, timeout_s=options.timeout, retries=Retries(0)
        )
    except (ImportError, ValueError) as error:  # httpx's words; the options have been checked
        raise SystemExit(f"error: the environment's proxy cannot be used: {error}") from error


def address(text: str) -> str:
    try:
        check_address(text)
    except ClientError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


def name(text: str) -> str:
    """Of a role or a session: whatever it is, JSON has to carry it."""
    if not is_text(text):
        raise argparse.ArgumentTypeError("is not valid UTF-8")
    return text


def is_text(given: str) -> bool:
    """False: it has Python's marks of bytes that are no text in the terminal's encoding."""
    return not any("\ud800" <= character <= "\udfff" for character in given)


def api_key(text: str) -> str:
    try:
        return checked_key(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def seconds(text: str) -> float:
    """Argparse shows this name: "invalid seconds value"."""
    number = float(text)
    if not 0 < number < float("inf"):
        raise ValueError(text)
    return number
