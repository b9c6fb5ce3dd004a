//! HTML in a form in which only what matters differs.

/// HTML as a list of tags and texts: white space at the edges of a text is gone, elsewhere it is one
/// space; a tag that closes itself is written as an open and a closed one; character references that
/// say the same are written alike.
pub(super) fn normalised(html: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = html;
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('<') {
            let end = inside.find('>').unwrap_or(inside.len() - 1);
            let tag = inside[..end]
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ");
            match tag.strip_suffix('/') {
                Some(open) => {
                    let open = open.trim_end();
                    let name = open.split(' ').next().unwrap_or_default();
                    parts.push(format!("<{}>", alike(open)));
                    parts.push(format!("</{name}>"));
                }
                None => parts.push(format!("<{}>", alike(&tag))),
            }
            rest = &inside[end + 1..];
        } else {
            let end = rest.find('<').unwrap_or(rest.len());
            let text = rest[..end]
                .split_ascii_whitespace()
                .collect::<Vec<_>>()
                .join(" ");
            if !text.is_empty() {
                parts.push(alike(&text));
            }
            rest = &rest[end..];
        }
    }
    parts
}

fn alike(text: &str) -> String {
    text.replace("&#39;", "'")
        .replace("&#96;", "`")
        .replace("&#x27;", "'")
}

#[test]
fn normalising_keeps_what_matters() {
    assert_eq!(
        normalised("<p  class=\"a\">\n x  y </p>"),
        ["<p class=\"a\">", "x y", "</p>"]
    );
    assert_eq!(
        normalised("<path d=\"M0\"/>"),
        normalised("<path d=\"M0\"></path>")
    );
    assert_ne!(
        normalised("<p class=\"a\">x</p>"),
        normalised("<p class=\"b\">x</p>")
    );
}
