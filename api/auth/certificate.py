"""The certificate with which an application met the proxy in front of the office.

Promises that it is believed from the proxies the operator named, in the one header the
operator named, and that from anybody else that header is refused. The proxy must take
the header away from what others send, as every proxy that ends TLS is told to.

Source:
    RFC 8705, section 3; RFC 9440, section 2.
"""

import hashlib
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote_to_bytes

from api.auth.jwt import TokenError
from api.site import Site
from engine import canonical
from engine.errors import RecordError

MAX_BYTES: Final = 16_384

_BEGIN: Final = "-----BEGIN CERTIFICATE-----"
_END: Final = "-----END CERTIFICATE-----"


def presented(headers: Mapping[str, str], site: Site, peer: str) -> str:
    """The thumbprint of the caller's certificate; empty if it presented none.

    Args:
        peer: Who sent the request, by address: the proxy, or the caller itself.

    Raises:
        TokenError: Somebody other than a proxy says so, or it is not written as a certificate is.
    """
    said = headers.get(site.certificate_header, "") if site.certificate_header else ""
    if not said:
        return ""
    if peer not in site.proxies:
        raise TokenError(
            f"`{site.certificate_header}` is for the proxy to send, and `{peer}` is none"
        )
    if len(said) > MAX_BYTES or not said.isascii():
        raise TokenError("the certificate is too long, or not ASCII")
    try:
        der = canonical.b64_decode(_encoded(said))
    except RecordError as fault:
        raise TokenError(f"the certificate is misspelled: {fault}") from fault
    if not der:
        raise TokenError("the certificate is empty")
    return canonical.b64url_encode(hashlib.sha256(der).digest())


def _encoded(said: str) -> str:
    """The base64 of a certificate, from either way in which proxies write one."""
    if said.startswith(":") and said.endswith(":"):  # RFC 9440, as a byte sequence.
        return said[1:-1]
    text = unquote_to_bytes(said).decode("latin-1").strip()  # PEM, with its newlines escaped.
    if not text.startswith(_BEGIN) or not text.endswith(_END):
        raise TokenError("the certificate is neither PEM nor a byte sequence of RFC 9440")
    return "".join(text.removeprefix(_BEGIN).removesuffix(_END).split())
