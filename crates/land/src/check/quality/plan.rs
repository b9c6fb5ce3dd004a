//! From `dataset.toml` to what is counted of each field: its status by row, and what makes a cell unusable.

use super::InvalidKind;
use crate::check::{
    columns::Reading,
    expression::{
        compile::{Compiler, Scope},
        node::TruthId,
        parser::parse,
    },
    mistake::Source,
};
use model::{Content, ContentError, Dataset, FieldKind, content::nearest};
use serde::Deserialize;
use std::ops::Range;
use toml::Spanned;

/// A list with more values than this is no list of kinds of row.
const MOST_GROUPS: usize = 20;

/// What is counted.
#[derive(Debug, Default)]
pub(crate) struct QualityPlan {
    /// The column by whose values counts are also given.
    pub(crate) by: Option<usize>,
    pub(crate) groups: Vec<Group>,
    pub(crate) fields: Vec<FieldPlan>,
}

/// One value of the column by which counts are given.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) value: String,
    pub(crate) truth: TruthId,
}

/// What is known of one field. Of two statuses that hold for a row the one further down counts.
#[derive(Debug, Default)]
pub(crate) struct FieldPlan {
    pub(super) mandatory: Option<TruthId>,
    pub(super) not_applicable: Option<TruthId>,
    pub(super) undetermined: Option<TruthId>,
    pub(super) old_release: Option<TruthId>,
    /// Of several reasons the first counts.
    pub(super) reasons: Vec<Reason>,
}

/// One reason why a cell holds no usable value.
#[derive(Debug)]
pub(crate) struct Reason {
    pub(super) kind: InvalidKind,
    pub(super) truth: TruthId,
}

impl QualityPlan {
    /// The conditions under which a cell of a field holds no usable value.
    pub(crate) fn unusable(&self, field: usize) -> Vec<TruthId> {
        let reasons = self.fields.get(field).into_iter().flat_map(|f| &f.reasons);
        reasons.map(|reason| reason.truth).collect()
    }
}

/// The part of `dataset.toml` that is read here, with the places of its conditions. The rest, and keys that
/// nobody knows, are the business of [`Dataset`].
#[derive(Debug, Deserialize)]
struct Written {
    #[serde(default)]
    quality: WrittenQuality,
    #[serde(default)]
    field: Vec<WrittenField>,
}

#[derive(Debug, Default, Deserialize)]
struct WrittenQuality {
    #[serde(default)]
    by: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
struct WrittenField {
    column: String,
    #[serde(default)]
    mandatory: Option<Spanned<String>>,
    #[serde(default)]
    not_applicable: Option<Spanned<String>>,
    #[serde(default)]
    undetermined: Option<Spanned<String>>,
    #[serde(default)]
    invalid: Vec<WrittenInvalid>,
}

#[derive(Debug, Deserialize)]
struct WrittenInvalid {
    reason: Spanned<String>,
    when: Spanned<String>,
}

/// Reads what `datasets/<name>/dataset.toml` says of quality, once the definitions of the rules are known.
pub(crate) fn read(
    content: &Content,
    dataset: &Dataset,
    readings: &[Reading],
    compiler: &mut Compiler<'_>,
) -> Result<QualityPlan, ContentError> {
    let path = format!("datasets/{}/dataset.toml", dataset.name);
    let source = Source {
        path: &path,
        text: content.text(&path)?,
    };
    let written: Written = toml::from_str(source.text).map_err(|fault| ContentError::Mistake {
        path: path.clone(),
        message: fault.to_string().trim_end().to_owned(),
    })?;
    let mut planner = Planner {
        source,
        dataset,
        compiler,
    };
    let mut fields = Vec::new();
    for (at, (field, reading)) in dataset.fields.iter().zip(readings).enumerate() {
        let stated = written.field.iter().find(|w| w.column == field.column);
        fields.push(planner.field(at, reading, stated)?);
    }
    let (by, groups) = match &written.quality.by {
        Some(by) => planner.groups(by, readings)?,
        None => (None, Vec::new()),
    };
    Ok(QualityPlan { by, groups, fields })
}

struct Planner<'p, 'c> {
    source: Source<'p>,
    dataset: &'p Dataset,
    compiler: &'p mut Compiler<'c>,
}

impl Planner<'_, '_> {
    fn field(
        &mut self,
        at: usize,
        reading: &Reading,
        stated: Option<&WrittenField>,
    ) -> Result<FieldPlan, ContentError> {
        let mut plan = FieldPlan::default();
        let (old, own): (_, &[(InvalidKind, &str)]) = match reading.kind() {
            FieldKind::Code => (
                Some("earlier(cell) or earlier_unsure(cell)"),
                &[
                    (InvalidKind::NotOnList, "unlisted(cell)"),
                    (InvalidKind::Withdrawn, "withdrawn(cell)"),
                ],
            ),
            FieldKind::Date => (None, &[(InvalidKind::NotADate, "unreadable(cell)")]),
            FieldKind::Integer | FieldKind::Decimal | FieldKind::Number => {
                (None, &[(InvalidKind::NotANumber, "unreadable(cell)")])
            }
            FieldKind::Text => (None, &[]),
        };
        if let Some(old) = old {
            plan.old_release = Some(self.ours(at, old)?);
        }
        for (kind, when) in own {
            let truth = self.ours(at, when)?;
            plan.reasons.push(Reason { kind: *kind, truth });
        }
        let Some(stated) = stated else {
            return Ok(plan);
        };
        plan.mandatory = self.stated(at, stated.mandatory.as_ref())?;
        plan.not_applicable = self.stated(at, stated.not_applicable.as_ref())?;
        plan.undetermined = self.stated(at, stated.undetermined.as_ref())?;
        for invalid in &stated.invalid {
            let kind = self.kind(&invalid.reason)?;
            let truth = self.condition(at, &invalid.when, invalid.when.span())?;
            plan.reasons.push(Reason { kind, truth });
        }
        Ok(plan)
    }

    fn kind(&self, reason: &Spanned<String>) -> Result<InvalidKind, ContentError> {
        let name = reason.get_ref();
        let mut kinds = InvalidKind::NAMED.iter();
        kinds
            .find(|(known, _)| known == name)
            .map(|(_, kind)| *kind)
            .ok_or_else(|| {
                let names: Vec<&str> = InvalidKind::NAMED.iter().map(|(known, _)| *known).collect();
                self.source.mistake(
                    reason.span(),
                    &format!("`{name}` is no reason that is counted"),
                    Some(format!("use one of {}", names.join(", "))),
                )
            })
    }

    fn stated(
        &mut self,
        at: usize,
        condition: Option<&Spanned<String>>,
    ) -> Result<Option<TruthId>, ContentError> {
        condition
            .map(|condition| self.condition(at, condition, condition.span()))
            .transpose()
    }

    fn condition(
        &mut self,
        at: usize,
        condition: &Spanned<String>,
        place: Range<usize>,
    ) -> Result<TruthId, ContentError> {
        let source = self.source;
        let scope = Scope {
            cell: Some(at),
            counted: &[],
        };
        let (truth, needs) = parse(condition.get_ref())
            .and_then(|expression| self.compiler.condition(&expression, scope))
            .map_err(|mistake| source.inside(place.clone(), mistake))?;
        if needs.sender || needs.last {
            let says = "quality is counted without knowing the sender or earlier files";
            return Err(source.mistake(place, says, None));
        }
        Ok(truth)
    }

    /// A condition of our own, which is right for the kind of field.
    fn ours(&mut self, at: usize, condition: &str) -> Result<TruthId, ContentError> {
        let path = self.source.path;
        let scope = Scope {
            cell: Some(at),
            counted: &[],
        };
        parse(condition)
            .and_then(|expression| self.compiler.condition(&expression, scope))
            .map(|(truth, _)| truth)
            .map_err(|mistake| ContentError::Mistake {
                path: path.to_owned(),
                message: mistake.says,
            })
    }

    fn groups(
        &mut self,
        by: &Spanned<String>,
        readings: &[Reading],
    ) -> Result<(Option<usize>, Vec<Group>), ContentError> {
        let name = by.get_ref();
        let columns = || self.dataset.fields.iter().map(|f| f.column.as_str());
        let at = columns().position(|c| c == name).ok_or_else(|| {
            self.source.mistake(
                by.span(),
                &format!("unknown column `{name}`"),
                nearest(name, columns()).map(|near| format!("did you mean `{near}`?")),
            )
        })?;
        let values: Vec<String> = match readings.get(at) {
            Some(Reading::Code(spellings)) => {
                spellings.book().values().map(str::to_owned).collect()
            }
            _ => Vec::new(),
        };
        if values.is_empty() || values.len() > MOST_GROUPS {
            let says =
                format!("a column with a code list of at most {MOST_GROUPS} values is needed");
            return Err(self.source.mistake(by.span(), &says, None));
        }
        let mut groups = Vec::new();
        for value in values {
            let quoted = value.replace('\'', "''");
            let truth = self.ours(at, &format!("cell = '{quoted}'"))?;
            groups.push(Group { value, truth });
        }
        Ok((Some(at), groups))
    }
}
