"""The published versions of an office: their outlines at hand, their content read when it is asked.

Promises that whatever is read is the very thing whose digest the log names, at the
first reading and at every later one. Many agreements take little memory, for of each
only its outline is always kept, and for twenty thousand what is put to Cedar.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Final, TypeAlias

from pydantic import ValidationError

from agreements.model import Agreement
from engine import canonical
from engine.bundle import Content, Slice, SliceKey, make_content, outline
from engine.clauses import Clauses, make_clauses
from engine.compile import Compiled, agencies_of
from engine.errors import BundleError, ConcordatError, NotFoundError
from engine.lately import Lately
from engine.law import Law
from engine.ports import Register

PUBLISHED: Final = "policies/published"
MANIFEST: Final = "manifest.json"
AGREEMENT: Final = "agreement.json"
CLAUSES: Final = "policies.json"
FOR_PEOPLE: Final = "policy.cedar"

_EVER: Final = 2**53  # After every commit there will be.

CLAUSES_OF: Final = 40_000
"""Of how many versions the clauses are kept as they are put to Cedar, at most; of half as many at
least. Of those asked lately, Cedar holds them parsed besides (`engine.judge`)."""

TEXTS_OF: Final = 2_048
"""Of how many versions the text is kept, at most; that is read for people, and for no decision."""

_Name: TypeAlias = tuple[SliceKey, str, str]


def folder_of(key: SliceKey) -> str:
    """Where the files of a published version stand."""
    return f"{PUBLISHED}/{key[0]}/{key[1]}"


class Library:
    """Reads published versions, each file held to its digest."""

    def __init__(
        self, register: Register, *, clauses_of: int = CLAUSES_OF, texts_of: int = TEXTS_OF
    ) -> None:
        self._register: Final = register
        self._outlines: dict[_Name, Slice] = {}
        self._clauses: Final[Lately[_Name, Clauses]] = Lately(clauses_of)
        self._texts: Final[Lately[_Name, Content]] = Lately(texts_of)

    def take(self, law: Law, key: SliceKey, sha256: str) -> Slice:
        """Take one published version, each of its files held to the log.

        Args:
            key: Agreement id and version.
            sha256: The digest of its manifest, as its activation names it.

        Raises:
            BundleError: A file is missing or altered; the message names it.
        """
        name = key, sha256, law.sha256
        if name not in self._outlines:
            compiled = self._read(law, key, sha256)
            self._outlines[name] = outline(
                compiled.agreement,
                compiled.agencies,
                sha256,
                lambda: self._clauses_of(law, name),
                lambda: self._text_of(law, name),
            )
        return self._outlines[name]

    def _clauses_of(self, law: Law, name: _Name) -> Clauses:
        clauses = self._clauses.get(name)
        if clauses is None:
            content = self._content(law, name)
            clauses = make_clauses(content.agreement, content.policies_json)
            self._clauses.put(name, clauses)
        return clauses

    def _text_of(self, law: Law, name: _Name) -> Content:
        content = self._texts.get(name)
        if content is None:
            content = self._content(law, name)
            self._texts.put(name, content)
        return content

    def _content(self, law: Law, name: _Name) -> Content:
        key, sha256, _ = name
        content = make_content(law, self._read_again(law, key, sha256))
        if canonical.digest_hex(content.manifest) != sha256:
            raise altered(self._register, key, MANIFEST, "is not the list of its files")
        return content

    def _read_again(self, law: Law, key: SliceKey, sha256: str) -> Compiled:
        """Read a version that was taken before: where a file was altered since, as committed.

        Either way it is the very thing whose digest the log names.
        """
        try:
            return self._read(law, key, sha256)
        except BundleError:
            with suppress(ConcordatError):
                return self._read(law, key, sha256, as_committed=True)
            raise

    def _read(
        self, law: Law, key: SliceKey, sha256: str, *, as_committed: bool = False
    ) -> Compiled:
        files = {}
        for name in (AGREEMENT, CLAUSES, MANIFEST):
            try:
                files[name] = self._file(f"{folder_of(key)}/{name}", as_committed=as_committed)
            except NotFoundError as fault:
                raise altered(self._register, key, name, "is not there") from fault
        _refuse_unlisted(self._register, law, key, files)
        if canonical.digest_hex(files[MANIFEST]) != sha256:
            raise altered(self._register, key, MANIFEST, "is not the one that was activated")
        try:
            agreement = Agreement.model_validate_json(files[AGREEMENT])
        except ValidationError as fault:
            raise altered(self._register, key, AGREEMENT, "is no agreement") from fault
        if (agreement.id, agreement.version) != key:
            raise altered(self._register, key, AGREEMENT, "is not the text of this version")
        return Compiled(agreement, files[AGREEMENT], files[CLAUSES], agencies_of(agreement))

    def _file(self, path: str, *, as_committed: bool) -> bytes:
        if not as_committed:
            return self._register.read(path)
        found = self._register.read_then(path, _EVER)
        if found is None:
            raise NotFoundError(f"`{path}` is in no commit")
        return found


def _refuse_unlisted(
    register: Register, law: Law, key: SliceKey, files: Mapping[str, bytes]
) -> None:
    """Name the very file that differs from its manifest, before anything is made of it."""
    try:
        manifest = canonical.parse_canonical(files[MANIFEST])
    except ConcordatError as fault:
        raise altered(register, key, MANIFEST, "is not a list of files") from fault
    if not isinstance(manifest, Mapping):
        raise altered(register, key, MANIFEST, "is not a list of files")
    if manifest.get("law_sha256") != law.sha256:
        raise BundleError(
            f"law in the register is not the one `{key[0]}` {key[1]} was published under",
            hint=restore(register, "policies"),
        )
    listed = manifest.get("files")
    digests = {
        each.get("path"): each.get("sha256")
        for each in (listed if isinstance(listed, list) else ())
        if isinstance(each, Mapping)
    }
    for name in (AGREEMENT, CLAUSES):
        if digests.get(name) != canonical.digest_hex(files[name]):
            raise altered(register, key, name, "is not the file that was published")


def altered(register: Register, key: SliceKey, name: str, said: str) -> BundleError:
    """Say which file of a published version cannot be relied on, and what to do."""
    path = f"{folder_of(key)}/{name}"
    return BundleError(f"`{path}` {said}", hint=restore(register, path))


def restore(register: Register, name: str) -> str:
    """How a file is put back as it was committed."""
    top = register.path("agreements").parent
    return f"restore it from the register's history: `git -C {top} checkout HEAD -- {name}`"
