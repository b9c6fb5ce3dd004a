//! Files may be packed; a cell that cannot be read is named by its row and column.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Result;
use plain::invent::{Size, invent};

fn invented(name: &str) -> Result<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let size = Size {
        councils: 1,
        people: 6,
    };
    invent(3, size, &folder)?;
    Ok(folder)
}

#[test]
fn packed_files_read_the_same() {
    let folder = invented("packed").unwrap();
    let as_they_are = plain::run(&plain::read::folder(&folder).unwrap()).unwrap();
    for name in ["cld_raw.csv", "mapping/REF_Gender_Mapping.csv"] {
        let plain_file = folder.join(name);
        let packed = File::create(folder.join(format!("{name}.gz"))).unwrap();
        let mut writer = flate2::write::GzEncoder::new(packed, flate2::Compression::fast());
        writer.write_all(&fs::read(&plain_file).unwrap()).unwrap();
        writer.finish().unwrap();
        fs::remove_file(plain_file).unwrap();
    }
    assert_eq!(
        plain::run(&plain::read::folder(&folder).unwrap()).unwrap(),
        as_they_are
    );
}

#[test]
fn without_hospital_rows_the_other_measures_still_run() {
    let folder = invented("no-hospital").unwrap();
    fs::remove_file(folder.join("sus_apc.csv")).unwrap();
    let found = plain::run(&plain::read::folder(&folder).unwrap()).unwrap();
    assert!(found["09_ascof_2d_links_latest"].rows.is_empty());
}

#[test]
fn a_cell_that_is_no_date_is_named_and_not_shown() {
    let folder = invented("bad-date").unwrap();
    let path = folder.join("cld_raw.csv");
    let mut reader = csv::Reader::from_path(&path).unwrap();
    let headers = reader.headers().unwrap().clone();
    let at = headers
        .iter()
        .position(|header| header == "Event_Start_Date")
        .unwrap();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&headers).unwrap();
    for (number, record) in reader.records().enumerate() {
        let mut cells: Vec<String> = record.unwrap().iter().map(str::to_owned).collect();
        if number == 2 {
            cells[at] = "31/12/2025".to_owned();
        }
        writer.write_record(&cells).unwrap();
    }
    fs::write(&path, writer.into_inner().unwrap()).unwrap();
    let error = format!("{:#}", plain::read::folder(&folder).unwrap_err());
    assert_eq!(error, "`cld_raw` row 3: `Event_Start_Date` is not a date");
}
