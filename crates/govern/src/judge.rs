//! Judging: one agreement, one question, one moment. Pure, so that an old decision can be replayed.

mod terms;

pub use terms::Terms;

use crate::{
    Action, Agreement, Circumstances, Digest, Question, Refusal, State,
    agreement::{
        Name,
        clauses::{Confidentiality, Identifiability, Purpose},
        day_in_words, day_of,
        state::end_of_day,
    },
    compile::{self, Recipient},
    preferences::{
        PUT_BACK, RESTRICTION,
        state::{CleanedList, PreferenceState},
    },
    refusal::{several, shown},
};
use chrono::{DateTime, Utc};
use model::{Date, content::nearest};
use std::collections::BTreeSet;

/// Holds a question against an agreement. The clauses are asked in one order, and the first that
/// refuses is named.
pub fn judge(
    agreement: &Agreement,
    question: &Question,
    now: DateTime<Utc>,
) -> Result<Terms, Refusal> {
    let bench = Bench {
        agreement,
        question,
        now,
        today: day_of(now),
    };
    bench.reference()?;
    bench.state()?;
    bench.confidentiality()?;
    let purpose = bench.purpose()?;
    bench.person()?;
    bench.location()?;
    bench.identifiability()?;
    bench.tables()?;
    bench.fields()?;
    bench.duties()?;
    bench.linkage()?;
    bench.cleaned_lists(now)?;
    bench.opt_outs()?;
    bench.session()?;
    bench.approvals()?;
    bench.refresh()?;
    bench.terms(purpose, now)
}

fn no<T>(clause: &str, says: String, next: String, for_log: &str) -> Result<T, Refusal> {
    Err(Refusal::new(clause, says, next, for_log))
}

struct Bench<'a> {
    agreement: &'a Agreement,
    question: &'a Question,
    now: DateTime<Utc>,
    today: Date,
}

impl<'a> Bench<'a> {
    fn ask(&self) -> String {
        let contact = &self.agreement.contact;
        format!("Ask {} ({}).", contact.name, contact.role)
    }

    fn reference(&self) -> Result<(), Refusal> {
        let reference = &self.agreement.reference;
        if *reference == self.question.agreement {
            return Ok(());
        }
        let named = shown(&self.question.agreement);
        no(
            "reference",
            format!("The question names agreement {named}, not {reference}."),
            "Name the agreement that you work under.".to_owned(),
            "the question names another agreement",
        )
    }

    fn state(&self) -> Result<(), Refusal> {
        let agreement = self.agreement;
        let reference = &agreement.reference;
        match agreement.state(self.today) {
            State::Active => Ok(()),
            State::Draft => no(
                "submitted",
                format!("Agreement {reference} is a draft that nobody has put forward."),
                self.ask(),
                "the agreement is a draft",
            ),
            State::Submitted => no(
                "approved",
                format!("Agreement {reference} is not in force: two people have to approve it."),
                self.ask(),
                "the agreement is not approved",
            ),
            State::Approved => {
                let unsigned = agreement.unsigned(self.today);
                let missing = several(unsigned.iter().map(|p| p.name.as_str()));
                no(
                    "signatures",
                    format!("Agreement {reference} is not in force: {missing} has not signed."),
                    self.ask(),
                    "not every party has signed",
                )
            }
            State::Signed => no(
                "term.start",
                format!(
                    "Agreement {reference} starts on {}.",
                    day_in_words(agreement.term.start)
                ),
                "Ask your question again from that day.".to_owned(),
                "the agreement has not started",
            ),
            State::Expired => no(
                "term.end",
                format!(
                    "Agreement {reference} ended on {}.",
                    day_in_words(agreement.ends())
                ),
                self.ask(),
                "the agreement has ended",
            ),
            State::Closing => no(
                "term.end",
                format!("Agreement {reference} is being wound up."),
                self.ask(),
                "the agreement is being wound up",
            ),
            State::Destroyed => no(
                "term.end",
                format!("Agreement {reference} is over, and its data are destroyed."),
                self.ask(),
                "the data of the agreement are destroyed",
            ),
            State::Suspended => self.suspended(),
        }
    }

    fn suspended(&self) -> Result<(), Refusal> {
        let reference = &self.agreement.reference;
        let stops = self.agreement.stops(self.today);
        let (clause, since, reason) = stops.first().map_or(("suspended", self.today, ""), |stop| {
            (stop.clause.as_str(), stop.since, stop.reason.as_str())
        });
        no(
            clause,
            format!(
                "Agreement {reference} has been suspended since {}: {}.",
                day_in_words(since),
                reason.trim_end_matches('.'),
            ),
            self.ask(),
            "the agreement is suspended",
        )
    }

    fn confidentiality(&self) -> Result<(), Refusal> {
        if is_approved(&self.agreement.legal.confidentiality, self.today) {
            return Ok(());
        }
        no(
            "legal.confidentiality",
            format!(
                "Agreement {} rests on an approval that is not in date today.",
                self.agreement.reference
            ),
            self.ask(),
            "no approval is in date",
        )
    }

    fn purpose(&self) -> Result<&'a Purpose, Refusal> {
        let asked = &self.question.purpose;
        let purposes = &self.agreement.purposes;
        if let Some(purpose) = purposes.iter().find(|p| p.code.code() == asked) {
            return Ok(purpose);
        }
        let codes: Vec<&str> = purposes.iter().map(|p| p.code.code()).collect();
        let meant = nearest(asked, codes.iter().copied())
            .map(|near| format!(" Did you mean {near}?"))
            .unwrap_or_default();
        no(
            "purposes",
            format!(
                "Agreement {} is for {}, not for {}.",
                self.agreement.reference,
                several(codes.iter().copied()),
                shown(asked)
            ),
            format!("Name one of its purposes, or ask under another agreement.{meant}"),
            "the purpose is not one of the agreement",
        )
    }

    fn person(&self) -> Result<(), Refusal> {
        let access = &self.agreement.access;
        let person = &self.question.person;
        let reference = &self.agreement.reference;
        if !access.organisations.contains(&person.organisation) {
            return no(
                "access.organisations",
                format!(
                    "Agreement {reference} does not open data to {}.",
                    person.organisation
                ),
                self.ask(),
                "the organisation is not named",
            );
        }
        let listed = access.users.iter().find(|u| u.account == person.username);
        let named = listed.filter(|u| u.organisation == person.organisation && u.named(self.today));
        if named.is_none() {
            let says = if listed.is_some() {
                format!(
                    "Agreement {reference} names {}, but not for {} on this day.",
                    person.username, person.organisation
                )
            } else {
                format!("Agreement {reference} does not name {}.", person.username)
            };
            return no("access.users", says, self.ask(), "the person is not named");
        }
        let held = access.person(&person.username, &person.organisation, self.today);
        if held.is_none() {
            return no(
                "access.honorary_contracts",
                format!(
                    "Agreement {reference} names {}, whose honorary contract is not in date.",
                    person.username
                ),
                self.ask(),
                "no honorary contract is in date",
            );
        }
        self.training()?;
        if access.roles.contains(&person.role) {
            return Ok(());
        }
        no(
            "access.roles",
            format!(
                "Agreement {reference} is for the role {}, and you are signed in as {}.",
                several(access.roles.iter().map(String::as_str)),
                shown(&person.role)
            ),
            "Switch your role, if you hold the right one.".to_owned(),
            "the role is not named",
        )
    }

    /// Training that nobody put on record does not count.
    fn training(&self) -> Result<(), Refusal> {
        let Some(asked) = &self.agreement.access.training else {
            return Ok(());
        };
        let reference = &self.agreement.reference;
        let whose = &self.question.person.username;
        is_trained(
            reference,
            &asked.course,
            whose,
            &self.question.circumstances,
            self.today,
        )
    }

    /// A network that nobody knows is none from which one may ask.
    fn location(&self) -> Result<(), Refusal> {
        let Some(location) = &self.agreement.access.location else {
            return Ok(());
        };
        let known = self.question.circumstances.connection.as_ref();
        if known.is_some_and(|connection| connection.is_at(location)) {
            return Ok(());
        }
        let reference = &self.agreement.reference;
        let from = self.agreement.where_from_in_words().unwrap_or_default();
        let (says, for_log) = match known {
            Some(_) => (
                format!(
                    "Under agreement {reference} people ask {from}, and you connect from elsewhere."
                ),
                "the connection is from elsewhere",
            ),
            None => (
                format!(
                    "Under agreement {reference} people ask {from}, and the network that you connect from is not known."
                ),
                "the network is not known",
            ),
        };
        no(
            "access.location",
            says,
            "Connect from there. If you do, ask the operator to put your network on the map of networks.".to_owned(),
            for_log,
        )
    }

    /// What leaves is drawn from a newer state no more often than the agreement says.
    fn refresh(&self) -> Result<(), Refusal> {
        if self.question.action != Action::Release {
            return Ok(());
        }
        for table in self.question.touched().into_keys() {
            let Some(terms) = self.agreement.datasets.get(table) else {
                continue;
            };
            let drawn = self.question.circumstances.drawn.get(table);
            let Some(last) = drawn.filter(|last| !terms.refresh.is_due(**last, self.today)) else {
                continue;
            };
            return no(
                &format!("datasets.{table}.refresh"),
                format!(
                    "Under agreement {} a newer state of {table} is let out {}, and figures from an earlier state left on {}.",
                    self.agreement.reference,
                    terms.refresh.words(),
                    day_in_words(*last)
                ),
                "Use the figures that left then, or ask again when the next state is due."
                    .to_owned(),
                "a newer state would be let out too soon",
            );
        }
        Ok(())
    }

    fn identifiability(&self) -> Result<(), Refusal> {
        let agreement = self.agreement;
        let reference = &agreement.reference;
        let touched = self.question.touched();
        let classes = touched
            .keys()
            .filter_map(|table| agreement.datasets.get(*table))
            .map(|terms| agreement.class_of(terms))
            .chain([agreement.identifiability]);
        let classes: BTreeSet<Identifiability> = classes.collect();
        if classes.contains(&Identifiability::PersonalConfidential) {
            return no(
                "identifiability",
                format!(
                    "Agreement {reference} is about rows that say who people are, and no question opens those."
                ),
                self.ask(),
                "rows that say who people are were asked for",
            );
        }
        if classes.contains(&Identifiability::AnonymousAggregate)
            && matches!(self.question.action, Action::Ask | Action::Find)
        {
            return no(
                "identifiability",
                format!(
                    "Agreement {reference} gives protected counts only, and this would show rows."
                ),
                "Ask for counts instead.".to_owned(),
                "rows were asked for, and only counts are given",
            );
        }
        Ok(())
    }

    fn tables(&self) -> Result<(), Refusal> {
        let datasets = &self.agreement.datasets;
        let touched = self.question.touched();
        let covered = several(datasets.keys().map(Name::as_str));
        if touched.is_empty() {
            return no(
                "datasets",
                "The question reads no table.".to_owned(),
                format!("Read at least one of {covered}."),
                "no table is read",
            );
        }
        let outside: Vec<&str> = touched
            .keys()
            .copied()
            .filter(|table| !datasets.contains_key(*table))
            .collect();
        if outside.is_empty() {
            return Ok(());
        }
        no(
            "datasets",
            format!(
                "Agreement {} covers {covered}. This question also reads {}.",
                self.agreement.reference,
                several(outside.iter().copied())
            ),
            format!("{} Or leave it out.", self.ask()),
            "a table is not in the agreement",
        )
    }

    fn fields(&self) -> Result<(), Refusal> {
        for (table, columns) in self.question.touched() {
            let Some(terms) = self.agreement.datasets.get(table) else {
                continue;
            };
            let outside: Vec<&str> = columns
                .into_iter()
                .filter(|column| !terms.fields.contains_key(*column))
                .collect();
            let Some(first) = outside.first() else {
                continue;
            };
            let meant = nearest(first, terms.fields.keys().map(Name::as_str))
                .map(|near| format!(" Did you mean {near}?"))
                .unwrap_or_default();
            return no(
                &format!("datasets.{table}.fields"),
                format!(
                    "Agreement {} does not open {} of {table}.",
                    self.agreement.reference,
                    several(outside.iter().copied())
                ),
                format!("{} Or leave it out.{meant}", self.ask()),
                "a column is not in the agreement",
            );
        }
        Ok(())
    }

    /// A table may rest on an answer to the duty of confidence of its own.
    fn duties(&self) -> Result<(), Refusal> {
        for table in self.question.touched().into_keys() {
            let own = self.agreement.datasets.get(table);
            let own = own.and_then(|terms| terms.confidentiality.as_ref());
            if own.is_some_and(|duty| !is_approved(duty, self.today)) {
                return no(
                    &format!("datasets.{table}.confidentiality"),
                    format!(
                        "Agreement {} opens {table} by an approval that is not in date today.",
                        self.agreement.reference
                    ),
                    self.ask(),
                    "no approval of a table is in date",
                );
            }
        }
        Ok(())
    }

    fn linkage(&self) -> Result<(), Refusal> {
        let touched: Vec<&str> = self.question.touched().into_keys().collect();
        for (index, one) in touched.iter().enumerate() {
            for other in touched.iter().skip(index + 1) {
                let listed = self.agreement.linkage.iter().any(|pair| {
                    let (from, to) = (pair.from.as_str(), pair.to.as_str());
                    (from, to) == (*one, *other) || (from, to) == (*other, *one)
                });
                if !listed {
                    return no(
                        "linkage",
                        format!(
                            "Agreement {} does not let {one} be used together with {other}.",
                            self.agreement.reference
                        ),
                        format!("{} Or ask about each on its own.", self.ask()),
                        "two tables may not be used together",
                    );
                }
            }
        }
        Ok(())
    }

    /// A cleaned list that ran out, or was never taken, is as good as none: who said no since is not known.
    fn cleaned_lists(&self, now: DateTime<Utc>) -> Result<(), Refusal> {
        let Some(snapshot) = &self.question.preference_snapshot else {
            return Ok(());
        };
        let Some(list) = stale_list(self.agreement, snapshot, now) else {
            return Ok(());
        };
        if list.kind == RESTRICTION {
            return self.not_restricted_yet();
        }
        if list.kind == PUT_BACK {
            return Self::put_back(day_of(list.expires_at));
        }
        let says = if list.requested_at == DateTime::UNIX_EPOCH {
            "no list of them was ever cleaned".to_owned()
        } else {
            format!(
                "the cleaned list of them is too old: it was asked for on {} and could be used until {}",
                day_in_words(day_of(list.requested_at)),
                day_in_words(day_of(list.expires_at))
            )
        };
        no(
            "opt_outs",
            format!(
                "Agreement {} leaves out people with a National Data Opt-out, and {says}.",
                self.agreement.reference
            ),
            "Ask the operator to ask the check service anew.".to_owned(),
            "the cleaned list of opt-outs is too old or was never taken",
        )
    }

    fn not_restricted_yet(&self) -> Result<(), Refusal> {
        no(
            "opt_outs",
            format!(
                "Somebody’s records may only be kept for now, and agreement {} cannot leave them out yet: what people said was not brought across since.",
                self.agreement.reference
            ),
            "Ask the operator to run `haven preferences apply`.".to_owned(),
            "a restriction was not brought across yet",
        )
    }

    /// What people said after a backup was made is not in it, and only they and their letters know.
    fn put_back(on: Date) -> Result<(), Refusal> {
        no(
            "opt_outs",
            format!(
                "A backup was put back on {}, and what people said about the use of their records after it was made is not in it.",
                day_in_words(on)
            ),
            "Have opt-outs, objections, consents that were taken back and restrictions taken in again from the letters. A privacy officer then says so: haven preferences taken-in-again --as USERNAME".to_owned(),
            "what people said since a backup was not taken in again",
        )
    }

    fn opt_outs(&self) -> Result<(), Refusal> {
        let house = self.agreement.house();
        let applied = self.agreement.opt_outs.applied();
        let known = self
            .question
            .preference_snapshot
            .as_ref()
            .is_some_and(|snapshot| !snapshot.is_empty());
        let stale = self
            .question
            .circumstances
            .preferences_expire
            .is_some_and(|end| end <= self.now);
        if (applied.is_empty() && !house.always_asks()) || (known && !stale) {
            return Ok(());
        }
        if !known && house.put_back() {
            return Self::put_back(self.today);
        }
        if !known && house.restricting() {
            return self.not_restricted_yet();
        }
        if known {
            return no(
                "opt_outs",
                format!(
                    "Agreement {} leaves out people who opted out, and the list of them is too old.",
                    self.agreement.reference
                ),
                "Ask the operator to fetch the list of opt-outs anew.".to_owned(),
                "the list of opt-outs is too old",
            );
        }
        no(
            "opt_outs",
            format!(
                "Agreement {} leaves out people who opted out, and no list of them is loaded.",
                self.agreement.reference
            ),
            "Ask the operator to load the list of opt-outs.".to_owned(),
            "no list of opt-outs is loaded",
        )
    }

    /// Identified and pseudonymised rows of the same people side by side would undo the pseudonyms.
    fn session(&self) -> Result<(), Refusal> {
        let mut classes = self.question.circumstances.classes_open.clone();
        let touched = self.question.touched();
        let opened = touched
            .keys()
            .filter_map(|t| self.agreement.datasets.get(*t));
        classes.extend(opened.map(|terms| self.agreement.class_of(terms)));
        is_unmixed(&classes)
    }

    fn approvals(&self) -> Result<(), Refusal> {
        let known = &self.question.circumstances;
        let accounts: BTreeSet<&str> = known.approvers.iter().map(|a| a.account.as_str()).collect();
        let roles: BTreeSet<&str> = known.approvers.iter().map(|a| a.role.as_str()).collect();
        let needed = usize::try_from(known.approvers_needed).unwrap_or(usize::MAX);
        let own = accounts.contains(self.question.person.username.as_str());
        if !own && accounts.len() >= needed && roles.len() >= needed {
            return Ok(());
        }
        no(
            "approvals",
            format!(
                "This needs {needed} approvals, by different people in different roles, none of them yours."
            ),
            "Ask for the approvals that are missing.".to_owned(),
            "approvals are missing or not separate",
        )
    }

    fn terms(&self, purpose: &Purpose, now: DateTime<Utc>) -> Result<Terms, Refusal> {
        let agreement = self.agreement;
        let organisation = &self.question.person.organisation;
        let mut views = Vec::new();
        for (table, columns) in self.question.touched() {
            let Some(terms) = agreement.datasets.get_key_value(table) else {
                continue;
            };
            let columns: BTreeSet<String> = columns.into_iter().map(str::to_owned).collect();
            let recipient = Recipient {
                organisation,
                purpose: purpose.code,
                on: self.today,
            };
            let view = compile::view(agreement, agreement.house(), terms, &columns, recipient)
                .or_else(|missing| {
                    no(
                        &format!("datasets.{table}.facts"),
                        format!(
                            "Agreement {} does not say where {table} keeps {}.",
                            agreement.reference, missing.0
                        ),
                        self.ask(),
                        "a table does not say where it keeps a fact",
                    )
                })?;
            views.push(view);
        }
        let row_filter_digest = compile::row_filter_digest(&views);
        let field_mask_digest = compile::field_mask_digest(&views);
        // Facts are judged by the day, so terms hold until the day ends and no longer.
        let expires = end_of_day(now);
        let snapshot = self.question.preference_snapshot.clone();
        let digest = Digest::of_parts([
            agreement.reference.as_str(),
            &agreement.version,
            agreement.digest().as_str(),
            purpose.code.code(),
            organisation.as_str(),
            &self.question.person.username,
            &self.question.person.role,
            self.question.action.code(),
            &expires.to_rfc3339(),
            &agreement.outputs.rule_set,
            row_filter_digest.as_str(),
            field_mask_digest.as_str(),
            self.question.sql_digest.as_str(),
            snapshot.as_deref().unwrap_or_default(),
        ]);
        Ok(Terms {
            agreement: agreement.reference.clone(),
            version: agreement.version.clone(),
            purpose: purpose.code.code().to_owned(),
            organisation: organisation.clone(),
            action: self.question.action,
            identifiability: agreement.identifiability,
            views,
            rule_set: agreement.outputs.rule_set.clone(),
            checker: agreement.outputs.checker,
            expires,
            sql_digest: self.question.sql_digest.clone(),
            preference_snapshot: snapshot,
            policy_digest: agreement.digest().clone(),
            row_filter_digest,
            field_mask_digest,
            digest,
        })
    }
}

/// The list that an agreement needs and that ran out; while a restriction stands, every agreement needs that of the people
/// whom it is about.
pub(crate) fn stale_list(
    agreement: &Agreement,
    snapshot: &str,
    now: DateTime<Utc>,
) -> Option<CleanedList> {
    let applied = agreement.opt_outs.applied();
    let house = agreement.house();
    let mut state = PreferenceState::read(snapshot);
    // Missing among them is as good as out of date.
    for (needed, kind) in [
        (house.put_back(), PUT_BACK),
        (house.restricting(), RESTRICTION),
    ] {
        if needed && state.list(kind).is_none() {
            state.lists.push(CleanedList::none(kind));
        }
    }
    let needed = |list: &CleanedList| {
        (house.put_back() && list.kind == PUT_BACK)
            || (house.restricting() && list.kind == RESTRICTION)
            || applied.iter().any(|kind| kind.code() == list.kind)
    };
    let mut ended = state
        .lists
        .into_iter()
        .filter(|list| list.expires_at <= now);
    ended.find(needed)
}

/// Whether somebody's training counts on a day, under an agreement that asks for it.
pub(crate) fn is_trained(
    reference: &str,
    course: &str,
    whose: &str,
    known: &Circumstances,
    today: Date,
) -> Result<(), Refusal> {
    if known.is_trained_on(today) {
        return Ok(());
    }
    let asks = format!(
        "Agreement {reference} asks for training in date ({})",
        shown(course)
    );
    match known.training_valid_to {
        Some(last) => no(
            "access.training",
            format!(
                "{asks}, and that of {whose} counted until {}.",
                day_in_words(last)
            ),
            "Take the training again, and ask an administrator to put its date on record."
                .to_owned(),
            "the training has lapsed",
        ),
        None => no(
            "access.training",
            format!("{asks}, and none of {whose} is on record."),
            "Ask an administrator to put on record until when your training counts.".to_owned(),
            "no training is on record",
        ),
    }
}

/// Whether the approval that an answer to the duty of confidence needs is in date.
pub(crate) fn is_approved(duty: &Confidentiality, today: Date) -> bool {
    !duty.answer.needs_approval()
        || duty
            .approvals
            .iter()
            .any(|a| a.start <= today && today <= a.end)
}

/// Whether the rows of every table that is touched and opened are defined.
pub(crate) fn can_be_compiled(agreement: &Agreement, question: &Question) -> bool {
    question
        .touched()
        .into_keys()
        .filter_map(|table| agreement.datasets.get_key_value(table))
        .all(|(name, terms)| compile::row_filter(agreement, agreement.house(), name, terms).is_ok())
}

/// Refuses classes of data that one session may not open.
pub(crate) fn is_unmixed(classes: &BTreeSet<Identifiability>) -> Result<(), Refusal> {
    if !mixes(classes) {
        return Ok(());
    }
    no(
        "session",
        "Identified and pseudonymised data may not be opened in one session.".to_owned(),
        "Sign out and in again before you open this.".to_owned(),
        "identified and pseudonymised data would be open in one session",
    )
}

/// Whether identified and pseudonymised data stand side by side.
fn mixes(classes: &BTreeSet<Identifiability>) -> bool {
    let has = |code| classes.iter().any(|class| class.code() == code);
    has("personal_confidential") && has("deidentified")
}
