//! From a batch of rows to entries, in the same pass as all other rules.

use super::{
    Carried, KeyPart, Plan, Stream,
    entry::{FREE_TEXT, HEAD, NO_TEXT, head, truth_place},
};
use crate::check::{
    bits::Bits,
    codes::fold,
    expression::evaluate::Evaluation,
    layout::NO_DAY,
    spellings::{BLANK, UNKNOWN},
};
use ahash::RandomState;

/// The entries of one batch, stream by stream.
pub(crate) type Entries = Vec<Vec<u32>>;

/// Digests keys and texts. The seeds are fixed, so that one file gives one answer.
#[derive(Debug)]
struct Digest {
    first: RandomState,
    second: RandomState,
}

impl Digest {
    fn new() -> Self {
        Self {
            first: RandomState::with_seeds(0x4861_7665, 0x6e20_6c61, 0x6e64_696e, 0x6720_6b65),
            second: RandomState::with_seeds(0x7920_6f66, 0x2072_6f77, 0x7320_746f, 0x2062_6521),
        }
    }

    /// Two digests of 64 bits.
    fn of(&self, bytes: &[u8]) -> u128 {
        u128::from(self.first.hash_one(bytes)) << 64 | u128::from(self.second.hash_one(bytes))
    }
}

/// The parts of a key one behind the other, each with its length, and room to work out a part.
#[derive(Default)]
struct Parts {
    bytes: Vec<u8>,
    scratch: Vec<u8>,
}

impl Parts {
    fn add(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(&bytes.len().to_le_bytes());
        self.bytes.extend_from_slice(bytes);
    }
}

/// Whose rows they are, and which of them count.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) judged: &'a Bits,
    pub(crate) of_last: bool,
    /// For each stream whether some rule will look at it.
    pub(crate) streams: &'a [bool],
}

/// The entries of all streams.
pub(crate) fn extract(plan: &Plan, evaluation: &Evaluation<'_>, wanted: Wanted<'_>) -> Entries {
    let reader = Reader {
        plan,
        evaluation,
        digest: Digest::new(),
    };
    plan.streams
        .iter()
        .zip(wanted.streams)
        .map(|(stream, is_wanted)| {
            if *is_wanted {
                reader.stream(stream, wanted)
            } else {
                Vec::new()
            }
        })
        .collect()
}

/// The place of a row that leaves nothing behind.
const NOWHERE: usize = usize::MAX;

/// Writes words at the beginning of a place.
fn put<const N: usize>(place: &mut [u32], words: [u32; N]) {
    for (held, word) in place.iter_mut().zip(words) {
        *held = word;
    }
}

struct Reader<'a, 'e> {
    plan: &'a Plan,
    evaluation: &'a Evaluation<'e>,
    digest: Digest,
}

impl Reader<'_, '_> {
    fn stream(&self, stream: &Stream, wanted: Wanted<'_>) -> Vec<u32> {
        let rows = self.evaluation.columns().rows();
        let mut comes_in: Vec<Bits> = Vec::new();
        for feed in &stream.feeds {
            let mut bits = Bits::none(rows);
            for role in &feed.roles {
                if let Some(truth) = self.plan.truths.get(*role) {
                    bits.add(self.evaluation.yes(*truth));
                }
            }
            comes_in.push(bits.and(wanted.judged));
        }
        let mut any = Bits::none(rows);
        for bits in &comes_in {
            any.add(bits);
        }
        if any.is_empty() {
            return Vec::new();
        }
        let rows: Vec<usize> = any.iter().collect();
        let bodies = self.bodies(stream, &rows);
        // A stream may carry nothing beside its keys.
        let width = stream.layout.width() - HEAD;
        let entries: usize = comes_in.iter().map(Bits::count).sum();
        let mut out = Vec::with_capacity(entries * stream.layout.width());
        let raw = self.evaluation.columns().raw();
        let mut parts = Parts::default();
        for (row, body) in rows.iter().copied().zip(bodies.chunks(width.max(1))) {
            for (at, feed) in stream.feeds.iter().enumerate() {
                if !comes_in.get(at).is_some_and(|bits| bits.has(row)) {
                    continue;
                }
                let Some(key) = self.key(&feed.key, feed.blanks, row, &mut parts) else {
                    continue;
                };
                let number = raw.row_numbers.get(row).copied().unwrap_or_default();
                let line = raw.lines.get(row).copied().unwrap_or(number);
                out.extend_from_slice(&head(key, number, line, feed.id, wanted.of_last));
                out.extend_from_slice(body.get(..width).unwrap_or_default());
            }
        }
        out
    }

    /// Conditions and values of some rows, row after row.
    fn bodies(&self, stream: &Stream, rows: &[usize]) -> Vec<u32> {
        let layout = &stream.layout;
        let width = (layout.width() - HEAD).max(1);
        let mut out = vec![0u32; width * rows.len()];
        // Where the body of each row of the batch begins.
        let mut places = vec![NOWHERE; self.evaluation.columns().rows()];
        for (place, row) in rows.iter().enumerate() {
            if let Some(begins) = places.get_mut(*row) {
                *begins = place * width;
            }
        }
        for (truth, position) in layout.truths() {
            let Some(id) = self.plan.truths.get(truth) else {
                continue;
            };
            let (word, shift) = truth_place(position);
            let mut mark = |row: usize, bit: u32| {
                let place = places.get(row).copied().unwrap_or(NOWHERE);
                if let Some(held) = out.get_mut(place.saturating_add(word - HEAD)) {
                    *held |= bit;
                }
            };
            // Few conditions hold in many rows, so the bits that are set are walked, and not the rows.
            for row in self.evaluation.yes(*id).iter() {
                mark(row, 1 << shift);
            }
            for row in self
                .evaluation
                .unknown(*id)
                .into_iter()
                .flat_map(Bits::iter)
            {
                mark(row, 2 << shift);
            }
        }
        for (value, word) in layout.values() {
            let Some(carried) = self.plan.values.get(value) else {
                continue;
            };
            let places = out.chunks_mut(width).zip(rows);
            let places =
                places.filter_map(|(body, row)| Some((body.get_mut(word - HEAD..)?, *row)));
            match carried {
                Carried::Days(id) => {
                    let days = self.evaluation.days(*id);
                    for (place, row) in places {
                        let day = days.get(row).copied().unwrap_or(NO_DAY);
                        put(place, [day.cast_unsigned()]);
                    }
                }
                Carried::Number(id) => {
                    let numbers = self.evaluation.numbers(*id);
                    for (place, row) in places {
                        let bits = numbers.get(row).copied().unwrap_or(f64::NAN).to_bits();
                        let low = u32::try_from(bits & u64::from(u32::MAX)).unwrap_or_default();
                        let high = u32::try_from(bits >> 32).unwrap_or_default();
                        put(place, [high, low]);
                    }
                }
                text => {
                    for (place, row) in places {
                        put(place, [self.text(text, row)]);
                    }
                }
            }
        }
        out
    }

    /// A text or code as one word.
    fn text(&self, carried: &Carried, row: usize) -> u32 {
        match carried {
            Carried::Code { field, counts_as } => {
                let id = self
                    .evaluation
                    .columns()
                    .ids(*field)
                    .get(row)
                    .copied()
                    .unwrap_or(BLANK);
                match id {
                    BLANK => NO_TEXT,
                    UNKNOWN => {
                        let cell =
                            String::from_utf8_lossy(self.evaluation.columns().cell(*field, row));
                        self.free(fold(&cell).as_bytes())
                    }
                    id => counts_as.get(usize::from(id)).copied().unwrap_or(NO_TEXT),
                }
            }
            Carried::Text(text) => {
                let mut scratch = Vec::new();
                let shown = self.evaluation.show(text, row, &mut scratch);
                if shown.is_empty() {
                    NO_TEXT
                } else {
                    self.free(shown)
                }
            }
            Carried::Days(_) | Carried::Number(_) => NO_TEXT,
        }
    }

    fn free(&self, bytes: &[u8]) -> u32 {
        let digest = self.digest.first.hash_one(bytes);
        u32::try_from(digest >> 32).unwrap_or_default() | FREE_TEXT
    }

    /// The key of a row; `None` where a part is blank that must not be.
    fn key(&self, of: &[KeyPart], blanks: bool, row: usize, parts: &mut Parts) -> Option<u128> {
        parts.bytes.clear();
        for part in of {
            match part {
                KeyPart::Row => {
                    for field in 0..self.evaluation.columns().raw().columns.len() {
                        parts.add(self.evaluation.columns().cell(field, row));
                    }
                }
                KeyPart::Value(Carried::Days(id)) => {
                    let day = self.evaluation.days(*id).get(row).copied()?;
                    if day == NO_DAY && !blanks {
                        return None;
                    }
                    parts.add(&day.to_le_bytes());
                }
                KeyPart::Value(Carried::Number(id)) => {
                    let number = self.evaluation.numbers(*id).get(row).copied()?;
                    if number.is_nan() && !blanks {
                        return None;
                    }
                    parts.add(&number.to_bits().to_le_bytes());
                }
                KeyPart::Value(Carried::Text(text)) => {
                    let mut scratch = std::mem::take(&mut parts.scratch);
                    let shown = self.evaluation.show(text, row, &mut scratch);
                    let is_missing = shown.is_empty() && !blanks;
                    parts.add(shown);
                    parts.scratch = scratch;
                    if is_missing {
                        return None;
                    }
                }
                KeyPart::Value(code @ Carried::Code { .. }) => {
                    let value = self.text(code, row);
                    if value == NO_TEXT && !blanks {
                        return None;
                    }
                    parts.add(&value.to_le_bytes());
                }
            }
        }
        Some(self.digest.of(&parts.bytes))
    }
}
