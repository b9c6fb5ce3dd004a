//! Whether an agreement makes sense: what its clauses require of one another, and what law and policy
//! require of them.
//!
//! Everything that is wrong is found when the text is read, each with its line and character, long
//! before anyone asks a question.

mod data;
mod law;
mod parties;
mod people;
mod reidentification;
mod vague;

use super::{
    clauses::{Clauses, OnwardSharing},
    house::House,
    locate::{self, Places},
};
use chrono::Months;

/// Something that is wrong with the text of an agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub level: Level,
    /// The path of the clause; empty where the text cannot be read at all.
    pub clause: String,
    /// What is wrong, and what to do.
    pub says: String,
    /// The line, from 1, where it is known.
    pub line: Option<usize>,
    /// The character in the line, from 1, where it is known.
    pub column: Option<usize>,
    /// All of it, with the line itself, as a command prints it.
    pub message: String,
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The text is no agreement while this is so.
    Stops,
    /// Worth a look.
    Warns,
}

/// The most bytes that a text may have: the longest real agreement has a tenth of it.
const LONGEST: usize = 1_000_000;

/// The most characters of a message: a line may be as long as the text.
const LONGEST_MESSAGE: usize = 2_000;

/// Reads the clauses. What cannot be read is one finding, at its place.
pub(super) fn read(text: &str) -> Result<Clauses, Finding> {
    let finding = |says: String, message: String, place: Option<(usize, usize)>| Finding {
        level: Level::Stops,
        clause: String::new(),
        says: says.chars().take(LONGEST_MESSAGE).collect(),
        line: place.map(|(line, _)| line),
        column: place.map(|(_, column)| column),
        message: message.chars().take(LONGEST_MESSAGE).collect(),
    };
    if text.len() > LONGEST {
        let says = format!("the text has more than {LONGEST} bytes, and no agreement has");
        return Err(finding(says.clone(), says, None));
    }
    toml::from_str(text).map_err(|error| {
        let place = error.span().map(|span| locate::place(text, span.start));
        finding(error.message().to_owned(), error.to_string(), place)
    })
}

/// Everything that is wrong with an agreement, in the order of its clauses.
pub(super) fn check(text: &str, clauses: &Clauses, house: &House) -> Vec<Finding> {
    let mut found = Found::default();
    texts(clauses, &mut found);
    assents(clauses, &mut found);
    term(clauses, house, &mut found);
    parties::check(clauses, &mut found);
    law::check(clauses, &mut found);
    purposes(clauses, &mut found);
    people::check(clauses, &mut found);
    data::check(clauses, house, &mut found);
    law::opt_outs(clauses, &mut found);
    law::classes(clauses, house, &mut found);
    leaving(clauses, &mut found);
    reidentification::check(clauses, house, &mut found);
    vague::check(clauses, house, &mut found);
    vague::blanks(text, &mut found);
    if found.0.is_empty() {
        return Vec::new();
    }
    let places = Places::of(text);
    // What stops it comes first, so that nothing that stops it is past the most that are told.
    found.0.sort_by_key(|(level, _, _)| *level);
    found
        .0
        .into_iter()
        .take(MOST_FINDINGS)
        .map(|(level, clause, says)| {
            let place = places.place(&clause);
            Finding {
                level,
                line: place.map(|(line, _)| line),
                column: place.map(|(_, column)| column),
                message: places.pointing_at(&clause, &says),
                clause,
                says,
            }
        })
        .collect()
}

/// The most findings of one text: whoever mends these reads it again.
const MOST_FINDINGS: usize = 500;

/// What was found so far: how much it matters, the clause, and what is wrong with it.
#[derive(Default)]
struct Found(Vec<(Level, String, String)>);

impl Found {
    /// Something that stops the text from being an agreement.
    fn no(&mut self, clause: impl Into<String>, says: impl Into<String>) {
        self.0.push((Level::Stops, clause.into(), says.into()));
    }

    /// Something that stops it, where a condition holds.
    fn no_if(&mut self, wrong: bool, clause: impl Into<String>, says: impl Into<String>) {
        if wrong {
            self.no(clause, says);
        }
    }

    /// Something worth a look.
    fn warn_if(&mut self, odd: bool, clause: impl Into<String>, says: impl Into<String>) {
        if odd {
            self.0.push((Level::Warns, clause.into(), says.into()));
        }
    }

    fn filled(&mut self, clause: impl Into<String>, text: &str) {
        self.no_if(text.trim().is_empty(), clause, "this is blank");
    }

    fn filled_if_any(&mut self, clause: impl Into<String>, text: Option<&str>) {
        if let Some(text) = text {
            self.filled(clause, text);
        }
    }

    fn each_filled<'a>(&mut self, clause: &str, texts: impl IntoIterator<Item = &'a String>) {
        for (index, text) in texts.into_iter().enumerate() {
            self.filled(format!("{clause}.{index}"), text);
        }
    }

    /// At least one, and none of them blank.
    fn some_filled<'a>(
        &mut self,
        clause: &str,
        texts: impl IntoIterator<Item = &'a String>,
        nothing: &str,
    ) {
        let mut texts = texts.into_iter().peekable();
        self.no_if(texts.peek().is_none(), clause, nothing);
        self.each_filled(clause, texts);
    }

    /// Letters, digits, full stops and hyphens: safe in a file name, an address and a key domain.
    fn plain(&mut self, clause: &str, text: &str) {
        let shaped = (1..=40).contains(&text.len())
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-._".contains(c));
        self.no_if(
            !shaped,
            clause,
            format!(
                "`{text}` may hold letters, digits, hyphens, underscores and full stops only, 40 at most"
            ),
        );
    }
}

fn texts(clauses: &Clauses, found: &mut Found) {
    found.plain("reference", &clauses.reference);
    found.plain("version", &clauses.version);
    found.filled("title", &clauses.title);
    found.filled_if_any("lay_title", clauses.lay_title.as_deref());
    found.filled("lay_summary", &clauses.lay_summary);
    found.filled("contact.name", &clauses.contact.name);
    found.filled("contact.role", &clauses.contact.role);
    found.some_filled(
        "security",
        &clauses.security,
        "say how the data are kept safe",
    );
    found.each_filled("special_conditions", &clauses.special_conditions);
    found.plain("outputs.rule_set", &clauses.outputs.rule_set);
    if let Some(suspended) = &clauses.suspended {
        found.filled("suspended.reason", &suspended.reason);
        found.no_if(
            suspended
                .lifted
                .is_some_and(|lifted| lifted < suspended.from),
            "suspended.lifted",
            "it is lifted before it begins",
        );
    }
}

fn assents(clauses: &Clauses, found: &mut Found) {
    if let Some(submitted) = &clauses.submitted {
        found.filled("submitted.name", &submitted.name);
        found.filled("submitted.role", &submitted.role);
    }
    for (index, approval) in clauses.approved.iter().enumerate() {
        let clause = format!("approved.{index}");
        found.filled(format!("{clause}.name"), &approval.name);
        found.filled(format!("{clause}.role"), &approval.role);
        let twice = clauses
            .approved
            .iter()
            .take(index)
            .any(|a| a.name == approval.name);
        found.no_if(
            twice,
            &clause,
            format!("`{}` has approved already", approval.name),
        );
        match &clauses.submitted {
            None => found.no(clause, "an agreement is approved after it was `submitted`"),
            Some(by) if by.name == approval.name => found.no(
                clause,
                format!(
                    "`{}` put the agreement forward, and nobody approves their own",
                    by.name
                ),
            ),
            Some(by) => found.no_if(
                approval.on < by.on,
                format!("{clause}.on"),
                "it was approved before it was put forward",
            ),
        }
    }
}

fn term(clauses: &Clauses, house: &House, found: &mut Found) {
    let term = &clauses.term;
    if term.start < term.issued {
        found.no("term.start", "the agreement starts before it is issued");
    }
    found.no_if(
        term.issued
            .checked_add_months(Months::new(12))
            .is_none_or(|latest| term.start > latest),
        "term.start",
        "the agreement starts more than twelve months after it is issued",
    );
    found.no_if(
        term.end < term.start,
        "term.end",
        "the agreement ends before it starts",
    );
    found.no_if(
        term.review < term.start || term.review > term.end,
        "term.review",
        "the review is not between the start and the end",
    );
    longest(clauses, house, found);
    found.no_if(
        term.destruction_due < term.end,
        "term.destruction_due",
        "destruction is due before the agreement ends",
    );
    found.no_if(
        term.certificate_due < term.destruction_due,
        "term.certificate_due",
        "the certificate is due before the destruction",
    );
    if let Some(retention) = &term.retention {
        found.filled("term.retention.what", &retention.what);
        found.filled("term.retention.why", &retention.why);
        found.no_if(
            retention.until < term.end || retention.until > term.destruction_due,
            "term.retention.until",
            "what is kept is kept until a day between the end and the destruction",
        );
    }
}

/// The end follows from the purpose: each has a longest term, and the shortest of them counts.
fn longest(clauses: &Clauses, house: &House, found: &mut Found) {
    let term = &clauses.term;
    let answer = clauses.legal.confidentiality.answer;
    for purpose in &clauses.purposes {
        // A rule that names the answer is more exact than one that does not.
        let rule = house
            .longest_terms
            .iter()
            .filter(|r| r.purpose == purpose.code && r.answer.is_none_or(|a| a == answer))
            .max_by_key(|r| r.answer.is_some());
        let Some(rule) = rule else { continue };
        let last = term
            .start
            .checked_add_months(Months::new(rule.months))
            .and_then(|day| day.pred_opt());
        found.no_if(
            last.is_some_and(|last| term.end > last),
            "term.end",
            format!(
                "an agreement for {} may run for {} months, and this runs longer ({})",
                purpose.code.code(),
                rule.months,
                rule.source
            ),
        );
    }
}

fn purposes(clauses: &Clauses, found: &mut Found) {
    found.no_if(
        clauses.purposes.is_empty(),
        "purposes",
        "an agreement needs a purpose",
    );
    for (index, purpose) in clauses.purposes.iter().enumerate() {
        let clause = format!("purposes.{index}");
        let twice = clauses
            .purposes
            .iter()
            .take(index)
            .any(|p| p.code == purpose.code);
        found.no_if(
            twice,
            &clause,
            format!("`{}` is listed already", purpose.code.code()),
        );
        found.filled(format!("{clause}.lay_summary"), &purpose.lay_summary);
        found.filled_if_any(format!("{clause}.objective"), purpose.objective.as_deref());
        found.filled_if_any(
            format!("{clause}.processing"),
            purpose.processing.as_deref(),
        );
        found.some_filled(
            &format!("{clause}.outputs"),
            &purpose.outputs,
            "a purpose needs an output",
        );
        found.no_if(
            purpose.benefits.is_empty(),
            format!("{clause}.benefits"),
            "a purpose needs a benefit that can be measured",
        );
        for (at, benefit) in purpose.benefits.iter().enumerate() {
            found.filled(format!("{clause}.benefits.{at}.what"), &benefit.what);
            found.no_if(
                benefit.by < clauses.term.start,
                format!("{clause}.benefits.{at}.by"),
                "the benefit is to be seen before the agreement starts",
            );
        }
    }
}

fn leaving(clauses: &Clauses, found: &mut Found) {
    let kinds = &clauses.outputs.file_kinds;
    found.no_if(
        kinds.is_empty(),
        "outputs.file_kinds",
        "name the kinds of file that may leave",
    );
    for (index, kind) in kinds.iter().enumerate() {
        found.no_if(
            kinds.iter().take(index).any(|k| k == kind),
            format!("outputs.file_kinds.{index}"),
            format!("`{}` is listed already", kind.code()),
        );
    }
    let onward = &clauses.onward;
    let listed = onward.sharing == OnwardSharing::ListedRecipients;
    found.no_if(
        listed && onward.recipients.is_empty(),
        "onward.recipients",
        "name who may receive what is passed on",
    );
    found.no_if(
        listed && onward.sub_licence.is_none(),
        "onward.sub_licence",
        "what is passed on needs a sub-licence: name its template",
    );
    found.no_if(
        !listed && !onward.recipients.is_empty(),
        "onward.recipients",
        "recipients are listed, and `sharing` is not `listed_recipients`",
    );
    for (index, recipient) in onward.recipients.iter().enumerate() {
        let clause = format!("onward.recipients.{index}");
        found.filled(format!("{clause}.name"), &recipient.name);
        found.filled(format!("{clause}.what"), &recipient.what);
        found.filled(format!("{clause}.why"), &recipient.why);
    }
    found.filled_if_any("onward.sub_licence", onward.sub_licence.as_deref());
}
