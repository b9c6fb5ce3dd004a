//! Keeping what a sender decided about findings, by whichever door it came. The control data get a token, a kind and a
//! reason; the reason may hold nothing that points at a person.

use super::{Finding, entry};
use crate::routes::{fault::Fault, visit::Visit};
use control::{ReturnedDecision, SubmissionRecord};
use govern::Kind;

/// The longest reason, in characters.
pub(in crate::routes) const LONGEST_WHY: usize = 300;
/// So many digits, with nothing but signs between them, could be a number, a date or a telephone.
const DIGITS: usize = 6;
/// Words of a name that are shorter say nothing.
const SHORTEST_NAME: usize = 3;

/// One decision.
pub(in crate::routes) struct Decided<'f> {
    pub(in crate::routes) finding: &'f Finding,
    pub(in crate::routes) accepted: bool,
    pub(in crate::routes) why: String,
}

/// Why a reason cannot be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::routes) enum Unfit {
    Missing,
    TooLong,
    PointsAtSomebody,
}

impl Unfit {
    pub(in crate::routes) const fn words(self) -> &'static str {
        match self {
            Self::Missing => "Say why it is not right, so that the link can be looked at.",
            Self::TooLong => "Say it in 300 characters or fewer.",
            Self::PointsAtSomebody => {
                "Leave out names, numbers and dates of people. Only the reason is kept here."
            }
        }
    }
}

/// What is wrong with a reason, if anything.
pub(in crate::routes) fn unfit(why: &str, needed: bool, finding: &Finding) -> Option<Unfit> {
    let row = &finding.row;
    let values = row
        .yours
        .iter()
        .chain([&row.found, &row.reference, &row.named]);
    let values: Vec<&str> = values.map(|v| v.reveal().as_str()).collect();
    judge(why, needed, &values)
}

fn judge(why: &str, needed: bool, values: &[&str]) -> Option<Unfit> {
    if why.is_empty() {
        return needed.then_some(Unfit::Missing);
    }
    if why.chars().count() > LONGEST_WHY {
        return Some(Unfit::TooLong);
    }
    let said = words(why);
    let named = values
        .iter()
        .flat_map(|value| words(value))
        .any(|word| word.chars().count() >= SHORTEST_NAME && said.contains(&word));
    (named || longest_run_of_digits(why) >= DIGITS).then_some(Unfit::PointsAtSomebody)
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// Digits that follow each other, whatever signs stand between them.
fn longest_run_of_digits(text: &str) -> usize {
    let (mut run, mut longest) = (0, 0);
    for letter in text.chars() {
        if letter.is_numeric() {
            run += 1;
            longest = longest.max(run);
        } else if letter.is_alphabetic() {
            run = 0;
        }
    }
    longest
}

/// Keeps decisions, all or none, and gives how many of them are new. They are in the audit log first.
pub(in crate::routes) async fn decide(
    visit: &Visit,
    record: &SubmissionRecord,
    decided: &[Decided<'_>],
) -> Result<u64, Fault> {
    let (by, at) = (visit.session()?.username.clone(), visit.now);
    let decisions: Vec<ReturnedDecision> = decided
        .iter()
        .map(|d| ReturnedDecision {
            finding: d.finding.row.token.clone(),
            submission: record.id.clone(),
            kind: d.finding.kind.value().to_owned(),
            accepted: d.accepted,
            why: d.why.clone(),
            at,
            by: by.clone(),
        })
        .collect();
    let accepted = decisions.iter().filter(|d| d.accepted).count();
    let what = format!(
        "{accepted} accepted, {} rejected",
        decisions.len() - accepted
    );
    visit
        .keep(entry(
            visit,
            record,
            Kind::ReturnDecided,
            decisions.len(),
            &what,
        )?)
        .await?;
    let control = &visit.site.workspace.control;
    Ok(control.decide_returned(&record.sender, &decisions).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_names_nobody() {
        let values = ["Ada Thornby", "999 000 0018", "CL-Q77"];
        for (why, needed, expected) in [
            ("", false, None),
            ("", true, Some(Unfit::Missing)),
            ("It is her sister; we rang on 3 May", true, None),
            ("We have 12 clients with this fault", true, None),
            ("This is ADA.", true, Some(Unfit::PointsAtSomebody)),
            ("thornby moved", false, Some(Unfit::PointsAtSomebody)),
            ("999-000 0018", true, Some(Unfit::PointsAtSomebody)),
            ("born 25/12/1949", true, Some(Unfit::PointsAtSomebody)),
            ("see Q77", true, Some(Unfit::PointsAtSomebody)),
        ] {
            assert_eq!(judge(why, needed, &values), expected, "{why}");
        }
        let long = "x".repeat(LONGEST_WHY + 1);
        assert_eq!(judge(&long, true, &values), Some(Unfit::TooLong));
    }
}
