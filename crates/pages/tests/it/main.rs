//! The tests of the pages, in one binary: components against the frontend's fixtures, every page in its
//! states, and pictures of ugly data.

#![expect(
    clippy::needless_raw_string_hashes,
    reason = "the snapshots are written so when they are brought up to date"
)]

#[cfg(test)]
mod frontend_fixtures;
#[cfg(test)]
mod gallery;
#[cfg(test)]
mod linkage;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod review;
#[cfg(test)]
mod samples;
