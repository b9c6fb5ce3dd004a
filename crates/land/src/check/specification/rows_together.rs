//! Rules across rows: from what is written to what is carried, and how rows that come together are judged.

use super::{
    Judge,
    assemble::{Assembly, chosen, read_expression},
};
use crate::check::{
    across::{
        AcrossJudge, AcrossRule, Figure, FigureKind, From, GroupRule, KeyPart, Over, PairRule,
        Reports,
        compile::{Mixer, Named},
        mixed::{MixedNumber, MixedTruth},
    },
    expression::{
        Mistake,
        compile::{Needs, Scope, Typed},
        node::TruthNode,
        syntax::{Comparison, Expression, ExpressionKind},
    },
    mistake::Source,
    rule_file::{Against, KindName, Reported, WrittenRule},
};
use model::ContentError;
use toml::Spanned;

/// Which pairs fit, where a rule does not say.
const ANY_OR_NONE: &[(&str, bool)] = &[("any", false), ("none", true)];

impl Assembly<'_> {
    /// Compiles a rule across rows into the plan.
    pub(super) fn together(
        &mut self,
        source: Source<'_>,
        written: &WrittenRule,
        fields: &[usize],
    ) -> Result<(Judge, Needs), ContentError> {
        if written.by.is_empty() {
            return Err(lacks(source, written, "`by`"));
        }
        let mut needs = Needs::default();
        let takes_part = self.role(source, written.takes_part.as_ref(), None, &mut needs)?;
        match written.kind {
            KindName::Duplicate => {
                let feed = self.feed(source, &written.by, None, true, takes_part, &mut needs)?;
                self.add_across(AcrossJudge::Group(GroupRule {
                    feed,
                    field: fields.first().copied(),
                    takes_part,
                    figures: Vec::new(),
                    reports: Reports::Later,
                }));
            }
            KindName::Varies => self.varies(source, written, fields, takes_part, &mut needs)?,
            KindName::Pair => self.pair(source, written, fields, &mut needs)?,
            _ => self.group(source, written, fields, takes_part, &mut needs)?,
        }
        Ok((Judge::Across, needs))
    }

    fn varies(
        &mut self,
        source: Source<'_>,
        written: &WrittenRule,
        fields: &[usize],
        takes_part: usize,
        needs: &mut Needs,
    ) -> Result<(), ContentError> {
        if fields.is_empty() {
            return Err(lacks(source, written, "`fields`"));
        }
        for field in fields {
            let feed = self.feed(source, &written.by, None, false, takes_part, needs)?;
            let value = self.value_of(*field);
            let this = |of| Figure {
                from: From::This,
                of,
            };
            let mut figures = vec![this(FigureKind::Distinct(value))];
            let more_than = |figure, number| {
                MixedTruth::Numbers(
                    Comparison::Greater,
                    MixedNumber::Figure(figure),
                    MixedNumber::Fixed(number),
                )
            };
            let mut when = more_than(0, 1.0);
            if written.blanks {
                let program = &mut self.compiler.program;
                let blank = program.truth(TruthNode::Blank(*field));
                let filled = program.not(blank);
                figures.push(this(FigureKind::Count(self.across.truth(blank))));
                figures.push(this(FigureKind::Count(self.across.truth(filled))));
                let both =
                    MixedTruth::And(Box::new(more_than(1, 0.0)), Box::new(more_than(2, 0.0)));
                when = MixedTruth::Or(Box::new(when), Box::new(both));
            }
            self.add_across(AcrossJudge::Group(GroupRule {
                feed,
                field: Some(*field),
                takes_part,
                figures,
                reports: Reports::First(when),
            }));
        }
        Ok(())
    }

    fn group(
        &mut self,
        source: Source<'_>,
        written: &WrittenRule,
        fields: &[usize],
        takes_part: usize,
        needs: &mut Needs,
    ) -> Result<(), ContentError> {
        let feed = self.feed(source, &written.by, None, false, takes_part, needs)?;
        if written.counts.is_empty() {
            return Err(lacks(source, written, "`counts`"));
        }
        let mut figures = Vec::new();
        let mut named = Vec::new();
        for (name, text) in &written.counts {
            let (figure, is_date) = self.mix(source, text, &[], None, needs, |mixer, of| {
                mixer.own = true;
                mixer.figure(of)
            })?;
            figures.push(figure);
            named.push(Named {
                name: name.clone(),
                is_date,
            });
        }
        let when = written
            .when
            .as_ref()
            .ok_or_else(|| lacks(source, written, "`when`"))?;
        let reports = if written.kind == KindName::Tally {
            self.tally(source, written, when, &named, needs)?
        } else {
            let of_rows = written.reports == Reported::Rows;
            let holds = self.mix(source, when, &named, None, needs, |mixer, of| {
                mixer.own = of_rows;
                mixer.truth(of)
            })?;
            match written.reports {
                Reported::Rows => Reports::Rows(holds),
                Reported::First => Reports::First(holds),
                Reported::File => Reports::File(holds, self.label(source, written, needs)?),
            }
        };
        self.add_across(AcrossJudge::Group(GroupRule {
            feed,
            field: fields.first().copied(),
            takes_part,
            figures,
            reports,
        }));
        Ok(())
    }

    fn tally(
        &mut self,
        source: Source<'_>,
        written: &WrittenRule,
        when: &Spanned<String>,
        named: &[Named],
        needs: &mut Needs,
    ) -> Result<Reports, ContentError> {
        if written.groups.is_empty() {
            return Err(lacks(source, written, "`groups`"));
        }
        let mut over = Vec::new();
        for text in written.groups.values() {
            over.push(self.mix(source, text, named, None, needs, |mixer, of| {
                mixer.own = false;
                over_groups(mixer, of)
            })?);
        }
        let figures: Vec<String> = written.groups.keys().cloned().collect();
        let scope = Scope {
            cell: None,
            counted: &figures,
        };
        let (when, _) = self.truth(source, when, scope)?;
        let first_slot = self.across.slots(over.len());
        Ok(Reports::Tally {
            over,
            when,
            first_slot,
        })
    }

    /// The code that names a group that is reported for the file, where its key is one.
    fn label(
        &mut self,
        source: Source<'_>,
        written: &WrittenRule,
        needs: &mut Needs,
    ) -> Result<Option<usize>, ContentError> {
        let [key] = written.by.as_slice() else {
            return Ok(None);
        };
        self.mix(source, key, &[], None, needs, |mixer, of| {
            let typed = mixer.one_row(of)?;
            Ok(match typed {
                Typed::Code(_) => mixer.value(typed),
                _ => None,
            })
        })
    }

    fn pair(
        &mut self,
        source: Source<'_>,
        written: &WrittenRule,
        fields: &[usize],
        needs: &mut Needs,
    ) -> Result<(), ContentError> {
        let when = written
            .when
            .as_ref()
            .ok_or_else(|| lacks(source, written, "`when`"))?;
        let finds_none = match &written.finds {
            Some(finds) => chosen(source, finds, ANY_OR_NONE)?,
            None => false,
        };
        let against_last = written.against == Against::Last;
        needs.last |= against_last;
        let others = written.other.as_ref().or(written.takes_part.as_ref());
        let each = if speaks_of_cell(&written.by) {
            fields.iter().map(|field| Some(*field)).collect()
        } else {
            vec![None]
        };
        let other_key = if written.other_by.is_empty() {
            &written.by
        } else {
            &written.other_by
        };
        let mut own = Vec::new();
        let own_takes_part = self.role(source, written.takes_part.as_ref(), None, needs)?;
        let other_takes_part = self.role(source, others, None, needs)?;
        for cell in each {
            let feed = self.feed(source, &written.by, cell, false, own_takes_part, needs)?;
            own.push((feed, cell.or_else(|| fields.first().copied())));
        }
        let other = self.feed(source, other_key, None, false, other_takes_part, needs)?;
        let when = self.mix(source, when, &[], None, needs, |mixer, of| {
            mixer.other = true;
            mixer.truth(of)
        })?;
        let unless = match &written.unless {
            Some(unless) => Some(self.mix(source, unless, &[], None, needs, |mixer, of| {
                mixer.other = true;
                mixer.truth(of)
            })?),
            None => None,
        };
        self.add_across(AcrossJudge::Pair(PairRule {
            own,
            other,
            own_takes_part,
            other_takes_part,
            against_last,
            finds_none,
            when,
            unless,
        }));
        Ok(())
    }

    /// The value of a column, by its position in the plan.
    fn value_of(&mut self, field: usize) -> usize {
        let typed = self.compiler.column(field);
        let mut mixer = Mixer {
            compiler: &mut self.compiler,
            builder: &mut self.across,
            readings: self.readings,
            figures: &[],
            own: true,
            other: false,
            cell: None,
            needs: Needs::default(),
        };
        // A column is never a condition, and so always a value.
        mixer.value(typed).unwrap_or_default()
    }

    fn add_across(&mut self, judge: AcrossJudge) {
        let rule = self.rules.len();
        self.across.add(AcrossRule { rule, judge });
    }

    /// The condition under which a row takes part, by its position in the plan.
    fn role(
        &mut self,
        source: Source<'_>,
        text: Option<&Spanned<String>>,
        cell: Option<usize>,
        needs: &mut Needs,
    ) -> Result<usize, ContentError> {
        let truth = if let Some(text) = text {
            let scope = Scope { cell, counted: &[] };
            let (truth, needed) = self.truth(source, text, scope)?;
            *needs = needs.and(needed);
            truth
        } else {
            self.compiler.program.truth(TruthNode::Constant(true))
        };
        Ok(self.across.truth(truth))
    }

    fn feed(
        &mut self,
        source: Source<'_>,
        by: &[Spanned<String>],
        cell: Option<usize>,
        blanks: bool,
        role: usize,
        needs: &mut Needs,
    ) -> Result<usize, ContentError> {
        let mut key = Vec::new();
        for part in by {
            if part.get_ref() == "*" {
                key.push(KeyPart::Row);
            } else {
                key.push(self.mix(source, part, &[], cell, needs, |mixer, of| {
                    mixer.key_part(of)
                })?);
            }
        }
        Ok(self.across.feed(key, blanks, role))
    }

    fn mix<T>(
        &mut self,
        source: Source<'_>,
        text: &Spanned<String>,
        figures: &[Named],
        cell: Option<usize>,
        needs: &mut Needs,
        make: impl FnOnce(&mut Mixer<'_, '_>, &Expression) -> Result<T, Mistake>,
    ) -> Result<T, ContentError> {
        let expression = read_expression(source, text)?;
        let mut two_rows = Mixer {
            compiler: &mut self.compiler,
            builder: &mut self.across,
            readings: self.readings,
            figures,
            own: true,
            other: false,
            cell,
            needs: Needs::default(),
        };
        let result = make(&mut two_rows, &expression)
            .map_err(|mistake| source.inside(text.span(), mistake))?;
        *needs = needs.and(two_rows.needs);
        Ok(result)
    }
}

/// A figure over all groups: `total(number)`, `largest(number)`, or a condition whose groups are counted.
fn over_groups(mixer: &mut Mixer<'_, '_>, of: &Expression) -> Result<Over, Mistake> {
    if let ExpressionKind::Call {
        name, arguments, ..
    } = &of.kind
        && let [number] = arguments.as_slice()
    {
        match name.as_str() {
            "total" => return Ok(Over::Total(mixer.number(number)?)),
            "largest" => return Ok(Over::Largest(mixer.number(number)?)),
            _ => {}
        }
    }
    Ok(Over::Groups(mixer.truth(of)?))
}

fn speaks_of_cell(by: &[Spanned<String>]) -> bool {
    by.iter().any(|part| {
        part.get_ref()
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .any(|word| word == "cell")
    })
}

fn lacks(source: Source<'_>, written: &WrittenRule, what: &str) -> ContentError {
    let says = format!("this kind of rule needs {what}");
    source.mistake(written.code.span(), &says, None)
}
