//! A clock that is handed in, so that a run can be repeated.

use crate::Date;
use chrono::{DateTime, Utc};

/// Tells the time. Only `app` has one that reads the machine's clock.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> DateTime<Utc>;

    /// The present day, in UTC.
    fn today(&self) -> Date {
        self.now().date_naive()
    }
}

/// A clock that stands still: for tests and for repeating a run.
#[derive(Debug, Clone, Copy)]
pub struct FixedClock(pub DateTime<Utc>);

impl Clock for FixedClock {
    fn now(&self) -> DateTime<Utc> {
        self.0
    }
}
