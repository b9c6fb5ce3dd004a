//! How a landed record is named across steps: linking writes the name, handing over joins on it.

use crate::{Ident, Sql, sql};

/// The key of a record within its table: the parts with `|` between them, or, where a part is
/// blank, the row of the submission that it stood in, so that no record is without a key.
///
/// `table` is the name or alias under which the query reads the landed table. Parts that are no
/// text become text by being joined to text, which keeps the column's type the same throughout.
pub fn source_key(table: &Ident, parts: &[Ident]) -> Sql {
    let joined = Sql::join(
        parts.iter().map(|part| sql!("{}.{}", *table, *part)),
        " || '|' || ",
    );
    sql!(
        "coalesce('' || {}, 'row|' || {}.\"submission_id\" || '|' || {}.\"row_number\")",
        joined,
        *table,
        *table
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_with_a_blank_part_is_named_by_its_row() {
        let name = |text| Ident::new(text).unwrap();
        assert_eq!(
            source_key(&name("t"), &[name("sender"), name("local_id")]).as_str(),
            "coalesce('' || \"t\".\"sender\" || '|' || \"t\".\"local_id\", \
             'row|' || \"t\".\"submission_id\" || '|' || \"t\".\"row_number\")"
        );
    }
}
