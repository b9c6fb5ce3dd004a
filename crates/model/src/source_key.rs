//! How a landed record is named across steps: linking writes the name, handing over joins on it.

use crate::{Ident, Sql, sql};

/// The key of a record within its table: the parts with `|` between them, or, where a part is
/// blank, the row of the submission that it stood in, so that no record is without a key.
///
/// `table` is the name or alias under which the query reads the landed table.
pub fn source_key(table: &Ident, parts: &[Ident]) -> Sql {
    let joined = Sql::join(
        parts
            .iter()
            .map(|part| sql!("cast({}.{} as varchar)", *table, *part)),
        " || '|' || ",
    );
    sql!(
        "coalesce({}, 'row|' || {}.\"submission_id\" || '|' || cast({}.\"row_number\" as varchar))",
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
            "coalesce(cast(\"t\".\"sender\" as varchar) || '|' || cast(\"t\".\"local_id\" as varchar), \
             'row|' || \"t\".\"submission_id\" || '|' || cast(\"t\".\"row_number\" as varchar))"
        );
    }
}
