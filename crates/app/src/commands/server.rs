//! The server that `submit`, `status` and `results` call.

use crate::{
    cli::ServerArgs,
    config::{Config, Settings, TOKEN},
    fault::Usage,
    output::Output,
    workspace::VERSION,
};
use anyhow::{Context, Result};
use remote::{
    haven::{Haven, Opening},
    http::{RemoteError, Tls},
};
use serde_json::Value;
use std::{fs, time::Duration};
use zeroize::Zeroizing;

/// How often a call is made before we give up, and the longest wait between two.
pub(super) const TRIES: u32 = 6;
pub(super) const LONGEST_WAIT: u64 = 60;
/// How long a check is left alone before it is asked after again, in seconds.
const USUAL_WAIT: u64 = 2;

/// Whether a server is named at all.
pub(super) fn is_named(args: &ServerArgs, config: &Config) -> bool {
    args.server.is_some() || !config.server.address.is_empty()
}

/// The server, ready to be called.
pub(super) fn open(args: &ServerArgs, settings: &Settings) -> Result<Haven> {
    let config = &settings.config;
    let address = args.server.as_ref().unwrap_or(&config.server.address);
    if address.is_empty() {
        let words = "no server is named: give `--to https://haven.example`, or set `server.address` in haven.toml";
        return Err(Usage(words.to_owned()).into());
    }
    let read = |setting: &str, path: &std::path::Path| {
        fs::read(path).with_context(|| {
            format!(
                "cannot read `{}`, which `server.{setting}` names",
                path.display()
            )
        })
    };
    let token = match (&settings.token, &config.server.token_file) {
        (Some(token), _) => token.reveal().clone(),
        (None, Some(path)) => {
            let bytes = Zeroizing::new(read("token_file", path)?);
            Zeroizing::new(String::from_utf8_lossy(&bytes).trim().to_owned())
        }
        (None, None) => Zeroizing::new(String::new()),
    };
    if token.trim().is_empty() {
        let words = format!(
            "no token: put it into the environment variable {TOKEN}, or into a file that `server.token_file` names. The operator of the server makes one with `haven account token`"
        );
        return Err(Usage(words).into());
    }
    let authorities = config.server.authorities_file.as_deref();
    Ok(Haven::open(Opening {
        address: address.clone(),
        token,
        tls: Tls {
            authorities: authorities
                .map(|path| read("authorities_file", path))
                .transpose()?,
            ..Tls::default()
        },
        client: format!("haven/{VERSION}"),
    })?)
}

/// The path of a submission, whose name is letters and digits only.
pub(super) fn path_of(id: &str) -> Result<String> {
    if id.is_empty() || !id.bytes().all(|b| b.is_ascii_alphanumeric()) {
        let words =
            format!("`{id}` is no name of a submission: those have letters and digits only");
        return Err(Usage(words).into());
    }
    Ok(format!("/api/v1/submissions/{id}"))
}

/// Makes a call again where the line broke or the server was busy; each wait is longer than the one before.
pub(super) async fn patiently<T>(
    output: &Output,
    mut call: impl AsyncFnMut() -> Result<T, RemoteError>,
) -> Result<T, RemoteError> {
    let mut tried = 0;
    loop {
        let fault = match call().await {
            Ok(done) => return Ok(done),
            Err(fault) => fault,
        };
        tried += 1;
        let wait = match &fault {
            RemoteError::Busy { seconds, .. } => *seconds,
            RemoteError::NotReached { .. } => 1 << tried,
            _ => return Err(fault),
        };
        if tried >= TRIES {
            return Err(fault);
        }
        let wait = wait.min(LONGEST_WAIT);
        output.tell(&format!("{fault}; trying again in {wait} seconds"));
        tokio::time::sleep(Duration::from_secs(wait)).await;
    }
}

/// A submission once its check has ended.
pub(super) async fn checked(haven: &Haven, path: &str, output: &Output) -> Result<Value> {
    loop {
        let (document, wait) = patiently(output, async || haven.document(path).await).await?;
        if word(&document, "state") != "checking" {
            return Ok(document);
        }
        let wait = wait.unwrap_or(USUAL_WAIT).clamp(1, LONGEST_WAIT);
        tokio::time::sleep(Duration::from_secs(wait)).await;
    }
}

/// How a submission stands, in a line.
pub(super) fn in_words(document: &Value) -> String {
    let count = |name: &str| {
        let rows = document.get(name).and_then(Value::as_u64);
        crate::output::thousands(rows.unwrap_or_default())
    };
    let causes = document.get("causes").and_then(Value::as_array);
    let causes = causes.map(Vec::as_slice).unwrap_or_default();
    let what = match word(document, "state") {
        "checking" => "is being checked".to_owned(),
        "checked" => format!(
            "passed: {} of {} rows, {} set aside. Not sent yet: it waits for its declaration",
            count("rows_accepted"),
            count("rows_in"),
            count("rows_set_aside")
        ),
        "accepted" => format!(
            "accepted: {} of {} rows, {} set aside",
            count("rows_accepted"),
            count("rows_in"),
            count("rows_set_aside")
        ),
        "rejected" => match causes {
            [only] => format!("not accepted: {}", word(only, "message")),
            several => format!(
                "not accepted: {} causes in {} rows; nothing of it counts",
                several.len(),
                count("rows_in")
            ),
        },
        other => other.to_owned(),
    };
    format!("{what} (submission {})", word(document, "id"))
}

pub(super) fn word<'d>(document: &'d Value, name: &str) -> &'d str {
    document
        .get(name)
        .and_then(Value::as_str)
        .unwrap_or_default()
}
