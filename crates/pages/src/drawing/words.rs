//! How wide a text is, and how to make it fit: wrapped onto lines, or cut with an ellipsis.
//!
//! The widths are those of Arial and of the fonts made to its measure, in thousandths of the size.

/// A size and weight of the one font that drawings use.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Face {
    /// The size in the drawing's units.
    pub size: f64,
    /// Whether it is bold.
    pub bold: bool,
}

impl Face {
    /// Regular weight.
    pub const fn regular(size: f64) -> Self {
        Self { size, bold: false }
    }

    /// Bold.
    pub const fn bold(size: f64) -> Self {
        Self { size, bold: true }
    }

    /// From one baseline to the next.
    pub fn line_height(self) -> f64 {
        (self.size * 1.3).ceil()
    }

    /// How far letters reach below the baseline.
    pub fn descent(self) -> f64 {
        self.size * 0.3
    }
}

/// The width of a text in the drawing's units.
pub fn width(text: &str, face: Face) -> f64 {
    let thousandths: u32 = text.chars().map(|c| advance(c, face.bold)).sum();
    f64::from(thousandths) * face.size / 1000.0
}

/// The text on lines no wider than `most_wide`, at most `most_lines` of them; what is left over is cut
/// with an ellipsis, and so is a word that no line can hold.
pub fn wrapped(text: &str, face: Face, most_wide: f64, most_lines: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let longer = if line.is_empty() {
            word.to_owned()
        } else {
            format!("{line} {word}")
        };
        if line.is_empty() || width(&longer, face) <= most_wide {
            line = longer;
        } else {
            lines.push(std::mem::replace(&mut line, word.to_owned()));
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    if lines.len() > most_lines {
        let rest = lines.split_off(most_lines.saturating_sub(1)).join(" ");
        lines.push(rest);
    }
    lines
        .into_iter()
        .map(|l| shortened(&l, face, most_wide))
        .collect()
}

/// The text, cut with an ellipsis where it is wider than `most_wide`.
pub fn shortened(text: &str, face: Face, most_wide: f64) -> String {
    if width(text, face) <= most_wide {
        return text.to_owned();
    }
    let mut kept = String::new();
    let room = most_wide - width("…", face);
    let mut used = 0.0;
    for character in text.chars() {
        used += f64::from(advance(character, face.bold)) * face.size / 1000.0;
        if used > room {
            break;
        }
        kept.push(character);
    }
    format!("{}…", kept.trim_end())
}

fn advance(character: char, bold: bool) -> u32 {
    let table = if bold { &BOLD } else { &REGULAR };
    let position = u32::from(character).wrapping_sub(u32::from(' '));
    if let Some(found) = usize::try_from(position).ok().and_then(|p| table.get(p)) {
        return u32::from(*found);
    }
    match character {
        '’' | '‘' => 280,
        '“' | '”' => 500,
        '£' | '–' => 557,
        // Anything else is taken at the width of the widest letters, so that it never runs over.
        _ => 1000,
    }
}

const REGULAR: [u16; 95] = [
    278, 278, 355, 557, 557, 890, 667, 191, 333, 333, 390, 584, 278, 333, 278, 278, 557, 557, 557,
    557, 557, 557, 557, 557, 557, 557, 278, 278, 584, 584, 584, 557, 1016, 667, 667, 723, 723, 667,
    611, 778, 723, 278, 500, 667, 557, 833, 723, 778, 667, 778, 723, 667, 611, 723, 667, 944, 667,
    667, 611, 278, 278, 278, 470, 557, 333, 557, 557, 500, 557, 557, 278, 557, 557, 223, 223, 500,
    223, 833, 557, 557, 557, 557, 333, 500, 278, 557, 500, 723, 500, 500, 500, 334, 260, 334, 584,
];

const BOLD: [u16; 95] = [
    278, 333, 475, 557, 557, 890, 723, 238, 333, 333, 390, 584, 278, 333, 278, 278, 557, 557, 557,
    557, 557, 557, 557, 557, 557, 557, 333, 333, 584, 584, 584, 611, 976, 723, 723, 723, 723, 667,
    611, 778, 723, 278, 557, 723, 611, 833, 723, 778, 667, 778, 723, 667, 611, 723, 667, 944, 667,
    667, 611, 333, 278, 333, 584, 557, 333, 557, 611, 557, 611, 557, 333, 611, 611, 278, 278, 557,
    278, 890, 611, 611, 611, 611, 390, 557, 333, 611, 557, 778, 557, 557, 500, 390, 280, 390, 584,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_as_wide_as_the_font_makes_them() {
        // Arial at 1000 units: H 722, a 556, v 500, e 556, n 556; rounded up to whole thousandths.
        assert!((width("Haven", Face::regular(100.0)) - 289.0).abs() < 1.0);
        assert!((width("0", Face::bold(10.0)) - 5.57).abs() < 0.01);
        assert!(width("漢", Face::regular(10.0)) >= 10.0);
    }

    #[test]
    fn wrapping_loses_no_word_that_fits() {
        let face = Face::regular(14.0);
        let lines = wrapped("one two three four five six", face, 80.0, 10);
        assert_eq!(lines.join(" "), "one two three four five six");
        assert!(lines.iter().all(|l| width(l, face) <= 80.0));
    }

    #[test]
    fn what_does_not_fit_ends_in_an_ellipsis() {
        let face = Face::regular(14.0);
        let cut = shortened(
            "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch",
            face,
            100.0,
        );
        assert!(cut.ends_with('…') && width(&cut, face) <= 100.0);
        let lines = wrapped("a b c d e f g h i j k l m n o p", face, 40.0, 2);
        assert_eq!(lines.len(), 2);
        assert!(lines[1].ends_with('…'));
    }
}
