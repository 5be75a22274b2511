"""The text a new agreement begins with: every part that is needed, a comment at each."""

import json

STARTER = """\
# An information-sharing agreement. Write in your own words where it says so;
# `concordat check {id}` says what is still missing.

concordat: "1"
id: {id}
version: "0.1"
title: {title}
kind: isp                    # an information-sharing protocol; `concordat check` names the others
jurisdiction: [england]

# When it begins, when somebody must look at it again, and when it ends.
in_force_from: {today}
review_due: {next_year}
end:
  open_ended: true

# Who takes part: each agency with its own role. `kind` says what body it is.
parties:
  - id: {agency}
    name: {name}
    kind: council
    capacity: controller
    # How a register elsewhere knows it:
    # identifiers: [{{scheme: ico, value: Z0000000}}]
    contact:
      role: Data protection officer
    signatories:
      - role: data-protection-officer
  - id: another-agency
    name: Another agency
    kind: nhs-trust
    capacity: controller
    # identifiers: [{{scheme: ods, value: RX0}}]
    contact:
      role: Information governance team
    signatories:
      - role: caldicott-guardian

# Who keeps this text and answers for it.
owner:
  role: Data protection officer

# What it is for.
purposes: [child-protection-enquiry]

# What stands behind it: first of all the data protection impact assessment.
# particulars: {{dpia_reference: Title and version}}

# What may be given: one clause for each grant, numbered as in the text.
clauses:
  - id: "1"
    title: What one agency may give another
    from: [another-agency]
    to: [{agency}]
    information: [health-physical]
    about: [child]
    purposes: [child-protection-enquiry]
    roles: [social-worker]
    # The law each party relies on for its own part: codes, the function or duty
    # behind them, and the appropriate policy document.
    basis:
      {agency}:
        regime: UKGDPR
        article6: [6-1-e]
        article9: [9-2-g]
        schedule1: ["18"]
        # function: In your words (Act, section)
        # policy_document: {{reference: Title, dated: {today}}}
      another-agency:
        regime: UKGDPR
        article6: [6-1-e]
        article9: [9-2-g]
        schedule1: ["18"]
        # function: In your words (Act, section)
        # policy_document: {{reference: Title, dated: {today}}}
    # What answers the duty of confidence in which health information was given.
    # confidence: public-interest
    # reason: In your words
    # What whoever asks must supply.
    needs: [necessity, no_consent_reason]
"""


def starter(
    agreement_id: str, title: str, *, agency: str, name: str, today: str, next_year: str
) -> str:
    """Write a first text for an agreement."""
    return STARTER.format(
        id=agreement_id,
        title=json.dumps(title, ensure_ascii=False),  # A JSON string is also a YAML string.
        agency=agency,
        name=json.dumps(name, ensure_ascii=False),
        today=today,
        next_year=next_year,
    )
