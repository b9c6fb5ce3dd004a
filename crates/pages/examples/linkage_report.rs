//! Writes pages about linkage with invented figures into a folder, to be looked at in a browser:
//! `cargo run -p pages --example linkage_report -- FOLDER`.

#[expect(
    dead_code,
    clippy::wildcard_imports,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "invented figures that are shared with the tests"
)]
#[path = "../tests/it/samples/linkage_view.rs"]
mod linkage_view;

#[path = "../tests/it/samples/review.rs"]
#[expect(
    clippy::wildcard_imports,
    clippy::unwrap_used,
    reason = "invented figures that are shared with the tests"
)]
mod review;

use pages::Frame;
use std::{env, fs, io, path::PathBuf};

fn main() -> io::Result<()> {
    let folder = env::args().nth(1).map_or_else(env::temp_dir, PathBuf::from);
    fs::create_dir_all(&folder)?;
    let frame = Frame {
        service: "Haven".to_owned(),
        operator: "Estuary Region data service (invented)".to_owned(),
        help_href: "/help".to_owned(),
        ..Frame::default()
    };
    let report = linkage_view::report();
    for (name, page) in [
        ("offline.html", pages::linkage_report_file(&report)),
        ("report.html", pages::linkage_report(&frame, &report)),
        ("review.html", pages::pair_review(&frame, &review::pair())),
        (
            "review-error.html",
            pages::pair_review(&frame, &review::pair_with_error()),
        ),
        ("queue.html", pages::review_queue(&frame, &review::queue())),
        (
            "decisions.html",
            pages::decisions(&frame, &review::all_decisions()),
        ),
        ("returned.html", pages::returned(&frame, &review::found())),
        (
            "returned-overview.html",
            pages::returned_overview(&frame, &review::decided_by_senders()),
        ),
    ] {
        fs::write(folder.join(name), page.into_string())?;
    }
    Ok(())
}
