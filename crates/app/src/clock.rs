//! The machine's clock: the one place that reads it.

use chrono::{DateTime, TimeDelta, Utc};
use model::Clock;

/// Tells the time of the machine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SystemClock;

/// Tells a time that runs as the machine's does, from a moment that was chosen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ShiftedClock {
    by: TimeDelta,
}

impl ShiftedClock {
    /// A clock that shows this moment now.
    pub(crate) fn starting_at(moment: DateTime<Utc>) -> Self {
        Self {
            by: moment - SystemClock.now(),
        }
    }
}

impl Clock for ShiftedClock {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now() + self.by
    }
}

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one clock that reads the machine's"
    )]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}
