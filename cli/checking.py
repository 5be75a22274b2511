"""Checking a piece of evidence and saying what it proves; imports only what it needs."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli import files, output
from cli.exits import Exit, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.replay import Replayed
    from engine.trust import TrustRoot
    from engine.verify import Verified

_MARKS = {
    "done": ("good", "✓"),
    "not-done": ("warn", "?"),
    "not-asked": ("quiet", "–"),
    "not-applicable": ("quiet", "·"),
}


_LEVELS = {
    "asserted": "as it said",
    "app_signed": "signed by the application",
    "idp_signed": "signed by its agency",
}


def check(
    file: str,
    trust: str | None,
    *,
    chain: str | None = None,
    replay: bool = False,
    as_json: bool = False,
) -> int:
    """Check a proof bundle, show what it proves, and say with what exit code to end."""
    verified = established(file, trust, chain)
    again = decided_again(verified) if replay else None
    if as_json:
        said = _as_json(verified)
        output.document_json(said if again is None else said | {"replay": replay_as_json(again)})
    else:
        _show(verified, again)
    if verified.not_done:
        return Exit.UNVERIFIED
    return Exit.DONE if again is None or again.same else Exit.DIFFERS


def established(file: str, trust: str | None, chain: str | None = None) -> "Verified":
    """Verify a file against a trust root, both read from where they were named.

    Args:
        chain: A folder with later versions of the trust root, to be followed first (step V0).
    """
    from engine import trust as roots
    from engine.proof import MAX_BYTES
    from engine.verify import verify as verify_evidence

    if trust is None:
        raise UsageError(
            "whose keys to believe was not said",
            hint="name the trust root, obtained apart from the evidence: --trust trust.json",
        )
    evidence = files.read(file, what="a proof bundle", limit_bytes=MAX_BYTES)
    root = roots.read(files.read(trust, what="a trust root"))
    if chain is not None:
        root = _followed(root, chain)
    return verify_evidence(evidence, root, now_s=int(time.time()))


def _followed(root: "TrustRoot", folder: str) -> "TrustRoot":
    """Go on from a trust root to the newest that enough root keys signed."""
    from engine.trust_chain import FOLDER, walk

    def read(name: str) -> bytes | None:
        path = Path(folder) / name.removeprefix(f"{FOLDER}/")
        return files.read(str(path), what="a trust root") if path.is_file() else None

    followed = walk(root, read)
    newest = followed[-1] if followed else root
    output.note(f"trust root version {newest.version}, followed from version {root.version}")
    return newest


def decided_again(verified: "Verified") -> "Replayed":
    """Decide again what was verified."""
    from engine.replay import replay as decide_again

    return decide_again(verified)


# What a person reads


def _show(verified: "Verified", again: "Replayed | None") -> None:
    for step in verified.steps:
        if step.id == "V16" and again is not None:
            show_again(again)
            continue
        style, mark = _MARKS[step.state.value]
        text = f"{step.what}: {step.note}" if step.note else step.what
        if step.state.value in ("not-asked", "not-applicable"):
            text = f"{step.state.value.replace('-', ' ')}: {step.note}"
        first = f" {output.paint(style, mark)} {output.paint('quiet', step.id.ljust(4))} "
        output.tell(text, indent=8, first=first, style=style if style != "good" else "")
    output.say()
    word = output.paint("refer" if verified.not_done else "permit", verified.result.value.upper())
    output.say(f" {word}  {_in_a_line(verified)}")
    if verified.not_done:
        missing = ", ".join(step.id for step in verified.not_done)
        output.tell(f"not done for want of evidence: {missing}", indent=1, first=" ", style="warn")
    for name, said in _facts(verified):
        output.tell(said, indent=14, first=" " + output.paint("quiet", name.ljust(13)))


def _in_a_line(verified: "Verified") -> str:
    said = verified.record.payload
    if said["type"] == "agreement-activation":
        agreement = said["agreement"]
        return f"{agreement['id']} {agreement['version']} was brought into force"
    if said["type"] == "approval":
        outcome = output.paint(said["outcome"], said["outcome"])
        return f"{outcome} of what was referred, by the {output.plain(said['role'])}"
    if said["type"] != "decision":
        return output.plain(said["type"].replace("-", " "))
    outcome = output.paint(said["decision"], said["decision"])
    return f"{outcome}, {said['code']}: {output.plain(said['from'])} to {output.plain(said['to'])}"


def _facts(verified: "Verified") -> list[tuple[str, str]]:
    said = verified.record.payload
    found = [("record", f"{said['jti']}, made {_instant(said['iat'])} by {verified.issuer.name}")]
    if verified.place is not None:
        place = verified.place
        found.append(("log", f"{place.log}, entry {place.index} of {place.size}"))
    if said["type"] == "decision":
        found.append(("asked", f"for {said['purpose']}, as of {_instant(said['at'])}"))
        if said.get("known_at") is not None:
            known = _instant(said["known_at"])
            found.append(
                ("as known at", f"{known}: how it would have been answered, no permission")
            )
        found += _caller(said)
        split = said["information"]
        found += [(part, ", ".join(codes)) for part, codes in split.items() if codes]
    shown = [name for name, claim in verified.shown.items() if claim is not None]
    if shown:
        found.append(("shown", ", ".join(shown)))
    if verified.withheld:
        found.append(("withheld", ", ".join(verified.withheld)))
    return found


def _caller(said: "Mapping[str, Any]") -> list[tuple[str, str]]:
    """Who asked over HTTP, how well that was known, and until when the answer might be used."""
    caller = said.get("caller")
    if caller is None:
        return []
    known = {"dpop": "key", "mtls": "certificate"}.get(caller["proved_by"])
    proof = f", by its {known} {caller['kid']}" if known else ", by its token alone"
    levels = ", ".join(f"{name} {_LEVELS[level]}" for name, level in caller["evidence"].items())
    return [
        ("asked by", f"{caller['client']} of {said['asked_by']}{proof}"),
        ("known of it", levels),
        ("use by", _instant(caller["use_by"])),
    ]


def _instant(at_s: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(at_s))


def show_again(again: "Replayed") -> None:
    """Say what deciding again gave."""
    if again.same:
        said = "deciding again gives the same answer"
        output.say(f" {output.paint('good', '✓')} {output.paint('quiet', 'V16 ')} {said}")
        return
    output.say(
        f" {output.paint('bad', '✗')} {output.paint('quiet', 'V16 ')} deciding again differs"
    )
    for difference in again.differences:
        output.tell(difference, indent=10, first="        - ")
    for agreement in again.recompiled:
        output.note(f"today's compiler writes the policies of {agreement} otherwise")


# What a machine reads. Any: JSON.


def _as_json(verified: "Verified") -> dict[str, Any]:
    place = verified.place
    return {
        "result": verified.result.value,
        "steps": [
            {"id": each.id, "what": each.what, "state": each.state.value, "note": each.note}
            for each in verified.steps
        ],
        "payload": dict(verified.record.payload),
        "shown": dict(verified.shown),
        "withheld": list(verified.withheld),
        "issuer": {"kid": verified.issuer.kid, "owner": verified.issuer.owner},
        "place": None
        if place is None
        else {"log": place.log, "index": place.index, "size": place.size, "root": place.root.hex()},
    }


def replay_as_json(again: "Replayed") -> dict[str, Any]:
    """What deciding again gave, for a machine."""
    return {
        "same": again.same,
        "outcome": again.decision.outcome.value,
        "code": again.decision.code.value,
        "differences": [
            {"what": each.what, "recorded": each.recorded, "again": each.again}
            for each in again.differences
        ],
        "recompiled": list(again.recompiled),
    }
