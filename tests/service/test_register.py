"""Several offices share one register: they converge, lose no words, and refuse what is bad."""

import contextlib
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agreements.lifecycle import Act
from engine import bootstrap
from engine.adapters.git_sync import GitSync
from engine.adapters.seed import agency_register
from engine.decide import Code
from engine.errors import ArrivalError, StorageError
from engine.service import Office
from tests.service.conftest import AGREEMENT, COUNCIL, TRUST, asked, text, write_text
from tests.service.sharing import Shared, begin, copied, git, join

DRAFT = "northshire-draft"


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shared")
    begin(folder)
    return folder


@pytest.fixture
def shared(begun: Path, tmp_path: Path) -> Iterator[Shared]:
    made = copied(begun, tmp_path)
    yield made
    made.close()


def draft(office: Office) -> str:
    return office.premises.register.read(f"agreements/{DRAFT}.yaml").decode()


def edit(office: Office, old: str, new: str) -> None:
    words = draft(office)
    assert old in words
    write_text(office, words.replace(old, new, 1), DRAFT)


@pytest.fixture
def drafted(shared: Shared) -> Shared:
    """Both have the same draft."""
    write_text(shared.council, text().replace(AGREEMENT, DRAFT), DRAFT)
    shared.council.sync.push()
    shared.trust.sync.pull()
    return shared


def test_what_both_signed_is_in_force_in_both_from_the_same_instant(shared: Shared) -> None:
    rows = [office.status().agreements[0] for office in (shared.council, shared.trust)]

    assert rows[0] == rows[1]
    assert rows[0].state == "in_force"
    for office in (shared.council, shared.trust):
        assert office.desk.ask(asked()).decision.code is Code.PERMITTED


def test_a_suspension_in_one_office_binds_the_next_decision_of_the_other(shared: Shared) -> None:
    shared.trust.lifecycle.act(Act.SUSPEND, AGREEMENT, said="a breach is looked into")
    shared.trust.sync.push()

    assert shared.council.desk.ask(asked()).decision.code is Code.PERMITTED
    (taken,) = shared.council.sync.pull().taken
    assert shared.council.desk.ask(asked()).decision.code is Code.SUSPENDED

    assert (taken.what, taken.party) == ("suspend", TRUST)
    shared.trust.lifecycle.act(Act.RESUME, AGREEMENT)
    shared.trust.sync.push()
    assert [each.what for each in shared.council.sync.pull().taken] == ["resume"]


def test_plain_git_clones_it_whole(shared: Shared, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", str(shared.place), "plain")

    assert git(tmp_path / "plain", "fsck", "--strict", "--full") == ""
    ours = shared.council.premises.register.head().tree
    assert git(tmp_path / "plain", "rev-parse", "HEAD^{tree}").strip() == ours
    said = git(tmp_path / "plain", "log", "--format=%an")
    assert set(said.split("\n")) >= {"Northshire Council", "Northshire NHS Trust"}


def test_an_office_that_joins_waits_until_its_keys_are_listed(
    shared: Shared, tmp_path: Path
) -> None:
    police = join(tmp_path, "police", "northshire-police", "Northshire Police")

    assert "not in the trust root yet" in police.sync.pull().waiting
    shared.council.sync.pull()
    request = tmp_path / "council/register/requests/northshire-police.json"
    shared.council.keys.enrol(request)
    shared.council.sync.push()
    assert [taken.what for taken in police.sync.pull().taken] == ["publish"]
    police.close()


def test_an_office_whose_keys_are_not_listed_yet_says_of_what_is_published_that_it_is(
    shared: Shared, tmp_path: Path
) -> None:
    """Suspended and resumed since: acts after publication send nothing back."""
    shared.trust.lifecycle.act(Act.SUSPEND, AGREEMENT, said="a breach is looked into")
    shared.trust.lifecycle.act(Act.RESUME, AGREEMENT)
    shared.trust.sync.push()

    police = join(tmp_path, "police", "northshire-police", "Northshire Police")

    [row] = police.status().agreements
    [stand] = police.lifecycle.versions(AGREEMENT)
    assert (row.state, stand.state) == ("published", "published")
    assert (row.missing, stand.missing) == ((), ())
    once = "not taken in yet: it decides in this office once its keys are in the trust root"
    assert row.to_come == stand.to_come == (f"{once} and it has pulled",)
    assert not [each for each in police.attention() if each.subject.startswith(AGREEMENT)]
    police.close()


# ---- two edit at once


def test_edits_of_different_fields_of_one_draft_stand_side_by_side(drafted: Shared) -> None:
    edit(drafted.council, "Enquiries under section 47", "Enquiries under s.47")
    edit(drafted.trust, "[social-worker]", "[social-worker, mash-manager]")
    drafted.council.sync.push()

    (pulled,) = drafted.trust.sync.push().pulled
    drafted.council.sync.pull()

    assert pulled.merged == (f"agreements/{DRAFT}.yaml",)
    assert pulled.beside == ()
    assert draft(drafted.council) == draft(drafted.trust)
    assert "Enquiries under s.47" in draft(drafted.trust)
    assert "[social-worker, mash-manager]" in draft(drafted.trust)


def test_edits_of_one_field_keep_theirs_in_place_and_ours_beside(drafted: Shared) -> None:
    edit(drafted.council, "Enquiries under section 47", "Enquiries of the council")
    edit(drafted.trust, "Enquiries under section 47", "Enquiries of the trust")
    edit(drafted.council, "[social-worker]", "[mash-manager]")
    mine = draft(drafted.trust)
    drafted.council.sync.push()

    (beside,) = drafted.trust.sync.pull().beside

    register = drafted.trust.premises.register
    assert beside.kept_as == f"agreements/{DRAFT}.mine.yaml"
    assert register.read(beside.kept_as).decode() == mine
    assert draft(drafted.trust) == draft(drafted.council)
    assert "<<<<" not in draft(drafted.trust)
    assert [(each.field, each.by, each.ours_too) for each in beside.theirs] == [
        ("Title", "Northshire Council", True),
        ("Roles of clause 1", "Northshire Council", False),
    ]
    assert register.changed() == []
    assert f"{DRAFT}.mine" not in [row.id for row in drafted.trust.author.drafts()]
    drafted.trust.sync.push()
    assert "mine" not in git(drafted.place, "ls-tree", "-r", "--name-only", "main")


def test_a_second_clash_keeps_what_the_first_one_kept(drafted: Shared) -> None:
    for number in ("first", "second"):
        edit(drafted.council, "title: ", f"title: council {number} ")
        edit(drafted.trust, "title: ", f"title: trust {number} ")
        drafted.council.sync.push()
        drafted.trust.sync.push()
        drafted.council.sync.pull()

    names = drafted.trust.premises.register.names("agreements")

    assert [name for name in names if "mine" in name] == [
        f"{DRAFT}.mine-2.yaml",
        f"{DRAFT}.mine.yaml",
    ]


def test_an_edit_of_a_text_that_somebody_removed_is_kept_beside(drafted: Shared) -> None:
    drafted.council.premises.register.path(f"agreements/{DRAFT}.yaml").unlink()
    edit(drafted.trust, "[social-worker]", "[mash-manager]")
    drafted.council.sync.push()

    (beside,) = drafted.trust.sync.pull().beside

    assert not drafted.trust.premises.register.holds(f"agreements/{DRAFT}.yaml")
    assert b"mash-manager" in drafted.trust.premises.register.read(beside.kept_as)


def test_a_text_edited_as_a_file_is_committed_under_the_name_of_the_agency(
    drafted: Shared,
) -> None:
    edit(drafted.trust, "[social-worker]", "[mash-manager]")

    assert drafted.trust.sync.pull().edited == (f"agreements/{DRAFT}.yaml",)
    drafted.trust.sync.push()

    said = git(drafted.place, "log", "-1", "--format=%an: %s")
    assert said == f"Northshire NHS Trust: {TRUST} edited {DRAFT}\n"


def test_a_file_that_nobody_changes_by_hand_stops_a_pull(shared: Shared) -> None:
    shared.trust.premises.register.path("policies/concordat.cedarschema").write_text("x", "utf-8")

    with pytest.raises(StorageError, match=r"`policies/concordat\.cedarschema` was changed in"):
        shared.trust.sync.pull()


def test_two_proposals_of_one_version_leave_the_first_and_keep_the_other_in_git(
    drafted: Shared,
) -> None:
    edit(drafted.trust, "Enquiries under section 47", "Enquiries of the trust")
    for office in (drafted.council, drafted.trust):
        office.author.propose(DRAFT)
        office.author.sign(DRAFT, office.settings.agency)
    drafted.council.sync.push()

    pulled = drafted.trust.sync.pull()
    drafted.trust.sync.push()
    drafted.council.sync.pull()

    assert f"proposals/{DRAFT}/1.0/agreement.json" in pulled.dropped
    assert any(name.startswith(f"signatures/{DRAFT}/1.0/{TRUST}") for name in pulled.dropped)
    kept = git(drafted.trust.folder / "register", "show", f"{pulled.aside}:agreements/{DRAFT}.yaml")
    assert "Enquiries of the trust" in kept
    trees = {office.premises.register.head().tree for office in (drafted.council, drafted.trust)}
    assert len(trees) == 1


# ---- what is refused


def rewind(place: Path, by: int) -> None:
    git(place, "update-ref", "refs/heads/main", f"refs/heads/main~{by}")


def test_after_a_refusal_the_office_decides_by_what_it_had_and_says_so(shared: Shared) -> None:
    rewind(shared.place, 2)

    with pytest.raises(ArrivalError, match=r"2 newer commits, up to .* are gone"):
        shared.trust.sync.pull()

    assert shared.trust.desk.ask(asked()).decision.code is Code.PERMITTED
    refused = shared.trust.sync.report().refused
    assert refused is not None
    assert "are gone" in refused.message
    (told,) = [each for each in shared.trust.doctor() if each.name == "shared register"]
    assert not told.ok
    assert "are gone" in told.said
    with bootstrap.open_office(shared.trust.folder) as opened:
        assert opened.desk.ask(asked()).decision.code is Code.PERMITTED


def test_a_push_puts_back_what_was_taken_away(shared: Shared) -> None:
    before = git(shared.place, "rev-parse", "main")
    rewind(shared.place, 2)
    with pytest.raises(ArrivalError, match="are gone"):
        shared.trust.sync.pull()

    pushed = shared.trust.sync.push()

    assert (pushed.put_back, pushed.commits) == (2, 0)
    assert shared.trust.sync.push().put_back == 0
    assert git(shared.place, "rev-parse", "main") == before
    assert shared.council.sync.pull().commits == 0
    assert shared.trust.sync.pull().taken == ()
    assert shared.trust.sync.report().refused is None


def test_a_place_that_is_away_stops_nothing_here(shared: Shared) -> None:
    shutil.rmtree(shared.place)

    with pytest.raises(StorageError, match="there is no such folder"):
        shared.trust.sync.pull()
    assert shared.trust.desk.ask(asked()).decision.code is Code.PERMITTED


def test_what_would_be_refused_elsewhere_is_not_pushed(shared: Shared) -> None:
    register = shared.trust.folder / "register"
    name = f"signatures/{AGREEMENT}/1.0"
    signature = next((register / name).iterdir())
    signature.write_text("x", "utf-8")
    git(register, "commit", "-qam", "alter")

    with pytest.raises(ArrivalError, match=f"nothing was pushed: `{name}/.* was changed"):
        shared.trust.sync.push()


def test_a_register_that_is_shared_nowhere_says_how_to_share_it(office: Office) -> None:
    with pytest.raises(StorageError, match="shared nowhere") as refused:
        office.sync.pull()

    assert "concordat push --to" in refused.value.hint


class _PowerCut(BaseException):
    """Ends everything where it stands."""


@pytest.mark.parametrize("written", [0, 1, 4, 9])
def test_a_pull_that_was_cut_short_is_finished_by_the_next(
    drafted: Shared, written: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = drafted.trust
    for number in range(4):
        write_text(drafted.council, text().replace(AGREEMENT, f"new-{number}"), f"new-{number}")
    drafted.council.lifecycle.act(Act.SUSPEND, AGREEMENT, said="looked into")
    edit(drafted.council, "[social-worker]", "[mash-manager]")
    edit(office, "Enquiries under section 47", "Enquiries of the trust")
    drafted.council.sync.push()
    place, left = GitSync._place, [written]

    def cut(self: GitSync, *rest: Any) -> None:
        if not left[0]:
            raise _PowerCut
        left[0] -= 1
        place(self, *rest)

    monkeypatch.setattr(GitSync, "_place", cut)
    with contextlib.suppress(_PowerCut):
        office.sync.pull()
    monkeypatch.undo()

    with bootstrap.open_office(office.folder) as again:
        pulled = again.sync.pull()
        assert again.desk.ask(asked()).decision.code is Code.SUSPENDED
        assert again.premises.register.changed() == []
        assert "Enquiries of the trust" in draft(again)
        assert "[mash-manager]" in draft(again)
        assert pulled.beside == ()
        again.sync.push()
        drafted.council.sync.pull()
        assert tree(again) == tree(drafted.council)


# ---- convergence


def tree(office: Office) -> str:
    return office.premises.register.head().tree


@pytest.mark.parametrize("seed", range(6))
def test_whatever_the_order_of_edits_pulls_and_pushes_all_end_with_one_tree(
    drafted: Shared, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    offices = [drafted.council, drafted.trust]
    if seed % 3 == 0:
        offices.append(join(tmp_path, "police", "northshire-police", "Northshire Police"))
    words = ["Enquiries under section 47", "[social-worker]", "review_due", "# "]

    for step in range(12):
        office = chance.choice(offices)
        match chance.choice(["edit", "edit", "new", "agencies", "pull", "push"]):
            case "edit":
                old = chance.choice(words)
                now = draft(office)
                lines = [n for n, line in enumerate(now.split("\n")) if old in line]
                if lines:
                    split = now.split("\n")
                    split[chance.choice(lines)] += f" # {office.settings.agency} {step}"
                    write_text(office, "\n".join(split), DRAFT)
            case "new":
                write_text(office, text().replace(AGREEMENT, f"new-{step}"), f"new-{step}")
            case "agencies":
                path = office.premises.register.path("agencies.yaml")
                path.write_bytes(agency_register() + f"# {step}\n".encode())
            case "pull":
                office.sync.pull()
            case "push":
                office.sync.push()
    drafted.settle(*offices)

    assert len({tree(office) for office in offices}) == 1
    assert git(drafted.place, "rev-parse", "main^{tree}").strip() == tree(offices[0])
    assert all(office.premises.register.changed() == [] for office in offices)
    assert git(drafted.place, "fsck", "--strict", "--full") == ""
    for office in offices[2:]:
        office.close()


LISTED = 'concordat: "1"\nagencies:\n  - {id: %s, name: Council, kind: council, %s}\n'


def test_what_others_write_of_agencies_decides_nothing_until_it_is_accepted(
    shared: Shared,
) -> None:
    """A list of agencies carries no signatures, and it says who is what before the law."""
    council, trust = shared.council, shared.trust
    question = asked(information=["health-physical"])
    (trust.folder / "register/agencies.yaml").write_text(LISTED % (COUNCIL, "ended: 2026-01-01"))
    trust.sync.push()

    pulled = council.sync.pull()

    assert pulled.agencies_waiting
    assert council.desk.ask(question).decision.code is Code.PERMITTED
    (told,) = [each for each in council.doctor() if each.name == "agency register"]
    assert (told.ok, "agencies accept" in told.hint) == (False, True)
    assert council.accept_agencies() == 1
    assert council.desk.ask(question).decision.code is Code.REFERRED
    assert not council.sync.pull().agencies_waiting

    (trust.folder / "register/agencies.yaml").write_text(LISTED % (COUNCIL, "ended: 2999-01-01"))
    trust.sync.push()
    assert council.sync.pull().agencies_waiting
    assert council.desk.ask(question).decision.code is Code.REFERRED


def test_two_processes_that_push_at_once_both_arrive(shared: Shared) -> None:
    for office in (shared.council, shared.trust):
        write_text(office, text().replace(AGREEMENT, f"by-{office.settings.agency}"),
                   f"by-{office.settings.agency}")  # fmt: skip
    pushing = [
        subprocess.Popen(
            [sys.executable, "-m", "concordat", "push", "--office", str(office.folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for office in (shared.council, shared.trust)
    ]

    said = [each.communicate(timeout=60)[1] for each in pushing]

    assert [each.returncode for each in pushing] == [0, 0], said
    names = git(shared.place, "ls-tree", "--name-only", "main:agreements")
    assert {f"by-{COUNCIL}.yaml", f"by-{TRUST}.yaml"} <= set(names.split())
