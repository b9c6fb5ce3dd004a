//! What follows from the decisions that stand: a person's newest on a pair, if it was not taken back. A pair is
//! settled where all of them are of one mind.

use super::{LinkDecision, PairDecision, read};
use crate::{Control, ControlError};
use std::collections::BTreeMap;

/// The decisions that stand on one pair: one of each person, in the order in which the people first decided.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// The decisions.
    pub decisions: Vec<LinkDecision>,
}

impl Standing {
    /// What is settled: all people say the same, and it is not that they cannot tell.
    pub fn settled(&self) -> Option<PairDecision> {
        let (one, others) = self.decisions.split_first()?;
        let of_one_mind = others.iter().all(|other| other.decision == one.decision);
        (of_one_mind && one.decision != PairDecision::NotSure).then_some(one.decision)
    }

    /// The decision of one person.
    pub fn of(&self, by: &str) -> Option<&LinkDecision> {
        self.decisions.iter().find(|decision| decision.by == by)
    }

    /// A later decision of the same person takes the place of the earlier one.
    fn add(&mut self, decision: LinkDecision) {
        let earlier = self.decisions.iter_mut().find(|d| d.by == decision.by);
        match earlier {
            Some(earlier) => *earlier = decision,
            None => self.decisions.push(decision),
        }
    }
}

/// A pair that two people judged, each without the other's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgedTwice {
    /// The pair, by its token.
    pub pair: String,
    /// What the first person said.
    pub first: LinkDecision,
    /// What the second person said.
    pub second: LinkDecision,
}

impl Control {
    /// The decisions that stand on one pair.
    pub async fn standing_decisions(&self, pair: &str) -> Result<Standing, ControlError> {
        let rows = sqlx::query(
            "SELECT * FROM link_decision WHERE pair = $1 AND undone_at IS NULL ORDER BY number",
        )
        .bind(pair)
        .fetch_all(&self.pool)
        .await?;
        let mut standing = Standing::default();
        for row in &rows {
            standing.add(read(row)?);
        }
        Ok(standing)
    }

    /// The decisions that stand on every pair about which there is one, by pair.
    pub async fn all_standing_decisions(&self) -> Result<BTreeMap<String, Standing>, ControlError> {
        let rows =
            sqlx::query("SELECT * FROM link_decision WHERE undone_at IS NULL ORDER BY number")
                .fetch_all(&self.pool)
                .await?;
        let mut pairs: BTreeMap<String, Standing> = BTreeMap::new();
        for row in &rows {
            let decision = read(row)?;
            pairs
                .entry(decision.pair.clone())
                .or_default()
                .add(decision);
        }
        Ok(pairs)
    }

    /// The pairs that are settled, with what they are: for a linkage run, which keeps to them.
    pub async fn settled_pairs(&self) -> Result<Vec<(String, PairDecision)>, ControlError> {
        let pairs = self.all_standing_decisions().await?;
        let settled = pairs
            .into_iter()
            .filter_map(|(pair, standing)| Some((pair, standing.settled()?)));
        Ok(settled.collect())
    }

    /// The pairs that two people judged, by pair; of more people the first two count.
    pub async fn pairs_judged_twice(&self) -> Result<Vec<JudgedTwice>, ControlError> {
        let pairs = self.all_standing_decisions().await?;
        let twice = pairs.into_iter().filter_map(|(pair, standing)| {
            let mut decisions = standing.decisions.into_iter();
            Some(JudgedTwice {
                pair,
                first: decisions.next()?,
                second: decisions.next()?,
            })
        });
        Ok(twice.collect())
    }
}
