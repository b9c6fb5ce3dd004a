//! A second reader of text for tests and fuzzing: slow and plain, with the whole text at once.

use super::Place;

/// The number of a row, its line and its cells.
pub(crate) type PlainRow = (u64, u64, Vec<String>);

/// The plain reader: one character after the other, the whole text at once.
pub(crate) fn slow(text: &str, delimiter: char) -> (Vec<PlainRow>, Option<Place>) {
    let text: Vec<char> = text.chars().collect();
    let at = |i: usize| text.get(i).copied();
    let is_break = |c: Option<char>| matches!(c, Some('\n' | '\r'));
    // How long a line break is.
    let length = |i: usize| 1 + usize::from(at(i) == Some('\r') && at(i + 1) == Some('\n'));
    let (mut rows, mut open) = (Vec::new(), None);
    let (mut i, mut row, mut line) = (0, 1, 1);
    while i < text.len() {
        let (first_line, mut cells) = (line, Vec::new());
        if !is_break(at(i)) {
            loop {
                let mut cell = String::new();
                if at(i) == Some('"') {
                    let opened = Place { row, line };
                    i += 1;
                    loop {
                        match (at(i), at(i + 1)) {
                            (None, _) => {
                                open = Some(opened);
                                break;
                            }
                            (Some('"'), Some('"')) => {
                                cell.push('"');
                                i += 2;
                            }
                            (Some('"'), _) => {
                                i += 1;
                                break;
                            }
                            (Some(_), _) if is_break(at(i)) => {
                                let end = i + length(i);
                                cell.extend(&text[i..end]);
                                i = end;
                                line += 1;
                            }
                            (Some(c), _) => {
                                cell.push(c);
                                i += 1;
                            }
                        }
                    }
                }
                while let Some(c) = at(i).filter(|c| *c != delimiter && !is_break(Some(*c))) {
                    cell.push(c);
                    i += 1;
                }
                cells.push(cell);
                if at(i) != Some(delimiter) {
                    break;
                }
                i += 1;
            }
        }
        if is_break(at(i)) {
            i += length(i);
            line += 1;
        }
        rows.push((row, first_line, cells));
        row += 1;
    }
    (rows, open)
}
