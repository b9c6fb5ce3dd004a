//! The target `link_model` of `link::fuzz`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| link::fuzz::run("link_model", bytes));
