//! Calls of functions: how many arguments they take, of which kind, and which node they become.

use super::{Compiler, Scope, Typed, fixed_text};
use crate::check::{
    codes::{CodeBook, Standing},
    columns::Reading,
    expression::{
        Mistake,
        functions::FUNCTIONS,
        node::{DaysNode, Listing, NumberNode, Pattern, Text, TextTest, TruthId, TruthNode, Words},
        row_shape::RowShape,
        syntax::{Expression, ExpressionKind},
    },
};
use crate::receive::alike;
use model::{FieldKind, content::nearest};
use regex::bytes::RegexBuilder;
use std::{ops::Range, sync::Arc};

/// Compiled patterns may not grow beyond this; a pattern that does is not one for a cell.
const LARGEST_PATTERN: usize = 1 << 20;

impl Compiler<'_> {
    pub(super) fn call(
        &mut self,
        name: &str,
        name_at: &Range<usize>,
        arguments: &[Expression],
        at: &Range<usize>,
        scope: Scope<'_>,
    ) -> Result<Typed, Mistake> {
        if !FUNCTIONS.iter().any(|f| f.name == name) {
            let near = nearest(name, FUNCTIONS.iter().map(|f| f.name));
            return Err(
                Mistake::new(name_at.clone(), format!("unknown function `{name}`"))
                    .hinting(near.map(|near| format!("did you mean `{near}`?"))),
            );
        }
        let found = match self.cell_function(name, arguments, at, scope)? {
            Some(found) => Some(found),
            None => match self.text_function(name, arguments, at, scope)? {
                Some(found) => Some(found),
                None => self.value_function(name, arguments, at, scope)?,
            },
        };
        found.ok_or_else(|| misused(name, at))
    }

    /// Functions about the cell itself, whatever its kind.
    fn cell_function(
        &mut self,
        name: &str,
        arguments: &[Expression],
        at: &Range<usize>,
        scope: Scope<'_>,
    ) -> Result<Option<Typed>, Mistake> {
        let truth = match (name, arguments) {
            ("blank_row", []) => self.program.truth(TruthNode::BlankRow),
            ("repeats_header", []) => {
                let names = self.dataset.fields.iter().map(|f| alike(&f.name));
                let shape = RowShape::Header(names.collect());
                self.program.truth(TruthNode::Shaped(shape))
            }
            ("totals_row", words @ [_, ..]) => {
                let words = words
                    .iter()
                    .map(|word| Ok(fixed_text(word)?.to_lowercase()))
                    .collect::<Result<Vec<_>, Mistake>>()?;
                let shape = RowShape::Totals(words);
                self.program.truth(TruthNode::Shaped(shape))
            }
            ("blank" | "filled", [_, ..]) => {
                let mut all = None;
                for argument in arguments {
                    let field = self.cell(argument, scope)?;
                    let blank = self.program.truth(TruthNode::Blank(field));
                    let one = if name == "blank" {
                        blank
                    } else {
                        self.program.not(blank)
                    };
                    all = Some(all.map_or(one, |all| self.program.and(all, one)));
                }
                all.ok_or_else(|| misused(name, at))?
            }
            ("readable", [column]) => {
                let field = self.typed_cell(name, column, scope)?;
                self.program.truth(TruthNode::Readable(field))
            }
            ("unreadable", [column]) => {
                let field = self.typed_cell(name, column, scope)?;
                let blank = self.program.truth(TruthNode::Blank(field));
                let filled = self.program.not(blank);
                let readable = self.program.truth(TruthNode::Readable(field));
                let not = self.program.not(readable);
                self.program.and(filled, not)
            }
            ("untidy", [column]) => {
                let field = self.cell(column, scope)?;
                self.program.truth(TruthNode::Untidy(field))
            }
            ("has_control_character", [column]) => {
                let field = self.cell(column, scope)?;
                self.program.truth(TruthNode::Control(field))
            }
            ("count_filled", [_, ..]) => {
                let fields = arguments
                    .iter()
                    .map(|a| self.cell(a, scope))
                    .collect::<Result<Vec<_>, _>>()?;
                let number = self.program.number(NumberNode::CountFilled(fields));
                return Ok(Some(Typed::Number(number)));
            }
            _ => return self.code_function(name, arguments, at, scope),
        };
        Ok(Some(Typed::Truth(truth)))
    }

    /// Functions about what a code list says of a cell.
    fn code_function(
        &mut self,
        name: &str,
        arguments: &[Expression],
        at: &Range<usize>,
        scope: Scope<'_>,
    ) -> Result<Option<Typed>, Mistake> {
        let truth = match (name, arguments) {
            ("on_list", [column]) => {
                let field = self.code(column, scope)?;
                self.code_where(field, |_, _, s| s == Standing::Listed)
            }
            ("withdrawn", [column]) => {
                let field = self.code(column, scope)?;
                self.code_where(field, |_, _, s| s == Standing::Withdrawn)
            }
            ("earlier" | "earlier_unsure", [column]) => {
                let field = self.code(column, scope)?;
                let asked = name == "earlier";
                self.code_where(
                    field,
                    |_, _, s| matches!(s, Standing::Earlier { sure, .. } if sure == asked),
                )
            }
            ("without_equivalent", [column]) => {
                let field = self.code(column, scope)?;
                self.code_where(field, |book, position, _| {
                    book.is_without_equivalent(position)
                })
            }
            ("later", [column]) => {
                let field = self.code(column, scope)?;
                self.code_where(field, |_, _, s| s == Standing::Later)
            }
            ("other_release", [column]) => {
                let field = self.code(column, scope)?;
                self.code_where(field, |_, _, s| {
                    matches!(s, Standing::Earlier { .. } | Standing::Later)
                })
            }
            ("unlisted", [column]) => {
                let field = self.code(column, scope)?;
                let mut wanted = vec![false];
                if let Some(book) = self.book(field) {
                    let entries = book.entries().iter();
                    wanted.extend(entries.map(|entry| entry.standing == Standing::Later));
                }
                wanted.push(true);
                self.program.truth(TruthNode::CodeIs { field, wanted })
            }
            ("only_in_this_release", [column]) => {
                let field = self.code(column, scope)?;
                self.code_where(field, |book, position, s| {
                    s == Standing::Listed && book.entry(position).is_some_and(|e| e.only_here)
                })
            }
            ("inexact", [column]) => {
                let field = self.code(column, scope)?;
                self.program.truth(TruthNode::Inexact(field))
            }
            ("in_group", [column, groups @ ..]) if !groups.is_empty() => {
                let field = self.code(column, scope)?;
                self.code_has(field, ("group", at), groups)?
            }
            ("code_has", [column, attribute, texts @ ..]) if !texts.is_empty() => {
                let field = self.code(column, scope)?;
                let named = fixed_text(attribute)?;
                self.code_has(field, (&named, &attribute.at), texts)?
            }
            ("code_number", [column, attribute]) => {
                let field = self.code(column, scope)?;
                let named = fixed_text(attribute)?;
                let book = self.has_attribute(field, &named, &attribute.at)?;
                let mut numbers = vec![f64::NAN];
                for (position, _) in (0_u16..).zip(book.entries()) {
                    let text = book.attribute(position, &named).unwrap_or_default();
                    let number = if text.is_empty() {
                        f64::NAN
                    } else {
                        text.parse().map_err(|_| {
                            Mistake::new(
                                attribute.at.clone(),
                                format!(
                                    "the code list `{}` has `{text}` in `{named}`, which is not a number",
                                    book.name
                                ),
                            )
                        })?
                    };
                    numbers.push(number);
                }
                numbers.push(f64::NAN);
                let node = NumberNode::CodeNumber { field, numbers };
                return Ok(Some(Typed::Number(self.program.number(node))));
            }
            _ => return Ok(None),
        };
        Ok(Some(Typed::Truth(truth)))
    }

    fn code_has(
        &mut self,
        field: usize,
        (attribute, at): (&str, &Range<usize>),
        texts: &[Expression],
    ) -> Result<TruthId, Mistake> {
        let book = self.has_attribute(field, attribute, at)?;
        let mut wanted = Vec::new();
        for expression in texts {
            let text = fixed_text(expression)?;
            let stated = || {
                (0_u16..)
                    .zip(book.entries())
                    .filter_map(|(position, _)| book.attribute(position, attribute))
            };
            if !stated().any(|s| s == text) {
                return Err(Mistake::new(
                    expression.at.clone(),
                    format!(
                        "the code list `{}` never has `{text}` in `{attribute}`",
                        book.name
                    ),
                )
                .hinting(nearest(&text, stated()).map(|near| format!("did you mean `{near}`?"))));
            }
            wanted.push(text);
        }
        Ok(self.code_where(field, |book, position, _| {
            book.attribute(position, attribute)
                .is_some_and(|has| wanted.iter().any(|text| text == has))
        }))
    }

    fn has_attribute(
        &self,
        field: usize,
        attribute: &str,
        at: &Range<usize>,
    ) -> Result<Arc<CodeBook>, Mistake> {
        let book = self
            .book(field)
            .ok_or_else(|| Mistake::new(at.clone(), "the column has no code list"))?;
        if book.attribute_names().any(|name| name == attribute) {
            return Ok(book);
        }
        let near = nearest(attribute, book.attribute_names());
        Err(Mistake::new(
            at.clone(),
            format!("the code list `{}` has no column `{attribute}`", book.name),
        )
        .hinting(near.map(|near| format!("did you mean `{near}`?"))))
    }

    fn text_function(
        &mut self,
        name: &str,
        arguments: &[Expression],
        at: &Range<usize>,
        scope: Scope<'_>,
    ) -> Result<Option<Typed>, Mistake> {
        let (text, question) = match (name, arguments) {
            ("matches", [text, pattern]) => {
                let written = fixed_text(pattern)?;
                let compiled = RegexBuilder::new(&written)
                    .size_limit(LARGEST_PATTERN)
                    .build()
                    .map_err(|fault| {
                        Mistake::new(
                            pattern.at.clone(),
                            format!("the pattern cannot be used: {}", last_line(&fault)),
                        )
                    })?;
                (text, TextTest::Matches(Pattern(compiled)))
            }
            ("one_of", [text, words @ ..]) if !words.is_empty() => {
                let words = words
                    .iter()
                    .map(fixed_text)
                    .collect::<Result<Vec<_>, _>>()?;
                (text, TextTest::OneOf(Words::new(words)))
            }
            ("listed", [text, list]) => {
                let book = self.list(&fixed_text(list)?, &list.at)?;
                (text, TextTest::Listed(Listing(book)))
            }
            ("ten_digits", [text]) => (text, TextTest::TenDigits),
            ("check_digit_holds", [text]) => (text, TextTest::CheckDigitHolds),
            ("holds_nhs_number", [text]) => (text, TextTest::HoldsNhsNumber),
            ("looks_like_formula", [text]) => (text, TextTest::LooksLikeFormula),
            ("looks_scientific", [text]) => (text, TextTest::LooksScientific),
            ("same", [left, right]) => {
                let node = TruthNode::SameText {
                    left: self.text(left, scope)?,
                    right: self.text(right, scope)?,
                    ignoring_case: true,
                };
                return Ok(Some(Typed::Truth(self.program.truth(node))));
            }
            ("length", [text]) => {
                let text = self.text(text, scope)?;
                let node = NumberNode::Length(text);
                return Ok(Some(Typed::Number(self.program.number(node))));
            }
            ("upper", [text]) => {
                let text = self.text(text, scope)?;
                return Ok(Some(Typed::Text(Text::Upper(Box::new(text)))));
            }
            ("without", [text, characters]) => {
                let text = self.text(text, scope)?;
                let ExpressionKind::Text(characters) = &characters.kind else {
                    return Err(misused(name, at));
                };
                return Ok(Some(Typed::Text(Text::Without(
                    Box::new(text),
                    characters.clone(),
                ))));
            }
            _ => return Ok(None),
        };
        let text = self.text(text, scope)?;
        Ok(Some(Typed::Truth(self.program.truth(TruthNode::TextIs {
            text,
            test: question,
        }))))
    }

    fn list(&mut self, name: &str, at: &Range<usize>) -> Result<Arc<CodeBook>, Mistake> {
        if let Some(book) = self.lists.get(name) {
            return Ok(book.clone());
        }
        let book = CodeBook::read(self.content, name)
            .map(Arc::new)
            .map_err(|fault| Mistake::new(at.clone(), fault.to_string()))?;
        self.lists.insert(name.to_owned(), book.clone());
        Ok(book)
    }

    /// Functions of dates and numbers.
    fn value_function(
        &mut self,
        name: &str,
        arguments: &[Expression],
        at: &Range<usize>,
        scope: Scope<'_>,
    ) -> Result<Option<Typed>, Mistake> {
        let days = match (name, arguments) {
            ("add_months", [date, months]) => {
                DaysNode::AddMonths(self.days(date, scope)?, self.number(months, scope)?)
            }
            ("add_years", [date, years]) => {
                let years = self.number(years, scope)?;
                let twelve = self.program.number(NumberNode::Fixed(12.0));
                let months = self.program.number(NumberNode::Arithmetic {
                    how: super::Arithmetic::Multiply,
                    left: years,
                    right: twelve,
                });
                DaysNode::AddMonths(self.days(date, scope)?, months)
            }
            ("only_where", [condition, date]) => {
                DaysNode::OnlyWhere(self.truth(condition, scope)?, self.days(date, scope)?)
            }
            ("earliest", [first, second]) => {
                DaysNode::Earliest(self.days(first, scope)?, self.days(second, scope)?)
            }
            ("latest", [first, second]) => {
                DaysNode::Latest(self.days(first, scope)?, self.days(second, scope)?)
            }
            ("start_of_month", [date]) => DaysNode::StartOfMonth(self.days(date, scope)?),
            ("end_of_month", [date]) => DaysNode::EndOfMonth(self.days(date, scope)?),
            ("first_known", [first, second]) => {
                match (
                    self.expression(first, scope)?,
                    self.expression(second, scope)?,
                ) {
                    (Typed::Days(a), Typed::Days(b)) => DaysNode::FirstKnown(a, b),
                    (Typed::Number(a), Typed::Number(b)) => {
                        let node = NumberNode::FirstKnown(a, b);
                        return Ok(Some(Typed::Number(self.program.number(node))));
                    }
                    _ => return Err(misused(name, at)),
                }
            }
            _ => return self.number_function(name, arguments, scope),
        };
        Ok(Some(Typed::Days(self.program.day(days))))
    }

    fn number_function(
        &mut self,
        name: &str,
        arguments: &[Expression],
        scope: Scope<'_>,
    ) -> Result<Option<Typed>, Mistake> {
        let number = match (name, arguments) {
            ("day", [date]) => NumberNode::Day(self.days(date, scope)?),
            ("month", [date]) => NumberNode::Month(self.days(date, scope)?),
            ("year", [date]) => NumberNode::Year(self.days(date, scope)?),
            ("age_in_years", [born, on]) => NumberNode::Age {
                born: self.days(born, scope)?,
                on: self.days(on, scope)?,
            },
            ("absolute", [number]) => NumberNode::Absolute(self.number(number, scope)?),
            _ => return Ok(None),
        };
        Ok(Some(Typed::Number(self.program.number(number))))
    }

    /// The column that an argument names.
    fn cell(&self, argument: &Expression, scope: Scope<'_>) -> Result<usize, Mistake> {
        if let ExpressionKind::Name(name) = &argument.kind {
            if let Some(field) = self.field(name, scope) {
                return Ok(field);
            }
            let near = nearest(name, self.dataset.fields.iter().map(|f| f.column.as_str()));
            return Err(
                Mistake::new(argument.at.clone(), format!("unknown column `{name}`"))
                    .hinting(near.map(|near| format!("did you mean `{near}`?"))),
            );
        }
        Err(Mistake::new(
            argument.at.clone(),
            "the name of a column is needed here",
        ))
    }

    fn typed_cell(
        &self,
        function: &str,
        argument: &Expression,
        scope: Scope<'_>,
    ) -> Result<usize, Mistake> {
        let field = self.cell(argument, scope)?;
        match self.readings.get(field).map(Reading::kind) {
            Some(FieldKind::Text | FieldKind::Code) | None => Err(Mistake::new(
                argument.at.clone(),
                format!("{function} is about dates and numbers, and this is neither"),
            )),
            Some(_) => Ok(field),
        }
    }

    fn code(&self, argument: &Expression, scope: Scope<'_>) -> Result<usize, Mistake> {
        let field = self.cell(argument, scope)?;
        if self.book(field).is_none() {
            return Err(Mistake::new(
                argument.at.clone(),
                "the column has no code list",
            ));
        }
        Ok(field)
    }
}

fn misused(name: &str, at: &Range<usize>) -> Mistake {
    let usage = FUNCTIONS
        .iter()
        .find(|f| f.name == name)
        .map_or(name, |f| f.written);
    Mistake::new(at.clone(), format!("`{name}` is not used so"))
        .hinting(Some(format!("write {usage}")))
}

/// A pattern's fault is told on several lines, the last of which says what it is.
fn last_line(fault: &regex::Error) -> String {
    let text = fault.to_string();
    text.lines()
        .last()
        .unwrap_or_default()
        .trim_start_matches("error: ")
        .to_owned()
}
