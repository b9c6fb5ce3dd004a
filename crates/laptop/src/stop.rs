//! Ctrl-C as a flag that long work looks at, so that it can say what it found before it ends.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// Whether the person asked to stop.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Listens for Ctrl-C from now on; pressed a second time it ends the program at once.
    pub fn on_interrupt() -> std::io::Result<Self> {
        use signal_hook::{consts::SIGINT, flag};
        let stop = Self::default();
        flag::register_conditional_shutdown(SIGINT, 130, Arc::clone(&stop.0))?;
        flag::register(SIGINT, Arc::clone(&stop.0))?;
        Ok(stop)
    }

    /// Whether it is time to stop.
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Asks to stop.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
