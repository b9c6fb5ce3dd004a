//! Cleaning a list by the check service of the National Data Opt-out: the file that asks, and the file that answers.
//!
//! One NHS number a line, followed by a comma. The answer holds the numbers of the request that may be used; who is
//! absent has opted out. So an answer that is cut short would leave people out by mistake and one that is someone
//! else's would let people in: whatever is odd about an answer refuses it whole.

use model::{
    Identifying,
    nhs_number::{check_digit_holds, ten_digits},
};
use std::{
    collections::BTreeSet,
    io::{self, BufRead, Read as _, Write},
};

/// The longest line that is read. A number, a comma and the end of a line are 13 bytes.
const LONGEST_LINE: u64 = 64;
/// How many numbers at the end of a request may all be absent before the answer looks cut short.
const LONGEST_TAIL: usize = 20;
/// Below so many absent numbers a share says nothing.
const FEW: u64 = 20;

/// How lines end in a file that asks. Both are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LineEnding {
    /// A line feed.
    #[default]
    Lf,
    /// A carriage return and a line feed.
    CrLf,
}

/// The numbers that are asked about: each once, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    numbers: Identifying<Vec<u64>>,
}

/// A request with what came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cleaned {
    request: Request,
    clear: Vec<bool>,
}

/// What makes an answer hard to believe.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The largest share of a request that may be absent from its answer, in hundredths.
    pub most_absent_percent: u64,
}

/// Why a file of numbers is not taken. Places and counts; no number is told.
#[derive(Debug, thiserror::Error)]
pub enum CleaningError {
    /// Nobody is asked about.
    #[error(
        "there is no NHS number to ask about: land records with NHS numbers and link them first"
    )]
    Nobody,
    /// The file cannot be read or written.
    #[error("the list cannot be read")]
    Unreadable(#[from] io::Error),
    /// The one line that the service sends in place of an answer.
    #[error(
        "the answer is a single line of error: the service sends one where any number of the request is malformed. Nothing was taken; make a new request and send that"
    )]
    ErrorLine,
    /// A line that is no number.
    #[error(
        "line {line} of the list is not an NHS number followed by a comma, so nothing of it was taken"
    )]
    Malformed {
        /// Its place, from 1.
        line: u64,
    },
    /// A number that fails its check digit.
    #[error(
        "line {line} of the list holds a number whose check digit is wrong, so nothing of it was taken"
    )]
    CheckDigit {
        /// Its place, from 1.
        line: u64,
    },
    /// The last line does not end.
    #[error("the last line has no end: the answer was cut off on its way. Fetch it again")]
    CutOff,
    /// More lines than were asked about.
    #[error(
        "the answer has more than the {asked} lines of the request, so it is not the answer to it"
    )]
    Longer {
        /// How many numbers were asked about.
        asked: u64,
    },
    /// A number twice.
    #[error("line {line} of the answer repeats a number, and each was asked about once")]
    Twice {
        /// Its place, from 1.
        line: u64,
    },
    /// A number that was not asked about.
    #[error(
        "line {line} of the answer is a number that was not asked about, so it is the answer to another request"
    )]
    NotAsked {
        /// Its place, from 1.
        line: u64,
    },
    /// It says that it is the answer to another list.
    #[error("it says that it is the answer to another list than list {waits}, which waits for one")]
    OtherList {
        /// The list that waits.
        waits: u64,
    },
    /// The end of the request is absent.
    #[error(
        "the last {tail} numbers of the request are all absent from the answer, and hardly any before: it looks cut short. Fetch it again"
    )]
    Short {
        /// How many.
        tail: u64,
    },
    /// More are absent than is believed.
    #[error(
        "{absent} of {asked} numbers are absent from the answer, more than the {percent} % of the setting `preferences.most_absent_percent`: fetch it again, or change the setting where it is right"
    )]
    TooManyAbsent {
        /// How many are absent.
        absent: u64,
        /// How many were asked about.
        asked: u64,
        /// The largest share that is believed.
        percent: u64,
    },
}

impl Request {
    /// A request about these numbers. Those whose check digit is wrong are left out, for one of them would spoil the
    /// answer for all.
    pub fn of(numbers: impl IntoIterator<Item = u64>) -> Result<Self, CleaningError> {
        let numbers: BTreeSet<u64> = numbers.into_iter().filter(|n| is_nhs_number(*n)).collect();
        if numbers.is_empty() {
            return Err(CleaningError::Nobody);
        }
        Ok(Self {
            numbers: Identifying::new(numbers.into_iter().collect()),
        })
    }

    /// Reads a request back from where it was kept.
    pub fn read(from: impl BufRead) -> Result<Self, CleaningError> {
        let mut numbers = Vec::new();
        let mut lines = Lines::of(from);
        while let Some(number) = lines.next()? {
            numbers.push(number);
        }
        Self::of(numbers)
    }

    /// How many numbers are asked about.
    pub fn len(&self) -> u64 {
        self.numbers.reveal().len() as u64
    }

    /// Whether nobody is asked about, which [`Request::of`] does not allow.
    pub fn is_empty(&self) -> bool {
        self.numbers.reveal().is_empty()
    }

    /// Writes the file that asks.
    pub fn write(&self, to: &mut impl Write, ending: LineEnding) -> io::Result<()> {
        let ending = match ending {
            LineEnding::Lf => "\n",
            LineEnding::CrLf => "\r\n",
        };
        for number in self.numbers.reveal() {
            write!(to, "{number:010},{ending}")?;
        }
        Ok(())
    }

    /// Takes the answer to it, or refuses it whole.
    pub fn answered(self, from: impl BufRead, limits: Limits) -> Result<Cleaned, CleaningError> {
        let numbers = self.numbers.reveal();
        let asked = self.len();
        let mut clear = vec![false; numbers.len()];
        let mut lines = Lines::of(from);
        loop {
            let number = match lines.next() {
                Ok(Some(number)) => number,
                Ok(None) => break,
                // One line that is no number, with nothing after it, is the service's own word for "no".
                Err(CleaningError::Malformed { line: 1 }) if lines.ends_after_one()? => {
                    return Err(CleaningError::ErrorLine);
                }
                Err(fault) => return Err(fault),
            };
            let line = lines.at;
            if line > asked {
                return Err(CleaningError::Longer { asked });
            }
            let place = numbers
                .binary_search(&number)
                .map_err(|_| CleaningError::NotAsked { line })?;
            let Some(held) = clear.get_mut(place) else {
                return Err(CleaningError::NotAsked { line });
            };
            if std::mem::replace(held, true) {
                return Err(CleaningError::Twice { line });
            }
        }
        believable(&clear, limits)?;
        Ok(Cleaned {
            request: self,
            clear,
        })
    }
}

impl Cleaned {
    /// How many numbers were asked about.
    pub fn count_in(&self) -> u64 {
        self.request.len()
    }

    /// How many may be used.
    pub fn count_out(&self) -> u64 {
        self.clear.iter().filter(|clear| **clear).count() as u64
    }

    /// Each number that was asked about, and whether it may be used. For applying opt-outs and nothing else.
    pub fn each(&self) -> impl Iterator<Item = (Identifying<String>, bool)> {
        let numbers = self.request.numbers.reveal().iter();
        let written = numbers.map(|number| Identifying::new(format!("{number:010}")));
        written.zip(self.clear.iter().copied())
    }
}

/// Refuses an answer that looks cut short, or that would leave out more than is believed.
fn believable(clear: &[bool], limits: Limits) -> Result<(), CleaningError> {
    let asked = clear.len() as u64;
    let absent = clear.iter().filter(|clear| !**clear).count() as u64;
    let tail = clear.iter().rev().take_while(|clear| !**clear).count();
    // Before the tail at least as many are there as are absent: opting out does not go by numbers.
    let before = absent - tail as u64;
    let there = asked - absent;
    if tail >= LONGEST_TAIL && there > before {
        return Err(CleaningError::Short { tail: tail as u64 });
    }
    let percent = limits.most_absent_percent;
    if absent > FEW && absent.saturating_mul(100) > asked.saturating_mul(percent) {
        return Err(CleaningError::TooManyAbsent {
            absent,
            asked,
            percent,
        });
    }
    Ok(())
}

/// The lines of a list, each of them a number. No line is held in memory beyond a few bytes.
struct Lines<R> {
    from: R,
    at: u64,
    /// Whether the last line that was read had its end.
    ended: bool,
}

impl<R: BufRead> Lines<R> {
    const fn of(from: R) -> Self {
        Self {
            from,
            at: 0,
            ended: true,
        }
    }

    fn next(&mut self) -> Result<Option<u64>, CleaningError> {
        let mut line = Vec::new();
        (&mut self.from)
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut line)?;
        if line.is_empty() {
            return Ok(None);
        }
        self.at += 1;
        self.ended = line.ends_with(b"\n");
        let malformed = || CleaningError::Malformed { line: self.at };
        let Some(text) = line.strip_suffix(b"\n") else {
            // The beginning of a number is one that was cut off; anything else is no number.
            let begun = line.len() <= 11 && line.iter().all(|b| b.is_ascii_digit() || *b == b',');
            return Err(if begun {
                CleaningError::CutOff
            } else {
                malformed()
            });
        };
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        let digits = text.strip_suffix(b",").ok_or_else(malformed)?;
        if digits.len() != 10 || !digits.iter().all(u8::is_ascii_digit) {
            return Err(malformed());
        }
        let number = digits
            .iter()
            .fold(0, |number, digit| number * 10 + u64::from(digit - b'0'));
        if is_nhs_number(number) {
            Ok(Some(number))
        } else {
            Err(CleaningError::CheckDigit { line: self.at })
        }
    }

    /// Whether the first line was the last, whatever it held.
    fn ends_after_one(&mut self) -> io::Result<bool> {
        if self.at != 1 {
            return Ok(false);
        }
        let mut rest = Vec::new();
        (&mut self.from)
            .take(16 * LONGEST_LINE)
            .read_to_end(&mut rest)?;
        let of_the_line = if self.ended { 0 } else { rest.len() };
        let text = rest.strip_suffix(b"\n").unwrap_or(&rest);
        Ok(rest.len() == of_the_line && !text.contains(&b'\n'))
    }
}

/// Whether a number of up to ten digits is an NHS number: the last is the check of the others.
pub(super) fn is_nhs_number(number: u64) -> bool {
    let digits = ten_digits(&format!("{number:010}"));
    digits.is_some_and(|digits| check_digit_holds(&digits))
}
