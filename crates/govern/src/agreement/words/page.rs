//! An agreement in plain English, clause by clause: what its page, its notice and its paper copy say.
//!
//! Every clause has its sentence, so a change of any clause is a change of the text.

use super::{
    super::{
        clauses::{
            Clauses, Confidentiality, DatasetTerms, Grade, LinkagePair, OptOut, Party,
            PreferenceKind, Purpose, Reidentification,
        },
        name::Name,
        predicate::{Found, Predicate},
    },
    day_in_words, list_in_words,
};
use model::Date;

/// One clause in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The clause, by its name in the file.
    pub clause: &'static str,
    pub title: &'static str,
    /// Sentences that stand for themselves.
    pub sentences: Vec<String>,
}

impl Clauses {
    /// The whole agreement in words, in the order in which people ask.
    pub fn in_words(&self) -> Vec<Section> {
        let section = |clause, title, sentences: Vec<String>| Section {
            clause,
            title,
            sentences,
        };
        vec![
            section("title", "What this is", self.what_it_is()),
            section("purposes", "What for", self.what_for()),
            section("datasets", "Which data", self.which_data()),
            section("minimisation", "Whose rows", self.whose_rows()),
            section("linkage", "What may be linked", self.what_is_linked()),
            section("opt_outs", "Who is left out", self.who_is_left_out()),
            section("access", "Who may ask", self.who_may_ask()),
            section(
                "reidentification",
                "Who may learn who someone is",
                self.who_learns_who(),
            ),
            section("outputs", "What may leave", self.what_leaves()),
            section("legal", "On what legal basis", self.on_what_basis()),
            section("parties", "Who is bound", self.who_is_bound()),
            section("storage", "Where the data are kept", self.where_kept()),
            section("term", "How long", self.how_long()),
            section("transparency", "Where to read more", self.where_to_read()),
            section("signatures", "Who agreed", self.who_agreed()),
        ]
    }

    fn what_it_is(&self) -> Vec<String> {
        let mut says = vec![
            format!(
                "{} ({}, version {}).",
                self.title_for_everyone(),
                self.reference,
                self.version
            ),
            self.lay_summary.trim().to_owned(),
            self.sentence(),
            format!("It opens {}.", self.identifiability.words()),
        ];
        if self.lay_title.is_some() {
            says.push(format!("Professionals call it “{}”.", self.title));
        }
        says.extend(self.security.iter().cloned());
        says.extend(
            self.special_conditions
                .iter()
                .map(|text| format!("The parties agreed: {text}")),
        );
        if let Some(stop) = &self.suspended {
            says.push(match stop.lifted {
                Some(day) => format!(
                    "It was suspended from {} until {}: {}",
                    day_in_words(stop.from),
                    day_in_words(day),
                    stop.reason
                ),
                None => format!(
                    "It is suspended from {}: {}",
                    day_in_words(stop.from),
                    stop.reason
                ),
            });
        }
        says.push(format!(
            "Questions go to {}, {}.",
            self.contact.name, self.contact.role
        ));
        says
    }

    fn what_for(&self) -> Vec<String> {
        self.purposes.iter().flat_map(purpose).collect()
    }

    fn which_data(&self) -> Vec<String> {
        self.datasets
            .iter()
            .flat_map(|(table, terms)| self.dataset(table, terms))
            .collect()
    }

    fn dataset(&self, table: &Name, terms: &DatasetTerms) -> Vec<String> {
        let mut says = vec![format!(
            "{} (table {table}), of {}: {}. It is {}, and comes {}. {}",
            capital(&terms.title),
            terms.sector.words(),
            self.class_of(terms).words(),
            terms.sensitivity.words(),
            terms.refresh.words(),
            terms.why
        )];
        if let Some(period) = terms.period {
            says.push(format!(
                "Of {table} only rows {}.",
                Predicate::Period(period).words()
            ));
        }
        if let Some(own) = &terms.confidentiality {
            says.extend(confidence(&format!("For {table}, the"), own));
        }
        says.extend(terms.facts.iter().map(|(fact, found)| {
            let found = match found {
                Found::Column(column) => format!("its column {column}"),
                Found::Through(t) => format!(
                    "column {} of {}, where {} is the same",
                    t.column, t.through, t.matching
                ),
                Found::Aged(a) => format!("the months between {} and {}", a.born, a.on),
            };
            format!("Table {table} keeps {fact} in {found}.")
        }));
        says.extend(terms.fields.iter().map(|(name, field)| {
            let from = field
                .from
                .as_ref()
                .map(|from| format!(", made from {from}"))
                .unwrap_or_default();
            let on = match &field.treatment {
                super::super::treatment::Treatment::AgeBand { on: Some(on), .. } => {
                    format!(" on {on}")
                }
                _ => String::new(),
            };
            format!(
                "{name}{from}: {}{on}, {}.",
                field.treatment.words(),
                field.why
            )
        }));
        says
    }

    fn whose_rows(&self) -> Vec<String> {
        let mut says = vec![format!("Rows {}.", self.rows_in_words())];
        self.minimisation.walk("", &mut |_, predicate| {
            says.extend(match predicate {
                Predicate::Everyone(why) => Some(format!("Every row is needed: {why}.")),
                Predicate::HasCodeFrom(set) => Some(format!(
                    "The codes of {} are the set {}: {}.",
                    set.title,
                    set.name,
                    coded(&set.codes)
                )),
                Predicate::Council(codes)
                | Predicate::ResidentIn(codes)
                | Predicate::RegisteredWith(codes)
                | Predicate::TreatedBy(codes)
                | Predicate::CommissionedBy(codes)
                | Predicate::HasCode(codes)
                | Predicate::InCohort(codes)
                | Predicate::LinkedWith(codes) => Some(format!("By code: {}.", coded(codes))),
                _ => None,
            });
        });
        says
    }

    fn what_is_linked(&self) -> Vec<String> {
        if self.linkage.is_empty() {
            return vec!["Nothing may be linked.".to_owned()];
        }
        let pairs = self.linkage.iter().map(|pair| self.pair(pair));
        pairs
            .chain(["Nothing else may be linked.".to_owned()])
            .collect()
    }

    fn pair(&self, pair: &LinkagePair) -> String {
        let sure = match pair.grade_floor {
            None => String::new(),
            Some(Grade::Certain) => ", where it is certain whose record each is".to_owned(),
            Some(floor) => format!(", where it is {} whose record each is", floor.words()),
        };
        format!(
            "{} with {}{sure}, by {} (pseudonyms {}). {}",
            capital(pair.from.as_str()),
            pair.to,
            self.name_of(&pair.performed_by),
            pair.key_domain,
            pair.why
        )
    }

    fn who_is_left_out(&self) -> Vec<String> {
        self.opt_outs
            .by_kind()
            .into_iter()
            .map(|(kind, says)| opt_out(kind, says))
            .collect()
    }

    fn who_may_ask(&self) -> Vec<String> {
        let access = &self.access;
        let mut says = vec![format!(
            "Only people named here, at {}, signed in as {}.",
            list_in_words(access.organisations.iter().map(|o| self.name_of(o)), "or"),
            list_in_words(access.roles.iter().map(String::as_str), "or"),
        )];
        says.extend(access.users.iter().map(|user| {
            let employed = user
                .employer
                .as_ref()
                .map(|e| format!(", employed by {e}"))
                .unwrap_or_default();
            format!(
                "{}, for {}{employed}: {}{}.",
                user.account,
                self.name_of(&user.organisation),
                user.kind.words(),
                span(user.from, user.until)
            )
        }));
        says.extend(access.honorary_contracts.iter().map(|c| {
            format!(
                "{} of {} works for {} under honorary contract {}{}.",
                c.account,
                c.employer,
                self.name_of(&c.host),
                c.contract,
                span(Some(c.start), Some(c.end))
            )
        }));
        if let Some(training) = &access.training {
            says.push(format!(
                "Everyone who asks has had the training “{}” within the last {} days.",
                training.course, training.valid_days
            ));
            says.push("Enforced: nothing opens for somebody on a day on which their training does not count, as it is on record with their account. Not checked here: that it was this course, and for how long it counts, which whoever puts the day on record looks at.".to_owned());
        }
        if let Some(from) = self.where_from_in_words() {
            says.push(format!("People ask {from}."));
        }
        says
    }

    /// From where people ask, as the end of a sentence.
    pub(crate) fn where_from_in_words(&self) -> Option<String> {
        let location = self.access.location.as_ref()?;
        let places = if location.places.is_empty() {
            String::new()
        } else {
            format!(
                ", on {}",
                list_in_words(location.places.iter().map(String::as_str), "or")
            )
        };
        Some(format!(
            "from {}{places}",
            list_in_words(location.territory.iter().map(|a| a.words()), "or")
        ))
    }

    fn who_learns_who(&self) -> Vec<String> {
        match &self.reidentification {
            None => vec!["Nobody may learn who the people are.".to_owned()],
            Some(clause) => self.reidentified(clause),
        }
    }

    fn reidentified(&self, clause: &Reidentification) -> Vec<String> {
        let mut says = vec![
            format!(
                "For {}: {}",
                list_in_words(clause.purposes.iter().map(|p| p.words()), "and"),
                clause.why
            ),
            format!(
                "A list is about {} people at most, is agreed to by people of two different roles out of {}, and is open for {} days.",
                clause.at_most,
                list_in_words(clause.approvers.iter().map(String::as_str), "and"),
                clause.days
            ),
        ];
        says.extend(clause.professionals.iter().map(|p| {
            format!(
                "Only {} ({}, for {}) may receive it{}: {}.",
                p.account,
                p.role,
                self.name_of(&p.organisation),
                span(p.from, p.until),
                p.relationship
            )
        }));
        says.extend(
            clause
                .fields
                .iter()
                .map(|(name, field)| format!("It shows {name}, {}.", field.why)),
        );
        says.push(format!(
            "The professional answers for each person: {}.",
            list_in_words(clause.outcomes.iter().map(String::as_str), "or")
        ));
        says.extend(confidence("For the opening, the", &clause.confidentiality));
        says
    }

    fn what_leaves(&self) -> Vec<String> {
        let mut says = vec![
            format!(
                "What leaves is protected by the rules {}, and is looked at by {}.",
                self.outputs.rule_set,
                self.outputs.checker.words()
            ),
            format!(
                "It leaves as {}.",
                list_in_words(self.outputs.file_kinds.iter().map(|k| k.words()), "or")
            ),
            format!("Of what they get, {}.", self.onward.sharing.words()),
        ];
        says.extend(
            self.onward
                .recipients
                .iter()
                .map(|r| format!("{} may get {}: {}.", r.name, r.what, r.why)),
        );
        if let Some(licence) = &self.onward.sub_licence {
            says.push(format!(
                "What is passed on is bound by the sub-licence {licence}."
            ));
        }
        says
    }

    fn on_what_basis(&self) -> Vec<String> {
        let legal = &self.legal;
        let several = |texts: &[String]| list_in_words(texts.iter().map(String::as_str), "and");
        let mut says = vec![
            format!("UK GDPR Article 6: {}.", several(&legal.art6)),
            format!("UK GDPR Article 9: {}.", several(&legal.art9)),
        ];
        if !legal.dpa_schedule1.is_empty() {
            says.push(format!(
                "Data Protection Act 2018, Schedule 1: {}.",
                several(&legal.dpa_schedule1)
            ));
        }
        says.push(format!(
            "The power to share the data: {}.",
            legal.statutory_power
        ));
        says.extend(confidence("The", &legal.confidentiality));
        if let Some(ethics) = &self.ethics {
            says.push(format!(
                "{} approved it on {} ({}).",
                ethics.body,
                day_in_words(ethics.approved),
                ethics.reference
            ));
        }
        says
    }

    fn who_is_bound(&self) -> Vec<String> {
        let mut says: Vec<String> = self.parties.iter().map(party).collect();
        says.extend(self.framework_contracts.iter().map(|contract| {
            let ends = contract
                .ends
                .map(|day| format!(", until {}", day_in_words(day)))
                .unwrap_or_default();
            format!(
                "The framework contract {} stands above it, between {}, signed on {}{ends}.",
                contract.reference,
                list_in_words(contract.parties.iter().map(|o| self.name_of(o)), "and"),
                day_in_words(contract.signed)
            )
        }));
        says
    }

    fn where_kept(&self) -> Vec<String> {
        self.storage
            .iter()
            .map(|place| {
                format!(
                    "{}, by {}, in {}.",
                    place.place,
                    self.name_of(&place.organisation),
                    place.territory.words()
                )
            })
            .collect()
    }

    fn how_long(&self) -> Vec<String> {
        let term = &self.term;
        let mut says = vec![
            format!(
                "It was issued on {}, holds from {} until the end of {}, and is reviewed by {}.",
                day_in_words(term.issued),
                day_in_words(term.start),
                day_in_words(term.end),
                day_in_words(term.review)
            ),
            format!(
                "What was made for it is destroyed by {}, and a certificate says so by {}.",
                day_in_words(term.destruction_due),
                day_in_words(term.certificate_due)
            ),
        ];
        if let Some(kept) = &term.retention {
            says.push(format!(
                "Until {} this is kept: {}, {}.",
                day_in_words(kept.until),
                kept.what,
                kept.why
            ));
        }
        says
    }

    fn where_to_read(&self) -> Vec<String> {
        self.transparency
            .notices
            .iter()
            .map(|n| format!("{}: {}", self.name_of(&n.organisation), n.address))
            .collect()
    }

    fn who_agreed(&self) -> Vec<String> {
        let submitted = self.submitted.iter().map(|by| {
            format!(
                "{} ({}) put it forward on {}.",
                by.name,
                by.role,
                day_in_words(by.on)
            )
        });
        let approved = self.approved.iter().map(|by| {
            format!(
                "{} ({}) approved it on {}.",
                by.name,
                by.role,
                day_in_words(by.on)
            )
        });
        let signed = self.signatures.iter().map(|by| {
            format!(
                "{} ({}) signed for {} on {}.",
                by.name,
                by.role,
                self.name_of(&by.party),
                day_in_words(by.signed)
            )
        });
        submitted.chain(approved).chain(signed).collect()
    }
}

fn purpose(purpose: &Purpose) -> Vec<String> {
    let mut says = vec![format!(
        "{}: {}",
        capital(purpose.code.words()),
        purpose.lay_summary
    )];
    if let Some(objective) = &purpose.objective {
        says.push(format!("What is to be found out: {objective}"));
    }
    if let Some(processing) = &purpose.processing {
        says.push(format!("What is done: {processing}"));
    }
    says.extend(
        purpose
            .outputs
            .iter()
            .map(|output| format!("What comes out: {output}.")),
    );
    says.extend(purpose.benefits.iter().map(|b| {
        format!(
            "What it is good for, by {}: {}.",
            day_in_words(b.by),
            b.what
        )
    }));
    says.push(if purpose.commercial {
        "Someone may make money with what comes out.".to_owned()
    } else {
        "Nobody may make money with what comes out.".to_owned()
    });
    says
}

fn opt_out(kind: PreferenceKind, says: &OptOut) -> String {
    let left = if says.apply {
        "left out"
    } else {
        "not left out"
    };
    let programme = says
        .programme
        .as_ref()
        .map(|p| format!(" (of the programme {p})"))
        .unwrap_or_default();
    let evidence = says
        .evidence
        .as_ref()
        .map(|e| format!(" See: {e}."))
        .unwrap_or_default();
    format!(
        "People with {}{programme}: {left}. {}{evidence}",
        kind.words(),
        says.reason
    )
}

fn confidence(the: &str, says: &Confidentiality) -> Vec<String> {
    let mut sentences = vec![format!(
        "{the} duty of confidence is met like this: {}. {}",
        says.answer.words(),
        says.reason
    )];
    sentences.extend(says.approvals.iter().map(|approval| {
        let body = approval
            .body
            .as_ref()
            .map(|b| format!(" by {b}"))
            .unwrap_or_default();
        let review = approval
            .annual_review
            .map(|day| format!(", reviewed next by {}", day_in_words(day)))
            .unwrap_or_default();
        format!(
            "It rests on the approval {}{body}{}{review}.",
            approval.reference,
            span(Some(approval.start), Some(approval.end))
        )
    }));
    sentences
}

fn party(party: &Party) -> String {
    let mut says = party.name.clone();
    if let Some(kind) = &party.kind {
        says = format!("{says}, {kind}");
    }
    says = format!(
        "{says} ({}): {}.",
        party.organisation,
        list_in_words(party.roles.iter().map(|r| r.words()), "and")
    );
    if !party.territory.is_empty() {
        says = format!(
            "{says} It may hold or look at data in {}.",
            list_in_words(party.territory.iter().map(|a| a.words()), "or")
        );
    }
    if let Some(dspt) = &party.dspt {
        says = format!(
            "{says} Security assurance {} ({}): {}, until {}.",
            dspt.code,
            dspt.edition,
            dspt.status.words(),
            day_in_words(dspt.expires)
        );
    }
    if let Some(entry) = &party.registration {
        says = format!(
            "{says} Data-protection registration {}, until {}.",
            entry.number,
            day_in_words(entry.expires)
        );
    }
    says
}

fn coded(codes: &super::super::predicate::CodeSet) -> String {
    let each: Vec<String> = codes
        .iter()
        .map(|(code, name)| format!("{code} ({name})"))
        .collect();
    list_in_words(each.iter().map(String::as_str), "or")
}

fn span(from: Option<Date>, until: Option<Date>) -> String {
    match (from, until) {
        (None, None) => String::new(),
        (Some(from), None) => format!(", from {}", day_in_words(from)),
        (None, Some(until)) => format!(", until {}", day_in_words(until)),
        (Some(from), Some(until)) => format!(
            ", from {} until {}",
            day_in_words(from),
            day_in_words(until)
        ),
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}
