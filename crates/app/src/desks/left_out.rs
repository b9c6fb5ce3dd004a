//! Who was left out, in counts: for each agreement and table, people by kind of preference, under the agreement's own
//! disclosure rules. Never who.

use super::{
    AnalysisDesk,
    identified::{count, text},
};
use anyhow::Result;
use govern::{
    State,
    agreement::{Name, day_of},
};
use release::{RuleSet, people_as_shown};

/// The report.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub(crate) struct LeftOutReport {
    /// A line for each agreement, table and kind; none where nobody was left out.
    pub(crate) rows: Vec<LeftOut>,
    /// The rules of the counts, in a sentence.
    pub(crate) rules: String,
}

/// A line of the report.
#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct LeftOut {
    pub(crate) agreement: String,
    pub(crate) table: String,
    pub(crate) kind: String,
    /// How many people, as the rule set shows it.
    pub(crate) people: String,
}

impl AnalysisDesk<'_> {
    /// Counts the people whom preferences leave out under every agreement that is in force.
    pub(crate) async fn left_out(&self) -> Result<LeftOutReport> {
        let w = self.workspace;
        let today = day_of(w.clock.now());
        let here = self.tables().await?;
        let agreements = w.agreements().await?;
        let mut rows = Vec::new();
        for agreement in agreements
            .iter_on(today)
            .filter(|a| a.state(today) == State::Active)
        {
            let rules = RuleSet::read(&w.content, &agreement.outputs.rule_set)?;
            for table in agreement.datasets.keys().map(Name::as_str) {
                let Some((query, reads)) = agreement.people_left_out(table, today) else {
                    continue;
                };
                if !reads.iter().all(|name| here.contains(name)) {
                    continue;
                }
                let reads: Vec<&str> = reads.iter().map(String::as_str).collect();
                for batch in self.engine.look(&self.stores(), &reads, &query).await? {
                    rows.extend((0..batch.num_rows()).map(|row| LeftOut {
                        agreement: agreement.reference.clone(),
                        table: table.to_owned(),
                        kind: text(&batch, 0, row),
                        people: people_as_shown(&rules, count(&batch, 1, row)),
                    }));
                }
            }
        }
        Ok(LeftOutReport {
            rows,
            rules: "Each agreement's own disclosure rules are applied: small counts are hidden and others rounded.".to_owned(),
        })
    }
}
