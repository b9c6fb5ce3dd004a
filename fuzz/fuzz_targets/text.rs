//! The target `text` of `land::fuzz`.
//!
//! A panic on the thread of the workbook's reader is met by the receiver, which answers that the file is damaged.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(
    init: {
        std::panic::set_hook(Box::new(|panic| {
            if std::thread::current().name() != Some("workbook") {
                eprintln!("{panic}");
                std::process::abort();
            }
        }));
    },
    |bytes: &[u8]| land::fuzz::run("text", bytes)
);
