//! A square of dots that a telephone reads, as one path of SVG. It asks nobody for anything and has no style of its own.

use maud::{Markup, html};
use qrcode::{Color, EcLevel, QrCode};
use std::fmt::Write as _;

/// The quiet edge that readers need, in dots.
const EDGE: usize = 4;

/// The picture of a text; nothing where the text is too long for one.
pub(crate) fn qr(text: &str, title: &str) -> Markup {
    let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::M) else {
        return html! {};
    };
    let width = code.width();
    let mut path = String::new();
    for (row, line) in code.to_colors().chunks(width).enumerate() {
        let mut column = 0;
        while column < width {
            let dark = |at: usize| line.get(at) == Some(&Color::Dark);
            let length = (column..width).take_while(|at| dark(*at)).count();
            if length > 0 {
                let _ = write!(
                    path,
                    "M{} {}h{length}v1h-{length}z",
                    column + EDGE,
                    row + EDGE
                );
            }
            column += length.max(1);
        }
    }
    let side = width + 2 * EDGE;
    html! {
        svg class="haven-qr" xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {side} {side}"))
            role="img" aria-labelledby="qr-title" shape-rendering="crispEdges" {
            title id="qr-title" { (title) }
            rect width=(side) height=(side) fill="#ffffff" {}
            path d=(path) fill="#212b32" {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::qr;
    use qrcode::{Color, EcLevel, QrCode};

    #[test]
    fn every_dark_dot_is_drawn_and_no_other() {
        let text = "otpauth://totp/Haven:ada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Haven";
        let code = QrCode::with_error_correction_level(text, EcLevel::M).unwrap();
        let svg = qr(text, "for your authenticator").into_string();
        let path = svg
            .split(" d=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        let mut drawn = vec![false; code.width() * code.width()];
        for run in path.split('z').filter(|run| !run.is_empty()) {
            let (start, rest) = run[1..].split_once('h').unwrap();
            let (x, y) = start.split_once(' ').unwrap();
            let length: usize = rest.split('v').next().unwrap().parse().unwrap();
            let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
            for at in x..x + length {
                drawn[(y - 4) * code.width() + at - 4] = true;
            }
        }
        let dark: Vec<bool> = code.to_colors().iter().map(|c| *c == Color::Dark).collect();
        assert_eq!(drawn, dark);
        assert!(!svg.contains("style"));
        assert_eq!(qr(&"x".repeat(5_000), "too long").into_string(), "");
    }
}
