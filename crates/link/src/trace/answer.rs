//! The answer to one row: what was found, by which step, and the id that the person goes by.

use crate::trace::{
    Bucket, Column, Day, FieldScores, Index, ResponseColumn, ResponseRow, ResultCode, Row, Score,
    Settings, Step,
    steps::{Finding, Tracer},
    subject::Subject,
};
use model::Date;
use serde::Serialize;
use std::{num::NonZero, panic::resume_unwind, thread};

/// What kind of id a person goes by. Ids of two kinds are never compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonIdKind {
    /// A number of the index.
    NhsNumber,
    /// An id of the unmatched.
    MpsId,
    /// An id of this row alone.
    OneTimeId,
    /// None, since the row was refused.
    None,
}

impl PersonIdKind {
    /// As the files have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NhsNumber => "nhs_number",
            Self::MpsId => "mps_id",
            Self::OneTimeId => "one_time_id",
            Self::None => "none",
        }
    }
}

/// The answer to one row.
#[derive(Clone, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the diagnostics, and they are independent"
)]
pub struct Answer {
    /// The result code.
    pub code: ResultCode,
    /// 1, 3 or 4 for the step that found the person or was tried last; 0 where nothing could be tried.
    pub indicator: u8,
    /// 100 from steps 1 and 3, the total from step 4, 0 without a match.
    pub confidence: Score,
    /// The scores of the fields; none where the daily copy settled it, or nothing was tried.
    pub scores: Option<FieldScores>,
    /// The last of steps 0 to 4 that was tried; none where the row was refused.
    pub last_tried: Option<Step>,
    /// The step that gave the id.
    pub successful: Option<Step>,
    /// The number found.
    pub matched_number: Option<u64>,
    /// Whether the number sent was replaced by the one found.
    pub superseded: bool,
    /// Other numbers that lead to the one found, in order.
    pub earlier_numbers: Vec<u64>,
    /// Whether several people fit about equally well.
    pub several_matches: bool,
    /// Whether several of the unmatched fit.
    pub several_bucket_matches: bool,
    /// Ids of the unmatched that fit, joined by `~~~`.
    pub mps_id: String,
    /// The id that the person goes by.
    pub person_id: String,
    /// Its kind.
    pub person_id_kind: PersonIdKind,
    /// Whether a number was sent and the person was found under another that does not replace it.
    pub number_differs: bool,
    /// Whether the person's record is sensitive.
    pub sensitive: bool,
    /// How many blocks had too many people to be looked at.
    pub blocks_passed_over: u32,
    person: Option<u32>,
}

/// Traces rows against an index, whichever way they come and go.
#[derive(Clone, Copy)]
pub struct Tracing<'a> {
    pub(crate) index: &'a Index,
    pub(crate) settings: &'a Settings,
    pub(crate) tracer: Tracer<'a>,
    submission: u64,
}

impl<'a> Tracing<'a> {
    /// `submission` numbers the request, so that one-time ids of two requests differ.
    pub const fn new(
        index: &'a Index,
        settings: &'a Settings,
        today: Date,
        submission: u64,
    ) -> Self {
        Self {
            index,
            settings,
            tracer: Tracer::new(index, settings, today),
            submission,
        }
    }

    /// Answers rows in their order. Threads make no difference to the answers.
    pub fn trace(&self, rows: &[Row], bucket: &mut Bucket, threads: NonZero<usize>) -> Vec<Answer> {
        let share = rows.len().div_ceil(threads.get()).max(1);
        let found: Vec<Vec<(Subject, Finding)>> = thread::scope(|scope| {
            let running: Vec<_> = rows
                .chunks(share)
                .map(|rows| scope.spawn(|| rows.iter().map(|row| self.tracer.trace(row)).collect()))
                .collect();
            running
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|cause| resume_unwind(cause)))
                .collect()
        });
        rows.iter()
            .zip(found.into_iter().flatten())
            .map(|(row, (subject, finding))| self.answer(row, &subject, &finding, bucket))
            .collect()
    }

    /// Steps 5 and 6, which depend on the rows before.
    fn answer(
        &self,
        row: &Row,
        subject: &Subject,
        finding: &Finding,
        bucket: &mut Bucket,
    ) -> Answer {
        let matched = finding
            .person
            .and_then(|at| self.index.person(at))
            .map(|person| person.number);
        let mut answer = Answer {
            code: finding.code,
            indicator: finding.last_tried.map_or(0, Step::indicator),
            confidence: finding.confidence,
            scores: finding.scores,
            last_tried: finding.last_tried,
            successful: None,
            matched_number: matched,
            superseded: finding.superseded,
            earlier_numbers: matched
                .map(|number| self.index.earlier_numbers(number))
                .unwrap_or_default(),
            several_matches: finding.code == ResultCode::Several,
            several_bucket_matches: false,
            mps_id: String::new(),
            person_id: String::new(),
            person_id_kind: PersonIdKind::None,
            number_differs: matched.is_some()
                && subject.number.is_some()
                && subject.number != matched
                && !finding.superseded,
            sensitive: finding
                .person
                .is_some_and(|person| self.tracer.is_sensitive(person)),
            blocks_passed_over: finding.blocks_passed_over,
            person: finding.person,
        };
        if finding.last_tried.is_none() {
            return answer;
        }
        if let Some(number) = matched {
            answer.successful = finding.last_tried;
            answer.person_id = digits(number);
            answer.person_id_kind = PersonIdKind::NhsNumber;
            return answer;
        }
        let placed = finding
            .may_use_bucket
            .then(|| bucket.place(subject, &self.settings.bucket))
            .flatten();
        if let Some(placed) = placed {
            answer.successful = Some(Step::Bucket);
            answer.several_bucket_matches = placed.several;
            answer.mps_id = placed.all;
            answer.person_id = placed.id;
            answer.person_id_kind = PersonIdKind::MpsId;
        } else {
            answer.successful = Some(Step::OneTimeId);
            answer.person_id = one_time_id(self.submission, row.place());
            answer.person_id_kind = PersonIdKind::OneTimeId;
        }
        answer
    }

    /// The row of the response. Of a sensitive record only the number, the names, the birth and the sex come back.
    pub fn response(&self, row: &Row, answer: &Answer) -> ResponseRow {
        let mut to = ResponseRow::default();
        for (column, sent) in [
            (ResponseColumn::Reference, Column::Reference),
            (ResponseColumn::RequestNumber, Column::NhsNumber),
            (ResponseColumn::AsAtDate, Column::AsAtDate),
            (ResponseColumn::LocalPatientId, Column::LocalPatientId),
            (ResponseColumn::InternalId, Column::InternalId),
        ] {
            to.set(column, row.raw(sent));
        }
        to.set(ResponseColumn::Code, answer.code.to_string());
        to.set(ResponseColumn::PersonServiceId, answer.mps_id.as_str());
        to.set(ResponseColumn::Indicator, answer.indicator.to_string());
        to.set(ResponseColumn::Confidence, answer.confidence.short());
        if answer.last_tried.is_some() {
            let matched = answer.matched_number.map(digits);
            let message = if answer.several_matches {
                SEVERAL
            } else {
                NOBODY
            };
            let matched = matched.unwrap_or_else(|| message.to_owned());
            to.set(ResponseColumn::MatchedNumber, matched);
        }
        to.set_scores(answer.scores);
        if let Some(person) = answer.person {
            self.show(&mut to, person, row, answer.sensitive);
        }
        to
    }

    fn show(&self, to: &mut ResponseRow, at: u32, row: &Row, sensitive: bool) {
        let day = Day::parse_compact(row.get(Column::AsAtDate)).unwrap_or_default();
        let (Some(person), Some(shown)) = (self.index.person(at), self.index.shown(at, day)) else {
            return;
        };
        to.set(ResponseColumn::FamilyName, shown.family);
        to.set(ResponseColumn::GivenName, shown.given);
        to.set(ResponseColumn::OtherGivenName, shown.other);
        if shown.sex != 0 {
            to.set(ResponseColumn::Gender, char::from(shown.sex).to_string());
        }
        to.set(ResponseColumn::DateOfBirth, person.born.compact());
        if sensitive {
            let flag = self.index.confidentiality(at);
            to.set(ResponseColumn::Sensitivity, flag);
            return;
        }
        to.set(ResponseColumn::DateOfDeath, person.died.compact());
        to.set(ResponseColumn::Postcode, shown.postcode);
        to.set(ResponseColumn::GpPractice, shown.practice);
        for (column, line) in ADDRESS.into_iter().zip(shown.address) {
            to.set(column, line);
        }
        let [registered, posting, telephone, mobile, email] = self.index.contact(at);
        if shown.practice_is_current {
            to.set(ResponseColumn::GpRegistrationDate, registered);
        }
        to.set(ResponseColumn::PostingId, posting);
        to.set(ResponseColumn::Telephone, telephone);
        to.set(ResponseColumn::Mobile, mobile);
        to.set(ResponseColumn::Email, email);
    }
}

impl Answer {
    /// The diagnostics of the row, in the order of [`Answer::DIAGNOSTICS`].
    pub fn diagnostics(&self) -> [String; 15] {
        let flag = |holds: bool| if holds { "1" } else { "0" }.to_owned();
        let step = |step: Option<Step>| step.map(Step::name).unwrap_or_default().to_owned();
        let earlier: Vec<String> = self.earlier_numbers.iter().map(|n| digits(*n)).collect();
        let scores = self.scores.map(|scores| scores.in_order());
        let [family, given, born, sex, postcode] = scores.map_or_else(
            || std::array::from_fn(|_| String::new()),
            |scores| scores.map(|score| score.to_string()),
        );
        [
            self.person_id.clone(),
            self.person_id_kind.name().to_owned(),
            step(self.last_tried),
            step(self.successful),
            flag(self.matched_number.is_some()),
            flag(self.superseded),
            earlier.join(";"),
            flag(self.several_matches),
            flag(self.several_bucket_matches),
            self.confidence.to_string(),
            family,
            given,
            born,
            sex,
            postcode,
        ]
    }

    /// The names of the diagnostics.
    pub const DIAGNOSTICS: [&str; 15] = [
        "PERSON_ID",
        "PERSON_ID_KIND",
        "LAST_STEP_TRIED",
        "SUCCESSFUL_STEP",
        "MATCHED_IN_INDEX",
        "SUPERSEDED",
        "EARLIER_NHS_NUMBERS",
        "SEVERAL_MATCHES",
        "SEVERAL_BUCKET_MATCHES",
        "MATCH_SCORE",
        "FAMILY_NAME_SCORE",
        "GIVEN_NAME_SCORE",
        "DATE_OF_BIRTH_SCORE",
        "GENDER_SCORE",
        "POSTCODE_SCORE",
    ];
}

/// Numbers that are messages.
const NOBODY: &str = "0000000000";
const SEVERAL: &str = "9999999999";
const ADDRESS: [ResponseColumn; 5] = [
    ResponseColumn::AddressLine1,
    ResponseColumn::AddressLine2,
    ResponseColumn::AddressLine3,
    ResponseColumn::AddressLine4,
    ResponseColumn::AddressLine5,
];

fn digits(number: u64) -> String {
    format!("{number:010}")
}

/// `U`, then submission and row in base 36: five places for the row, and four or more for the submission.
fn one_time_id(submission: u64, row: u64) -> String {
    format!("U{}{}", base_36(submission, 4), base_36(row, 5))
}

fn base_36(mut number: u64, places: usize) -> String {
    let mut digits = Vec::new();
    while number > 0 {
        let digit = u32::try_from(number % 36).unwrap_or_default();
        digits.push(
            char::from_digit(digit, 36)
                .unwrap_or('0')
                .to_ascii_uppercase(),
        );
        number /= 36;
    }
    while digits.len() < places {
        digits.push('0');
    }
    digits.iter().rev().collect()
}

/// An answer is about a person, so only its code prints.
impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "code {} by {:?}", self.code, self.successful)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_time_ids_are_base_36_of_submission_and_row() {
        // Worked out by hand: 36 is `10`, 35 is `Z`, 46,656 is `1000`.
        assert_eq!(one_time_id(0, 0), "U000000000");
        assert_eq!(one_time_id(36, 35), "U00100000Z");
        assert_eq!(one_time_id(1, 46_656), "U000101000");
        assert_eq!(one_time_id(1_679_615, 60_466_175), "UZZZZZZZZZ");
        assert_eq!(one_time_id(1_679_616, 1), "U1000000001");
    }
}
