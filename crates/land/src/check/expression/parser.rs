//! From words to a tree. `or` binds least, then `and`, `not`, comparisons, `+ -`, `* /`.

use super::{
    Mistake,
    lexer::{self, Word},
    syntax::{Arithmetic, Expression, ExpressionKind},
};
use std::ops::Range;

/// Deeper nesting than this is no rule a person wrote.
const DEEPEST: usize = 100;

/// Reads a whole expression.
pub(crate) fn parse(text: &str) -> Result<Expression, Mistake> {
    let mut parser = Parser {
        words: lexer::words(text)?,
        next: 0,
        end: text.len(),
        depth: 0,
    };
    let expression = parser.either()?;
    match parser.words.get(parser.next) {
        None => Ok(expression),
        Some((word, at)) => Err(Mistake::new(at.clone(), unexpected(word))),
    }
}

struct Parser {
    words: Vec<(Word, Range<usize>)>,
    next: usize,
    end: usize,
    depth: usize,
}

impl Parser {
    fn either(&mut self) -> Result<Expression, Mistake> {
        self.deeper()?;
        let mut left = self.both()?;
        while self.keyword("or") {
            left = join(left, self.both()?, ExpressionKind::Or);
        }
        self.depth -= 1;
        Ok(left)
    }

    fn both(&mut self) -> Result<Expression, Mistake> {
        let mut left = self.negation()?;
        while self.keyword("and") {
            left = join(left, self.negation()?, ExpressionKind::And);
        }
        Ok(left)
    }

    fn negation(&mut self) -> Result<Expression, Mistake> {
        let start = self.here().start;
        if !self.keyword("not") {
            return self.comparison();
        }
        self.deeper()?;
        let inner = self.negation()?;
        self.depth -= 1;
        let at = start..inner.at.end;
        Ok(Expression {
            kind: ExpressionKind::Not(Box::new(inner)),
            at,
        })
    }

    fn comparison(&mut self) -> Result<Expression, Mistake> {
        let left = self.sum()?;
        if let Some((Word::Compare(how), _)) = self.words.get(self.next) {
            let how = *how;
            self.next += 1;
            let right = self.sum()?;
            return Ok(join(left, right, |left, right| ExpressionKind::Compare {
                how,
                left,
                right,
            }));
        }
        let before = self.next;
        let negated = self.keyword("not");
        if self.keyword("in") {
            let (values, end) = self.list()?;
            let at = left.at.start..end;
            let inside = Expression {
                kind: ExpressionKind::In {
                    of: Box::new(left),
                    values,
                },
                at: at.clone(),
            };
            return Ok(if negated {
                Expression {
                    kind: ExpressionKind::Not(Box::new(inside)),
                    at,
                }
            } else {
                inside
            });
        }
        self.next = before;
        Ok(left)
    }

    fn sum(&mut self) -> Result<Expression, Mistake> {
        let mut left = self.product()?;
        while let Some((Word::Arithmetic(how @ (Arithmetic::Add | Arithmetic::Subtract)), _)) =
            self.words.get(self.next)
        {
            let how = *how;
            self.next += 1;
            left = arithmetic(how, left, self.product()?);
        }
        Ok(left)
    }

    fn product(&mut self) -> Result<Expression, Mistake> {
        let mut left = self.factor()?;
        while let Some((Word::Arithmetic(how @ (Arithmetic::Multiply | Arithmetic::Divide)), _)) =
            self.words.get(self.next)
        {
            let how = *how;
            self.next += 1;
            left = arithmetic(how, left, self.factor()?);
        }
        Ok(left)
    }

    fn factor(&mut self) -> Result<Expression, Mistake> {
        let Some((word, at)) = self.words.get(self.next).cloned() else {
            return Err(Mistake::new(self.here(), "something is missing at the end"));
        };
        self.next += 1;
        let kind = match word {
            Word::Text(text) => ExpressionKind::Text(text),
            Word::Number(number) => ExpressionKind::Number(number),
            Word::Date(date) => ExpressionKind::Date(date),
            Word::Name(name) if name == "true" || name == "false" => {
                ExpressionKind::Truth(name == "true")
            }
            Word::Name(name) if is_keyword(&name) => {
                return Err(Mistake::new(at, format!("`{name}` cannot stand here")));
            }
            Word::Name(name) => {
                if !matches!(self.words.get(self.next), Some((Word::Open, _))) {
                    return Ok(Expression {
                        kind: ExpressionKind::Name(name),
                        at,
                    });
                }
                let (arguments, end) = self.list()?;
                return Ok(Expression {
                    kind: ExpressionKind::Call {
                        name,
                        name_at: at.clone(),
                        arguments,
                    },
                    at: at.start..end,
                });
            }
            Word::Open => {
                let inner = self.either()?;
                let end = self.close(&at)?;
                return Ok(Expression {
                    kind: inner.kind,
                    at: at.start..end,
                });
            }
            Word::Arithmetic(Arithmetic::Subtract) => {
                self.deeper()?;
                let inner = self.factor()?;
                self.depth -= 1;
                let whole = at.start..inner.at.end;
                return Ok(Expression {
                    kind: ExpressionKind::Negative(Box::new(inner)),
                    at: whole,
                });
            }
            other => return Err(Mistake::new(at, unexpected(&other))),
        };
        Ok(Expression { kind, at })
    }

    /// Values between brackets, with commas between them; empty brackets are allowed.
    fn list(&mut self) -> Result<(Vec<Expression>, usize), Mistake> {
        let open = self.here();
        if !matches!(self.words.get(self.next), Some((Word::Open, _))) {
            return Err(Mistake::new(open, "a list in brackets is needed here"));
        }
        self.next += 1;
        let mut values = Vec::new();
        if let Some((Word::Close, at)) = self.words.get(self.next) {
            self.next += 1;
            return Ok((values, at.end));
        }
        loop {
            values.push(self.either()?);
            match self.words.get(self.next) {
                Some((Word::Comma, _)) => self.next += 1,
                _ => return Ok((values, self.close(&open)?)),
            }
        }
    }

    fn close(&mut self, open: &Range<usize>) -> Result<usize, Mistake> {
        match self.words.get(self.next) {
            Some((Word::Close, at)) => {
                self.next += 1;
                Ok(at.end)
            }
            Some((word, at)) => Err(Mistake::new(at.clone(), unexpected(word))),
            None => Err(Mistake::new(open.clone(), "the bracket is not closed")),
        }
    }

    fn keyword(&mut self, keyword: &str) -> bool {
        let found =
            matches!(self.words.get(self.next), Some((Word::Name(name), _)) if name == keyword);
        self.next += usize::from(found);
        found
    }

    fn deeper(&mut self) -> Result<(), Mistake> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Mistake::new(
                self.here(),
                "the expression is nested too deep",
            ));
        }
        Ok(())
    }

    /// The place of the next word, or the end of the text.
    fn here(&self) -> Range<usize> {
        self.words
            .get(self.next)
            .map_or(self.end..self.end, |(_, at)| at.clone())
    }
}

/// Words that are part of the language and so cannot name anything.
pub(crate) fn is_keyword(name: &str) -> bool {
    matches!(name, "and" | "or" | "not" | "in" | "true" | "false")
}

fn unexpected(word: &Word) -> String {
    let shown = match word {
        Word::Name(name) => format!("`{name}`"),
        Word::Text(text) => format!("the text `{text}`"),
        Word::Number(number) => format!("the number `{number}`"),
        Word::Date(date) => format!("the date `{date}`"),
        Word::Compare(_) => "a comparison".to_owned(),
        Word::Arithmetic(_) => "an arithmetic sign".to_owned(),
        Word::Open => "a bracket".to_owned(),
        Word::Close => "a closing bracket".to_owned(),
        Word::Comma => "a comma".to_owned(),
    };
    format!("{shown} cannot stand here: `and`, `or` or a comparison may be missing before it")
}

fn join(
    left: Expression,
    right: Expression,
    kind: impl FnOnce(Box<Expression>, Box<Expression>) -> ExpressionKind,
) -> Expression {
    let at = left.at.start..right.at.end;
    Expression {
        kind: kind(Box::new(left), Box::new(right)),
        at,
    }
}

fn arithmetic(how: Arithmetic, left: Expression, right: Expression) -> Expression {
    join(left, right, |left, right| ExpressionKind::Arithmetic {
        how,
        left,
        right,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tree with brackets around everything.
    fn shape(e: &Expression) -> String {
        match &e.kind {
            ExpressionKind::Truth(t) => t.to_string(),
            ExpressionKind::Text(t) => format!("'{t}'"),
            ExpressionKind::Number(n) => n.to_string(),
            ExpressionKind::Date(d) => d.to_string(),
            ExpressionKind::Name(n) => n.clone(),
            ExpressionKind::Call {
                name, arguments, ..
            } => {
                let list: Vec<String> = arguments.iter().map(shape).collect();
                format!("{name}({})", list.join(" "))
            }
            ExpressionKind::Not(x) => format!("(not {})", shape(x)),
            ExpressionKind::And(a, b) => format!("({} and {})", shape(a), shape(b)),
            ExpressionKind::Or(a, b) => format!("({} or {})", shape(a), shape(b)),
            ExpressionKind::Compare { how, left, right } => {
                format!("({} {how:?} {})", shape(left), shape(right))
            }
            ExpressionKind::In { of, values } => {
                let list: Vec<String> = values.iter().map(shape).collect();
                format!("({} in {})", shape(of), list.join(" "))
            }
            ExpressionKind::Arithmetic { how, left, right } => {
                format!("({} {how:?} {})", shape(left), shape(right))
            }
            ExpressionKind::Negative(x) => format!("(-{})", shape(x)),
        }
    }

    #[test]
    fn words_bind_as_documented() {
        for (text, expected) in [
            ("a or b and not c", "(a or (b and (not c)))"),
            ("(a or b) and c", "((a or b) and c)"),
            ("not a = b", "(not (a Equal b))"),
            (
                "a + b * 2 < c - 1",
                "((a Add (b Multiply 2)) Less (c Subtract 1))",
            ),
            ("a - b - c", "((a Subtract b) Subtract c)"),
            ("x not in ('p', 'q')", "(not (x in 'p' 'q'))"),
            ("f(a, g(), -3)", "f(a g() (-3))"),
        ] {
            assert_eq!(shape(&parse(text).unwrap()), expected);
        }
    }

    #[test]
    fn mistakes_point_at_the_characters() {
        for (text, at) in [
            ("a b", 2..3),
            ("a and", 5..5),
            ("(a or b", 0..1),
            ("a in 'x'", 5..8),
            ("a = = b", 4..5),
            ("f(a,)", 4..5),
            ("and a", 0..3),
        ] {
            assert_eq!(parse(text).unwrap_err().at, at, "{text}");
        }
        assert!(parse(&"(".repeat(5000)).is_err());
        assert!(parse(&"not ".repeat(5000)).is_err());
        assert!(parse(&"-".repeat(5000)).is_err());
    }
}
