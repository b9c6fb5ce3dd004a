//! The target `cells` of `land::fuzz`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| land::fuzz::run("cells", bytes));
