//! What goes over the line to the process that keeps the keys: frames, each a list of parts, both ways.

use std::io::{self, ErrorKind, Read, Write};

/// The largest frame. A batch of values for pseudonyms is a few hundred KB.
const LARGEST: u32 = 64 << 20;
/// The most parts of a frame.
const MOST: u32 = 1 << 20;

/// Sends a list of parts.
pub(crate) fn send(to: &mut impl Write, parts: &[&[u8]]) -> io::Result<()> {
    let too_large = || io::Error::new(ErrorKind::InvalidInput, "too much for one call");
    let length: usize = parts.iter().map(|part| part.len() + 4).sum();
    let length = u32::try_from(length).map_err(|_| too_large())?;
    let count = u32::try_from(parts.len()).map_err(|_| too_large())?;
    if length > LARGEST || count > MOST {
        return Err(too_large());
    }
    let mut frame = Vec::with_capacity(length as usize + 8);
    frame.extend_from_slice(&length.to_be_bytes());
    frame.extend_from_slice(&count.to_be_bytes());
    for part in parts {
        let length = u32::try_from(part.len()).map_err(|_| too_large())?;
        frame.extend_from_slice(&length.to_be_bytes());
        frame.extend_from_slice(part);
    }
    to.write_all(&frame)?;
    to.flush()
}

/// Receives a list of parts; none where the other side has hung up between two frames.
pub(crate) fn receive(from: &mut impl Read) -> io::Result<Option<Vec<Vec<u8>>>> {
    let malformed = || io::Error::new(ErrorKind::InvalidData, "a frame is malformed");
    let mut head = [0u8; 8];
    let mut filled = 0;
    while let Some(rest) = head.get_mut(filled..)
        && !rest.is_empty()
    {
        match from.read(rest) {
            Ok(0) if filled == 0 => return Ok(None),
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(read) => filled += read,
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    let (length, count) = head.split_at(4);
    let number = |bytes: &[u8]| -> io::Result<u32> {
        Ok(u32::from_be_bytes(
            bytes.try_into().map_err(|_| malformed())?,
        ))
    };
    let (length, count) = (number(length)?, number(count)?);
    if length > LARGEST || count > MOST || u64::from(count) * 4 > u64::from(length) {
        return Err(malformed());
    }
    let mut body = vec![0u8; length as usize];
    from.read_exact(&mut body)?;
    let mut rest = body.as_slice();
    let mut parts = Vec::with_capacity(count as usize);
    for _ in 0..count {
        let (length, after) = rest.split_at_checked(4).ok_or_else(malformed)?;
        let length = number(length)? as usize;
        let (part, after) = after.split_at_checked(length).ok_or_else(malformed)?;
        parts.push(part.to_vec());
        rest = after;
    }
    if rest.is_empty() {
        Ok(Some(parts))
    } else {
        Err(malformed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_is_received_and_anything_else_is_refused() {
        let mut line = Vec::new();
        send(&mut line, &[b"one", b"", b"three"]).unwrap();
        send(&mut line, &[]).unwrap();
        let mut from = line.as_slice();
        assert_eq!(
            receive(&mut from).unwrap().unwrap(),
            [b"one".to_vec(), vec![], b"three".to_vec()]
        );
        assert_eq!(receive(&mut from).unwrap().unwrap(), Vec::<Vec<u8>>::new());
        assert_eq!(receive(&mut from).unwrap(), None);
        for cut in 1..line.len() - 8 {
            assert!(receive(&mut &line[..cut]).is_err(), "{cut}");
        }
        for hostile in [
            [0xff; 8].to_vec(),
            vec![0, 0, 0, 4, 0, 0, 0, 2, 0, 0, 0, 0],
            vec![0, 0, 0, 4, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff],
            vec![0, 0, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0, 7],
        ] {
            assert!(receive(&mut hostile.as_slice()).is_err(), "{hostile:?}");
        }
    }
}
