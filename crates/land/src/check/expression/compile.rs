//! From a tree to shared nodes: names are looked up, kinds are checked, values are held against code lists.

mod call;

use super::{
    Mistake,
    functions::{FUNCTIONS, VALUES},
    node::{DaysId, DaysNode, NumberId, NumberNode, Program, Text, TruthId, TruthNode},
    syntax::{Arithmetic, Comparison, Expression, ExpressionKind},
};
use crate::check::{
    codes::{CodeBook, Standing},
    columns::Reading,
    layout,
};
use model::{Content, Dataset, FieldKind, content::nearest};
use std::{collections::BTreeMap, ops::Range, sync::Arc};

/// What an expression is for each row.
#[derive(Debug, Clone)]
pub(crate) enum Typed {
    Truth(TruthId),
    Days(DaysId),
    Number(NumberId),
    Text(Text),
    /// A column that is a code, not yet compared with anything.
    Code(usize),
}

impl Typed {
    const fn words(&self) -> &'static str {
        match self {
            Self::Truth(_) => "a condition",
            Self::Days(_) => "a date",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::Code(_) => "a code",
        }
    }
}

/// Which names an expression may use beside columns and definitions.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Scope<'a> {
    /// The column that `cell` stands for.
    pub(crate) cell: Option<usize>,
    /// Counts over the whole file, by name; where there are any, no row is looked at.
    pub(crate) counted: &'a [String],
}

/// Turns expressions into nodes of one program.
pub(crate) struct Compiler<'a> {
    content: &'a Content,
    dataset: &'a Dataset,
    readings: &'a [Reading],
    pub(crate) program: Program,
    definitions: BTreeMap<String, (Typed, Needs)>,
    lists: BTreeMap<String, Arc<CodeBook>>,
    needs: Needs,
}

/// What an expression needs to know beside the file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Needs {
    /// Who sends the file.
    pub(crate) sender: bool,
    /// The last accepted submission of the same sender.
    pub(crate) last: bool,
}

impl Needs {
    /// What two expressions need together.
    pub(crate) const fn and(self, other: Self) -> Self {
        Self {
            sender: self.sender || other.sender,
            last: self.last || other.last,
        }
    }
}

/// What stands before the name of a date of the submission that this one is compared with.
const COMPARED: &str = "compared.";

impl<'a> Compiler<'a> {
    pub(crate) fn new(
        content: &'a Content,
        dataset: &'a Dataset,
        readings: &'a [Reading],
        lists: BTreeMap<String, Arc<CodeBook>>,
    ) -> Self {
        Self {
            content,
            dataset,
            readings,
            program: Program::default(),
            definitions: BTreeMap::new(),
            lists,
            needs: Needs::default(),
        }
    }

    /// Gives a name to an expression, for the expressions that follow.
    pub(crate) fn define(&mut self, name: &str, of: &Expression) -> Result<(), Mistake> {
        let whole = of.at.clone();
        if super::parser::is_keyword(name)
            || name == "cell"
            || self.dataset.field(name).is_some()
            || VALUES.iter().any(|(value, _)| *value == name)
            || self.definitions.contains_key(name)
        {
            return Err(Mistake::new(whole, format!("`{name}` is taken already")));
        }
        let (typed, needs) = self.typed(of, Scope::default())?;
        self.definitions.insert(name.to_owned(), (typed, needs));
        Ok(())
    }

    /// A whole condition, and what it needs to know beside the file.
    pub(crate) fn condition(
        &mut self,
        of: &Expression,
        scope: Scope<'_>,
    ) -> Result<(TruthId, Needs), Mistake> {
        self.needs = Needs::default();
        let truth = self.truth(of, scope)?;
        Ok((truth, std::mem::take(&mut self.needs)))
    }

    /// A whole expression of any type, and what it needs to know beside the file.
    pub(crate) fn typed(
        &mut self,
        of: &Expression,
        scope: Scope<'_>,
    ) -> Result<(Typed, Needs), Mistake> {
        self.needs = Needs::default();
        let typed = self.expression(of, scope)?;
        Ok((typed, std::mem::take(&mut self.needs)))
    }

    fn truth(&mut self, of: &Expression, scope: Scope<'_>) -> Result<TruthId, Mistake> {
        match self.expression(of, scope)? {
            Typed::Truth(truth) => Ok(truth),
            other => Err(Mistake::new(
                of.at.clone(),
                format!(
                    "this is {}, where something true or false is needed",
                    other.words()
                ),
            )),
        }
    }

    fn days(&mut self, of: &Expression, scope: Scope<'_>) -> Result<DaysId, Mistake> {
        match self.expression(of, scope)? {
            Typed::Days(days) => Ok(days),
            other => Err(wrong(of, "a date", &other)),
        }
    }

    fn number(&mut self, of: &Expression, scope: Scope<'_>) -> Result<NumberId, Mistake> {
        match self.expression(of, scope)? {
            Typed::Number(number) => Ok(number),
            other => Err(wrong(of, "a number", &other)),
        }
    }

    /// A text; a column of any kind counts as the text that was sent.
    fn text(&mut self, of: &Expression, scope: Scope<'_>) -> Result<Text, Mistake> {
        if let ExpressionKind::Name(name) = &of.kind
            && let Some(field) = self.field(name, scope)
        {
            return Ok(Text::Field(field));
        }
        match self.expression(of, scope)? {
            Typed::Text(text) => Ok(text),
            other => Err(wrong(of, "a text", &other)),
        }
    }

    fn expression(&mut self, of: &Expression, scope: Scope<'_>) -> Result<Typed, Mistake> {
        let typed = match &of.kind {
            ExpressionKind::Truth(value) => {
                Typed::Truth(self.program.truth(TruthNode::Constant(*value)))
            }
            ExpressionKind::Text(text) => {
                if text.trim().is_empty() {
                    return Err(Mistake::new(of.at.clone(), "an empty text equals nothing")
                        .hinting(Some("use blank(column)".to_owned())));
                }
                Typed::Text(Text::Fixed(text.clone()))
            }
            ExpressionKind::Number(number) => {
                Typed::Number(self.program.number(NumberNode::Fixed(*number)))
            }
            ExpressionKind::Date(date) => {
                Typed::Days(self.program.day(DaysNode::Fixed(layout::days(*date))))
            }
            ExpressionKind::Name(name) => self.name(name, &of.at, scope)?,
            ExpressionKind::Call {
                name,
                name_at,
                arguments,
            } => self.call(name, name_at, arguments, &of.at, scope)?,
            ExpressionKind::Not(inner) => {
                let inner = self.truth(inner, scope)?;
                Typed::Truth(self.program.not(inner))
            }
            ExpressionKind::And(left, right) => {
                let (left, right) = (self.truth(left, scope)?, self.truth(right, scope)?);
                Typed::Truth(self.program.and(left, right))
            }
            ExpressionKind::Or(left, right) => {
                let (left, right) = (self.truth(left, scope)?, self.truth(right, scope)?);
                Typed::Truth(self.program.or(left, right))
            }
            ExpressionKind::Compare { how, left, right } => {
                Typed::Truth(self.compare(*how, left, right, scope)?)
            }
            ExpressionKind::In { of: what, values } => {
                Typed::Truth(self.inside(what, values, scope)?)
            }
            ExpressionKind::Arithmetic { how, left, right } => {
                self.arithmetic(*how, left, right, scope)?
            }
            ExpressionKind::Negative(inner) => {
                let inner = self.number(inner, scope)?;
                let zero = self.program.number(NumberNode::Fixed(0.0));
                Typed::Number(self.program.number(NumberNode::Arithmetic {
                    how: Arithmetic::Subtract,
                    left: zero,
                    right: inner,
                }))
            }
        };
        Ok(typed)
    }

    /// The column that a name stands for.
    fn field(&self, name: &str, scope: Scope<'_>) -> Option<usize> {
        if !scope.counted.is_empty() {
            return None;
        }
        if name == "cell" {
            return scope.cell;
        }
        self.dataset.fields.iter().position(|f| f.column == name)
    }

    fn name(&mut self, name: &str, at: &Range<usize>, scope: Scope<'_>) -> Result<Typed, Mistake> {
        if let Some(counted) = scope.counted.iter().position(|c| c == name) {
            return Ok(Typed::Number(
                self.program.number(NumberNode::Counted(counted)),
            ));
        }
        if let Some(field) = self.field(name, scope) {
            return Ok(self.column(field));
        }
        if scope.counted.is_empty()
            && let Some((typed, needs)) = self.definitions.get(name)
        {
            self.needs = self.needs.and(*needs);
            return Ok(typed.clone());
        }
        match name {
            "today" => return Ok(Typed::Days(self.program.day(DaysNode::Today))),
            "sender" => {
                self.needs.sender = true;
                return Ok(Typed::Text(Text::Sender));
            }
            "row_width" if scope.counted.is_empty() => {
                return Ok(Typed::Number(self.program.number(NumberNode::RowWidth)));
            }
            "header_width" => {
                return Ok(Typed::Number(self.program.number(NumberNode::HeaderWidth)));
            }
            _ => {}
        }
        if let Some(column) = name.strip_prefix(COMPARED)
            && let Some(field) = self.dataset.fields.iter().position(|f| f.column == column)
            && self.readings.get(field).map(Reading::kind) == Some(FieldKind::Date)
        {
            self.needs.last = true;
            return Ok(Typed::Days(self.program.day(DaysNode::Compared(field))));
        }
        if name == "cell" {
            return Err(Mistake::new(
                at.clone(),
                "`cell` has a meaning only in rules that look at each of their columns",
            ));
        }
        if FUNCTIONS.iter().any(|f| f.name == name) {
            return Err(Mistake::new(
                at.clone(),
                format!("`{name}` is a function and needs brackets"),
            ));
        }
        let columns = self.dataset.fields.iter().map(|f| f.column.as_str());
        let names: Vec<&str> = if scope.counted.is_empty() {
            columns
                .chain(self.definitions.keys().map(String::as_str))
                .chain(VALUES.iter().map(|(value, _)| *value))
                .collect()
        } else {
            scope.counted.iter().map(String::as_str).collect()
        };
        let by_header = self
            .dataset
            .fields
            .iter()
            .find(|f| f.name.eq_ignore_ascii_case(name))
            .map(|f| f.column.as_str());
        let near = by_header.or_else(|| nearest(name, names));
        Err(Mistake::new(at.clone(), format!("unknown column `{name}`"))
            .hinting(near.map(|near| format!("did you mean `{near}`?"))))
    }

    /// What a column is for each row.
    pub(crate) fn column(&mut self, field: usize) -> Typed {
        match self.readings.get(field).map(Reading::kind) {
            Some(FieldKind::Date) => Typed::Days(self.program.day(DaysNode::Field(field))),
            Some(FieldKind::Code) => Typed::Code(field),
            Some(FieldKind::Integer | FieldKind::Decimal | FieldKind::Number) => {
                Typed::Number(self.program.number(NumberNode::Field(field)))
            }
            Some(FieldKind::Text) | None => Typed::Text(Text::Field(field)),
        }
    }

    fn compare(
        &mut self,
        how: Comparison,
        left: &Expression,
        right: &Expression,
        scope: Scope<'_>,
    ) -> Result<TruthId, Mistake> {
        let at = left.at.start..right.at.end;
        let (a, b) = (
            self.expression(left, scope)?,
            self.expression(right, scope)?,
        );
        let same = match (a, b) {
            (Typed::Days(left), Typed::Days(right)) => {
                return Ok(self
                    .program
                    .truth(TruthNode::CompareDays { how, left, right }));
            }
            (Typed::Number(left), Typed::Number(right)) => {
                return Ok(self
                    .program
                    .truth(TruthNode::CompareNumbers { how, left, right }));
            }
            (Typed::Text(_) | Typed::Code(_), Typed::Text(_) | Typed::Code(_))
                if !how.is_sameness() =>
            {
                return Err(Mistake::new(
                    at,
                    "texts and codes have no order, use = or !=",
                ));
            }
            (Typed::Code(field), Typed::Text(Text::Fixed(value))) => {
                self.code_is(field, &[(value, right.at.clone())])?
            }
            (Typed::Text(Text::Fixed(value)), Typed::Code(field)) => {
                self.code_is(field, &[(value, left.at.clone())])?
            }
            (a @ (Typed::Text(_) | Typed::Code(_)), b @ (Typed::Text(_) | Typed::Code(_))) => {
                self.program.truth(TruthNode::SameText {
                    left: as_text(a),
                    right: as_text(b),
                    ignoring_case: false,
                })
            }
            (a, b) => {
                return Err(Mistake::new(
                    at,
                    format!("{} cannot be compared with {}", a.words(), b.words()),
                ));
            }
        };
        Ok(if how == Comparison::NotEqual {
            self.program.not(same)
        } else {
            same
        })
    }

    fn inside(
        &mut self,
        of: &Expression,
        values: &[Expression],
        scope: Scope<'_>,
    ) -> Result<TruthId, Mistake> {
        if values.is_empty() {
            return Err(Mistake::new(of.at.clone(), "the list after `in` is empty"));
        }
        if let Typed::Code(field) = self.expression(of, scope)? {
            let wanted = values
                .iter()
                .map(|value| fixed_text(value).map(|text| (text, value.at.clone())))
                .collect::<Result<Vec<_>, _>>()?;
            return self.code_is(field, &wanted);
        }
        let mut any = None;
        for value in values {
            let one = self.compare(Comparison::Equal, of, value, scope)?;
            any = Some(any.map_or(one, |any| self.program.or(any, one)));
        }
        any.ok_or_else(|| Mistake::new(of.at.clone(), "the list after `in` is empty"))
    }

    /// Whether a code has one of these values. Where two releases are mapped, rules may be written in the values
    /// of either, and a value of the earlier one counts as that which took its place.
    fn code_is(
        &mut self,
        field: usize,
        wanted: &[(String, Range<usize>)],
    ) -> Result<TruthId, Mistake> {
        let book = self.book(field);
        let mut positions = Vec::new();
        for (value, at) in wanted {
            let position = book
                .as_ref()
                .and_then(|book| book.position(value).filter(|p| usable(book, *p)));
            let Some(position) = position else {
                let list = book.as_ref().map_or("", |b| b.name.as_str());
                let near = book.as_ref().and_then(|b| nearest(value, b.values()));
                return Err(Mistake::new(
                    at.clone(),
                    format!("`{value}` is not on the code list `{list}`"),
                )
                .hinting(near.map(|near| format!("did you mean `{near}`?"))));
            };
            positions.push(position);
        }
        Ok(self.code_where(field, |book, position, _| {
            positions.contains(&position) || positions.contains(&book.stands_for(position))
        }))
    }

    /// A node that says for each id of a column's code list whether it is wanted; blank and unknown are not.
    fn code_where(
        &mut self,
        field: usize,
        wanted: impl Fn(&CodeBook, u16, Standing) -> bool,
    ) -> TruthId {
        let mut table = vec![false];
        if let Some(book) = self.book(field) {
            for (position, entry) in (0_u16..).zip(book.entries()) {
                table.push(wanted(&book, position, entry.standing));
            }
        }
        table.push(false);
        self.program.truth(TruthNode::CodeIs {
            field,
            wanted: table,
        })
    }

    fn book(&self, field: usize) -> Option<Arc<CodeBook>> {
        match self.readings.get(field) {
            Some(Reading::Code(spellings)) => Some(spellings.book().clone()),
            _ => None,
        }
    }

    fn arithmetic(
        &mut self,
        how: Arithmetic,
        left: &Expression,
        right: &Expression,
        scope: Scope<'_>,
    ) -> Result<Typed, Mistake> {
        let at = left.at.start..right.at.end;
        let (a, b) = (
            self.expression(left, scope)?,
            self.expression(right, scope)?,
        );
        Ok(match (a, how, b) {
            (Typed::Number(left), _, Typed::Number(right)) => Typed::Number(
                self.program
                    .number(NumberNode::Arithmetic { how, left, right }),
            ),
            (Typed::Days(left), Arithmetic::Subtract, Typed::Days(right)) => {
                Typed::Number(self.program.number(NumberNode::DaysBetween(left, right)))
            }
            (Typed::Days(date), Arithmetic::Add, Typed::Number(days))
            | (Typed::Number(days), Arithmetic::Add, Typed::Days(date)) => {
                Typed::Days(self.program.day(DaysNode::AddDays(date, days)))
            }
            (Typed::Days(date), Arithmetic::Subtract, Typed::Number(days)) => {
                let zero = self.program.number(NumberNode::Fixed(0.0));
                let back = self.program.number(NumberNode::Arithmetic {
                    how: Arithmetic::Subtract,
                    left: zero,
                    right: days,
                });
                Typed::Days(self.program.day(DaysNode::AddDays(date, back)))
            }
            (a, _, b) => {
                return Err(Mistake::new(
                    at,
                    format!("{} and {} cannot be put together so", a.words(), b.words()),
                )
                .hinting(Some(
                    "numbers take + - * /, and days are added to or taken from a date".to_owned(),
                )));
            }
        })
    }
}

/// Whether a rule may name a value: one that is on the list, or that takes its place in a later release.
fn usable(book: &CodeBook, position: u16) -> bool {
    book.entry(position)
        .is_some_and(|e| matches!(e.standing, Standing::Listed | Standing::Later))
}

fn as_text(typed: Typed) -> Text {
    match typed {
        Typed::Code(field) => Text::Field(field),
        Typed::Text(text) => text,
        // INVARIANT: the callers match texts and codes only.
        _ => Text::Fixed(String::new()),
    }
}

fn fixed_text(of: &Expression) -> Result<String, Mistake> {
    match &of.kind {
        ExpressionKind::Text(text) => Ok(text.clone()),
        _ => Err(Mistake::new(
            of.at.clone(),
            "a text between quotes is needed",
        )),
    }
}

fn wrong(of: &Expression, needed: &str, found: &Typed) -> Mistake {
    Mistake::new(
        of.at.clone(),
        format!("this is {}, where {needed} is needed", found.words()),
    )
}
