# The bench office's agreements, and of the law what its questions can touch, as Rego decides them.
#
# The input is an AuthZEN evaluation, exactly as the service takes it. `data.agreements` has, by holder and by
# recipient, the agreements between the two; `data.law` has what lies within the kinds of information that the law
# speaks of. Left out of the law, because no question here names them: gateways, Part 3 of the Data Protection Act
# 2018, markings and handling codes, decisions by machine alone.
package sharing

default outcome := "deny"

outcome := "permit" if {
	asked_for
	every category in categories { permitted(category) }
} else := "refer" if {
	asked_for
	every category in categories { permitted_or_referred(category) }
}

properties := input.resource.properties

categories := properties.categories

context := input.context

basis := context.lawful_basis

recipient := input.subject.properties.agency

between := data.agreements[properties.holder][recipient]

asked_for if {
	input.action.name == "disclose"
	count(categories) > 0
}

permitted_or_referred(category) if permitted(category)

permitted_or_referred(category) if {
	some agreement in between
	in_force(agreement)
	not excluded(agreement, category)
	some clause in agreement.refer
	category in clause.information
}

permitted(category) if {
	some agreement in between
	in_force(agreement)
	some clause in agreement.grant
	granted(clause, category)
	not excluded(agreement, category)
	not forbidden(category)
}

in_force(agreement) if {
	now_s := time.now_ns() / 1000000000
	agreement.from_s <= now_s
	now_s < agreement.until_s
}

granted(clause, category) if {
	context.purpose in clause.purposes
	category in clause.information
	input.subject.properties.role in clause.roles
	every kind in properties.about { kind in clause.about }
	every need in clause.needs { given(need) }
}

excluded(agreement, category) if {
	some clause in agreement.exclude
	category in clause.information
}

given(name) if context[name]

given(name) if name in context.confirms

# ---- the law

regime := object.get(basis, "regime", "UKGDPR")

uk_gdpr if regime == "UKGDPR"

forbidden(_) if regime in {"DPA98", "IS"} # DPA 2018 s.211; s.82

forbidden(_) if { # UK GDPR Art 6(1)
	uk_gdpr
	not basis.article6
}

forbidden(_) if { # Art 6(1), closing words
	uk_gdpr
	basis.article6 in {"6-1-f", "6-1-ea"}
	recipient in data.law.public_authorities
}

forbidden(_) if { # Art 6(5), Annex 1
	uk_gdpr
	basis.article6 == "6-1-ea"
	not basis.annex1
}

forbidden(_) if { # Annex 1 para 1
	uk_gdpr
	basis.annex1 == "A1-1"
	not given("public_task_statement")
}

forbidden(category) if { # Art 9
	uk_gdpr
	category in data.law["special-category"]
	not basis.article9
}

forbidden(category) if { # Art 10
	uk_gdpr
	category in data.law.offence
	not given("official-authority")
	not basis.schedule1
}

forbidden(_) if basis.article6 == "6-1-a" # Arts 6, 9: no consent is held here

forbidden(_) if basis.article9 == "9-2-a"

forbidden(category) if { # DPA 2018 s.10(2), Sch 1 Part 1
	uk_gdpr
	category in data.law["special-category"]
	basis.article9 in {"9-2-b", "9-2-h", "9-2-i", "9-2-j"}
	not first_part
}

forbidden(category) if { # s.10(3), Sch 1 Part 2
	uk_gdpr
	category in data.law["special-category"]
	basis.article9 == "9-2-g"
	not second_part
}

forbidden(_) if { # Sch 1 para 18
	uk_gdpr
	basis.schedule1 == "18"
	not given("no_consent_reason")
}

first_part if basis.schedule1 in {"1", "2", "3", "4"}

second_part if basis.schedule1 in {
	"6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19", "20", "21",
	"22", "23", "24", "25", "26", "27", "28",
}
