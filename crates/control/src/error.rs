//! Why control data could not be read or written.

/// Control data could not be read or written. Messages carry no passwords and no addresses of databases,
/// since those can hold passwords.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// The address of the database is not one that we can use.
    #[error(
        "`{scheme}` is not a control database; give `sqlite:` and a file, or `postgres:` and a server"
    )]
    Address { scheme: String },
    /// A database in memory is lost with its connection, and each connection has its own.
    #[error("the control database has to be a file or a server; in memory it would be lost")]
    InMemory,
    /// The file or its folder could not be made.
    #[error("the control database cannot be made at `{path}`")]
    File {
        path: String,
        source: std::io::Error,
    },
    /// The database could not be reached.
    #[error("the control database cannot be opened")]
    Open { source: sqlx::Error },
    /// The tables could not be brought up to date.
    #[error("the control database cannot be brought up to date")]
    Migrate { source: sqlx::migrate::MigrateError },
    /// The database refused or failed.
    #[error("the control database failed")]
    Database(#[from] sqlx::Error),
    /// A stored value is not one that we write.
    #[error("the control database holds a value in `{column}` that cannot be read")]
    Unreadable { column: &'static str },
    /// A release is no longer what was released.
    #[error("release `{id}` was altered after it was kept: its digest does not match")]
    Altered { id: String },
    /// An agreement is no longer what was handed in.
    #[error(
        "agreement `{reference}` was altered after it was handed in: its digest does not match"
    )]
    AlteredAgreement { reference: String },
    /// No such thing.
    #[error("there is no {what} `{id}`")]
    Missing { what: &'static str, id: String },
    /// Rows got lost or doubled.
    #[error("{rows_in} rows in, but {rows_landed} landed and {rows_set_aside} set aside")]
    RowsDoNotAdd {
        rows_in: u64,
        rows_landed: u64,
        rows_set_aside: u64,
    },
    /// A number is too large to keep.
    #[error("the number in `{column}` is too large")]
    TooLarge { column: &'static str },
    /// A value does not have the form that is asked for.
    #[error("{what} {wanted}")]
    Form {
        what: &'static str,
        wanted: &'static str,
    },
    /// What should be JSON is not.
    #[error("the {what} is not JSON")]
    NotJson {
        what: &'static str,
        source: serde_json::Error,
    },
    /// The machine gave no random numbers.
    #[error("no random numbers could be had")]
    Random,
    /// A secret of an account cannot be opened with the key that we have.
    #[error(
        "a secret of an account cannot be opened; is the key of the accounts the one it was sealed with?"
    )]
    Sealed,
    /// A password could not be hashed.
    #[error("the password could not be worked on")]
    Hashing,
}
