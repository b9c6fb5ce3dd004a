//! Postcodes and their parts, as text.

/// A postcode in the one form used inside: upper case, one space before the inward part.
/// `None` where the text cannot be split so. No claim that the postcode exists.
pub fn postcode(text: &str) -> Option<String> {
    let bare: String = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_ascii_uppercase())
        .collect();
    if !bare.is_ascii() || !(5..=7).contains(&bare.len()) {
        return None;
    }
    let (outward, inward) = bare.split_at(bare.len() - 3);
    let mut inner = inward.chars();
    let shaped =
        inner.next().is_some_and(|c| c.is_ascii_digit()) && inner.all(|c| c.is_ascii_uppercase());
    let outward_shaped = outward.starts_with(|c: char| c.is_ascii_uppercase())
        && outward.chars().all(|c| c.is_ascii_alphanumeric());
    (shaped && outward_shaped).then(|| format!("{outward} {inward}"))
}

/// The sector of a postcode: the outward part and the first digit of the inward part.
pub fn postcode_sector(text: &str) -> Option<String> {
    let whole = postcode(text)?;
    whole.get(..whole.len().checked_sub(2)?).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sector_drops_the_unit() {
        assert_eq!(postcode("ss0 0aa").as_deref(), Some("SS0 0AA"));
        assert_eq!(postcode_sector("SS00AA").as_deref(), Some("SS0 0"));
        assert_eq!(postcode_sector("LN99 9ZA").as_deref(), Some("LN99 9"));
        assert_eq!(postcode("nowhere"), None);
    }
}
