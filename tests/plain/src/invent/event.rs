//! One event of an invented life, before any file tells of it.

use chrono::NaiveDate;

use super::person::Cells;

/// What kind of event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A request for support.
    #[default]
    Request,
    /// An assessment.
    Assessment,
    /// A service.
    Service,
    /// A review.
    Review,
}

impl Kind {
    /// The event type as files spell it.
    pub fn text(self) -> &'static str {
        match self {
            Self::Request => "Request",
            Self::Assessment => "Assessment",
            Self::Service => "Service",
            Self::Review => "Review",
        }
    }
}

/// A cell that files imported from a day on tell differently.
#[derive(Debug, Clone)]
pub struct Change {
    /// The import day from which on the change shows.
    pub from: NaiveDate,
    /// The column.
    pub column: &'static str,
    /// What it holds from then on.
    pub value: String,
}

/// An event in the life of a person.
#[derive(Debug, Clone)]
pub struct Event {
    /// Whose, as a place in the list of people.
    pub person: usize,
    /// What kind.
    pub kind: Kind,
    /// First day.
    pub start: NaiveDate,
    /// Last day; missing while open.
    pub end: Option<NaiveDate>,
    /// The cells that belong to the event, in Release 2 words.
    pub cells: Cells,
    /// What later files tell differently.
    pub changes: Vec<Change>,
}

impl Event {
    /// An event with nothing but its days; a client's, until told otherwise.
    pub fn new(person: usize, kind: Kind, start: NaiveDate, end: Option<NaiveDate>) -> Self {
        let cells = Cells::from([("Client_Type", "Service user".to_owned())]);
        Self {
            person,
            kind,
            start,
            end,
            cells,
            changes: Vec::new(),
        }
    }

    /// The same event with a cell set.
    #[must_use]
    pub fn with(mut self, column: &'static str, value: impl Into<String>) -> Self {
        self.cells.insert(column, value.into());
        self
    }

    /// The same event, told differently by files imported from a day on.
    #[must_use]
    pub fn later(
        mut self,
        from: NaiveDate,
        column: &'static str,
        value: impl Into<String>,
    ) -> Self {
        self.changes.push(Change {
            from,
            column,
            value: value.into(),
        });
        self
    }
}
