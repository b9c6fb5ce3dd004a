//! The quality of all councils, field by field: for the regional team, in counts.

use super::{
    compare::{Middle, per_cent},
    counts::{Cells, Goodness, Quality, reports},
    report::latest,
};
use crate::routes::{
    Answer,
    fault::Fault,
    sheets::{self, Cover, Sheet, Value},
    visit::Visit,
};
use control::SubmissionRecord;
use pages::{CouncilLine, FieldLine, HeatMap, HeatRow, Link, OneField, QualityOverviewView};

/// One council with its latest accepted file.
struct Council {
    name: String,
    record: SubmissionRecord,
    quality: Quality,
    overall: Goodness,
}

pub(in crate::routes) async fn overview(visit: &Visit) -> Answer {
    let councils = councils(visit).await?;
    let fields = field_names(&councils);
    let asked = visit.query("field").unwrap_or_default();
    let one = fields
        .iter()
        .find(|(column, _)| *column == asked)
        .map(|(column, name)| one_field(visit, &councils, column, name));
    let view = QualityOverviewView {
        title: visit.site.collection.title.clone(),
        councils_counted: u64::try_from(councils.len()).unwrap_or(u64::MAX),
        heat: (!councils.is_empty() && one.is_none()).then(|| heat(visit, &councils, &fields)),
        fields: field_lines(visit, &councils, &fields),
        councils: councils.iter().map(|c| council_line(visit, c)).collect(),
        one,
        low: format!("under {}", per_cent(visit.site.collection.low)),
        downloads: if councils.is_empty() {
            Vec::new()
        } else {
            vec![Link::new("Fields by council as Excel", "/quality.xlsx")]
        },
    };
    Ok(Visit::page(&pages::quality_overview(&visit.frame(), &view)))
}

pub(in crate::routes) async fn overview_xlsx(visit: &Visit) -> Answer {
    let councils = councils(visit).await?;
    let fields = field_names(&councils);
    let columns: Vec<(String, f64)> = std::iter::once(("Field".to_owned(), 34.0))
        .chain(councils.iter().map(|c| (c.name.clone(), 12.0)))
        .collect();
    let rows = fields.iter().map(|(column, name)| {
        std::iter::once(Value::text(name.as_str()))
            .chain(councils.iter().map(|c| {
                let cells = cells_of(&c.quality, column);
                Value::share(cells.and_then(|cells| cells.goodness().share()))
            }))
            .collect()
    });
    let cover = Cover {
        title: "Data quality by council".to_owned(),
        facts: vec![
            (
                "Collection".to_owned(),
                visit.site.collection.title.clone(),
            ),
            ("Made".to_owned(), pages::format::moment(visit.now)),
            ("Councils".to_owned(), councils.len().to_string()),
        ],
        notes: vec![
            "Each figure is the share of judged cells that are good in the latest accepted file of a council.".to_owned(),
            "A cell is good if it holds a usable value. Cells are judged if they are filled in, or blank where they must not be.".to_owned(),
            "[x] means that there is no figure: no cell of the field was judged.".to_owned(),
        ],
    };
    let sheet = Sheet {
        name: "Fields by council".to_owned(),
        about: "Good cells of every field, a column for each council".to_owned(),
        columns,
        rows: rows.collect(),
    };
    let body = sheets::workbook(&cover, &[sheet])?;
    Ok(Visit::file(sheets::KIND, "quality-by-council.xlsx", body))
}

/// The councils with an accepted file that was counted, fewest good cells first.
async fn councils(visit: &Visit) -> Result<Vec<Council>, Fault> {
    let collection = &visit.site.collection;
    let reports = reports(visit, &collection.datasets).await?;
    let records: Vec<SubmissionRecord> = visit
        .site
        .workspace
        .control
        .all_submissions()
        .await?
        .into_iter()
        .filter(|r| collection.datasets.contains(&r.dataset))
        .collect();
    let mut councils: Vec<Council> = latest(&records, &reports)
        .into_values()
        .filter_map(|record| {
            let quality = reports.get(&record.id)?.quality.clone()?;
            Some(Council {
                name: visit.site.name_of(&record.sender),
                overall: quality.goodness()?,
                record: record.clone(),
                quality,
            })
        })
        .collect();
    councils.sort_by(|a, b| {
        let by = |c: &Council| c.overall.parts_in_a_million();
        by(a).cmp(&by(b)).then_with(|| a.name.cmp(&b.name))
    });
    Ok(councils)
}

/// Columns and names of the fields in the order of the first file that has them.
fn field_names(councils: &[Council]) -> Vec<(String, String)> {
    let mut names: Vec<(String, String)> = Vec::new();
    for field in councils.iter().flat_map(|c| &c.quality.fields) {
        if !names.iter().any(|(column, _)| *column == field.column) {
            names.push((field.column.clone(), field.field.clone()));
        }
    }
    names
}

fn cells_of<'q>(quality: &'q Quality, column: &str) -> Option<&'q Cells> {
    quality
        .fields
        .iter()
        .find(|f| f.column == column)
        .map(|f| &f.cells)
}

fn shares<'c>(councils: &'c [Council], column: &'c str) -> impl Iterator<Item = f64> + 'c {
    councils
        .iter()
        .filter_map(move |c| cells_of(&c.quality, column)?.goodness().share())
}

fn heat(visit: &Visit, councils: &[Council], fields: &[(String, String)]) -> HeatMap {
    let collection = &visit.site.collection;
    let mut above: Option<f64> = None;
    let bands = collection
        .bands
        .iter()
        .chain(std::iter::once(&0.0))
        .map(|least| {
            let name = match above {
                None => format!("{} or more", per_cent(*least)),
                Some(below) if *least <= 0.0 => format!("under {}", per_cent(below)),
                Some(below) => format!("{} to {}", per_cent(*least), per_cent(below)),
            };
            above = Some(*least);
            (*least, name)
        })
        .collect();
    HeatMap {
        id: "quality-heat".to_owned(),
        title: "Good cells by field and council, fewest at the top".to_owned(),
        subtitle: "Share of judged cells that are good, latest accepted file of each council"
            .to_owned(),
        column_name: "Number of the field, as in the table below".to_owned(),
        columns: fields.len(),
        bands,
        rows: councils
            .iter()
            .map(|c| HeatRow {
                name: c.name.clone(),
                shares: fields
                    .iter()
                    .map(|(column, _)| cells_of(&c.quality, column)?.goodness().share())
                    .collect(),
            })
            .collect(),
    }
}

fn field_lines(visit: &Visit, councils: &[Council], fields: &[(String, String)]) -> Vec<FieldLine> {
    let low = visit.site.collection.low;
    (1u64..)
        .zip(fields)
        .map(|(number, (column, name))| {
            let middle = Middle::of(shares(councils, column), 1);
            let under = shares(councils, column).filter(|s| *s < low).count();
            FieldLine {
                number,
                name: name.clone(),
                href: format!("/quality?field={column}"),
                median: middle.map_or_else(|| "no figure".to_owned(), |m| per_cent(m.median)),
                middle: middle.map_or_else(|| "no figure".to_owned(), |m| m.shares()),
                low: u64::try_from(under).unwrap_or(u64::MAX),
                councils: u64::try_from(shares(councils, column).count()).unwrap_or(u64::MAX),
            }
        })
        .collect()
}

fn council_line(visit: &Visit, council: &Council) -> CouncilLine {
    let low = visit.site.collection.low;
    let fields = || {
        council
            .quality
            .fields
            .iter()
            .filter_map(|f| Some((f, f.cells.goodness().share()?)))
    };
    let worst = fields().min_by(|a, b| a.1.total_cmp(&b.1));
    CouncilLine {
        name: council.name.clone(),
        href: format!("/submissions/{}/quality", council.record.id),
        received: pages::format::date(govern::agreement::day_of(council.record.received_at)),
        good: council.overall.words(),
        low: u64::try_from(fields().filter(|(_, share)| *share < low).count()).unwrap_or(u64::MAX),
        worst: worst
            .map(|(f, share)| format!("{} ({})", f.field, per_cent(share)))
            .unwrap_or_default(),
    }
}

fn one_field(visit: &Visit, councils: &[Council], column: &str, name: &str) -> OneField {
    let mut rows: Vec<(u64, &Council, &Cells)> = councils
        .iter()
        .filter_map(|c| {
            let cells = cells_of(&c.quality, column)?;
            Some((cells.goodness().parts_in_a_million(), c, cells))
        })
        .filter(|(_, _, cells)| cells.goodness().judged > 0)
        .collect();
    rows.sort_by_key(|(good, c, _)| (*good, c.name.clone()));
    let spec = councils
        .first()
        .and_then(|c| visit.site.library.of(&c.record.dataset));
    OneField {
        name: name.to_owned(),
        spec_href: spec.map_or_else(
            || "/specs".to_owned(),
            |e| format!("{}/fields/{column}", e.href()),
        ),
        rows: rows
            .into_iter()
            .map(|(_, c, cells)| {
                (
                    c.name.clone(),
                    format!("/submissions/{}/quality", c.record.id),
                    cells.goodness().words(),
                    [cells.blank_mandatory, cells.invalid, cells.old_release],
                )
            })
            .collect(),
    }
}
