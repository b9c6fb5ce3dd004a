//! The command line of tracing and linkage on files.

use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// What `trace` takes: nothing for the workspace, or a request.
#[derive(Debug, Clone, Args)]
pub(crate) struct TraceArgs {
    /// A batch trace request; without one, the workspace's records are held against its index
    pub(crate) request: Option<PathBuf>,
    /// Where the response goes
    #[arg(short, long, value_name = "FILE", requires = "request")]
    pub(crate) out: Option<PathBuf>,
    /// The people of the index (CSV); without it, the index of the workspace
    #[arg(long, value_name = "FILE", requires = "request")]
    pub(crate) index: Option<PathBuf>,
    /// Earlier names, postcodes and practices of the index (CSV)
    #[arg(long, value_name = "FILE", requires = "index")]
    pub(crate) history: Option<PathBuf>,
    /// Numbers of the index that gave way to others (CSV)
    #[arg(long, value_name = "FILE", requires = "index")]
    pub(crate) superseded: Option<PathBuf>,
    /// The people whom no request could place so far; read, and written again with those of this request
    #[arg(long, value_name = "FILE", requires = "request")]
    pub(crate) unmatched: Option<PathBuf>,
    /// Where the diagnostics of every row go
    #[arg(long, value_name = "FILE", requires = "request")]
    pub(crate) diagnostics: Option<PathBuf>,
    /// The number of this request: one-time ids are made of it
    #[arg(long, default_value_t = 1, requires = "request")]
    pub(crate) submission: u64,
    /// Answer in the older layout, with its first line
    #[arg(long, requires = "request")]
    pub(crate) older: bool,
}

/// What `link` takes: nothing for the workspace, or files.
#[derive(Debug, Clone, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct LinkArgs {
    #[command(subcommand)]
    pub(crate) verb: Option<LinkVerb>,
    /// The truth of an invented place: links are held against it, and each wrong one is explained
    #[arg(long, value_name = "FOLDER")]
    pub(crate) truth: Option<PathBuf>,
}

/// Linkage on files alone.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum LinkVerb {
    /// Find for each record of one file the person in another
    #[command(
        before_help = "Examples:\n  haven link run --left clients.parquet --right index.parquet --model nhs-trace --out links.parquet\n  haven link run --left a.csv --right b.csv --history h.csv --superseded s.csv --model nhs-trace --trained shipped --out links.csv"
    )]
    Run(LinkRunArgs),
    /// Find the records of one file that are about one person
    #[command(
        before_help = "Examples:\n  haven link dedupe --in people.parquet --model person-dedupe --out pairs.parquet\n  haven link dedupe --in people.csv --model person-dedupe --save-trained ours.toml --out pairs.csv"
    )]
    Dedupe(LinkDedupeArgs),
    /// How good links are, held against the truth, and whom they miss
    #[command(
        before_help = "Examples:\n  haven link evaluate links.parquet --truth truth.csv --group group\n  haven link evaluate pairs.parquet --truth people_truth.csv --false-links false.csv --report pairs.html"
    )]
    Evaluate(Box<LinkEvaluateArgs>),
    /// From pairs to people, with ids that stay from run to run
    #[command(
        before_help = "Examples:\n  haven link cluster pairs.parquet -o people.csv\n  haven link cluster pairs.parquet -o people.csv --known people.csv --events events.csv --decisions judged.csv"
    )]
    Cluster(LinkClusterArgs),
    /// Draw pairs for people to judge, by bands of weight
    #[command(
        before_help = "Examples:\n  haven link sample links.parquet -o to-judge.csv --size 500"
    )]
    Sample(LinkSampleArgs),
    /// Precision and recall from judged pairs, with intervals, where nobody knows the truth
    #[command(
        before_help = "Examples:\n  haven link estimate links.parquet\n  haven link estimate links.parquet --labels ana.csv --labels ben.csv"
    )]
    Estimate(LinkEstimateArgs),
    /// A truth where nobody has one: records whose NHS number and date of birth agree exactly
    #[command(
        before_help = "Examples:\n  haven link gold clients.csv --index index.csv -o truth.csv --held-out clients-without-number.csv\n  haven link gold people.csv -o truth.csv --held-out people-without-number.csv"
    )]
    Gold(LinkGoldArgs),
}

/// What `link run` takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct LinkRunArgs {
    /// The records to be linked (Parquet or CSV)
    #[arg(long, value_name = "FILE")]
    pub(crate) left: PathBuf,
    /// The records that they are held against
    #[arg(long, value_name = "FILE")]
    pub(crate) right: PathBuf,
    /// Earlier values of people on the right: `nhs_number`, `field`, `value`
    #[arg(long, value_name = "FILE")]
    pub(crate) history: Option<PathBuf>,
    /// Numbers that gave way to others: `nhs_number`, `replaced_by`
    #[arg(long, value_name = "FILE")]
    pub(crate) superseded: Option<PathBuf>,
    /// Find pairs within each of the two files as well; of a model of the kind `link`
    #[arg(long)]
    pub(crate) within: bool,
    #[command(flatten)]
    pub(crate) how: HowToLink,
}

/// What `link dedupe` takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct LinkDedupeArgs {
    /// The records (Parquet or CSV)
    #[arg(long = "in", value_name = "FILE")]
    pub(crate) input: PathBuf,
    #[command(flatten)]
    pub(crate) how: HowToLink,
}

/// What both kinds of linkage on files take.
#[derive(Debug, Clone, Args)]
pub(crate) struct HowToLink {
    /// The linkage model: a name below content/linkage, or a file
    #[arg(long, value_name = "MODEL")]
    pub(crate) model: String,
    /// Where the links go (Parquet or CSV, by the ending)
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Use what was trained before: `shipped`, or a file that --save-trained wrote [default: train on these files]
    #[arg(long, value_name = "FILE")]
    pub(crate) trained: Option<String>,
    /// Judged pairs from which the shares of one person come: `left_id`, `right_id`, `decision`; may be given more than once
    #[arg(long, value_name = "FILE")]
    pub(crate) labels: Vec<PathBuf>,
    /// Keep what this run trained
    #[arg(long, value_name = "FILE")]
    pub(crate) save_trained: Option<PathBuf>,
    /// Where the charts of this run go, as one HTML file that works offline
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Where the card of the model goes, with what this run learned (Markdown)
    #[arg(long, value_name = "FILE")]
    pub(crate) card: Option<PathBuf>,
    /// How many threads work [default: as many as there are processors]
    #[arg(long)]
    pub(crate) threads: Option<usize>,
}

/// What `synth linkage` takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct SynthLinkageArgs {
    /// Where the files go
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: PathBuf,
    /// Clients to be traced
    #[arg(long, default_value_t = 10_000)]
    pub(crate) clients: u64,
    /// People of the index
    #[arg(long, default_value_t = 100_000)]
    pub(crate) index: u64,
    /// Records to be deduplicated
    #[arg(long, default_value_t = 100_000)]
    pub(crate) dedupe: u64,
    /// The seed: the same seed gives the same bytes
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Multiplies the rates of all faults: 1 is realistic, 2 is hard
    #[arg(long, default_value_t = 1.0)]
    pub(crate) strength: f64,
    /// The share of clients who come with an NHS number
    #[arg(long, default_value_t = 0.0)]
    pub(crate) numbers: f64,
}

/// Which pairs of a truth with `left_id` and `right_id` count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PairsThatCount {
    /// Any two records
    OneFile,
    /// A record of the left file with one of the right
    TwoFiles,
}

/// What `link evaluate` takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct LinkEvaluateArgs {
    /// The links (Parquet or CSV)
    pub(crate) links: PathBuf,
    /// Who is who: `record_id` with `nhs_number`, `record_id` with `person`, or `left_id` with `right_id`
    #[arg(long, value_name = "FILE")]
    pub(crate) truth: PathBuf,
    /// Two columns of the truth that say so, where they have other names
    #[arg(long, value_name = "COLUMN", num_args = 2)]
    pub(crate) columns: Vec<String>,
    /// Which pairs of `left_id` and `right_id` count [default: two-files where no id stands on both sides]
    #[arg(long, value_enum, value_name = "WHICH")]
    pub(crate) pairs: Option<PairsThatCount>,
    /// The column of a truth with `record_id` and person that names the file of a record: only pairs of two files count
    #[arg(long, value_name = "COLUMN")]
    pub(crate) file_column: Option<String>,
    /// A column of the truth that groups records: ethnic group, deprivation; may be given more than once
    #[arg(long, value_name = "COLUMN")]
    pub(crate) group: Vec<String>,
    /// The group that others are held against: COLUMN=GROUP, or GROUP where one column groups [default: the one with the fewest missed]
    #[arg(long, value_name = "GROUP", requires = "group")]
    pub(crate) reference: Vec<String>,
    /// A column of the truth that says whether something was so of a record: 1 or 0, yes or no; may be given more than once
    #[arg(long, value_name = "COLUMN")]
    pub(crate) outcome: Vec<String>,
    /// Match weights at which causes, groups and clusters are asked as well: 5 or 3,5.5,8
    #[arg(
        long,
        value_name = "BITS",
        value_delimiter = ',',
        allow_negative_numbers = true
    )]
    pub(crate) thresholds: Vec<f64>,
    /// Numbers that gave way to others, followed in links and truth
    #[arg(long, value_name = "FILE")]
    pub(crate) superseded: Option<PathBuf>,
    /// By how many bits the best must be ahead of the next
    #[arg(long, default_value_t = 0.0)]
    pub(crate) margin: f64,
    /// How many people the index has
    #[arg(long, value_name = "NUMBER")]
    pub(crate) index_people: Option<u64>,
    /// How many pairs were compared
    #[arg(long, value_name = "NUMBER")]
    pub(crate) compared: Option<u64>,
    /// How many of those are of one person, where that is known
    #[arg(long, value_name = "NUMBER")]
    pub(crate) compared_right: Option<u64>,
    /// Where every false link goes, with its ids, the level of each comparison and why it was taken for right
    #[arg(long, value_name = "FILE")]
    pub(crate) false_links: Option<PathBuf>,
    /// The linkage model of the links, so that false links name the class of pairs that was next likeliest
    #[arg(long, value_name = "MODEL", requires = "index_people")]
    pub(crate) model: Option<String>,
    /// Where the charts go, as one HTML file that works offline
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
}

/// Linkage without names.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum ClkVerb {
    /// Make the filters of a file's records; done where the names are
    #[command(
        before_help = "Examples:\n  haven clk encode tenants.csv -o filters.csv --secret-file key\n  haven clk encode pupils.parquet -o filters.parquet --secret-file key --id pupil_id"
    )]
    Encode(ClkEncodeArgs),
    /// Match the filters of two owners; done where no names are
    #[command(
        before_help = "Examples:\n  haven clk match housing.csv care.csv -o links.csv --threshold 0.85"
    )]
    Match(ClkMatchArgs),
}

/// What `clk encode` takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct ClkEncodeArgs {
    /// The records (Parquet or CSV)
    pub(crate) input: PathBuf,
    /// Where the filters go
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// A file that holds the project's secret; the linkage unit never sees it
    #[arg(long, value_name = "FILE")]
    pub(crate) secret_file: PathBuf,
    /// The scheme: a name below content/linkage
    #[arg(long, default_value = "clk")]
    pub(crate) scheme: String,
    /// The column that names a record
    #[arg(long, value_name = "COLUMN")]
    pub(crate) id: Option<String>,
    /// What this owner is called, so that equal ids of two owners have different tokens
    #[arg(long, default_value = "")]
    pub(crate) owner: String,
    /// Where the list goes that leads from tokens back to ids; it stays with the owner
    #[arg(long, value_name = "FILE")]
    pub(crate) tokens: Option<PathBuf>,
}

/// What `clk match` takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct ClkMatchArgs {
    /// The filters of one owner
    pub(crate) left: PathBuf,
    /// The filters of the other
    pub(crate) right: PathBuf,
    /// Where the links go
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// The similarity from which two filters are taken for one person
    #[arg(long, default_value_t = 0.85)]
    pub(crate) threshold: f64,
}

/// What `link cluster` takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct LinkClusterArgs {
    /// The pairs (Parquet or CSV)
    pub(crate) links: PathBuf,
    /// Where the people go: each record with its person
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// All records, so that those without a link are people too; with `nhs_number` and `died` for checks
    #[arg(long, value_name = "FILE")]
    pub(crate) records: Option<PathBuf>,
    /// The match weight from which pairs join; may be given more than once [default: what the run decided]
    #[arg(long, value_name = "BITS", allow_negative_numbers = true)]
    pub(crate) threshold: Vec<f64>,
    /// What reviewers decided: `left_id`, `right_id`, `decision`; may be given more than once
    #[arg(long, value_name = "FILE")]
    pub(crate) decisions: Vec<PathBuf>,
    /// The people of an earlier run, so that their ids stay
    #[arg(long, value_name = "FILE")]
    pub(crate) known: Option<PathBuf>,
    /// Where merges and splits go
    #[arg(long, value_name = "FILE")]
    pub(crate) events: Option<PathBuf>,
    /// Where clusters that should be looked at go
    #[arg(long, value_name = "FILE")]
    pub(crate) checks: Option<PathBuf>,
}

/// What `link sample` takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct LinkSampleArgs {
    /// The links (Parquet or CSV)
    pub(crate) links: PathBuf,
    /// Where the pairs to be judged go
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// How many pairs
    #[arg(long, default_value_t = 500)]
    pub(crate) size: u64,
    /// The seed: the same seed draws the same pairs
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
}

/// What `link gold` takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct LinkGoldArgs {
    /// The records: `record_id`, `nhs_number`, `dob`
    pub(crate) input: PathBuf,
    /// The index that they are traced against; without it the truth is about the records among themselves
    #[arg(long, value_name = "FILE")]
    pub(crate) index: Option<PathBuf>,
    /// Where the truth goes
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Where a copy of the records without the number goes: the run that is to be measured must not see it
    #[arg(long, value_name = "FILE")]
    pub(crate) held_out: Option<PathBuf>,
}

/// What `link estimate` takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct LinkEstimateArgs {
    /// The links that the sample was drawn from
    pub(crate) links: PathBuf,
    /// What records say of stays, care, birth and death, held against the links: `record_id`, `what`, `from`, `to`, `place`
    #[arg(long, value_name = "FILE")]
    pub(crate) events: Option<PathBuf>,
    /// Judged pairs: `left_id`, `right_id`, `decision`, `reviewer`; may be given more than once
    #[arg(long, value_name = "FILE")]
    pub(crate) labels: Vec<PathBuf>,
    /// The size of the sample that was drawn
    #[arg(long, default_value_t = 500)]
    pub(crate) size: u64,
    /// The seed of the sample that was drawn
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
}
