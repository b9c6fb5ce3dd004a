//! Pictures of ugly data: every text lies inside its drawing and no two overlap. The pictures are kept
//! in the target folder, for someone to look at before a release.

use crate::samples;
use pages::drawing::words::{self, Face};
use std::{fs, path::Path};

/// The box around a text.
#[derive(Debug)]
struct Written {
    words: String,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

/// Every picture as text.
fn pictures() -> Vec<(String, String)> {
    let charts = samples::gallery::pictures().into_iter();
    let charts = charts.map(|(name, picture)| (name, picture.into_string()));
    charts.chain(samples::linkage::drawings()).collect()
}

#[test]
fn texts_lie_inside_the_drawing_and_do_not_overlap() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("gallery");
    fs::create_dir_all(&folder).unwrap();
    let mut faults = Vec::new();
    let pictures = pictures();
    assert!(pictures.len() > 60);
    for (name, svg) in pictures {
        fs::write(folder.join(format!("{name}.svg")), &svg).unwrap();
        let (left, top, right, bottom) = view_box(&svg);
        let texts = written(&svg);
        assert!(!texts.is_empty(), "{name} says nothing");
        for (position, text) in texts.iter().enumerate() {
            if text.left < left || text.right > right || text.top < top || text.bottom > bottom {
                faults.push(format!("{name}: outside: {text:?}"));
            }
            for other in &texts[position + 1..] {
                if text.left < other.right
                    && other.left < text.right
                    && text.top < other.bottom
                    && other.top < text.bottom
                {
                    faults.push(format!(
                        "{name}: {:?} overlaps {:?}",
                        text.words, other.words
                    ));
                }
            }
        }
    }
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[test]
fn shapes_lie_inside_the_drawing() {
    for (name, svg) in pictures() {
        let (left, top, right, bottom) = view_box(&svg);
        let body = svg.split("</defs>").nth(1).unwrap();
        for tag in body.split('<').filter(|t| t.starts_with("rect ")) {
            let (x, y) = (number(tag, "x"), number(tag, "y"));
            let (w, h) = (number(tag, "width"), number(tag, "height"));
            assert!(w >= 0.0 && h >= 0.0, "{name}: {tag}");
            assert!(
                x >= left && y >= top && x + w <= right + 0.1 && y + h <= bottom + 0.1,
                "{name}: {tag}"
            );
        }
        assert!(
            !svg.contains("NaN") && !svg.contains("inf"),
            "{name} has a number that is none"
        );
    }
}

#[test]
fn a_hidden_value_never_shows_its_length() {
    let pictures = samples::gallery::pictures();
    let (_, picture) = pictures
        .iter()
        .find(|(n, _)| n == "bars-all-hidden-wide")
        .unwrap();
    let svg = picture.clone().into_string();
    let widths: Vec<&str> = svg
        .split('<')
        .filter(|t| t.starts_with("rect ") && t.contains("url(#"))
        .map(|t| {
            t.split(" width=\"")
                .nth(1)
                .unwrap()
                .split('"')
                .next()
                .unwrap()
        })
        .collect();
    assert_eq!(widths.len(), 12);
    assert!(widths.iter().all(|w| *w == widths[0]));
}

#[test]
fn a_picture_is_named_and_described() {
    for (name, svg) in pictures() {
        let labels = svg
            .split("aria-labelledby=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        assert!(svg.contains("role=\"img\""));
        for id in labels.split(' ') {
            assert_eq!(
                svg.matches(&format!("id=\"{id}\"")).count(),
                1,
                "{name}: {id}"
            );
        }
        assert!(!svg.contains("style"), "{name} has a style");
    }
}

fn view_box(svg: &str) -> (f64, f64, f64, f64) {
    let text = svg
        .split("viewBox=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let parts: Vec<f64> = text.split(' ').map(|n| n.parse().unwrap()).collect();
    (parts[0], parts[1], parts[0] + parts[2], parts[1] + parts[3])
}

/// The boxes of all texts: as wide as the font makes them, as tall as letters with a tail.
fn written(svg: &str) -> Vec<Written> {
    svg.split("<text ")
        .skip(1)
        .map(|rest| {
            let (tag, after) = rest.split_once('>').unwrap();
            let text = after
                .split("</text>")
                .next()
                .unwrap()
                .replace("&amp;", "&")
                .replace("&lt;", "<")
                .replace("&gt;", ">");
            let size = number(tag, "font-size");
            let face = Face {
                size,
                bold: tag.contains("font-weight"),
            };
            let wide = words::width(&text, face);
            let x = number(tag, "x");
            let left = if tag.contains("\"middle\"") {
                x - wide / 2.0
            } else if tag.contains("\"end\"") {
                x - wide
            } else {
                x
            };
            let y = number(tag, "y");
            Written {
                words: text,
                left,
                right: left + wide,
                top: y - size * 0.75,
                bottom: y + size * 0.22,
            }
        })
        .collect()
}

fn number(tag: &str, name: &str) -> f64 {
    let tag = format!(" {tag}");
    tag.split(&format!(" {name}=\""))
        .nth(1)
        .unwrap_or_else(|| panic!("{name} in {tag}"))
        .split('"')
        .next()
        .unwrap()
        .parse()
        .unwrap()
}
