"""Somebody with a plain clone of a register, write access to it, and other people's keys."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agreements import document
from agreements.lifecycle import Act
from engine import act, canonical, execution, jose, trust_chain
from engine.adapters.key_files import KeyFiles
from engine.bundle import cedar_text, make_slice
from engine.compile import agreement_bytes, compile_agreement
from engine.keys import PrivateKey
from tests.office import the_law
from tests.service.conftest import AGREEMENT, COUNCIL, TRUST
from tests.service.sharing import git


@dataclass
class Insider:
    """Somebody with a plain clone, write access, and the keys of whomever a case says."""

    folder: Path
    place: Path
    keys: dict[str, KeyFiles]

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def write(self, name: str, data: bytes) -> None:
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_bytes(data)

    def remove(self, name: str) -> None:
        git(self.folder, "rm", "-rqf", name)

    def names(self, folder: str) -> list[str]:
        return sorted(path.name for path in (self.folder / folder).iterdir())

    def flip(self, name: str) -> None:
        data = bytearray(self.read(name))
        data[len(data) // 2] ^= 1
        self.write(name, bytes(data))

    def replace(self, name: str, old: str, new: str) -> None:
        words = self.read(name).decode()
        assert old in words
        self.write(name, words.replace(old, new).encode())

    def swap(self, one: str, other: str) -> None:
        first, second = self.read(one), self.read(other)
        self.write(one, second)
        self.write(other, first)

    def commit(self, *, push: bool = True) -> None:
        git(self.folder, "add", "-A", "-f")
        git(self.folder, "commit", "-qm", "nothing to see")
        if push:
            git(self.folder, "push", "-qf", "origin", "HEAD:main")

    def key(self, agency: str) -> PrivateKey:
        return self.keys[agency].read(f"party-{agency}")

    def terms(self, version: str = "1.0") -> str:
        return canonical.digest_hex(self.read(f"proposals/{AGREEMENT}/{version}/agreement.json"))

    def do(self, what: Act, party: str, **changes: Any) -> str:
        """Put an act into the register, signed with whatever key a case says."""
        said: dict[str, Any] = {
            "version": "1.0",
            "role": role_of(party),
            "iat": int(datetime.now(UTC).timestamp()),
            "said": "because",
            "key": self.key(COUNCIL if party not in self.keys else party),
            "terms_sha256": self.terms(),
        } | changes
        name = said.pop("name", None)
        terms, version = said.pop("terms_sha256"), said.pop("version")
        jws = act.perform(what, terms, AGREEMENT, version, party=party, from_s=said["iat"], **said)
        digest = canonical.digest_hex(jws.encode())[:12]
        name = name or f"{said['iat']}-{what}-{party}-{digest}.jws"
        self.write(f"acts/{AGREEMENT}/{version}/{name}", jws.encode())
        return name

    def propose(self, version: str, old: str = "", new: str = "", *, of: str = "1.0") -> None:
        """Freeze a text as another version, without asking anybody."""
        words = self.read(f"proposals/{AGREEMENT}/{of}/text.yaml").decode()
        assert old in words
        words = words.replace(old, new).replace(f'version: "{of}"', f'version: "{version}"')
        folder = f"proposals/{AGREEMENT}/{version}"
        self.write(f"{folder}/text.yaml", words.encode())
        said = agreement_bytes(document.parse(words).agreement)
        self.write(f"{folder}/agreement.json", said)

    def publish(self, version: str = "1.0") -> None:
        """Compile whatever text stands there, and list whatever signatures stand there."""
        text = self.read(f"proposals/{AGREEMENT}/{version}/agreement.json")
        words = self.read(f"proposals/{AGREEMENT}/{version}/text.yaml")
        compiled = compile_agreement(document.parse(words).agreement, the_law().vocabulary)
        each = make_slice(the_law(), compiled)
        folder = f"policies/published/{AGREEMENT}/{version}"
        signed = f"signatures/{AGREEMENT}/{version}"
        listed = [
            {"party": party, "role": role, "sha256": self.digest(f"{signed}/{name}")}
            for name in self.names(signed)
            for party, role in [name.removesuffix(".jws").rsplit(".", 1)]
        ]
        self.write(f"{folder}/agreement.json", text)
        self.write(f"{folder}/policies.json", each.policies_json)
        self.write(f"{folder}/policy.cedar", cedar_text(compiled).encode())
        self.write(f"{folder}/manifest.json", each.manifest)
        self.write(f"{folder}/signatures.json", canonical.encode({"v": 1, "signatures": listed}))

    def digest(self, name: str) -> str:
        return canonical.digest_hex(self.read(name))

    def sign(self, party: str, version: str, *, key: str = "", **changes: Any) -> bytes:
        """Make a signature for a party, with the key of whomever a case says."""
        text = self.read(f"proposals/{AGREEMENT}/{version}/agreement.json")
        said: dict[str, Any] = {
            "party": party,
            "role": role_of(party),
            "iat": int(datetime.now(UTC).timestamp()),
            "change_sha256": "0" * 64,
            "key": self.key(key or party),
        } | changes
        return execution.countersign(text, AGREEMENT, version, **said).encode()

    def follow(self, change: Callable[[dict[str, Any]], object], *, signed_by: int = 3) -> None:
        """Write the next trust root, changed, and signed by some root holders."""
        document: Any = canonical.parse(self.read("trust/2.json"))
        document |= {
            "version": 3,
            "previous_sha256": self.digest("trust/2.json"),
            "issued": document["issued"] + 1,
        }
        change(document)
        self.write("trust/3.json", canonical.encode(document))
        holders = [self.keys[COUNCIL].read(f"root-{number}") for number in (1, 2, 3)]
        payload = {"ver": 1, "version": document["version"], "sha256": self.digest("trust/3.json")}
        signatures = [
            jose.sign_compact(canonical.encode(payload), typ="trust-root+jws", key=holder)
            for holder in holders[:signed_by]
        ]
        self.write("trust/3.signatures.json", trust_chain.write_signatures(signatures))


def role_of(party: str) -> str:
    """The office that signs for an agency."""
    return "caldicott-guardian" if party == TRUST else "data-protection-officer"
