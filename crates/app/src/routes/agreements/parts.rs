//! The parts of an agreement as forms, from `content/agreement-form.toml`: the fields of a form are read from the text
//! and written back into it, with its comments and its order. A field is named by the path of its clause, so that what
//! is wrong with a clause stands beside its field.

mod fields;
mod places;

use super::Fault;
use control::AgreementDraft;
use fields::{FieldForm, Typed};
use govern::agreement::{Finding, Level};
use model::Content;
use pages::{DraftSection, FieldError, FormField, FormPageView};
use places::Place;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use toml_edit::DocumentMut;

type Fields = BTreeMap<String, String>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Forms {
    #[serde(rename = "part")]
    parts: Vec<Part>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    id: String,
    title: String,
    hint: String,
    /// A table of tables, each of which has this part for itself.
    #[serde(default)]
    each: Option<String>,
    #[serde(default, rename = "field")]
    fields: Vec<FieldForm>,
    #[serde(default, rename = "group")]
    groups: Vec<Group>,
}

/// Things of one kind: a list, or a table with a key for each.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    path: String,
    title: String,
    /// For a table: what its keys are.
    #[serde(default)]
    keyed: Option<String>,
    /// For a table whose keys are a closed list: that list. All of them are shown, and none can be added.
    #[serde(default)]
    fixed: Option<String>,
    #[serde(rename = "field")]
    fields: Vec<FieldForm>,
}

/// The end of the name of a field that takes a thing away, and of the one that names a new one.
const GONE: &str = "take-away";
const NAME: &str = "name";
/// The place of a thing that is not there yet.
const NEW: &str = "+";

impl Part {
    fn all(content: &Content) -> Result<Vec<Self>, Fault> {
        Ok(content.toml::<Forms>("agreement-form.toml")?.parts)
    }
}

/// The part of an address, with what stands before its paths: nothing, or the table that it is about.
fn found<'p>(parts: &'p [Part], document: &DocumentMut, name: &str) -> Option<(&'p Part, String)> {
    if let Some(part) = parts.iter().find(|p| p.id == name && p.each.is_none()) {
        return Some((part, String::new()));
    }
    let (id, key) = name.split_once('.')?;
    let part = parts.iter().find(|p| p.id == id)?;
    let each = part.each.as_ref()?;
    let known = places::keys(document, each).iter().any(|k| k == key);
    known.then(|| (part, format!("{each}.{key}.")))
}

/// The parts of a draft, each with whether something in it stops the agreement.
pub(super) fn sections(
    content: &Content,
    draft: &AgreementDraft,
    findings: &[Finding],
) -> Result<Vec<DraftSection>, Fault> {
    // A text that cannot be read at all has no parts; it is mended as a file.
    let Ok(document) = draft.text.parse::<DocumentMut>() else {
        return Ok(Vec::new());
    };
    let stops: Vec<&str> = findings
        .iter()
        .filter(|f| f.level == Level::Stops)
        .map(|f| f.clause.as_str())
        .collect();
    let mut sections = Vec::new();
    for part in Part::all(content)? {
        let section = |title: String, name: &str, before: &str| DraftSection {
            title,
            href: format!("/agreements/drafts/{}/part/{name}", draft.id),
            hint: part.hint.clone(),
            stops: stops.iter().any(|clause| part.is_about(before, clause)),
        };
        match &part.each {
            None => sections.push(section(part.title.clone(), &part.id, "")),
            Some(each) => {
                for key in places::keys(&document, each) {
                    let title = format!("{} {key}", part.title);
                    let name = format!("{}.{key}", part.id);
                    sections.push(section(title, &name, &format!("{each}.{key}.")));
                }
            }
        }
    }
    Ok(sections)
}

impl Part {
    /// Whether a clause is one of this part's.
    fn is_about(&self, before: &str, clause: &str) -> bool {
        let under = |path: &str| {
            let path = format!("{before}{path}");
            clause == path
                || clause.starts_with(&format!("{path}."))
                || path.starts_with(&format!("{clause}."))
        };
        let own = self.fields.iter().any(|f| under(&f.path));
        own || self.groups.iter().any(|group| {
            let path = format!("{before}{}", group.path);
            let Some(rest) = clause.strip_prefix(&path) else {
                return false;
            };
            // Below a table of tables, only what this part's own fields say.
            let below = rest.trim_start_matches('.').split_once('.');
            match below {
                Some((_, field)) if group.keyed.is_some() => group
                    .fields
                    .iter()
                    .any(|f| field == f.path || field.starts_with(&format!("{}.", f.path))),
                _ => rest.is_empty() || rest.starts_with('.'),
            }
        })
    }
}

/// A part of a draft as a form; with what was typed into it, where that is not in the draft. `None` where there is no
/// such part.
pub(super) fn form(
    content: &Content,
    draft: &AgreementDraft,
    name: &str,
    typed: Option<&Fields>,
) -> Result<Option<FormPageView>, Fault> {
    let Ok(document) = draft.text.parse::<DocumentMut>() else {
        return Ok(None);
    };
    let parts = Part::all(content)?;
    let Some((part, before)) = found(&parts, &document, name) else {
        return Ok(None);
    };
    let typed = Typed(typed);
    let mut shown: Vec<FormField> = Vec::new();
    for field in &part.fields {
        let path = format!("{before}{}", field.path);
        shown.push(field.shown(content, &Place::of(&document, &path), &path, &typed)?);
    }
    for group in &part.groups {
        group.show(content, &document, &before, &typed, &mut shown)?;
    }
    let heading = match before.split('.').nth(1) {
        Some(key) if !key.is_empty() => format!("{} {key}", part.title),
        _ => part.title.clone(),
    };
    Ok(Some(FormPageView {
        heading,
        lede: vec![format!("{}.", part.hint)],
        fields: shown,
        ..FormPageView::default()
    }))
}

impl Group {
    fn show(
        &self,
        content: &Content,
        document: &DocumentMut,
        before: &str,
        typed: &Typed<'_>,
        shown: &mut Vec<FormField>,
    ) -> Result<(), Fault> {
        let path = format!("{before}{}", self.path);
        for (at, id) in self.ids(content, document, &path)?.iter().enumerate() {
            shown.push(FormField::Heading(match self.keyed {
                Some(_) => format!("{} {id}", self.title),
                None => format!("{} {}", self.title, at + 1),
            }));
            for field in &self.fields {
                let path = format!("{path}.{id}.{}", field.path);
                shown.push(field.shown(content, &Place::of(document, &path), &path, typed)?);
            }
            if self.fixed.is_none() {
                let name = format!("{path}.{id}");
                let gone = typed.is(&format!("{name}-{GONE}"));
                shown.push(FormField::Many {
                    name,
                    label: format!("Take this {} away?", self.title.to_lowercase()),
                    hint: String::new(),
                    items: vec![(GONE.to_owned(), "Take it away".to_owned(), gone)],
                });
            }
        }
        if self.fixed.is_none() {
            shown.push(FormField::Heading(format!(
                "Another {} (leave blank for none)",
                self.title.to_lowercase()
            )));
            if let Some(keyed) = &self.keyed {
                let name = format!("{path}.{NEW}.{NAME}");
                shown.push(FormField::Line {
                    label: keyed.clone(),
                    hint: "Letters, digits and underscores".to_owned(),
                    value: typed.get(&name).unwrap_or_default(),
                    name,
                });
            }
            for field in &self.fields {
                let path = format!("{path}.{NEW}.{}", field.path);
                shown.push(field.shown(content, &Place::none(), &path, typed)?);
            }
        }
        Ok(())
    }

    /// What names each thing of the group: its key, or its place in the list.
    fn ids(
        &self,
        content: &Content,
        document: &DocumentMut,
        path: &str,
    ) -> Result<Vec<String>, Fault> {
        if let Some(list) = &self.fixed {
            let choices = fields::choices(content, list)?;
            return Ok(choices.into_iter().map(|(code, _)| code).collect());
        }
        Ok(match self.keyed {
            Some(_) => places::keys(document, path),
            None => (0..places::length(document, path))
                .map(|at| at.to_string())
                .collect(),
        })
    }
}

/// The findings that stop the agreement and belong to a form, each at its field.
pub(super) fn errors_in(view: &FormPageView, findings: &[Finding]) -> Vec<FieldError> {
    let names: BTreeSet<&str> = view.fields.iter().filter_map(name_of).collect();
    let mut told = BTreeSet::new();
    findings
        .iter()
        .filter(|f| f.level == Level::Stops && !f.clause.is_empty())
        .filter_map(|finding| {
            // The field of the clause itself, or the one that it is a part of.
            let mut clause = finding.clause.as_str();
            loop {
                if let Some(name) = names.get(clause) {
                    return Some((*name, finding));
                }
                clause = clause.rsplit_once('.')?.0;
            }
        })
        .filter(|(name, _)| told.insert(*name))
        .map(|(name, finding)| FieldError::new(name, super::sentence(&finding.says)))
        .collect()
}

fn name_of(field: &FormField) -> Option<&str> {
    match field {
        FormField::Heading(_) => None,
        FormField::Line { name, .. }
        | FormField::Area { name, .. }
        | FormField::Day { name, .. }
        | FormField::One { name, .. }
        | FormField::Pick { name, .. }
        | FormField::Many { name, .. }
        | FormField::File { name, .. } => Some(name),
    }
}

/// The text of a draft with what a form says in its place, or what is wrong with what was typed.
pub(super) fn apply(
    content: &Content,
    draft: &AgreementDraft,
    name: &str,
    fields: &Fields,
) -> Result<Result<String, Vec<FieldError>>, Fault> {
    let parts = Part::all(content)?;
    let Ok(mut document) = draft.text.parse::<DocumentMut>() else {
        return Err(Fault::NotFound);
    };
    let Some((part, before)) = found(&parts, &document, name) else {
        return Err(Fault::NotFound);
    };
    let typed = Typed(Some(fields));
    let mut errors = Vec::new();
    for field in &part.fields {
        let path = format!("{before}{}", field.path);
        match field.written(content, &path, &typed)? {
            Ok(value) => places::set(&mut document, &path, value),
            Err(says) => errors.push(FieldError::new(path, says)),
        }
    }
    for group in &part.groups {
        group.write(content, &mut document, &before, &typed, &mut errors)?;
    }
    Ok(if errors.is_empty() {
        Ok(document.to_string())
    } else {
        Err(errors)
    })
}

impl Group {
    fn write(
        &self,
        content: &Content,
        document: &mut DocumentMut,
        before: &str,
        typed: &Typed<'_>,
        errors: &mut Vec<FieldError>,
    ) -> Result<(), Fault> {
        let path = format!("{before}{}", self.path);
        // From the last to the first, so that taking one away leaves the places of those before it.
        for id in self.ids(content, document, &path)?.iter().rev() {
            let own = format!("{path}.{id}");
            if typed.is(&format!("{own}-{GONE}")) {
                places::remove(document, &own);
                continue;
            }
            for field in &self.fields {
                let path = format!("{own}.{}", field.path);
                // A form of another state of the draft may not have the field: what is not sent is not changed.
                if !typed.has(&path, field) {
                    continue;
                }
                match field.written(content, &path, typed)? {
                    Ok(value) => places::set(document, &path, value),
                    Err(says) => errors.push(FieldError::new(path, says)),
                }
            }
        }
        let mut new = Vec::new();
        for field in &self.fields {
            let path = format!("{path}.{NEW}.{}", field.path);
            match field.written(content, &path, typed)? {
                Ok(Some(value)) => new.push((field, value)),
                Ok(None) => {}
                Err(says) => errors.push(FieldError::new(path, says)),
            }
        }
        let name_field = format!("{path}.{NEW}.{NAME}");
        let key = typed.get(&name_field).unwrap_or_default();
        let key = key.trim();
        // What a list that opens says by itself is no sign that somebody wants a new thing.
        let wanted = !key.is_empty() || new.iter().any(|(field, _)| field.is_typed());
        if self.fixed.is_some() || !wanted {
            return Ok(());
        }
        let id = match self.keyed {
            Some(_) if !shaped(key) => {
                let says = "Write the name, in letters, digits and underscores.";
                errors.push(FieldError::new(name_field, says));
                return Ok(());
            }
            Some(_) => key.to_owned(),
            None => places::length(document, &path).to_string(),
        };
        for (field, value) in new {
            places::set(
                document,
                &format!("{path}.{id}.{}", field.path),
                Some(value),
            );
        }
        Ok(())
    }
}

fn shaped(key: &str) -> bool {
    (1..=60).contains(&key.len())
        && key
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

#[cfg(test)]
mod tests;
