//! The model card: what a linkage model is for, what it was trained and measured on, whom it misses, and its limits.

use super::{
    Evaluation,
    text::{Text, groups, percent, safe},
};
use crate::{
    match_model::{Kind, MatchModel},
    weigh::Parameters,
};

/// What goes on a model card beside the model itself.
#[derive(Debug, Clone, Copy)]
pub struct Card<'a> {
    /// The name of the model's file.
    pub name: &'a str,
    /// The version of the model or of the program.
    pub version: &'a str,
    /// The day, as text.
    pub date: &'a str,
    /// What the model is for.
    pub purpose: &'a str,
    /// What it was trained and measured on: names and values, in order.
    pub data: &'a [(String, String)],
    /// What else it cannot do.
    pub limits: &'a [String],
    /// The model.
    pub model: &'a MatchModel,
    /// The shares and rates that were used.
    pub parameters: &'a Parameters,
    /// How good it is, where there is truth.
    pub evaluation: Option<&'a Evaluation>,
}

/// The model card as Markdown.
pub fn model_card(card: &Card<'_>) -> String {
    let mut text = Text::default();
    let model = card.model;
    text.head(1, &format!("Model card: {}", safe(&model.title)));
    let kind = match model.kind {
        Kind::Trace => "trace: each record has at most one person in the index",
        Kind::Link => "link: records of two files, any number of one person",
        Kind::Dedupe => "dedupe: records of one file, any number of one person",
        Kind::LinkAndDedupe => {
            "link_and_dedupe: records of two files, any number of one person, within each file too"
        }
    };
    let decision = &model.decision;
    let rows = [
        ("model", safe(card.name)),
        ("version", safe(card.version)),
        ("date", safe(card.date)),
        ("kind", kind.to_owned()),
        (
            "a link from a probability of",
            decision.probability.to_string(),
        ),
        (
            "margin to the next different person",
            format!("{} bits", decision.margin),
        ),
    ];
    text.table(
        &["", ""],
        &rows.map(|(name, value)| vec![name.to_owned(), value]),
    );
    text.head(2, "What it is for");
    text.line(format_args!("{}", safe(card.purpose)));
    text.head(2, "Data");
    if card.data.is_empty() {
        text.line(format_args!(
            "Nobody said what it was trained and measured on."
        ));
    } else {
        let rows = card
            .data
            .iter()
            .map(|(name, value)| vec![name.clone(), value.clone()]);
        text.table(&["", ""], &rows.collect::<Vec<_>>());
    }
    how_it_decides(&mut text, card);
    parameters(&mut text, card);
    measures(&mut text, card.evaluation);
    limits(&mut text, card);
    text.whole()
}

fn how_it_decides(text: &mut Text, card: &Card<'_>) {
    let model = card.model;
    text.head(2, "How it decides");
    text.line(format_args!(
        "Compared columns: {}.",
        listed(model.columns.iter().map(|c| c.name.get_ref().clone()))
    ));
    let blocks = model.blocks.iter().map(|block| {
        let same: Vec<&str> = block
            .same
            .iter()
            .map(|same| same.get_ref().as_str())
            .collect();
        block.name.clone().unwrap_or_else(|| same.join(" and "))
    });
    text.line(format_args!(
        "A pair is compared where one of these is the same: {}.",
        listed(blocks)
    ));
    for veto in &model.vetoes {
        text.line(format_args!("Never linked: {}.", safe(&veto.says)));
    }
}

fn listed(words: impl Iterator<Item = String>) -> String {
    let words: Vec<String> = words.map(|word| safe(&word)).collect();
    words.join("; ")
}

/// Rates of classes, and for each comparison the share of each level in every class.
fn parameters(text: &mut Text, card: &Card<'_>) {
    let (model, parameters) = (card.model, card.parameters);
    text.head(2, "Parameters");
    let classes = parameters.names.iter().enumerate().map(|(at, name)| {
        let same = parameters.same_person.get(at).copied().unwrap_or(false);
        // The rate of strangers is the number of records that a record is held against, not a parameter.
        let rate = parameters
            .rates
            .get(at)
            .filter(|_| at > 0)
            .map_or_else(String::new, |rate| format!("{rate:.6}"));
        vec![
            name.clone(),
            if same { "one person" } else { "two people" }.to_owned(),
            rate,
        ]
    });
    text.table(
        &["class of pairs", "is", "pairs for each record"],
        &classes.collect::<Vec<_>>(),
    );
    let mut head = vec!["comparison", "level"];
    head.extend(parameters.names.iter().map(String::as_str));
    let first_same = parameters.same_person.iter().position(|same| *same);
    head.push("bits against strangers");
    let mut rows = Vec::new();
    for (at, comparison) in model.comparisons.iter().enumerate() {
        for (level, name) in model.level_names(at).iter().enumerate() {
            let share = |class: usize| parameters.shares.get(class)?.get(at)?.get(level).copied();
            let mut row = vec![comparison.name.get_ref().clone(), (*name).to_owned()];
            row.extend(
                (0..parameters.classes()).map(|class| {
                    share(class).map_or_else(String::new, |share| format!("{share:.7}"))
                }),
            );
            let bits = first_same.and_then(|same| Some(share(same)?.log2() - share(0)?.log2()));
            row.push(
                bits.filter(|bits| bits.is_finite())
                    .map_or_else(String::new, |bits| format!("{bits:+.2}")),
            );
            rows.push(row);
        }
    }
    text.line(format_args!(""));
    let head: Vec<String> = head.into_iter().map(safe).collect();
    text.table(&head.iter().map(String::as_str).collect::<Vec<_>>(), &rows);
}

fn measures(text: &mut Text, evaluation: Option<&Evaluation>) {
    text.head(2, "How good it is");
    let Some(evaluation) = evaluation else {
        text.line(format_args!(
            "Not measured: there was no truth to hold it against."
        ));
        return;
    };
    text.line(format_args!(
        "{} records with truth, {} to find, {} of them in the links.\n",
        evaluation.records, evaluation.to_find, evaluation.in_links
    ));
    let mut rows: Vec<Vec<String>> = evaluation
        .recall_at
        .iter()
        .map(|recall| {
            let precision = (recall.precision * 1e6).round() / 1e4;
            vec![
                format!("recall at a precision of {precision} %"),
                percent(recall.at.as_ref().and_then(|at| at.measures.recall)),
            ]
        })
        .collect();
    for point in &evaluation.operating {
        rows.push(vec![
            format!("precision {}", point.name),
            percent(point.measures.precision),
        ]);
        rows.push(vec![
            format!("recall {}", point.name),
            percent(point.measures.recall),
        ]);
    }
    text.table(&["measure", ""], &rows);
    if let Some(links) = &evaluation.false_links {
        links.tell(text);
    }
    if let Some(point) = evaluation.operating.first() {
        for table in &point.groups {
            groups(text, table, evaluation.over);
        }
    }
}

fn limits(text: &mut Text, card: &Card<'_>) {
    text.head(2, "Limits");
    for limit in card.limits {
        text.line(format_args!("- {}", safe(limit)));
    }
    let groups = card
        .evaluation
        .and_then(|evaluation| evaluation.operating.first())
        .map_or(0, |point| point.groups.len());
    if groups == 0 {
        text.line(format_args!(
            "- Not measured by group: whom it misses more often is not known."
        ));
    }
    for point in card
        .evaluation
        .iter()
        .filter_map(|evaluation| evaluation.operating.first())
    {
        for table in &point.groups {
            let small = table.rows.iter().filter(|row| !row.enough).count();
            if small > 0 {
                let column = safe(&table.column);
                text.line(format_args!(
                    "- {small} groups of {column} are too small to say how often they are missed."
                ));
            }
            if let (Some(worst), Some(gap)) =
                (&table.worst, table.worst_gap.filter(|gap| gap.clear))
            {
                let points = gap.difference * 100.0;
                text.line(format_args!(
                    "- By {}, {} is missed more often by {points:.3} points; results about this group are affected.",
                    safe(&table.column),
                    safe(worst)
                ));
            }
        }
    }
    text.line(format_args!(
        "- Measures hold for data like those above; on others they are to be taken anew."
    ));
}
