//! States in words, as tags: the same word and colour wherever a state shows.

use crate::components::{TagColour, tag};
use maud::{Markup, html};

/// The state of one step of the journey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepState {
    /// Its turn has not come.
    Waiting,
    /// At work.
    Running,
    /// Finished.
    Done,
    /// A person must act.
    NeedsYou,
    /// It could not be done.
    Failed,
}

/// How a submission stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubmissionState {
    /// Received and not yet checked.
    Waiting,
    /// Being checked.
    Running,
    /// Checked, and not sent yet: its sender has to declare it.
    NotSent,
    /// Accepted whole.
    Accepted,
    /// Accepted, with rows set aside that the sender can mend.
    NeedsYou,
    /// The file is not accepted.
    NotAccepted,
    /// It could not be checked: our fault.
    Failed,
    /// Taken back by its sender.
    Withdrawn,
    /// A later file took its place.
    Replaced,
    /// Not sent in time, and deleted.
    Expired,
}

/// How an agreement stands on the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgreementState {
    /// Not every party has signed, or its first day has not come.
    NotYet,
    /// In force.
    InForce,
    /// In force, and ends soon.
    EndsSoon,
    /// Its last day has passed.
    Ended,
    /// Stopped before its last day.
    Withdrawn,
    /// Being written.
    Draft,
    /// Waits for approvals.
    WaitsForApproval,
    /// Approved, and not every party has signed.
    WaitsForSignatures,
    /// Stopped for now.
    Suspended,
    /// It has ended, and what was held under it is being destroyed.
    Closing,
    /// It has ended, and what was held under it has been destroyed.
    Destroyed,
}

/// How a part of the service is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartState {
    /// As it should.
    Working,
    /// Slower than it should.
    Slow,
    /// Not at all.
    NotWorking,
}

/// Where an incident stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IncidentState {
    /// Somebody sees to it.
    Open,
    /// It should have been put right, or reported, by now.
    Overdue,
    /// Nothing remains to be done.
    Closed,
}

/// Whether somebody has been told of an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportState {
    /// They were.
    Made,
    /// They were, and later than they had to be.
    MadeLate,
    /// They have to be.
    Due,
    /// They should have been by now.
    Overdue,
    /// They need not be.
    NotNeeded,
}

impl StepState {
    /// The state in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Waiting => "Waiting",
            Self::Running => "Running",
            Self::Done => "Done",
            Self::NeedsYou => "Needs you",
            Self::Failed => "Failed",
        }
    }

    /// The state as a tag.
    pub fn tag(self) -> Markup {
        let colour = match self {
            Self::Waiting => TagColour::Grey,
            Self::Running => TagColour::Blue,
            Self::Done => TagColour::Green,
            Self::NeedsYou => TagColour::Yellow,
            Self::Failed => TagColour::Red,
        };
        tag(self.words(), colour)
    }
}

impl SubmissionState {
    /// The state as a tag.
    pub fn tag(self) -> Markup {
        match self {
            Self::Waiting => tag("Waiting", TagColour::Grey),
            Self::Running => tag("Running", TagColour::Blue),
            Self::NotSent => tag("Not sent yet", TagColour::Yellow),
            Self::Accepted => tag("Accepted", TagColour::Green),
            // Two words, so that nobody wonders whether the rest of the file counts.
            Self::NeedsYou => html! {
                (tag("Accepted", TagColour::Green)) " " (tag("Rows set aside", TagColour::Yellow))
            },
            Self::NotAccepted => tag("Not accepted", TagColour::Red),
            Self::Failed => tag("Failed", TagColour::Red),
            Self::Withdrawn => tag("Withdrawn", TagColour::Grey),
            Self::Replaced => tag("Replaced", TagColour::Grey),
            Self::Expired => tag("Deleted", TagColour::Grey),
        }
    }
}

impl AgreementState {
    /// The state as a tag.
    pub fn tag(self) -> Markup {
        match self {
            Self::NotYet => tag("Not yet in force", TagColour::Grey),
            Self::InForce => tag("In force", TagColour::Green),
            Self::EndsSoon => tag("Ends soon", TagColour::Yellow),
            Self::Ended => tag("Ended", TagColour::Grey),
            Self::Withdrawn => tag("Withdrawn", TagColour::Red),
            Self::Draft => tag("Draft", TagColour::Grey),
            Self::WaitsForApproval => tag("Waits for approval", TagColour::Blue),
            Self::WaitsForSignatures => tag("Waits for signatures", TagColour::Blue),
            Self::Suspended => tag("Suspended", TagColour::Red),
            Self::Closing => tag("Closing", TagColour::Orange),
            Self::Destroyed => tag("Destroyed", TagColour::Grey),
        }
    }
}

impl IncidentState {
    /// The state as a tag.
    pub fn tag(self) -> Markup {
        match self {
            Self::Open => tag("Open", TagColour::Blue),
            Self::Overdue => tag("Overdue", TagColour::Red),
            Self::Closed => tag("Closed", TagColour::Grey),
        }
    }
}

impl ReportState {
    /// The state as a tag.
    pub fn tag(self) -> Markup {
        match self {
            Self::Made => tag("Told", TagColour::Green),
            Self::MadeLate => tag("Told late", TagColour::Orange),
            Self::Due => tag("Due", TagColour::Yellow),
            Self::Overdue => tag("Overdue", TagColour::Red),
            Self::NotNeeded => tag("Not needed", TagColour::Grey),
        }
    }
}

impl PartState {
    /// The state as a tag.
    pub fn tag(self) -> Markup {
        match self {
            Self::Working => tag("Working", TagColour::Green),
            Self::Slow => tag("Slow", TagColour::Yellow),
            Self::NotWorking => tag("Not working", TagColour::Red),
        }
    }
}
