//! `haven link evaluate`: how good links are, held against the truth.

use super::link_report;
use crate::{
    cli::{LinkEvaluateArgs, PairsThatCount},
    clock::SystemClock,
    fault::{Exit, Usage},
    output::Output,
};
use anyhow::{Context as _, Result};
use link::evaluate::{Ask, Counted, TruthShape, evaluate};
use model::Clock as _;
use pages::LinkageReportView;

pub(crate) fn run(args: &LinkEvaluateArgs, output: &Output) -> Result<Exit> {
    let mut ask = Ask::new(shape(args)?);
    ask.groups.clone_from(&args.group);
    ask.superseded.clone_from(&args.superseded);
    ask.index = args.index_people;
    ask.compared = args.compared;
    ask.margin = args.margin;
    ask.file_column.clone_from(&args.file_column);
    ask.counted = args.pairs.map(|pairs| match pairs {
        PairsThatCount::OneFile => Counted::OneFile,
        PairsThatCount::TwoFiles => Counted::TwoFiles,
    });
    let evaluation = evaluate(&args.links, &args.truth, &ask)?;
    if let Some(path) = &args.report {
        let mut view = LinkageReportView {
            title: format!("Links held against the truth: {}", args.links.display()),
            made_at: Some(SystemClock.now()),
            ..LinkageReportView::default()
        };
        link_report::add_evaluation(&mut view, &evaluation);
        super::link_files::write_whole(path, &pages::linkage_report_file(&view).into_string())?;
    }
    if output.json {
        let evaluation =
            serde_json::to_value(&evaluation).context("the evaluation cannot be written")?;
        output.document(&serde_json::json!({"version": 1, "evaluation": evaluation}));
    } else {
        output.result(&evaluation.to_text());
    }
    Ok(Exit::Fine)
}

/// What the truth looks like: by its columns, unless they are named.
fn shape(args: &LinkEvaluateArgs) -> Result<TruthShape> {
    let rows = link::files::open(&args.truth, &[])?;
    let has = |name: &str| rows.columns().iter().any(|column| column == name);
    if let [left, right] = args.columns.as_slice() {
        let (left, right) = (left.clone(), right.clone());
        return Ok(if right == "person" {
            TruthShape::People {
                record: left,
                person: right,
            }
        } else {
            TruthShape::Trace {
                record: left,
                person: right,
            }
        });
    }
    if has("left_id") && has("right_id") {
        return Ok(TruthShape::Pairs {
            left: "left_id".to_owned(),
            right: "right_id".to_owned(),
        });
    }
    if has("record_id") && has("person") {
        return Ok(TruthShape::People {
            record: "record_id".to_owned(),
            person: "person".to_owned(),
        });
    }
    if has("record_id") && has("nhs_number") {
        return Ok(TruthShape::Trace {
            record: "record_id".to_owned(),
            person: "nhs_number".to_owned(),
        });
    }
    Err(Usage(
        "the truth has neither record_id with nhs_number, record_id with person, nor left_id with right_id: name two columns with --columns".to_owned(),
    )
    .into())
}
