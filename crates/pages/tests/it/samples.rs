//! Every page in its states, filled with invented figures. Used by the tests, and by anyone who wants to
//! look at the pages in a browser.

use chrono::{DateTime, NaiveDate, Utc};
use model::Date;
use pages::{Expiry, Frame, Place, Reader, chart::Value, map::Outlines};
use std::sync::Arc;

mod accounts;
mod agreements;
mod analyst;
mod auditor;
mod cases;
pub(crate) mod collection;
pub(crate) mod figures;
pub(crate) mod gallery;
mod incidents;
mod keys;
pub(crate) mod linkage;
mod linkage_ugly;
pub(crate) mod linkage_view;
mod operator;
mod preferences;
mod public;
pub(crate) mod review;
mod rights;
mod sender;
mod specs;

const OUTLINES: &[u8] = include_bytes!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../content/geo/southend_lsoa21.json"
));
const HASH: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// The name of each page with its document.
pub(crate) fn pages() -> Vec<(&'static str, String)> {
    let mut pages = Vec::new();
    public::add_pages(&mut pages);
    specs::add_pages(&mut pages);
    sender::add_pages(&mut pages);
    operator::add_pages(&mut pages);
    keys::add_pages(&mut pages);
    collection::add_pages(&mut pages);
    figures::add_pages(&mut pages);
    analyst::add_pages(&mut pages);
    auditor::add_pages(&mut pages);
    linkage::add_pages(&mut pages);
    cases::add_pages(&mut pages);
    preferences::add_pages(&mut pages);
    agreements::add_pages(&mut pages);
    accounts::add_pages(&mut pages);
    incidents::add_pages(&mut pages);
    rights::add_pages(&mut pages);
    pages
}

pub(crate) fn outlines() -> Arc<Outlines> {
    Arc::new(Outlines::from_json(OUTLINES).unwrap())
}

fn visitor() -> Frame {
    Frame {
        service: "Haven".into(),
        operator: "Estuary Region data service (invented)".into(),
        navigation: vec![Place {
            text: "Register of data uses".into(),
            href: "/register".into(),
            here: false,
        }],
        reader: None,
        help_href: "/help".into(),
        logo: None,
    }
}

fn signed_in(role: &str, places: &[&str]) -> Frame {
    Frame {
        navigation: places
            .iter()
            .enumerate()
            .map(|(n, p)| Place {
                text: (*p).into(),
                href: format!("/{n}"),
                here: n == 0,
            })
            .collect(),
        reader: Some(Reader {
            name: "Jo Example".into(),
            role: role.into(),
            organisation: "Southend-on-Sea City Council".into(),
            can_switch: true,
            csrf: "token".into(),
            expiry: Some(Expiry {
                until: "5:30pm".into(),
                seconds: 1800,
                last: false,
                stay_href: "/account/stay?next=/".into(),
            }),
        }),
        ..visitor()
    }
}

pub(crate) fn shown(value: f64) -> Value {
    Value::Shown(value)
}

pub(crate) fn hidden() -> Value {
    Value::Hidden("*".into())
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|t| (*t).to_owned()).collect()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn day(year: i32, month: u32, day: u32) -> Date {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}
