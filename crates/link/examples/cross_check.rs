//! Times the cached cross-check on invented numbers: by default 20,000,000 rows against 60,000,000 people.
//!
//! `nice -n 19 cargo run --release -p link --example cross_check -- 60000000 20000000 2`
//!
//! People carry numbers that begin with 4 to 9, so that a table over all numbers is as full as a country's; they
//! are made for this run and never written. Beside the times stands the floor: the bytes that any such join must
//! read and write once, at the bandwidth that this machine shows in the same run.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a measurement: it may stop where it is"
)]

use link::trace::{CrossCheck, CrossCheckIndex, NO_DATE};
use std::{
    io::{self, Write},
    num::NonZero,
    thread,
    time::Instant,
};

/// The next of a sequence of numbers that look like chance (`splitmix64`).
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A number of ten digits with the right tenth digit, where there is one.
fn number(chance: u64) -> Option<u64> {
    let stem = 400_000_000 + chance % 600_000_000;
    let (mut rest, mut sum) = (stem, 0);
    for weight in 2..=10 {
        sum += rest % 10 * weight;
        rest /= 10;
    }
    match 11 - sum % 11 {
        11 => Some(stem * 10),
        10 => None,
        digit => Some(stem * 10 + digit),
    }
}

/// Days from 1920 to 2019.
fn born(chance: u64) -> i32 {
    i32::try_from(chance % 36_525).unwrap() - 18_262
}

fn index(people: usize) -> (Vec<u64>, Vec<i32>) {
    let (mut state, mut numbers, mut births) = (1, Vec::new(), Vec::new());
    numbers.reserve_exact(people);
    births.reserve_exact(people);
    while numbers.len() < people {
        if let Some(number) = number(next(&mut state)) {
            numbers.push(number);
            births.push(born(next(&mut state)));
        }
    }
    (numbers, births)
}

/// Nine in ten rows are a person of the index, of whom one in twenty has another date or none.
fn request(rows: usize, numbers: &[u64], births: &[i32]) -> (Vec<u64>, Vec<i32>) {
    let (mut state, mut asked, mut dates) = (2, Vec::new(), Vec::new());
    while asked.len() < rows {
        let chance = next(&mut state);
        let person = usize::try_from(next(&mut state)).unwrap() % numbers.len();
        if chance.is_multiple_of(10) {
            asked.push(number(next(&mut state)).unwrap_or(1_234_567_890));
            dates.push(born(chance));
        } else {
            asked.push(numbers[person]);
            dates.push(match chance % 40 {
                1 => born(chance / 40),
                3 => NO_DATE,
                _ => births[person],
            });
        }
    }
    (asked, dates)
}

/// Bytes a second that the threads read together from memory, the best of three.
fn bandwidth(threads: usize) -> f64 {
    let words = vec![1u64; 128 << 20];
    let mut best = 0.0f64;
    for _ in 0..3 {
        let start = Instant::now();
        let sum: u64 = thread::scope(|scope| {
            let share = words.chunks(words.len().div_ceil(threads));
            let running: Vec<_> = share
                .map(|part| scope.spawn(move || part.iter().sum::<u64>()))
                .collect();
            running.into_iter().map(|t| t.join().unwrap()).sum()
        });
        assert_eq!(sum, words.len() as u64);
        best = best.max(bytes(words.len() * 8) / start.elapsed().as_secs_f64());
    }
    best
}

#[expect(clippy::cast_precision_loss, reason = "sizes of columns")]
const fn bytes(n: usize) -> f64 {
    n as f64
}

fn main() -> io::Result<()> {
    let given: Vec<usize> = std::env::args()
        .skip(1)
        .map(|a| a.parse().unwrap())
        .collect();
    let at = |place: usize, otherwise: usize| given.get(place).copied().unwrap_or(otherwise);
    let (people, rows, threads) = (at(0, 60_000_000), at(1, 20_000_000), at(2, 2));
    let threads_set = NonZero::new(threads).unwrap();
    let mut out = io::stdout().lock();

    let (numbers, births) = index(people);
    let (asked, dates) = request(rows, &numbers, &births);
    let superseded: Vec<u64> = numbers.iter().copied().step_by(200).collect();
    writeln!(out, "{people} people, {rows} rows, {threads} threads")?;

    let speed = bandwidth(threads);
    writeln!(out, "memory is read at {:.1} GB/s", speed / 1e9)?;

    let start = Instant::now();
    let divided = CrossCheckIndex::build(&numbers, &births, &superseded, threads_set);
    let built = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let told = divided.check(&asked, &dates, threads_set);
    let checked = start.elapsed().as_secs_f64();

    let moved = bytes((people + rows) * 12 + rows);
    writeln!(
        out,
        "index divided in {built:.2} s ({:.0} MB), rows checked in {checked:.2} s, together {:.2} s",
        bytes(divided.bytes()) / 1e6,
        built + checked,
    )?;
    writeln!(
        out,
        "floor: {:.2} GB read or written once, {:.2} s; {:.1} times that",
        moved / 1e9,
        moved / speed,
        (built + checked) / (moved / speed),
    )?;
    for verdict in [
        CrossCheck::Equal,
        CrossCheck::Differs,
        CrossCheck::NotFound,
        CrossCheck::Superseded,
    ] {
        let count = told.iter().filter(|t| **t == verdict).count();
        writeln!(out, "{verdict:?}: {count}")?;
    }
    Ok(())
}
