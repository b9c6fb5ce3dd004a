//! Files that are not what they should be: a clear word about each, in bounded memory, and nothing landed.

use crate::workspace::{Ended, TODAY, Workspace, invented_place};
use std::{
    fs::File,
    io::{Read, Write},
    path::Path,
    process::Child,
    time::Duration,
};

/// No file may make a command hold more than this.
const MOST_MEMORY_KB: u64 = 400_000;
/// No file may make a command ask for more address space than this, threads and all.
const MOST_ADDRESSES_KB: u64 = 4_000_000;
/// Stands in a cell of every file that has cells, and in no message.
const CELL: &str = "Zebedeeson";

/// A file that is not what it should be.
struct Malformed {
    name: &'static str,
    write: fn(&Path),
    /// How the command ends: 3 where the file cannot be read, 1 where it can be and is not accepted.
    code: i32,
    /// Words of the message that tell what is wrong or what to do.
    says: &'static str,
}

const CASES: &[Malformed] = &[
    Malformed {
        name: "empty.csv",
        write: |at| put(at, b""),
        code: 3,
        says: "the file is empty",
    },
    Malformed {
        name: "blank.csv",
        write: |at| put(at, &b"\n".repeat(5_000)),
        code: 3,
        says: "the file is empty",
    },
    Malformed {
        name: "noise.csv",
        write: |at| put(at, &noise(300_000)),
        code: 3,
        says: "not a CSV or Excel file",
    },
    Malformed {
        name: "report.csv",
        write: |at| put(at, b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"),
        code: 3,
        says: "a PDF",
    },
    Malformed {
        name: "one-line.csv",
        write: one_line_of_a_gigabyte,
        code: 3,
        says: "check the delimiter and the line ends",
    },
    Malformed {
        name: "other.csv",
        write: |at| put(at, other_table().as_bytes()),
        code: 3,
        says: "is named in the first row",
    },
    Malformed {
        name: "nul.csv",
        write: |at| put(at, &with_nul_bytes()),
        code: 1,
        says: "",
    },
    Malformed {
        name: "nuls.csv",
        write: |at| put(at, &vec![0; 200_000]),
        code: 3,
        says: "not a CSV or Excel file",
    },
    Malformed {
        name: "wide.csv",
        write: |at| put(at, wide().as_bytes()),
        code: 3,
        says: "columns, check the delimiter",
    },
    Malformed {
        name: "cut.xlsx",
        write: cut_workbook,
        code: 3,
        says: "cut short or damaged",
    },
    Malformed {
        name: "bomb.zip",
        write: bomb,
        code: 3,
        says: "when uncompressed",
    },
    Malformed {
        name: "bomb.csv.gz",
        write: gzip_bomb,
        code: 3,
        says: "when uncompressed",
    },
    Malformed {
        name: "two.zip",
        write: |at| zip_of(at, &["a.csv", "b.csv"]),
        code: 3,
        says: "exactly one CSV or Excel file",
    },
    Malformed {
        name: "none.zip",
        write: |at| zip_of(at, &[]),
        code: 3,
        says: "exactly one CSV or Excel file",
    },
    Malformed {
        name: "cut.csv.gz",
        write: cut_gzip,
        code: 3,
        says: "cut short or damaged",
    },
    Malformed {
        name: "half.csv",
        write: utf16_without_end,
        code: 1,
        says: "",
    },
    Malformed {
        name: "quote.csv",
        write: |at| put(at, unclosed_quote().as_bytes()),
        code: 3,
        says: "a quote that is opened and never closed",
    },
    Malformed {
        name: "long-row.csv",
        write: |at| put(at, long_row().as_bytes()),
        code: 1,
        says: "",
    },
    Malformed {
        name: "longer-row.csv",
        write: |at| put(at, longer_row().as_bytes()),
        code: 3,
        says: "is longer than",
    },
    Malformed {
        name: "header-only.csv",
        write: |at| put(at, format!("{}\n", header()).as_bytes()),
        code: 1,
        says: "",
    },
    Malformed {
        name: "secret.xlsx",
        write: |at| put(at, &protected_workbook()),
        code: 3,
        says: "password",
    },
    Malformed {
        name: "folder",
        write: |at| std::fs::create_dir(at).unwrap(),
        code: 3,
        says: "name the file inside it",
    },
];

#[test]
fn a_malformed_file_gets_a_clear_word_in_bounded_memory_and_lands_nothing() {
    let workspace = Workspace::new();
    let mut faults = Vec::new();
    for case in CASES {
        let path = workspace.beside(case.name);
        (case.write)(&path);
        let file = path.to_str().unwrap();
        for arguments in [
            vec!["check", file, "--today", TODAY],
            vec!["land", file, "--from", "621", "--today", TODAY],
        ] {
            let (ended, memory) = measured(&workspace, &arguments);
            let verb = arguments[0];
            let mut fault = |what: &str| {
                let (out, err) = (shortened(&ended.out), shortened(&ended.err));
                faults.push(format!(
                    "{verb} {}: {what}\n  code {:?}, {memory} KB\n  out: {out}\n  err: {err}",
                    case.name, ended.code
                ));
            };
            if ended.code != Some(case.code) {
                fault("another code");
            }
            if memory > MOST_MEMORY_KB {
                fault("too much memory");
            }
            let all = format!("{}{}", ended.out, ended.err);
            // The report of a check, on the sender's own machine, may show cells; messages never do.
            if ended.err.contains(CELL) || (verb == "land" && all.contains(CELL)) {
                fault("a cell is in the message");
            }
            if all.contains("panicked")
                || all.contains("RUST_BACKTRACE")
                || all.contains("fault of ours")
            {
                fault("an internal fault");
            }
            if case.code == 3 {
                // On a slow machine lines of progress come before it.
                let words: Vec<&str> = ended
                    .err
                    .lines()
                    .skip_while(|line| line.ends_with(" s"))
                    .collect();
                if !matches!(words.as_slice(), [one] if one.starts_with("error: ") && one.len() < 500)
                {
                    fault("not a sentence");
                }
                if !ended.err.contains(case.says) {
                    fault(&format!("does not say `{}`", case.says));
                }
                if !ended.err.contains(case.name) {
                    fault("does not name the file");
                }
            } else if ended.out.trim().is_empty() {
                fault("says nothing");
            }
        }
        if path.is_file() {
            std::fs::remove_file(&path).unwrap();
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(
        workspace.landed().iter().all(|s| s["rows_landed"] == 0),
        "something was landed"
    );
    assert!(workspace.identified("cld_event").is_empty());
    let left: Vec<_> = std::fs::read_dir(workspace.home().join("identified/staging"))
        .unwrap()
        .collect();
    assert!(left.is_empty(), "files were left in the staging folder");
    workspace.audit_is_whole();
    let place = invented_place(1_000);
    let good = place.path().join("place/cld/621_20260930.csv");
    let receipt = workspace.json(&[
        "land",
        good.to_str().unwrap(),
        "--from",
        "621",
        "--today",
        TODAY,
    ]);
    assert_eq!(receipt["receipts"][0]["landed"], true);
    assert!(!workspace.identified("cld_event").is_empty());
}

/// Runs a command within limits, and gives the most memory that it held, in KB.
fn measured(workspace: &Workspace, arguments: &[&str]) -> (Ended, u64) {
    let mut shell = std::process::Command::new("sh");
    let plain = workspace.command(arguments);
    shell
        .env_clear()
        .envs(
            plain
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .current_dir(plain.get_current_dir().unwrap())
        .args([
            "-c",
            &format!("ulimit -v {MOST_ADDRESSES_KB}; exec \"$0\" \"$@\""),
        ])
        .arg(plain.get_program())
        .args(plain.get_args())
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let mut child = shell.spawn().unwrap();
    let (mut stdout, mut stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let words = std::thread::spawn(move || {
        let mut text = String::new();
        stdout.read_to_string(&mut text).map(|_| text)
    });
    let faults = std::thread::spawn(move || {
        let mut text = String::new();
        stderr.read_to_string(&mut text).map(|_| text)
    });
    let memory = high_water(&mut child);
    let status = child.wait().unwrap();
    let ended = Ended {
        code: status.code(),
        out: words.join().unwrap().unwrap(),
        err: faults.join().unwrap().unwrap(),
    };
    (ended, memory)
}

/// The most memory that a process held. The kernel tells it only while the process lives, so it is asked
/// again and again; the figure never falls, so that only its last moments can be missed.
fn high_water(child: &mut Child) -> u64 {
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        if let Ok(text) = std::fs::read_to_string(&status) {
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let figure = line.and_then(|l| l.trim().strip_suffix(" kB")?.trim().parse().ok());
            most = most.max(figure.unwrap_or(0));
        }
        std::thread::park_timeout(Duration::from_millis(2));
    }
    most
}

fn put(at: &Path, bytes: &[u8]) {
    std::fs::write(at, bytes).unwrap();
}

fn shortened(text: &str) -> String {
    text.chars().take(400).collect()
}

/// Bytes without any order, the same on every run.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1du64;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    })
    .take(length)
    .collect()
}

fn example() -> String {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../content/datasets/cld-r2/examples/example.csv"
    );
    std::fs::read_to_string(path).unwrap()
}

fn header() -> String {
    example().lines().next().unwrap().to_owned()
}

/// A row of the example with the planted word in place of its last name.
fn row() -> String {
    let example = example();
    // One without quotes, so that it can be taken apart at its commas.
    let line = example
        .lines()
        .skip(1)
        .find(|line| !line.contains('"'))
        .unwrap();
    let mut cells: Vec<&str> = line.split(',').collect();
    let at = header()
        .split(',')
        .position(|name| name == "Last Name")
        .unwrap();
    cells[at] = CELL;
    cells.join(",")
}

fn one_line_of_a_gigabyte(at: &Path) {
    let mut file = File::create(at).unwrap();
    let block = vec![b'a'; 1 << 20];
    for _ in 0..1_000 {
        file.write_all(&block).unwrap();
    }
}

fn other_table() -> String {
    format!(
        "Colour,Weight,Shape\n{}",
        format!("red,12,{CELL}\n").repeat(200)
    )
}

/// The example with a NUL byte in a cell of each row.
fn with_nul_bytes() -> Vec<u8> {
    let mut bytes = format!("{}\n", header()).into_bytes();
    for _ in 0..100 {
        bytes.extend(row().replace(CELL, &format!("{CELL}\0")).into_bytes());
        bytes.push(b'\n');
    }
    bytes
}

fn wide() -> String {
    let names: Vec<String> = (0..10_000).map(|n| format!("Column {n}")).collect();
    let cells = vec![CELL; 10_000].join(",");
    format!("{}\n{cells}\n{cells}\n", names.join(","))
}

fn cut_workbook(at: &Path) {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    for (number, line) in
        (0..).zip(std::iter::once(header()).chain(std::iter::repeat_n(row(), 500)))
    {
        for (column, cell) in (0..).zip(line.split(',')) {
            sheet.write_string(number, column, cell).unwrap();
        }
    }
    let whole = workbook.save_to_buffer().unwrap();
    put(at, &whole[..whole.len() / 2]);
}

/// A gigabyte of one character in a megabyte.
fn bomb(at: &Path) {
    let mut archive = zip::ZipWriter::new(File::create(at).unwrap());
    let options = zip::write::SimpleFileOptions::default().large_file(true);
    archive.start_file("data.csv", options).unwrap();
    let block = vec![b'0'; 1 << 20];
    for _ in 0..1_000 {
        archive.write_all(&block).unwrap();
    }
    archive.finish().unwrap();
}

/// A gigabyte of rows, each cell of which is one letter again and again, in a megabyte.
fn gzip_bomb(at: &Path) {
    let mut packed =
        flate2::write::GzEncoder::new(File::create(at).unwrap(), flate2::Compression::default());
    packed
        .write_all(format!("{}\n", header()).as_bytes())
        .unwrap();
    let line = format!("{}\n", vec!["x".repeat(20_000); 50].join(","));
    for _ in 0..1_000 {
        packed.write_all(line.as_bytes()).unwrap();
    }
    packed.finish().unwrap();
    assert!(
        std::fs::metadata(at).unwrap().len() < 4_000_000,
        "not a bomb"
    );
}

fn zip_of(at: &Path, names: &[&str]) {
    let mut archive = zip::ZipWriter::new(File::create(at).unwrap());
    for name in names {
        archive
            .start_file(*name, zip::write::SimpleFileOptions::default())
            .unwrap();
        archive
            .write_all(format!("{}\n{}\n", header(), row()).as_bytes())
            .unwrap();
    }
    archive.finish().unwrap();
}

fn cut_gzip(at: &Path) {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed
        .write_all(format!("{}\n", header()).as_bytes())
        .unwrap();
    for number in 0..3_000 {
        packed
            .write_all(format!("{},{number}\n", row()).as_bytes())
            .unwrap();
    }
    let whole = packed.finish().unwrap();
    put(at, &whole[..whole.len() / 2]);
}

/// UTF-16 that stops within a character.
fn utf16_without_end(at: &Path) {
    let text = format!("\u{feff}{}\n{}\n", header(), row());
    let mut bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    bytes.pop();
    put(at, &bytes);
}

fn unclosed_quote() -> String {
    let good = row();
    let open = good.replace(CELL, &format!("\"{CELL}"));
    format!(
        "{}\n{good}\n{open}\n{}",
        header(),
        format!("{good}\n").repeat(20_000)
    )
}

/// A row of two megabytes, no cell of which is too long, with more cells than the header.
fn long_row() -> String {
    let cells = vec!["x".repeat(40_000); 50].join(",");
    format!(
        "{}\n{}\n{cells}{}\n{}\n",
        header(),
        row(),
        ",y".repeat(20),
        row()
    )
}

/// A row of thirty megabytes, no cell of which is too long.
fn longer_row() -> String {
    let cells = vec!["x".repeat(600_000); 50].join(",");
    format!("{}\n{}\n{cells}\n{}\n", header(), row(), row())
}

/// How a workbook with a password begins: a compound file, not a zip, with its two streams named.
fn protected_workbook() -> Vec<u8> {
    let mut bytes = vec![0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
    bytes.resize(512, 0);
    for name in ["EncryptionInfo", "EncryptedPackage"] {
        bytes.extend(name.encode_utf16().flat_map(u16::to_le_bytes));
        bytes.resize(bytes.len().next_multiple_of(128), 0);
    }
    bytes.resize(4_096, 0);
    bytes
}
