use link::{files::*, match_model::MatchModel};
use std::{path::PathBuf, time::Instant};
fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let get = |name: &str| {
        args.iter()
            .position(|a| a == name)
            .and_then(|i| args.get(i + 1))
            .cloned()
    };
    let content = model::Content::from_folder(std::path::Path::new(
        &get("--content").unwrap_or("/work/main/content".into()),
    ))
    .unwrap();
    let name = get("--model").unwrap();
    let model = MatchModel::read(&content, &name).unwrap_or_else(|e| panic!("{e}"));
    let path = |n: &str| get(n).map(PathBuf::from);
    let inputs = Inputs {
        left: path("--left").unwrap(),
        right: path("--right"),
        history: path("--history"),
        superseded: path("--superseded"),
    };
    let out = path("--out").unwrap();
    let learn = match get("--trained") {
        Some(f) => Learn::Before(Box::new(
            link::trained::Trained::from_text(&std::fs::read_to_string(&f).unwrap(), &f)
                .unwrap()
                .parameters(&model, &f)
                .unwrap(),
        )),
        None => Learn::FromTheFiles,
    };
    let threads = get("--threads").map_or(2, |t| t.parse().unwrap());
    let t = Instant::now();
    fn cpu() -> f64 {
        let s = std::fs::read_to_string("/proc/self/stat").unwrap();
        let f: Vec<&str> = s.rsplit(')').next().unwrap().split_whitespace().collect();
        (f[11].parse::<f64>().unwrap() + f[12].parse::<f64>().unwrap()) / 100.0
    }
    let mut last = ("start", Instant::now(), cpu());
    let mut phase = |name: &'static str| {
        eprintln!(
            "  {:<24} {:.2} s wall {:.2} s cpu",
            last.0,
            last.1.elapsed().as_secs_f64(),
            cpu() - last.2
        );
        last = (name, Instant::now(), cpu());
    };
    let run = if inputs.right.is_some() {
        run(&content, &model, &inputs, &out, &learn, threads, &mut phase)
    } else {
        run_within(&content, &model, &inputs, &out, &learn, threads, &mut phase)
    };
    phase("end");
    let run = run.unwrap_or_else(|e| panic!("{e}"));
    eprintln!(
        "{:?} s; compared {} written {} {:?}",
        t.elapsed().as_secs_f64(),
        run.compared,
        run.written,
        run.outcomes
    );
    for n in &run.notes {
        eprintln!("note: {n}");
    }
    for (b, c) in model.blocks.iter().zip(&run.blocks) {
        eprintln!(
            "{:?} {} left out {} ({})",
            b.same
                .iter()
                .map(|s| s.get_ref().as_str())
                .collect::<Vec<_>>(),
            c.pairs,
            c.left_out,
            c.pairs_left_out
        );
    }
    if let Some(f) = get("--save") {
        std::fs::write(
            f,
            link::trained::Trained::of(&model, &run.parameters, "")
                .to_text()
                .unwrap(),
        )
        .unwrap();
    }
    if args.iter().any(|a| a == "--show") {
        let p = &run.parameters;
        for (c, name) in p.names.iter().enumerate() {
            eprintln!("== {name} rate {:.6}", p.rates[c]);
            for (i, comp) in model.comparisons.iter().enumerate() {
                eprintln!(
                    "  {:<18} {}",
                    comp.name.get_ref(),
                    p.shares[c][i]
                        .iter()
                        .map(|s| format!("{s:.2e}"))
                        .collect::<Vec<_>>()
                        .join(" ")
                );
            }
        }
        if let Some(h) = &run.history {
            eprintln!(
                "rounds {} patterns {} warnings {:?}",
                h.changes.len(),
                h.patterns.len(),
                h.warnings
            );
        }
    }
}
