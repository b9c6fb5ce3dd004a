//! `haven link evaluate`: how good links are, held against the truth.

use super::link_report;
use crate::{
    cli::{LinkEvaluateArgs, PairsThatCount},
    clock::SystemClock,
    fault::{Exit, Usage},
    output::Output,
};
use anyhow::{Context as _, Result};
use link::{
    evaluate::{Ask, Counted, Explaining, TruthShape, evaluate_and_explain, write_false_links},
    explain::{Classes, Explanations},
    files::writable,
    trained::Trained,
};
use model::{Clock as _, Content};
use pages::LinkageReportView;

pub(crate) fn run(args: &LinkEvaluateArgs, content: &Content, output: &Output) -> Result<Exit> {
    for path in args.false_links.iter().chain(&args.report) {
        writable(path)?;
    }
    let mut ask = Ask::new(shape(args)?);
    ask.groups.clone_from(&args.group);
    ask.superseded.clone_from(&args.superseded);
    ask.index = args.index_people;
    ask.compared = args.compared;
    ask.true_compared = args.compared_right;
    ask.margin = args.margin;
    ask.outcomes.clone_from(&args.outcome);
    ask.thresholds.clone_from(&args.thresholds);
    for reference in &args.reference {
        let (column, group) = reference_of(reference, &args.group)?;
        ask.references.insert(column, group);
    }
    ask.file_column.clone_from(&args.file_column);
    ask.counted = args.pairs.map(|pairs| match pairs {
        PairsThatCount::OneFile => Counted::OneFile,
        PairsThatCount::TwoFiles => Counted::TwoFiles,
    });
    let explanations = Explanations::read(content)?;
    let learned = match &args.model {
        Some(name) => {
            let model = super::link_files::read_model(content, name)?;
            let path = format!("linkage/trained/{name}.toml");
            let trained = Trained::from_text(content.text(&path)?, &path)?;
            let parameters = trained.parameters(&model, &path)?;
            Some((model, parameters))
        }
        None => None,
    };
    let explaining = Explaining {
        explanations: &explanations,
        classes: learned
            .as_ref()
            .zip(args.index_people)
            .map(|((model, parameters), people)| Classes {
                model,
                parameters,
                strangers: f64::from(u32::try_from(people).unwrap_or(u32::MAX)),
            }),
    };
    let (evaluation, false_links) =
        evaluate_and_explain(&args.links, &args.truth, &ask, &explaining)?;
    if let Some(path) = &args.false_links {
        write_false_links(path, &false_links)?;
    }
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

/// The column and the group of a reference.
fn reference_of(reference: &str, groups: &[String]) -> Result<(String, String)> {
    if let Some((column, group)) = reference.split_once('=')
        && groups.iter().any(|known| known == column)
    {
        return Ok((column.to_owned(), group.to_owned()));
    }
    match groups {
        [column] => Ok((column.clone(), reference.to_owned())),
        _ => Err(Usage(
            "with several columns of groups a reference names its column: --reference COLUMN=GROUP"
                .to_owned(),
        )
        .into()),
    }
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
