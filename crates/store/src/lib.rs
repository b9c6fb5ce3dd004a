//! The one crate that knows the query engine: encrypted files, versioned tables, running steps,
//! answering questions under a permit, and keeping the audit log.

mod ask;
mod audit_file;
mod count_shape;
mod each_file;
mod encrypted;
mod engine;
mod governed;
mod kept;
mod partial;
mod plain;
mod remembered;
mod rewrite;
mod spill;
mod store_error;
mod subjects;
mod tables;
mod vault;
mod work;
mod workbench;
mod write_points;

pub use ask::{Answer, AnswerLimits, Touched};
pub use audit_file::{Against, Attending, AuditFile, AuditPlaces, LogTiles};
pub use count_shape::CountShape;
pub use encrypted::ZoneKey;
pub use engine::{Engine, EngineSettings, Ran};
pub use kept::KeptColumns;
pub use partial::Partials;
pub use rewrite::{Rewritten, TakenOut};
pub use store_error::{StoreError, may_quote_a_row};
pub use subjects::{Detail, SubjectError, Subjects};
pub use tables::{Committed, Parked, Store, TableWriter};
pub use vault::{Original, Vault, VaultReader};
pub use work::{Incoming, Worked};
pub use workbench::{Workbench, parquet_columns};
pub use write_points::WritePoints;

/// Arrow as the engine has it; there is no other.
pub use datafusion::arrow;
