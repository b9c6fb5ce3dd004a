//! A second evaluator for tests: one row at a time, straight from the tree, with nothing shared or clever.

use super::syntax::{Arithmetic, Comparison, Expression, ExpressionKind};
use crate::check::{
    CodeBook, Specification,
    codes::{fold, records},
};
use chrono::{Datelike, Months, TimeDelta};
use model::{Content, Date, FieldKind, nhs_number};
use std::collections::BTreeMap;

/// One row and all that an expression may speak of.
pub(crate) struct Row<'a> {
    pub(crate) content: &'a Content,
    pub(crate) specification: &'a Specification,
    pub(crate) definitions: &'a BTreeMap<String, Expression>,
    pub(crate) cells: &'a [String],
    /// The other row of two.
    pub(crate) other: Option<&'a [String]>,
    pub(crate) cell: Option<usize>,
    pub(crate) today: Date,
    pub(crate) sender: &'a str,
    pub(crate) row_width: usize,
    pub(crate) header_width: usize,
    pub(crate) counted: &'a BTreeMap<String, f64>,
}

#[derive(Debug, Clone)]
enum Value {
    Truth(Option<bool>),
    Date(Option<Date>),
    Number(Option<f64>),
    Text(Option<String>),
    Code(usize),
}

impl Row<'_> {
    /// Whether a condition is true; unknown is not.
    pub(crate) fn is_true(&self, of: &Expression) -> bool {
        self.truth(of) == Some(true)
    }

    fn truth(&self, of: &Expression) -> Option<bool> {
        match self.value(of) {
            Value::Truth(truth) => truth,
            other => panic!("{other:?} is no truth"),
        }
    }

    fn date(&self, of: &Expression) -> Option<Date> {
        match self.value(of) {
            Value::Date(date) => date,
            other => panic!("{other:?} is no date"),
        }
    }

    fn number(&self, of: &Expression) -> Option<f64> {
        match self.value(of) {
            Value::Number(number) => number,
            other => panic!("{other:?} is no number"),
        }
    }

    fn text(&self, of: &Expression) -> Option<String> {
        if let Some(field) = self.field(of) {
            return self.filled(field);
        }
        match self.value(of) {
            Value::Text(text) => text.filter(|t| !t.is_empty()),
            other => panic!("{other:?} is no text"),
        }
    }

    fn literal(of: &Expression) -> &str {
        match &of.kind {
            ExpressionKind::Text(text) => text,
            other => panic!("{other:?} is no literal"),
        }
    }

    fn field(&self, of: &Expression) -> Option<usize> {
        let ExpressionKind::Name(name) = &of.kind else {
            return None;
        };
        if name == "cell" {
            return self.cell;
        }
        let fields = &self.specification.dataset().fields;
        fields.iter().position(|f| f.column == *name)
    }

    fn filled(&self, field: usize) -> Option<String> {
        let text = self.cells[field].trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    fn field_value(&self, field: usize) -> Value {
        let text = self.filled(field);
        let facts = &self.specification.dataset().fields[field];
        match facts.kind {
            FieldKind::Text => Value::Text(text),
            FieldKind::Code => Value::Code(field),
            FieldKind::Date => Value::Date(text.and_then(|t| {
                let layout = facts.layouts.first().map_or("%d/%m/%Y", String::as_str);
                let date = Date::parse_from_str(&t, layout).ok()?;
                // chrono is generous with widths and signs; writing it again must give the same.
                (date.format(layout).to_string() == t).then_some(date)
            })),
            FieldKind::Decimal => Value::Number(text.and_then(|t| {
                let bare = t.strip_prefix('-').unwrap_or(&t);
                let parts: Vec<&str> = bare.split('.').collect();
                let digits = |s: &str| !s.is_empty() && s.chars().all(|c| c.is_ascii_digit());
                let shaped = match parts.as_slice() {
                    [whole] => digits(whole) && whole.len() <= 15,
                    [whole, part] => {
                        digits(whole) && whole.len() <= 15 && digits(part) && part.len() <= 2
                    }
                    _ => false,
                };
                shaped.then(|| t.parse().unwrap())
            })),
            FieldKind::Integer => Value::Number(text.and_then(|t| {
                let bare = t.strip_prefix('-').unwrap_or(&t);
                let shaped = !bare.is_empty()
                    && bare.len() <= 15
                    && bare.chars().all(|c| c.is_ascii_digit());
                shaped.then(|| t.parse().unwrap())
            })),
            FieldKind::Number => Value::Number(text.and_then(|t| {
                let shape = regex::Regex::new(r"^-?[0-9]+(\.[0-9]+)?$").unwrap();
                shape.is_match(&t).then(|| t.parse().unwrap())
            })),
        }
    }

    /// What a code stands for: the official value, or the one that replaced it.
    fn stands_for(&self, field: usize) -> Option<String> {
        let text = self.filled(field)?;
        let book = self.specification.code_book(field)?;
        let known = book.official(&text).or_else(|| book.equivalent(&text));
        known.map(str::to_owned)
    }

    /// Whether a code is a value that a rule names, where the list is mapped to that of a later release: by the
    /// lines of the mapping as they stand in their file.
    fn is_value(&self, field: usize, wanted: &str) -> bool {
        let Some(text) = self.filled(field) else {
            return false;
        };
        let book = self.specification.code_book(field).unwrap();
        if book.later_release.is_none() {
            return self.stands_for(field).as_deref() == book.official(wanted);
        }
        let same = |a: &str, b: &str| fold(a) == fold(b);
        let mapped = self.mapped(book);
        let line = mapped.iter().find(|(value, _)| same(value, &text));
        same(&text, wanted) || line.is_some_and(|(_, now)| same(now, wanted))
    }

    /// Values of Release 1 and what they are in Release 2.
    fn mapped(&self, book: &CodeBook) -> Vec<(String, String)> {
        let list = book.name.replace("cld-r1", "cld-r2");
        let text = self.content.text("codes/cld-r1-to-r2.csv").unwrap();
        let lines = records(text).into_iter().filter(|r| r[0] == list);
        lines.map(|r| (r[1].clone(), r[2].clone())).collect()
    }

    /// Whether the other of two mapped releases has a value.
    fn other_release_has(&self, book: &CodeBook, value: &str) -> bool {
        if book.later_release.is_some() {
            let list = book.name.replace("cld-r1", "cld-r2");
            let text = self.content.text(&format!("codes/{list}.csv")).unwrap();
            records(text).iter().any(|r| fold(&r[0]) == fold(value))
        } else {
            let mapped = self.mapped(book);
            mapped.iter().any(|(was, _)| fold(was) == fold(value))
        }
    }

    fn attribute(&self, field: usize, name: &str) -> Option<String> {
        let text = self.filled(field)?;
        let book = self.specification.code_book(field)?;
        book.attribute(book.position(&text)?, name)
            .map(str::to_owned)
    }

    /// What the expression comes to, as a text that is equal where the values are; `None` where it is blank.
    pub(crate) fn shown(&self, of: &Expression) -> Option<String> {
        if let Some(cells) = self.other
            && let Some(of) = of_other_row(of)
        {
            return Row {
                cells,
                other: None,
                ..*self
            }
            .shown(&of);
        }
        match self.value(of) {
            Value::Truth(truth) => truth.map(|t| t.to_string()),
            Value::Date(date) => date.map(|d| d.to_string()),
            Value::Number(number) => number.map(|n| n.to_string()),
            Value::Text(text) => text.filter(|t| !t.is_empty()),
            Value::Code(field) => {
                let text = self.filled(field)?;
                let unknown = || fold(&text);
                Some(self.stands_for(field).unwrap_or_else(unknown))
            }
        }
    }

    fn value(&self, of: &Expression) -> Value {
        if let Some(cells) = self.other
            && let Some(of) = of_other_row(of)
        {
            return Row {
                cells,
                other: None,
                ..*self
            }
            .value(&of);
        }
        match &of.kind {
            ExpressionKind::Truth(t) => Value::Truth(Some(*t)),
            ExpressionKind::Text(t) => Value::Text(Some(t.clone())),
            ExpressionKind::Number(n) => Value::Number(Some(*n)),
            ExpressionKind::Date(d) => Value::Date(Some(*d)),
            ExpressionKind::Name(name) => self.named(of, name),
            ExpressionKind::Call {
                name, arguments, ..
            } => self.call(name, arguments),
            ExpressionKind::Not(inner) => Value::Truth(self.truth(inner).map(|t| !t)),
            ExpressionKind::And(a, b) => Value::Truth(match (self.truth(a), self.truth(b)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            }),
            ExpressionKind::Or(a, b) => Value::Truth(match (self.truth(a), self.truth(b)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            }),
            ExpressionKind::Compare { how, left, right } => {
                Value::Truth(self.compare(*how, left, right))
            }
            ExpressionKind::In { of, values } => {
                Value::Truth(values.iter().fold(Some(false), |any, value| {
                    match (any, self.compare(Comparison::Equal, of, value)) {
                        (Some(true), _) | (_, Some(true)) => Some(true),
                        (Some(false), Some(false)) => Some(false),
                        _ => None,
                    }
                }))
            }
            ExpressionKind::Arithmetic { how, left, right } => {
                self.arithmetic(*how, self.value(left), self.value(right))
            }
            ExpressionKind::Negative(inner) => Value::Number(self.number(inner).map(|n| -n)),
        }
    }

    fn named(&self, of: &Expression, name: &str) -> Value {
        if let Some(n) = self.counted.get(name) {
            return Value::Number(Some(*n));
        }
        if let Some(field) = self.field(of) {
            return self.field_value(field);
        }
        if let Some(definition) = self.definitions.get(name) {
            return self.value(definition);
        }
        match name {
            "today" => Value::Date(Some(self.today)),
            "sender" => Value::Text(Some(self.sender.to_owned())),
            "row_width" => Value::Number(Some(self.row_width as f64)),
            "header_width" => Value::Number(Some(self.header_width as f64)),
            _ => panic!("unknown name {name}"),
        }
    }

    fn compare(&self, how: Comparison, left: &Expression, right: &Expression) -> Option<bool> {
        match (self.value(left), self.value(right)) {
            (Value::Date(a), Value::Date(b)) => Some(how.holds(&a?, &b?)),
            (Value::Number(a), Value::Number(b)) => Some(how.holds(&a?, &b?)),
            (Value::Code(field), Value::Text(Some(_)))
                if matches!(right.kind, ExpressionKind::Text(_)) =>
            {
                let same = self.is_value(field, Self::literal(right));
                Some(same == (how == Comparison::Equal))
            }
            // Codes of two rows are the same where they stand for the same.
            (Value::Code(_), Value::Code(_)) if self.other.is_some() => {
                let same = self.shown(left)? == self.shown(right)?;
                Some(same == (how == Comparison::Equal))
            }
            _ => {
                let same = self.text(left)? == self.text(right)?;
                Some(same == (how == Comparison::Equal))
            }
        }
    }

    fn arithmetic(&self, how: Arithmetic, left: Value, right: Value) -> Value {
        let shift = |date: Option<Date>, days: Option<f64>| {
            let by = TimeDelta::days(days? as i64);
            date?.checked_add_signed(by)
        };
        match (left, how, right) {
            (Value::Number(a), _, Value::Number(b)) => {
                Value::Number(a.zip(b).and_then(|(a, b)| match how {
                    Arithmetic::Add => Some(a + b),
                    Arithmetic::Subtract => Some(a - b),
                    Arithmetic::Multiply => Some(a * b),
                    Arithmetic::Divide => (b != 0.0).then(|| a / b),
                }))
            }
            (Value::Date(a), Arithmetic::Subtract, Value::Date(b)) => {
                Value::Number(a.zip(b).map(|(a, b)| (a - b).num_days() as f64))
            }
            (Value::Date(date), Arithmetic::Add, Value::Number(days))
            | (Value::Number(days), Arithmetic::Add, Value::Date(date)) => {
                Value::Date(shift(date, days))
            }
            (Value::Date(date), Arithmetic::Subtract, Value::Number(days)) => {
                Value::Date(shift(date, days.map(|d| -d)))
            }
            (a, how, b) => panic!("{a:?} {how:?} {b:?}"),
        }
    }

    fn call(&self, name: &str, arguments: &[Expression]) -> Value {
        let field = |at: usize| self.field(&arguments[at]).expect("a column");
        let all_filled = |wanted: bool| {
            (0..arguments.len()).all(|at| self.filled(field(at)).is_some() == wanted)
        };
        let text =
            |test: fn(&str) -> bool| Value::Truth(self.text(&arguments[0]).map(|t| test(&t)));
        let day = |f: fn(Date) -> f64| Value::Number(self.date(&arguments[0]).map(f));
        match name {
            "blank" => Value::Truth(Some(all_filled(false))),
            "filled" => Value::Truth(Some(all_filled(true))),
            "count_filled" => {
                let filled = (0..arguments.len()).filter(|at| self.filled(field(*at)).is_some());
                Value::Number(Some(filled.count() as f64))
            }
            "blank_row" => Value::Truth(Some(self.cells.iter().all(|c| c.trim().is_empty()))),
            "repeats_header" => Value::Truth(Some({
                let fields = &self.specification.dataset().fields;
                let bare = |text: &str| -> String {
                    let kept = text.chars().filter(|c| !c.is_whitespace());
                    let kept = kept.filter(|c| !"_-\u{feff}".contains(*c));
                    kept.map(|c| c.to_lowercase().to_string()).collect()
                };
                let filled: Vec<bool> = (0..fields.len())
                    .filter(|at| self.filled(*at).is_some())
                    .map(|at| bare(&self.cells[at]) == bare(&fields[at].name))
                    .collect();
                let named = filled.iter().filter(|is_name| **is_name).count();
                filled.first() == Some(&true) && named * 2 >= filled.len()
            })),
            "totals_row" => Value::Truth(Some({
                let mut filled: Vec<String> = (0..self.cells.len())
                    .filter_map(|at| self.filled(at))
                    .collect();
                let begins = |cell: &str| {
                    let letters = cell.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
                    let letters = letters.to_ascii_lowercase();
                    arguments.iter().map(Self::literal).any(|word| {
                        let rest = letters.strip_prefix(&word.to_lowercase());
                        rest.is_some_and(|rest| {
                            let next = rest.chars().next().unwrap_or(' ');
                            !letters.is_empty() && next.is_ascii() && !next.is_alphanumeric()
                        })
                    })
                };
                let number = regex::Regex::new(r"^[-0-9.,+()%$ \P{ASCII}]*$").unwrap();
                let is_sparse = filled.len() * 2 <= self.cells.len().max(4);
                !filled.is_empty()
                    && is_sparse
                    && begins(&filled.remove(0))
                    && filled.iter().all(|cell| {
                        number.is_match(cell) && cell.contains(|c: char| c.is_ascii_digit())
                    })
            })),
            "readable" | "unreadable" => {
                let read = match self.field_value(field(0)) {
                    Value::Date(d) => d.is_some(),
                    Value::Number(n) => n.is_some(),
                    _ => panic!("{name} of a text"),
                };
                let filled = self.filled(field(0)).is_some();
                Value::Truth(Some(filled && read == (name == "readable")))
            }
            "untidy" => Value::Truth(Some({
                let cell = &self.cells[field(0)];
                cell.starts_with(|c: char| c.is_ascii_whitespace())
                    || cell.ends_with(|c: char| c.is_ascii_whitespace())
                    || cell.contains("  ")
                    || cell.contains('\u{a0}')
            })),
            "has_control_character" => Value::Truth(Some(
                self.cells[field(0)]
                    .chars()
                    .any(|c| c.is_control() && !"\t\r\n".contains(c)),
            )),
            "matches" => {
                let pattern = regex::Regex::new(Self::literal(&arguments[1])).unwrap();
                Value::Truth(self.text(&arguments[0]).map(|t| pattern.is_match(&t)))
            }
            "one_of" => Value::Truth(self.text(&arguments[0]).map(|t| {
                let words = arguments[1..].iter().map(Self::literal);
                words.into_iter().any(|w| w.eq_ignore_ascii_case(&t))
            })),
            "listed" => {
                let list = CodeBook::read(self.content, Self::literal(&arguments[1])).unwrap();
                let known = |t: String| list.position(&t).is_some();
                Value::Truth(self.text(&arguments[0]).map(known))
            }
            "same" => {
                let pair = self.text(&arguments[0]).zip(self.text(&arguments[1]));
                Value::Truth(pair.map(|(a, b)| a.to_lowercase() == b.to_lowercase()))
            }
            "length" => {
                let length = self.text(&arguments[0]).map_or(0, |t| t.chars().count());
                Value::Number(Some(length as f64))
            }
            "upper" => Value::Text(self.text(&arguments[0]).map(|t| t.to_uppercase())),
            "without" => {
                let out = Self::literal(&arguments[1]);
                let kept = |t: String| t.chars().filter(|c| !out.contains(*c)).collect();
                Value::Text(self.text(&arguments[0]).map(kept))
            }
            "ten_digits" => text(|t| nhs_number::ten_digits(t).is_some()),
            "check_digit_holds" => text(|t| model::NhsNumber::parse(t).is_ok()),
            "holds_nhs_number" => {
                // Every stretch of digits and single separators, cut out by a pattern.
                let pattern = regex::Regex::new(
                    r"(?:^|[^0-9])([0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4})(?:[^0-9]|$)",
                )
                .unwrap();
                Value::Truth(self.text(&arguments[0]).map(|t| {
                    pattern
                        .captures_iter(&t)
                        .any(|c| model::NhsNumber::parse(&c[1]).is_ok())
                }))
            }
            "looks_like_formula" => text(|t| {
                t.starts_with(['=', '+', '-', '@'])
                    && !regex::Regex::new(r"^[=+\-@][0-9.,]+$").unwrap().is_match(t)
            }),
            "looks_scientific" => text(|t| {
                let pattern = regex::Regex::new(r"^[0-9](\.[0-9]+)?[Ee]\+[0-9]+$").unwrap();
                pattern.is_match(t)
            }),
            "add_months" => Value::Date(self.shifted(&arguments[0], &arguments[1], 1.0)),
            "add_years" => Value::Date(self.shifted(&arguments[0], &arguments[1], 12.0)),
            "start_of_month" => Value::Date(self.date(&arguments[0]).and_then(|d| d.with_day(1))),
            "end_of_month" => Value::Date(self.date(&arguments[0]).and_then(|d| {
                let next = d.with_day(1)?.checked_add_months(Months::new(1))?;
                next.pred_opt()
            })),
            "day" => day(|d| f64::from(d.day())),
            "month" => day(|d| f64::from(d.month())),
            "year" => day(|d| f64::from(d.year())),
            "age_in_years" => {
                let pair = self.date(&arguments[0]).zip(self.date(&arguments[1]));
                Value::Number(pair.map(|(born, on)| {
                    let before = (on.month(), on.day()) < (born.month(), born.day());
                    f64::from(on.year() - born.year() - i32::from(before))
                }))
            }
            "first_known" => match (self.value(&arguments[0]), self.value(&arguments[1])) {
                (Value::Date(a), Value::Date(b)) => Value::Date(a.or(b)),
                (Value::Number(a), Value::Number(b)) => Value::Number(a.or(b)),
                other => panic!("{other:?}"),
            },
            "only_where" => Value::Date(
                self.date(&arguments[1])
                    .filter(|_| matches!(self.value(&arguments[0]), Value::Truth(Some(true)))),
            ),
            "earliest" | "latest" => {
                let (a, b) = (self.date(&arguments[0]), self.date(&arguments[1]));
                Value::Date(a.zip(b).map(|(a, b)| {
                    if name == "earliest" {
                        a.min(b)
                    } else {
                        a.max(b)
                    }
                }))
            }
            "absolute" => Value::Number(self.number(&arguments[0]).map(f64::abs)),
            _ => self.code_call(name, arguments, field(0)),
        }
    }

    fn shifted(&self, date: &Expression, count: &Expression, unit: f64) -> Option<Date> {
        let months = (self.number(count)? * unit) as i32;
        let by = Months::new(months.unsigned_abs());
        if months < 0 {
            self.date(date)?.checked_sub_months(by)
        } else {
            self.date(date)?.checked_add_months(by)
        }
    }

    fn code_call(&self, name: &str, arguments: &[Expression], field: usize) -> Value {
        let book = self.specification.code_book(field).expect("a code list");
        let text = self.filled(field);
        let official = text.as_deref().and_then(|t| book.official(t));
        let known = text.as_deref().is_some_and(|t| book.position(t).is_some());
        let status = self.attribute(field, "status");
        let is_withdrawn = status.is_some_and(|s| s != "current");
        let is_of_another = known && official.is_none() && !is_withdrawn;
        let is_later = is_of_another && book.later_release.is_some();
        let is_earlier = is_of_another && !is_later;
        let equivalent = text.as_deref().and_then(|t| book.equivalent(t));
        let is_sure = equivalent.is_none_or(|now| {
            let confidence = book.attribute(book.position(now).unwrap(), "confidence");
            matches!(confidence, Some("certain" | "likely"))
        });
        let has = |attribute: &str, from: usize| {
            let stated = self.attribute(field, attribute);
            let wanted = arguments[from..].iter().map(Self::literal);
            stated.is_some_and(|s| wanted.into_iter().any(|w| w == s))
        };
        let truth = match name {
            "on_list" => official.is_some(),
            "unlisted" => text.is_some() && (!known || is_later),
            "later" => is_later,
            "other_release" => is_of_another,
            "withdrawn" => is_withdrawn,
            "earlier" => is_earlier && is_sure,
            "earlier_unsure" => is_earlier && !is_sure,
            "without_equivalent" if book.later_release.is_some() => {
                let mapped = self.mapped(book);
                let to_nothing = |value: &str| {
                    let line = mapped.iter().find(|(was, _)| fold(was) == fold(value));
                    line.is_none_or(|(_, now)| now.is_empty())
                };
                official.is_some_and(|v| to_nothing(v) && !self.other_release_has(book, v))
            }
            "without_equivalent" => is_earlier && equivalent.is_none(),
            "only_in_this_release" => {
                let mapped = book.earlier_release.is_some() || book.later_release.is_some();
                mapped && official.is_some_and(|value| !self.other_release_has(book, value))
            }
            // Only a value that the list knows, in whatever state, is inexact.
            "inexact" => {
                known
                    && text.as_deref().is_some_and(|t| {
                        let exact = |value: &str| value == t;
                        !book.entries().iter().any(|e| exact(&e.value))
                    })
            }
            "in_group" => has("group", 1),
            "code_has" => has(Self::literal(&arguments[1]), 2),
            "code_number" => {
                let stated = self.attribute(field, Self::literal(&arguments[1]));
                return Value::Number(stated.and_then(|s| s.parse().ok()));
            }
            _ => panic!("unknown function {name}"),
        };
        Value::Truth(Some(truth))
    }
}

/// The expression as the other row would say it, where it speaks of nothing else.
fn of_other_row(of: &Expression) -> Option<Expression> {
    let printed = format!("{:?}", of.kind);
    let names: Vec<&str> = printed
        .split("Name(\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    let all = !names.is_empty() && names.iter().all(|name| name.starts_with("other."));
    all.then(|| crate::check::across::compile::without_other(of))
}
