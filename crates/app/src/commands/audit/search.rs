//! Searching the log from the command line: sentences, and files.

use super::export;
use crate::{
    cli::{AuditFilter, AuditOutcome},
    fault::{Exit, Usage},
    output::Output,
    workspace::Workspace,
};
use anyhow::{Context, Result};
use chrono::{DateTime, Days, Months, NaiveDate, TimeZone, Utc};
use chrono_tz::Europe::London;
use govern::{
    AuditKeeper as _, Entry, EntryBody, Kind, ObjectKind, Outcome,
    audit::search::{Area, Filter, Found, Search},
};
use model::{Content, WholeFile};
use std::{io::Write as _, path::Path};
use store::{AuditFile, StoreError};

/// How many entries a file holds: as many as a sheet.
const IN_A_FILE: usize = 1_000_000;

/// Goes through the log.
pub(crate) fn found(audit: &AuditFile, filter: Filter, most: usize) -> Result<Found, StoreError> {
    let mut search = Search::new(filter, most);
    audit.each(|entry| search.look(entry))?;
    Ok(search.end())
}

/// The beginning of a day or a month in London, or the beginning of what follows it.
pub(crate) fn moment_of(text: &str, end: bool) -> Option<DateTime<Utc>> {
    let day = match text.parse::<NaiveDate>() {
        Ok(day) if end => day.checked_add_days(Days::new(1))?,
        Ok(day) => day,
        Err(_) => {
            let first: NaiveDate = format!("{text}-01").parse().ok()?;
            if end {
                first.checked_add_months(Months::new(1))?
            } else {
                first
            }
        }
    };
    let moment = London.from_local_datetime(&day.and_hms_opt(0, 0, 0)?);
    moment.earliest().map(|moment| moment.with_timezone(&Utc))
}

/// How an entry ended, by the word of the log.
pub(crate) fn outcome(word: &str) -> Option<Outcome> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).ok()
}

/// An area by its name, with those that it lies in as far as content knows them.
pub(crate) fn area(content: &Content, name: &str) -> Area {
    let mut area = Area {
        name: name.to_owned(),
        within: Vec::new(),
    };
    let Ok(text) = content.bytes("place/areas.csv") else {
        return area;
    };
    let mut reader = csv::Reader::from_reader(text);
    let column = |header: &csv::StringRecord, name: &str| header.iter().position(|h| h == name);
    let Ok(header) = reader.headers().cloned() else {
        return area;
    };
    let (Some(ward), Some(around)) = (column(&header, "ward_name"), column(&header, "msoa21_name"))
    else {
        return area;
    };
    for row in reader.records().flatten() {
        if row
            .get(ward)
            .is_some_and(|w| w.eq_ignore_ascii_case(name.trim()))
        {
            // `Southend-on-Sea 007` lies in Southend-on-Sea.
            let around = row.get(around).unwrap_or_default();
            let council = around.trim_end_matches(|c: char| c.is_ascii_digit() || c == ' ');
            if !council.is_empty() && !area.within.iter().any(|there| there == council) {
                area.within.push(council.to_owned());
            }
        }
    }
    area
}

fn filter(workspace: &Workspace, args: &AuditFilter) -> Result<Filter> {
    let day = |text: &Option<String>, end: bool| match text {
        None => Ok(None),
        Some(text) => moment_of(text, end).map(Some).ok_or_else(|| {
            Usage(format!(
                "`{text}` is not a day such as 2026-05-01, nor a month such as 2026-05"
            ))
        }),
    };
    let kind = match &args.kind {
        None => None,
        Some(word) => Some(Kind::from_word(word).ok_or_else(|| {
            let words: Vec<String> = Kind::ALL.iter().map(|kind| kind.word()).collect();
            Usage(format!(
                "there is no kind `{word}`; there are {}",
                words.join(", ")
            ))
        })?),
    };
    Ok(Filter {
        person: args.person.clone(),
        organisation: args.organisation.clone(),
        agreement: args.agreement.clone(),
        purpose: args.purpose.clone(),
        table: args.table.clone(),
        area: args
            .area
            .as_ref()
            .map(|name| area(&workspace.content, name)),
        kind,
        outcome: args.outcome.map(|outcome| match outcome {
            AuditOutcome::Allowed => Outcome::Allowed,
            AuditOutcome::Refused => Outcome::Refused,
            AuditOutcome::Done => Outcome::Done,
            AuditOutcome::Failed => Outcome::Failed,
        }),
        from: day(&args.since, false)?,
        until: day(&args.until, true)?,
        seen: args.seen,
    })
}

/// A search is an entry itself.
fn say(workspace: &Workspace, why: &str) -> Result<()> {
    let mut entry = EntryBody::new(
        workspace.clock.now(),
        Kind::Searched,
        "haven audit",
        Outcome::Done,
    );
    entry.object_kind = Some(ObjectKind::Log);
    entry.reason = Some(why.to_owned());
    workspace.audit.keep(entry)?;
    Ok(())
}

pub(super) fn run(
    workspace: &Workspace,
    args: &AuditFilter,
    last: usize,
    output: &Output,
) -> Result<Exit> {
    let filter = filter(workspace, args)?;
    say(workspace, "at the command line")?;
    let (area, cannot) = (filter.area.clone(), filter.cannot_say());
    let found = found(&workspace.audit, filter, last)?;
    if output.json {
        let hits: Vec<serde_json::Value> = found
            .hits
            .iter()
            .map(|hit| {
                serde_json::json!({
                    "entry": hit.entry.seq, "sentence": hit.sentence(), "why": hit.why(area.as_ref()),
                })
            })
            .collect();
        output.document(&serde_json::json!({
            "version": 1, "found": found.total, "elsewhere": found.elsewhere,
            "looked_at": found.looked_at, "entries": hits, "cannot_say": cannot,
        }));
        return Ok(Exit::Fine);
    }
    for hit in &found.hits {
        output.result(&format!("{} [entry {}]", hit.sentence(), hit.entry.seq));
        for why in hit.why(area.as_ref()) {
            output.result(&format!("    {why}"));
        }
    }
    output.tell(&format!(
        "{} found of {} looked at; {} told here.",
        found.total,
        found.looked_at,
        found.hits.len()
    ));
    if found.elsewhere > 0 {
        output.tell(&format!(
            "{} more were left out: their agreements name other areas only.",
            found.elsewhere
        ));
    }
    for sentence in cannot {
        output.tell(&sentence);
    }
    Ok(Exit::Fine)
}

pub(super) fn export(
    workspace: &Workspace,
    args: &AuditFilter,
    out: &Path,
    output: &Output,
) -> Result<Exit> {
    let ending = out.extension().and_then(|e| e.to_str()).unwrap_or_default();
    let write: fn(&[Entry]) -> Result<Vec<u8>> = match ending {
        "csv" => export::csv,
        "xlsx" => export::xlsx,
        "jsonl" => export::jsonl,
        _ => {
            let words = format!("`{}` ends in neither .csv, .xlsx nor .jsonl", out.display());
            return Err(Usage(words).into());
        }
    };
    let filter = filter(workspace, args)?;
    say(workspace, "exported to a file")?;
    let found = found(&workspace.audit, filter, IN_A_FILE)?;
    let total = found.total;
    let entries: Vec<Entry> = found.hits.into_iter().map(|hit| hit.entry).collect();
    let named = || format!("cannot write `{}`", out.display());
    let mut file = WholeFile::new(out).with_context(named)?;
    file.write_all(&write(&entries)?).with_context(named)?;
    file.keep().with_context(named)?;
    output.tell(&format!(
        "{} entries in `{}`.",
        entries.len(),
        out.display()
    ));
    if total > entries.len() as u64 {
        output.tell(&format!(
            "{total} were found; the file holds the newest. Ask for a shorter time with --since and --until."
        ));
    }
    Ok(Exit::Fine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_months_are_those_of_london() {
        for (text, end, expected) in [
            ("2026-05-01", false, "2026-04-30T23:00:00Z"),
            ("2026-05", false, "2026-04-30T23:00:00Z"),
            ("2026-05", true, "2026-05-31T23:00:00Z"),
            ("2026-12-31", true, "2027-01-01T00:00:00Z"),
        ] {
            let expected: DateTime<Utc> = expected.parse().unwrap();
            assert_eq!(moment_of(text, end), Some(expected), "{text}");
        }
        for wrong in ["", "May", "2026", "2026-13", "2026-02-30"] {
            assert_eq!(moment_of(wrong, false), None, "{wrong}");
        }
    }

    #[test]
    fn a_ward_lies_in_its_council() {
        let content = laptop::content(None).unwrap();
        assert_eq!(area(&content, "westborough").within, ["Southend-on-Sea"]);
        assert!(area(&content, "nowhere").within.is_empty());
    }
}
