//! The machine's clock: the one place that reads it.

use chrono::{DateTime, Utc};
use model::Clock;

/// Tells the time of the machine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one clock that reads the machine's")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}
