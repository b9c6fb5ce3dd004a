//! From the files of a dataset to its [`Specification`].

use super::shared::{TextsHere, base_rows, is_taken, rule_paths};
use super::{Count, CountColumn, FileFault, HeaderFault, Judge, RowTest, Rule, Specification};
use crate::check::{
    LikelyKind,
    across::build::Builder,
    codes::CodeBook,
    columns::Reading,
    expression::{
        Mistake,
        compile::{Compiler, Needs, Scope},
        node::{TruthId, TruthNode},
        parser::parse,
        syntax::Expression,
    },
    layout::Layout,
    mistake::Source,
    profile::{self, MonthsRule},
    quality,
    rule_file::{Definition, KindName, Per, RuleFile, WrittenRule},
    spellings::Spellings,
    stage,
};
use model::{Content, ContentError, Dataset, FieldKind, Level, content::nearest};
use std::{collections::BTreeMap, sync::Arc};
use toml::Spanned;

pub(super) fn read(content: &Content, name: &str) -> Result<Specification, ContentError> {
    let dataset = Dataset::read(content, name)?;
    let mut lists = BTreeMap::new();
    let readings = dataset
        .fields
        .iter()
        .map(|field| reading(content, name, field, &mut lists))
        .collect::<Result<Vec<_>, _>>()?;
    let mut assembly = Assembly {
        compiler: Compiler::new(content, &dataset, &readings, lists),
        dataset: &dataset,
        readings: &readings,
        rules: Vec::new(),
        definitions: Vec::new(),
        meanings: Vec::new(),
        places: BTreeMap::new(),
        slots: 0,
        series: dataset
            .monthly
            .iter()
            .flat_map(|monthly| &monthly.series)
            .map(|series| series.name.as_str())
            .collect(),
        across: Builder::default(),
    };
    for path in rule_paths(content, &dataset) {
        let text = content.text(&path)?;
        let source = Source { path: &path, text };
        let file: RuleFile = toml::from_str(text).map_err(|fault| ContentError::Mistake {
            path: path.clone(),
            message: fault.to_string().trim_end().to_owned(),
        })?;
        for definition in &file.definitions {
            if assembly.is_for(source, &definition.releases)? {
                assembly.define(source, definition)?;
            }
        }
        for rule in file.rules {
            if assembly.is_for(source, &rule.releases)? && is_taken(&dataset, &path, &rule) {
                assembly.add(source, rule)?;
            }
        }
    }
    let quality = quality::read(content, &dataset, &readings, &mut assembly.compiler)?;
    let profile = profile::read(content, &dataset, &readings, &mut assembly.compiler)?;
    assembly.every_taken_rule_is_there(name)?;
    let (rules, definitions) = (assembly.rules, assembly.definitions);
    let meanings = assembly.meanings;
    let (program, slots) = (assembly.compiler.program, assembly.slots);
    let across = assembly.across.finish();
    let base_rows = base_rows(content, &dataset, &readings)?;
    Ok(Specification {
        dataset,
        readings,
        program,
        by_code: rules
            .iter()
            .enumerate()
            .map(|(at, rule)| (rule.code.clone(), at))
            .collect(),
        rules,
        definitions,
        meanings,
        slots,
        quality,
        profile,
        across,
        base_rows,
    })
}

fn reading(
    content: &Content,
    name: &str,
    field: &model::Field,
    lists: &mut BTreeMap<String, Arc<CodeBook>>,
) -> Result<Reading, ContentError> {
    let mistake = |message: String| ContentError::Mistake {
        path: format!("datasets/{name}/dataset.toml"),
        message: format!("field `{}`: {message}", field.column),
    };
    Ok(match field.kind {
        FieldKind::Text => Reading::Text,
        FieldKind::Integer => Reading::Integer,
        FieldKind::Decimal => Reading::Decimal,
        FieldKind::Number => Reading::Number,
        FieldKind::Date => {
            let usual = ["%d/%m/%Y".to_owned()];
            let stated: &[String] = if field.layouts.is_empty() {
                &usual
            } else {
                &field.layouts
            };
            Reading::Date(
                stated
                    .iter()
                    .map(|layout| Layout::new(layout))
                    .collect::<Result<_, _>>()
                    .map_err(mistake)?,
            )
        }
        FieldKind::Code => {
            let list = field
                .codes
                .as_ref()
                .ok_or_else(|| mistake("a code needs `codes`, the name of its list".to_owned()))?;
            let book = if let Some(book) = lists.get(list) {
                book.clone()
            } else {
                let book = Arc::new(CodeBook::read(content, list)?);
                lists.insert(list.clone(), book.clone());
                book
            };
            Reading::Code(Spellings::new(book))
        }
    })
}

pub(super) struct Assembly<'a> {
    pub(super) compiler: Compiler<'a>,
    pub(super) dataset: &'a Dataset,
    pub(super) readings: &'a [Reading],
    pub(super) rules: Vec<Rule>,
    definitions: Vec<(String, String)>,
    meanings: Vec<(String, String)>,
    /// In which file each code was first used.
    places: BTreeMap<String, String>,
    slots: usize,
    /// The names of what is counted by month.
    series: Vec<&'a str>,
    /// The rules across rows.
    pub(super) across: Builder,
}

impl Assembly<'_> {
    /// Whether what is written for some releases is for this one.
    fn is_for(
        &self,
        source: Source<'_>,
        releases: &[Spanned<String>],
    ) -> Result<bool, ContentError> {
        let Some(first) = releases.first() else {
            return Ok(true);
        };
        let release = self.dataset.release().ok_or_else(|| {
            let says = format!("the dataset `{}` has no releases", self.dataset.name);
            source.mistake(first.span(), &says, None)
        })?;
        Ok(releases.iter().any(|named| named.get_ref() == release))
    }

    /// Whether only some of the shared rules hold here.
    fn takes_some(&self) -> bool {
        let shared = self.dataset.shared_rules.as_ref();
        shared.is_some_and(|shared| !shared.only.is_empty())
    }

    /// A dataset that names the rules which it shares names only such as there are.
    fn every_taken_rule_is_there(&self, name: &str) -> Result<(), ContentError> {
        let shared = self.dataset.shared_rules.iter();
        let mut wanted = shared.flat_map(|shared| &shared.only);
        match wanted.find(|code| !self.places.contains_key(*code)) {
            None => Ok(()),
            Some(code) => {
                let near = nearest(code, self.places.keys().map(String::as_str));
                let hint = near.map_or(String::new(), |near| format!(", nearest is `{near}`"));
                Err(ContentError::Mistake {
                    path: format!("datasets/{name}/dataset.toml"),
                    message: format!("there is no rule `{code}` to share{hint}"),
                })
            }
        }
    }

    fn define(&mut self, source: Source<'_>, definition: &Definition) -> Result<(), ContentError> {
        let expression = read_expression(source, &definition.is)?;
        let name = definition.name.get_ref();
        if definition.means.trim().is_empty() {
            return Err(source.mistake(definition.name.span(), "say what it means", None));
        }
        let is = definition.is.get_ref();
        let defined = self.compiler.define(name, &expression);
        if defined.is_err() && self.takes_some() {
            // A name that this dataset has no columns for is no mistake until a rule uses it.
            return Ok(());
        }
        self.definitions.push((name.clone(), is.clone()));
        let means = definition.means.clone();
        self.meanings.push((name.clone(), means));
        defined.map_err(|mistake| source.inside(definition.is.span(), mistake))
    }

    fn add(&mut self, source: Source<'_>, written: WrittenRule) -> Result<(), ContentError> {
        let code = written.code.get_ref().clone();
        if let Some(first) = self.places.get(&code) {
            let says = format!("the code `{code}` is used already, in content/{first}");
            return Err(source.mistake(written.code.span(), &says, None));
        }
        self.places.insert(code.clone(), source.path.to_owned());
        if written.says.get_ref().trim().is_empty() {
            return Err(source.mistake(written.says.span(), "say what the rule finds", None));
        }
        let fields = self.fields(source, &written)?;
        let (judge, needs) = self.judge(source, &written, &fields)?;
        let likely = written
            .likely
            .iter()
            .map(|kind| chosen(source, kind, &LikelyKind::NAMED))
            .collect::<Result<_, _>>()?;
        if let (Judge::Across, Some(first)) = (&judge, written.stages.first()) {
            let says = "rules across rows have no stages yet";
            return Err(source.mistake(first.stage.span(), says, None));
        }
        let terms = written.terms();
        let texts = TextsHere::new(self.readings, &fields);
        self.rules.push(Rule {
            code,
            level: self.level(&written),
            says: texts.of(&written.says.into_inner()),
            why: texts.of(&written.why),
            fix: texts.of(&written.fix),
            source: written.source,
            fields,
            when: written.when.map(Spanned::into_inner),
            terms,
            kind: written.kind,
            judge,
            mend: written.mend,
            alone: written.alone,
            likely,
            stages: stage::read(source, &written.stages)?,
            needs,
            groups: written.groups.into_keys().collect(),
            passes: written.passes,
            fails: written.fails,
        });
        Ok(())
    }

    /// What a finding does: by severity and scope, but no more than a warning where rules never reject.
    fn level(&self, written: &WrittenRule) -> Level {
        let level = written.severity.level(written.scope);
        if self.dataset.rules_never_reject && level.rejects() {
            Level::Warning
        } else {
            level
        }
    }

    fn fields(
        &self,
        source: Source<'_>,
        written: &WrittenRule,
    ) -> Result<Vec<usize>, ContentError> {
        let mut fields = Vec::new();
        for named in &written.fields {
            match named.get_ref().as_str() {
                "*" => fields.extend(0..self.dataset.fields.len()),
                "codes" => fields.extend(
                    self.readings
                        .iter()
                        .enumerate()
                        .filter(|(_, reading)| matches!(reading, Reading::Code(_)))
                        .map(|(at, _)| at),
                ),
                name => {
                    let columns = || self.dataset.fields.iter().map(|f| f.column.as_str());
                    let place = columns().position(|c| c == name);
                    if place.is_none() && self.takes_some() && written.fields.len() > 1 {
                        // A rule about several columns is about those of them that are here.
                        continue;
                    }
                    let at = place.ok_or_else(|| {
                        source.mistake(
                            named.span(),
                            &format!("unknown column `{name}`"),
                            nearest(name, columns()).map(|near| format!("did you mean `{near}`?")),
                        )
                    })?;
                    fields.push(at);
                }
            }
        }
        Ok(fields)
    }

    fn judge(
        &mut self,
        source: Source<'_>,
        written: &WrittenRule,
        fields: &[usize],
    ) -> Result<(Judge, Needs), ContentError> {
        let lacks = |what: &str| {
            let says = format!("this kind of rule needs {what}");
            source.mistake(written.code.span(), &says, None)
        };
        match written.kind {
            KindName::Condition | KindName::Once => {
                let when = written.when.as_ref().ok_or_else(|| lacks("`when`"))?;
                let (truth, needs) = self.truth(source, when, Scope::default())?;
                let test = RowTest {
                    field: fields.first().copied(),
                    truth,
                };
                Ok(if written.kind == KindName::Once {
                    (Judge::Once(test), needs)
                } else {
                    (Judge::Rows(vec![test]), needs)
                })
            }
            KindName::Cell | KindName::Required | KindName::NotApplicable => {
                if fields.is_empty() {
                    return Err(lacks("`fields`"));
                }
                if written.when.is_none() && written.kind != KindName::Required {
                    return Err(lacks("`when`"));
                }
                self.cells(source, written, fields)
            }
            KindName::OneValue if fields.is_empty() => Err(lacks("`fields`")),
            KindName::OneValue => Ok((Judge::OneValue(fields.to_vec()), Needs::default())),
            KindName::Count => self.count(source, written, fields),
            KindName::Header => {
                let finds = written.finds.as_ref().ok_or_else(|| lacks("`finds`"))?;
                Ok((
                    Judge::Header(chosen(source, finds, HEADER_FAULTS)?),
                    Needs::default(),
                ))
            }
            KindName::File => {
                let finds = written.finds.as_ref().ok_or_else(|| lacks("`finds`"))?;
                let fault = chosen(source, finds, FILE_FAULTS)?;
                let needs = Needs {
                    sender: false,
                    last: matches!(fault, FileFault::SentBefore | FileFault::EarlierRelease),
                };
                Ok((Judge::File(fault), needs))
            }
            KindName::Months => {
                let finds = written.finds.as_ref().ok_or_else(|| lacks("`finds`"))?;
                if !chosen(source, finds, MONTHS)? {
                    return Ok((Judge::Months(MonthsRule::OtherPeriod), Needs::default()));
                }
                let (Some(below), Some(median_at_least)) = (written.below, written.median_at_least)
                else {
                    return Err(lacks("`below` and `median_at_least`"));
                };
                if written.series.is_empty() {
                    return Err(lacks("`series`"));
                }
                let named = |name| profile::series_named(&self.series, source, name);
                let series = written.series.iter().map(named);
                let thin = MonthsRule::ThinMonth {
                    series: series.collect::<Result<_, _>>()?,
                    below,
                    median_at_least,
                };
                Ok((Judge::Months(thin), Needs::default()))
            }
            KindName::Duplicate
            | KindName::Varies
            | KindName::Group
            | KindName::Pair
            | KindName::Tally => self.together(source, written, fields),
        }
    }

    /// Rules that look at each of their columns.
    fn cells(
        &mut self,
        source: Source<'_>,
        written: &WrittenRule,
        fields: &[usize],
    ) -> Result<(Judge, Needs), ContentError> {
        let mut tests = Vec::new();
        let mut needs = Needs::default();
        for field in fields {
            let scope = Scope {
                cell: Some(*field),
                counted: &[],
            };
            let when = match &written.when {
                Some(when) => {
                    let (truth, sender) = self.truth(source, when, scope)?;
                    needs = needs.and(sender);
                    Some(truth)
                }
                None => None,
            };
            let program = &mut self.compiler.program;
            let truth = match written.kind {
                KindName::Required => {
                    let blank = program.truth(TruthNode::Blank(*field));
                    when.map_or(blank, |when| program.and(when, blank))
                }
                KindName::NotApplicable => {
                    let blank = program.truth(TruthNode::Blank(*field));
                    let filled = program.not(blank);
                    when.map_or(filled, |when| program.and(when, filled))
                }
                _ => when.unwrap_or_else(|| program.truth(TruthNode::Constant(false))),
            };
            tests.push(RowTest {
                field: Some(*field),
                truth,
            });
        }
        Ok((Judge::Rows(tests), needs))
    }

    fn count(
        &mut self,
        source: Source<'_>,
        written: &WrittenRule,
        fields: &[usize],
    ) -> Result<(Judge, Needs), ContentError> {
        let lacks = |what: &str| {
            let says = format!("this kind of rule needs {what}");
            source.mistake(written.code.span(), &says, None)
        };
        if written.counts.is_empty() {
            return Err(lacks("`counts`"));
        }
        let when = written.when.as_ref().ok_or_else(|| lacks("`when`"))?;
        let mut needs = Needs::default();
        let uses_cell = written.counts.values().any(|c| {
            c.get_ref()
                .split(|c: char| !c.is_alphanumeric())
                .any(|w| w == "cell")
        });
        let each: Vec<Option<usize>> = if uses_cell {
            fields.iter().map(|f| Some(*f)).collect()
        } else {
            vec![None]
        };
        let mut columns = Vec::new();
        for cell in each {
            let scope = Scope { cell, counted: &[] };
            let mut counts = Vec::new();
            for counted in written.counts.values() {
                let (truth, sender) = self.truth(source, counted, scope)?;
                needs = needs.and(sender);
                counts.push(truth);
            }
            columns.push(CountColumn {
                field: cell.or_else(|| fields.first().copied()),
                counts,
            });
        }
        let mut names: Vec<String> = written.counts.keys().cloned().collect();
        names.extend(["rows".to_owned(), "different".to_owned()]);
        let speaks_of = |name: &str| {
            when.get_ref()
                .split(|c: char| !c.is_alphanumeric() && c != '_' && c != '.')
                .any(|word| word.starts_with(name))
        };
        let with_last = speaks_of("last.");
        let with_different = speaks_of("different");
        if with_last {
            needs.last = true;
            let last: Vec<String> = names.iter().map(|name| format!("last.{name}")).collect();
            names.extend(last);
        }
        let scope = Scope {
            cell: None,
            counted: &names,
        };
        let (when, _) = self.truth(source, when, scope)?;
        let first_slot = self.slots;
        self.slots += columns.iter().map(|c| c.counts.len()).sum::<usize>();
        Ok((
            Judge::Count(Count {
                columns,
                first_slot,
                when,
                together: written.per == Per::File,
                with_last,
                with_different,
            }),
            needs,
        ))
    }

    pub(super) fn truth(
        &mut self,
        source: Source<'_>,
        text: &Spanned<String>,
        scope: Scope<'_>,
    ) -> Result<(TruthId, Needs), ContentError> {
        let expression = read_expression(source, text)?;
        self.compiler
            .condition(&expression, scope)
            .map_err(|mistake| source.inside(text.span(), mistake))
    }
}

pub(super) fn read_expression(
    source: Source<'_>,
    text: &Spanned<String>,
) -> Result<Expression, ContentError> {
    parse(text.get_ref()).map_err(|mistake: Mistake| source.inside(text.span(), mistake))
}

const HEADER_FAULTS: &[(&str, HeaderFault)] = &[
    ("missing", HeaderFault::Missing),
    ("extra", HeaderFault::Extra),
    ("duplicated", HeaderFault::Duplicated),
    ("out_of_order", HeaderFault::OutOfOrder),
    ("inexact", HeaderFault::Inexact),
    ("rows_above", HeaderFault::RowsAbove),
];

const FILE_FAULTS: &[(&str, FileFault)] = &[
    ("not_accepted", FileFault::NotAccepted),
    ("no_rows", FileFault::NoRows),
    ("undecodable", FileFault::Undecodable),
    ("other_encoding", FileFault::OtherEncoding),
    ("other_delimiter", FileFault::OtherDelimiter),
    ("open_quote", FileFault::OpenQuote),
    ("sent_before", FileFault::SentBefore),
    ("earlier_release", FileFault::EarlierRelease),
];

/// Whether it is about thin months, and not about the period as a whole.
const MONTHS: &[(&str, bool)] = &[("other_period", false), ("thin_month", true)];

pub(super) fn chosen<T: Copy>(
    source: Source<'_>,
    asked: &Spanned<String>,
    choices: &[(&str, T)],
) -> Result<T, ContentError> {
    let name = asked.get_ref();
    choices
        .iter()
        .find(|(choice, _)| choice == name)
        .map(|(_, fault)| *fault)
        .ok_or_else(|| {
            let names: Vec<&str> = choices.iter().map(|(choice, _)| *choice).collect();
            source.mistake(
                asked.span(),
                &format!("`{name}` cannot be found by this kind of rule"),
                Some(format!("use one of {}", names.join(", "))),
            )
        })
}
