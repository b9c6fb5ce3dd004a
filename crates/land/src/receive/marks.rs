//! Finding the ends of unquoted cells: delimiters and line ends, 64 bytes at a time.
//!
//! Cells are short (nine bytes on average in care data), so a search that is begun anew for each costs
//! more than the bytes it looks at. Here one block is compared as a whole and its hits are kept as bits.

const BLOCK: usize = 64;

/// The hits of one block of a text.
#[derive(Debug)]
pub(super) struct Marks {
    delimiter: u8,
    /// Where the block begins.
    start: usize,
    /// Whether `bits` belongs to the text at hand.
    known: bool,
    /// Bit `i` is set where the byte at `start + i` ends a cell.
    bits: u64,
}

impl Marks {
    pub(super) const fn new(delimiter: u8) -> Self {
        Self {
            delimiter,
            start: 0,
            known: false,
            bits: 0,
        }
    }

    /// Must be called when the text has changed or moved.
    pub(super) const fn forget(&mut self) {
        self.known = false;
    }

    /// The first delimiter or line end at or after `from`.
    #[inline]
    pub(super) fn next(&mut self, text: &[u8], from: usize) -> Option<usize> {
        let within = from.wrapping_sub(self.start);
        if self.known && within < BLOCK {
            self.bits &= u64::MAX << within;
            if self.bits != 0 {
                return Some(self.start + self.bits.trailing_zeros() as usize);
            }
            return self.search(text, self.start + BLOCK);
        }
        self.search(text, from)
    }

    /// Looks at block after block from `start`.
    fn search(&mut self, text: &[u8], mut start: usize) -> Option<usize> {
        while start < text.len() {
            self.look(text, start);
            if self.bits != 0 {
                return Some(start + self.bits.trailing_zeros() as usize);
            }
            start += BLOCK;
        }
        None
    }

    #[inline]
    fn look(&mut self, text: &[u8], start: usize) {
        let rest = text.get(start..).unwrap_or_default();
        self.start = start;
        self.known = true;
        self.bits = if let Some(block) = rest.first_chunk::<BLOCK>() {
            hits(block, self.delimiter)
        } else {
            // Nought is neither a delimiter nor a line end.
            let mut padded = [0; BLOCK];
            for (slot, byte) in padded.iter_mut().zip(rest) {
                *slot = *byte;
            }
            hits(&padded, self.delimiter)
        };
    }
}

/// One bit for each byte that ends a cell.
#[inline]
#[expect(
    clippy::needless_bitwise_bool,
    reason = "without branches the comparison runs on many bytes at once"
)]
fn hits(block: &[u8; BLOCK], delimiter: u8) -> u64 {
    let mut hit = [0u8; BLOCK];
    for (slot, byte) in hit.iter_mut().zip(block) {
        *slot = u8::from((*byte == delimiter) | (*byte == b'\n') | (*byte == b'\r'));
    }
    let (eights, _) = hit.as_chunks::<8>();
    let mut bits = 0;
    for (eight, shift) in eights.iter().zip([0u32, 8, 16, 24, 32, 40, 48, 56]) {
        // Eight bytes that are 0 or 1: the product gathers their lowest bits in its highest byte.
        let gathered = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        bits |= gathered << shift;
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_end_of_a_cell_is_found_whatever_its_place() {
        for length in 0..200usize {
            let text: Vec<u8> = (0..length)
                .map(|i| match (i * 7 + i / 5) % 11 {
                    0 => b';',
                    3 => b'\n',
                    4 => b'\r',
                    5 => 0xc3,
                    _ => b'x',
                })
                .collect();
            for step in [1, 2, 65] {
                let mut marks = Marks::new(b';');
                for from in (0..length).step_by(step) {
                    let slow = (from..length).find(|i| b";\n\r".contains(&text[*i]));
                    assert_eq!(marks.next(&text, from), slow, "from {from} of {length}");
                }
            }
        }
    }
}
