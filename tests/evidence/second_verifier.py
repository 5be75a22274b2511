"""A second verifier, by other means: it shares no line with the first.

It uses the standard library, joserfc and cryptography, and follows the documents
alone: RFC 7515, RFC 8785, RFC 9901, RFC 6962 and C2SP's signed notes. It is
what an auditor could write in an afternoon, and it must agree with ours.
"""

import hashlib
import json
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from joserfc import jws
from joserfc.jwk import OKPKey


class DisagreementError(Exception):
    """The evidence does not hold."""


def verify(evidence: bytes, trust_root: bytes) -> dict[str, Any]:
    """Check signature, canonical form, head, inclusion and hidden claims.

    Returns:
        The payload of the record, with every hidden claim that is shown.
    """
    bundle, root = json.loads(evidence), json.loads(trust_root)
    payload = signed_payload(bundle["record"], root)
    leaf = hashlib.sha256(b"\x00" + bundle["record"].encode()).digest()
    proof, checkpoint = bundle["tlogProof"].split("\n\n", 1)
    size, head = signed_head(checkpoint, payload["log"], root)
    _, index, *hashes = proof.split("\n")
    at = int(index.removeprefix("index "))
    require(climbed(leaf, at, size, [b64decode(each) for each in hashes]) == head, "inclusion")
    materials = {each["name"]: unpadded(each["data"]) for each in bundle["materials"]}
    require(
        hashlib.sha256(materials["law/manifest.json"]).hexdigest()
        == payload["policy"]["manifest_sha256"],
        "law",
    )
    for listed in json.loads(materials["law/manifest.json"])["files"]:
        digest = hashlib.sha256(materials["law/" + listed["path"]]).hexdigest()
        require(digest == listed["sha256"], listed["path"])
    return payload | shown(payload, bundle["disclosures"])


def signed_payload(token: str, root: dict[str, Any]) -> dict[str, Any]:
    header = json.loads(unpadded(token.split(".", maxsplit=1)[0]))
    entry = next(
        each for each in root["keys"] if (each["kid"], each["role"]) == (header["kid"], "decision")
    )
    key = OKPKey.import_key(entry["jwk"])
    require(key.thumbprint() == header["kid"], "thumbprint")
    found = jws.deserialize_compact(token, key, algorithms=["Ed25519"]).payload
    payload: dict[str, Any] = json.loads(found)
    # RFC 8785 for names in ASCII and whole numbers: sorted, no spaces, no needless escapes.
    spelled = json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    require(spelled.encode() == found, "canonical form")
    require(payload["iss"] == entry["iss"], "issuer")
    require(entry["valid_from"] <= payload["iat"] < entry["valid_to"], "date")
    return payload


def signed_head(checkpoint: str, log: str, root: dict[str, Any]) -> tuple[int, bytes]:
    body, signature = checkpoint.split("\n\n")
    origin, size, head = body.split("\n")
    require(origin == log, "log")
    entry = next(each for each in root["keys"] if each.get("origin") == log)
    raw = unpadded(entry["jwk"]["x"])
    dash, name, encoded = signature.removesuffix("\n").split(" ")
    require((dash, name) == ("—", log), "signature line")
    signed = b64decode(encoded)
    require(signed[:4] == hashlib.sha256(f"{log}\n\x01".encode() + raw).digest()[:4], "key id")
    Ed25519PublicKey.from_public_bytes(raw).verify(signed[4:], f"{body}\n".encode())
    return int(size), b64decode(head)


def climbed(leaf: bytes, index: int, size: int, hashes: list[bytes]) -> bytes:
    """Compute the root from a leaf, by the definition of the path (RFC 6962, section 2.1.1)."""
    if size == 1:
        require(not hashes and index == 0, "path")
        return leaf
    require(bool(hashes) and index < size, "path")
    half = 1 << (size - 1).bit_length() - 1
    *below, sibling = hashes
    if index < half:
        left, right = climbed(leaf, index, half, below), sibling
    else:
        left, right = sibling, climbed(leaf, index - half, size - half, below)
    return hashlib.sha256(b"\x01" + left + right).digest()


def shown(payload: dict[str, Any], disclosures: list[str]) -> dict[str, Any]:
    claims = {}
    for encoded in disclosures:
        digest = hashlib.sha256(encoded.encode()).digest()
        require(urlsafe_b64encode(digest).rstrip(b"=").decode() in payload["_sd"], "disclosure")
        _, name, value = json.loads(unpadded(encoded))
        claims[name] = value
    return claims


def as_put(stated: dict[str, Any]) -> dict[str, Any]:
    """The question with the words that nobody knows in their places (docs/decision.md)."""
    words = iter(stated["inputs"].get("words", []))
    asked = json.loads(json.dumps(stated["request"]["disclosure"]))
    basis = ["regime", "article6", "annex1", "article9", "schedule1"]
    basis += ["law_enforcement", "schedule8", "gateway"]
    places: list[tuple[Any, Any]] = [(asked, "from"), (asked, "to")]
    for name in ("information", "about"):
        places += [(asked[name], n) for n in range(len(asked[name]))]
    places += [(asked, "purpose")]
    places += [(asked["basis"], each) for each in basis if each in asked["basis"]]
    for within, place in places:
        if within[place].startswith("unknown-"):
            within[place] = next(words)
    require(next(words, None) is None, "words")
    return dict(asked)


def bears_out_its_guards(payload: dict[str, Any]) -> bool:
    """Whether what a record says of guards goes with its answer (docs/decision.md, part 6)."""
    said = payload.get("guards")
    if said is None:
        return bool(payload["code"] != "forbidden_by_guard")
    parts = payload["information"]
    names = [each["agency"] for each in said]
    answers = {each["answer"] for each in said}
    against = bool(answers & {"veto", "unavailable"})
    usual = {"agency", "kind", "answer"}
    more = {
        "stood_aside": (set(), {"decision_id", "revision"}),
        "veto": ({"reason"}, {"decision_id", "revision"}),
        "unavailable": ({"reason"}, set()),
        "not_asked": (set(), set()),
    }
    failures = [
        "timeout",
        "unreachable",
        "status",
        "content_type",
        "too_large",
        "malformed",
        "undefined",
        "token",
        "circuit_open",
        "overtaken",
        "busy",
    ]
    return bool(
        said
        and names == sorted(set(names))
        and all(
            each["answer"] in more
            and usual | more[each["answer"]][0]
            <= each.keys()
            <= usual | more[each["answer"]][0] | more[each["answer"]][1]
            and each["kind"] in ("opa", "authzen")
            and all(len(text) <= 200 and "\n" not in text for text in each.values())
            and (each["answer"] != "unavailable" or each["reason"] in failures)
            for each in said
        )
        and (answers == {"not_asked"} or "not_asked" not in answers)
        and payload["code"] == ("forbidden_by_guard" if against else "permitted")
        and bool(payload["reasons"])
        and (not against or not (parts["permitted"] or parts["referred"]))
    )


def unpadded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def require(holds: bool, what: str) -> None:
    if not holds:
        raise DisagreementError(what)


def flipped(evidence: bytes) -> bytes:
    """The same evidence with one bit of the head's root otherwise."""
    bundle = json.loads(evidence)
    proof, checkpoint = bundle["tlogProof"].split("\n\n", 1)
    origin, size, head, rest = checkpoint.split("\n", 3)
    other = bytearray(b64decode(head))
    other[0] ^= 1
    lines = "\n".join([origin, size, b64encode(other).decode(), rest])
    bundle["tlogProof"] = f"{proof}\n\n{lines}"
    return json.dumps(bundle).encode()
