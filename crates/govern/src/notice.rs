//! The privacy notice of an agreement: what people are told whose data it is about, made from its clauses.
//!
//! Plain words for a reading age of about twelve. The section on the law quotes the law and is harder.

use crate::agreement::{
    Clauses,
    clauses::{Identifiability, OnwardSharing, PartyRole, Reidentification},
    day_in_words, list_in_words,
    predicate::Predicate,
};
use serde::Serialize;

/// What people are told about one agreement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// What it is called.
    pub title: String,
    /// In the order in which they are read.
    pub sections: Vec<Section>,
}

/// One part of a notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Section {
    /// Which part it is, for machines.
    pub part: Part,
    /// What stands above it.
    pub heading: &'static str,
    /// Its sentences, a few to a line.
    pub says: Vec<String>,
}

/// The parts of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    Why,
    Who,
    AboutYou,
    WhosePeople,
    KnowMe,
    Where,
    HowLong,
    OptOut,
    PassedOn,
    Law,
    Complain,
}

impl Part {
    const fn heading(self) -> &'static str {
        match self {
            Self::Why => "Why your data are used",
            Self::Who => "Who uses them",
            Self::AboutYou => "What about you is used",
            Self::WhosePeople => "Whose records are used",
            Self::KnowMe => "Can anyone tell it is you?",
            Self::Where => "Where your data are kept",
            Self::HowLong => "How long they are used",
            Self::OptOut => "If you have opted out",
            Self::PassedOn => "What may be passed on",
            Self::Law => "The law that allows it",
            Self::Complain => "Questions and complaints",
        }
    }
}

impl Clauses {
    /// The privacy notice.
    pub fn notice(&self) -> Notice {
        let section = |part: Part, says: Vec<String>| Section {
            part,
            heading: part.heading(),
            says,
        };
        Notice {
            title: self.title_for_everyone().to_owned(),
            sections: vec![
                section(Part::Why, self.notice_why()),
                section(Part::Who, self.notice_who()),
                section(Part::AboutYou, self.notice_data()),
                section(Part::WhosePeople, self.notice_people()),
                section(Part::KnowMe, self.notice_identifiability()),
                section(Part::Where, self.notice_storage()),
                section(Part::HowLong, self.notice_term()),
                section(Part::OptOut, self.notice_opt_outs()),
                section(Part::PassedOn, self.notice_onward()),
                section(Part::Law, self.notice_law()),
                section(Part::Complain, self.notice_complaints()),
            ],
        }
    }

    fn notice_why(&self) -> Vec<String> {
        let mut says = vec![self.lay_summary.trim().to_owned()];
        for purpose in &self.purposes {
            says.push(sentence(&purpose.lay_summary));
            for benefit in &purpose.benefits {
                says.push(format!(
                    "What should come of it by {}: {}",
                    day_in_words(benefit.by),
                    sentence(&benefit.what)
                ));
            }
        }
        says.push(if self.purposes.iter().any(|p| p.commercial) {
            "Money may be made from this work.".to_owned()
        } else {
            "Nobody makes money from this work.".to_owned()
        });
        says
    }

    fn notice_who(&self) -> Vec<String> {
        let with = |holds: &dyn Fn(PartyRole) -> bool| -> Vec<&str> {
            self.parties
                .iter()
                .filter(|party| party.roles.iter().any(|role| holds(*role)))
                .map(|party| party.name.as_str())
                .collect()
        };
        let mut says = Vec::new();
        let mut tell = |names: Vec<&str>, one: &str, several: &str| {
            let does = if names.len() == 1 { one } else { several };
            if !names.is_empty() {
                says.push(format!("{} {does}", list_in_words(names, "and")));
            }
        };
        tell(
            with(&PartyRole::controls),
            "decides how your data are used.",
            "decide how your data are used.",
        );
        tell(
            with(&|role| role == PartyRole::SafeHaven),
            "keeps your data safe.",
            "keep your data safe.",
        );
        tell(
            with(&|role| matches!(role, PartyRole::Processor | PartyRole::SubProcessor)),
            "works with the data as told.",
            "work with the data as told.",
        );
        tell(
            with(&|role| role == PartyRole::ProcessorWithoutSight),
            "runs the machines and may never see the data.",
            "run the machines and may never see the data.",
        );
        tell(
            with(&|role| role == PartyRole::Funder),
            "pays for the work and sees no data.",
            "pay for the work and see no data.",
        );
        let organisations = list_in_words(
            self.access.organisations.iter().map(|o| self.name_of(o)),
            "and",
        );
        says.push(match self.access.users.len() {
            1 => format!("One named person may use the data, for {organisations}."),
            n => format!("{n} named people may use the data, for {organisations}."),
        });
        if let Some(training) = &self.access.training {
            says.push(format!(
                "Each of them has been trained: {}.",
                training.course.trim_end_matches('.')
            ));
        }
        says
    }

    fn notice_data(&self) -> Vec<String> {
        let mut says: Vec<String> = self
            .datasets
            .values()
            .map(|terms| {
                format!(
                    "{}: {} facts about each record. {}",
                    upper(&terms.title),
                    terms.fields.len(),
                    sentence(&terms.why)
                )
            })
            .collect();
        for pair in &self.linkage {
            let title = |name: &crate::agreement::Name| {
                self.datasets
                    .get(name)
                    .map_or(name.as_str(), |terms| terms.title.as_str())
                    .to_owned()
            };
            says.push(format!(
                "We put two kinds of record of one person together: {}, and {}. The reason: {}",
                title(&pair.from),
                title(&pair.to),
                sentence(&pair.why)
            ));
        }
        says
    }

    fn notice_people(&self) -> Vec<String> {
        match &self.minimisation {
            Predicate::All(each) => each.iter().map(only).collect(),
            one => vec![only(one)],
        }
    }

    fn notice_identifiability(&self) -> Vec<String> {
        let mut says = vec![match self.identifiability {
            Identifiability::AnonymousAggregate => {
                "No. Only tables of numbers are shown, and small numbers are hidden. Nobody sees a record.".to_owned()
            }
            Identifiability::Deidentified => {
                "Those who use the data do not see your name, your address or your NHS number. They see a made-up code in their place, and they may not try to find out who you are.".to_owned()
            }
            Identifiability::PersonalConfidential => {
                "Yes. Those who use the data can see who you are.".to_owned()
            }
        }];
        if let Some(opening) = &self.reidentification {
            says.extend(Self::notice_opening(opening));
        }
        says
    }

    fn notice_opening(opening: &Reidentification) -> Vec<String> {
        let professionals = list_in_words(
            opening
                .professionals
                .iter()
                .map(|p| p.role.as_str())
                .collect::<Vec<_>>(),
            "or",
        );
        let fields = list_in_words(
            opening
                .fields
                .keys()
                .map(|name| name.as_str().replace('_', " "))
                .collect::<Vec<_>>()
                .iter()
                .map(String::as_str),
            "and",
        );
        vec![
            format!(
                "There is one exception. If the data show that you may need help, one professional may be told who you are: {professionals}. {}",
                sentence(&opening.why)
            ),
            format!(
                "Two other people must agree first. The professional then sees only this, for {} days: {fields}. A list has no more than {} people.",
                opening.days, opening.at_most
            ),
        ]
    }

    fn notice_storage(&self) -> Vec<String> {
        self.storage
            .iter()
            .map(|kept| {
                format!(
                    "{} keeps the data in {}, {}.",
                    self.name_of(&kept.organisation),
                    kept.place,
                    kept.territory.words()
                )
            })
            .collect()
    }

    fn notice_term(&self) -> Vec<String> {
        let term = &self.term;
        let mut says = vec![
            format!(
                "The data are used from {} until {}.",
                day_in_words(term.start),
                day_in_words(term.end)
            ),
            format!(
                "What was made for it is destroyed by {}.",
                day_in_words(term.destruction_due)
            ),
        ];
        if let Some(kept) = &term.retention {
            says.push(format!(
                "One thing is kept until {}: {} The reason: {}",
                day_in_words(kept.until),
                sentence(&kept.what),
                sentence(&kept.why)
            ));
        }
        says
    }

    fn notice_opt_outs(&self) -> Vec<String> {
        self.opt_outs
            .by_kind()
            .into_iter()
            .map(|(kind, says)| {
                let done = if says.apply {
                    "are left out"
                } else {
                    "are not left out"
                };
                format!(
                    "People with {} {done}. {}",
                    kind.words(),
                    sentence(&says.reason)
                )
            })
            .collect()
    }

    fn notice_onward(&self) -> Vec<String> {
        let mut says = vec![match self.onward.sharing {
            OnwardSharing::None => "Nothing may be passed on.".to_owned(),
            OnwardSharing::AnonymousAggregateOnly => {
                "Only tables of numbers may be passed on, with small numbers hidden.".to_owned()
            }
            OnwardSharing::ListedRecipients => "Only those listed here may get more.".to_owned(),
        }];
        says.extend(
            self.onward
                .recipients
                .iter()
                .map(|r| format!("{}: {} {}", r.name, sentence(&r.what), sentence(&r.why))),
        );
        says
    }

    fn notice_law(&self) -> Vec<String> {
        let legal = &self.legal;
        let mut says: Vec<String> = legal
            .art6
            .iter()
            .chain(&legal.art9)
            .map(|article| format!("UK GDPR Article {}", sentence(article)))
            .collect();
        says.extend(legal.dpa_schedule1.iter().map(|condition| {
            format!(
                "Data Protection Act 2018, Schedule 1: {}",
                sentence(condition)
            )
        }));
        says.push(sentence(&legal.statutory_power));
        let confidence = &legal.confidentiality;
        says.push(format!(
            "Duty of confidence: {}. {}",
            confidence.answer.words(),
            sentence(&confidence.reason)
        ));
        says.extend(confidence.approvals.iter().map(|approval| {
            format!(
                "Approval {}, from {} until {}.",
                approval.reference,
                day_in_words(approval.start),
                day_in_words(approval.end)
            )
        }));
        says
    }

    fn notice_complaints(&self) -> Vec<String> {
        let mut says = vec![format!(
            "Ask {}, {}. Give the number of this agreement: {}.",
            self.contact.name, self.contact.role, self.reference
        )];
        says.extend(self.transparency.notices.iter().map(|notice| {
            format!(
                "{} says more at {}",
                self.name_of(&notice.organisation),
                notice.address
            )
        }));
        says.push(
            "You can also complain to the Information Commissioner at ico.org.uk.".to_owned(),
        );
        says
    }
}

impl Notice {
    /// What is meant to be easy to read: all but what quotes the law.
    pub fn plain_text(&self) -> String {
        self.sections
            .iter()
            .filter(|section| section.part != Part::Law)
            .flat_map(|section| &section.says)
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// A predicate as a sentence of its own.
fn only(predicate: &Predicate) -> String {
    match predicate {
        Predicate::Everyone(_) => "All records of these kinds.".to_owned(),
        Predicate::Period(period) => match (period.from, period.to) {
            (Some(from), Some(to)) => format!(
                "Only records from {} to {}.",
                day_in_words(from),
                day_in_words(to)
            ),
            (Some(from), None) => format!("Only records from {} on.", day_in_words(from)),
            (None, Some(to)) => format!("Only records up to {}.", day_in_words(to)),
            (None, None) => "Records of any day.".to_owned(),
        },
        _ => format!("Only records {}.", predicate.words()),
    }
}

/// Text that ends like a sentence and begins like one.
fn sentence(text: &str) -> String {
    let text = upper(text.trim());
    if text.ends_with(['.', '!', '?']) {
        text
    } else {
        format!("{text}.")
    }
}

fn upper(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}
