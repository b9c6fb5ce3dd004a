//! The steps in their order; the first that succeeds ends the search.
//!
//! | step | in | looks at |
//! | --- | --- | --- |
//! | 0 | `subject` | whether there is anything to look at |
//! | 1a, 1b | `cross_check` | number and date of birth |
//! | 3 | `alphanumeric` | exact family name, sex, date of birth, and whatever else was sent |
//! | 4 | `algorithmic` | scores of five fields |
//! | 5, 6 | [`crate::trace::Bucket`] | earlier rows about people who are in no index |
//!
//! Step 2, the simple trace, has a code in the public schema and no description, so it is not here.
//! Steps 0 to 4 depend on the row and the index alone, so rows may be taken in any order and side by side.

mod algorithmic;
mod alphanumeric;
mod cross_check;

use crate::trace::{
    FieldScores, Index, ResultCode, Row, Score, Settings, index::Followed, subject::Subject,
};
use model::Date;
use serde::Serialize;

/// A step of tracing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Step {
    /// Quality of the row.
    #[serde(rename = "0")]
    Quality,
    /// Number and date of birth against the daily copy.
    #[serde(rename = "1a")]
    CachedCrossCheck,
    /// Number and date of birth against the index itself.
    #[serde(rename = "1b")]
    LiveCrossCheck,
    /// Exact details.
    #[serde(rename = "3")]
    Alphanumeric,
    /// Scores.
    #[serde(rename = "4")]
    Algorithmic,
    /// People who are in no index.
    #[serde(rename = "5")]
    Bucket,
    /// An id for this row alone.
    #[serde(rename = "6")]
    OneTimeId,
}

impl Step {
    /// All of them, in order.
    pub const ALL: [Self; 7] = [
        Self::Quality,
        Self::CachedCrossCheck,
        Self::LiveCrossCheck,
        Self::Alphanumeric,
        Self::Algorithmic,
        Self::Bucket,
        Self::OneTimeId,
    ];

    /// As the files have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Quality => "0",
            Self::CachedCrossCheck => "1a",
            Self::LiveCrossCheck => "1b",
            Self::Alphanumeric => "3",
            Self::Algorithmic => "4",
            Self::Bucket => "5",
            Self::OneTimeId => "6",
        }
    }

    /// The number in the response for a row whose search ended here.
    pub const fn indicator(self) -> u8 {
        match self {
            Self::CachedCrossCheck | Self::LiveCrossCheck => 1,
            Self::Alphanumeric => 3,
            Self::Algorithmic => 4,
            Self::Quality | Self::Bucket | Self::OneTimeId => 0,
        }
    }
}

/// What steps 0 to 4 found for a row.
#[derive(Clone, PartialEq)]
pub(crate) struct Finding {
    pub(crate) code: ResultCode,
    /// The last of steps 0 to 4 that was tried; none where the row was refused.
    pub(crate) last_tried: Option<Step>,
    pub(crate) confidence: Score,
    /// None where no step got further than the cached cross-check.
    pub(crate) scores: Option<FieldScores>,
    /// The person, by place in the index.
    pub(crate) person: Option<u32>,
    /// Whether the number that was sent was replaced by the person's.
    pub(crate) superseded: bool,
    /// Whether the unmatched may be asked.
    pub(crate) may_use_bucket: bool,
    /// How many blocks had too many people to be looked at.
    pub(crate) blocks_passed_over: u32,
}

impl Finding {
    const fn nobody(code: ResultCode, last_tried: Step) -> Self {
        Self {
            code,
            last_tried: Some(last_tried),
            confidence: Score::ZERO,
            scores: match last_tried {
                Step::Quality | Step::CachedCrossCheck => None,
                _ => Some(NO_SCORES),
            },
            person: None,
            superseded: false,
            may_use_bucket: true,
            blocks_passed_over: 0,
        }
    }

    const fn refused(code: ResultCode) -> Self {
        Self {
            last_tried: None,
            may_use_bucket: false,
            ..Self::nobody(code, Step::Quality)
        }
    }

    const fn without_bucket(self) -> Self {
        Self {
            may_use_bucket: false,
            ..self
        }
    }
}

const NO_SCORES: FieldScores = FieldScores::from_order([Score::ZERO; 5]);

/// Takes rows through steps 0 to 4.
#[derive(Clone, Copy)]
pub(crate) struct Tracer<'a> {
    index: &'a Index,
    settings: &'a Settings,
    today: Date,
}

impl<'a> Tracer<'a> {
    pub(crate) const fn new(index: &'a Index, settings: &'a Settings, today: Date) -> Self {
        Self {
            index,
            settings,
            today,
        }
    }

    /// The day of the run.
    pub(crate) const fn today(&self) -> Date {
        self.today
    }

    /// The details of a row, and what the index says of them.
    pub(crate) fn trace(&self, row: &Row) -> (Subject, Finding) {
        let subject = Subject::of(row, self.today, &self.settings.quality);
        let finding = match row.fault() {
            Some(fault) => Finding::refused(fault),
            None => self.search(&subject),
        };
        (subject, finding)
    }

    fn search(&self, subject: &Subject) -> Finding {
        if subject.stopped {
            return Finding::nobody(ResultCode::NotEnough, Step::Quality).without_bucket();
        }
        let mut last_tried = Step::Quality;
        if let Some(number) = subject.number {
            // Whoever holds a cancelled number now must not be found by what they were called before.
            if self.index.follow(number) == Followed::Cancelled {
                return Finding::nobody(ResultCode::Invalid, Step::LiveCrossCheck).without_bucket();
            }
            if !subject.born.is_none() {
                last_tried = Step::LiveCrossCheck;
                if let Some(person) = self.cached_cross_check(number, subject) {
                    return self.found(subject, person, Step::CachedCrossCheck, Score::FULL, None);
                }
                if let Some(person) = self.live_cross_check(number, subject) {
                    let scores = Some(NO_SCORES);
                    return self.found(subject, person, last_tried, Score::FULL, scores);
                }
            }
        }
        if alphanumeric::can_be_tried(subject) {
            last_tried = Step::Alphanumeric;
            if let Some(person) = self.alphanumeric(subject) {
                return self.found(subject, person, last_tried, Score::FULL, Some(NO_SCORES));
            }
        }
        let mut blocks_passed_over = 0;
        if subject.fields() >= self.settings.algorithmic.minimum_fields {
            last_tried = Step::Algorithmic;
            let (best, passed_over) = self.algorithmic(subject);
            blocks_passed_over = passed_over;
            let finding = match best {
                algorithmic::Best::One {
                    person,
                    total,
                    scores,
                } => Some(self.found(subject, person, last_tried, total, Some(scores))),
                algorithmic::Best::Several => {
                    Some(Finding::nobody(ResultCode::Several, last_tried).without_bucket())
                }
                algorithmic::Best::Nobody => None,
            };
            if let Some(finding) = finding {
                return Finding {
                    blocks_passed_over,
                    ..finding
                };
            }
        }
        let code = match last_tried {
            Step::Quality if subject.number_is_none => ResultCode::Invalid,
            Step::Quality => ResultCode::NotEnough,
            _ => ResultCode::NotFound,
        };
        Finding {
            blocks_passed_over,
            ..Finding::nobody(code, last_tried)
        }
    }

    fn found(
        &self,
        subject: &Subject,
        person: u32,
        step: Step,
        confidence: Score,
        scores: Option<FieldScores>,
    ) -> Finding {
        let number = self.index.person(person).map(|person| person.number);
        let superseded = subject.number.is_some_and(
            |sent| matches!(self.index.follow(sent), Followed::By(holds) if Some(holds) == number),
        );
        let code = if self.is_sensitive(person) {
            ResultCode::Sensitive
        } else if superseded {
            ResultCode::Superseded
        } else {
            ResultCode::Success
        };
        Finding {
            code,
            last_tried: Some(step),
            confidence,
            scores,
            person: Some(person),
            superseded,
            may_use_bucket: false,
            blocks_passed_over: 0,
        }
    }

    /// Whether a person's record is sensitive. A code that nobody has called open is taken for one that is.
    pub(crate) fn is_sensitive(&self, person: u32) -> bool {
        let code = self.index.confidentiality(person);
        !code.is_empty() && self.settings.sensitive.open.iter().all(|open| open != code)
    }
}
