//! `haven config show`: every setting and where it came from.

use crate::{cli::ConfigVerb, config::Settings, fault::Exit, output::Output};
use anyhow::Result;
use toml::Value;

pub(crate) fn run(verb: &ConfigVerb, settings: &Settings, output: &Output) -> Result<Exit> {
    match verb {
        ConfigVerb::Show => {
            let values = Value::try_from(&settings.config)?;
            if output.json {
                output.document(&serde_json::json!({"version": 1, "settings": values, "origins": settings.origins}));
                return Ok(Exit::Fine);
            }
            let mut lines = Vec::new();
            walk("", &values, settings, &mut lines);
            output.result(&lines.join("\n"));
            Ok(Exit::Fine)
        }
    }
}

fn walk(path: &str, value: &Value, settings: &Settings, lines: &mut Vec<String>) {
    if let Value::Table(table) = value {
        for (key, below) in table {
            let path = if path.is_empty() {
                key.clone()
            } else {
                format!("{path}.{key}")
            };
            walk(&path, below, settings, lines);
        }
        return;
    }
    let origin = settings.origins.get(path).map_or("default", String::as_str);
    lines.push(format!("{path} = {value}  # {origin}"));
}
