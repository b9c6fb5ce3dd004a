//! Custody of keys: where they rest, who may use them, how they are changed and destroyed.
//!
//! No query engine, no people's data. A key leaves this crate only as something that has been done with it; the
//! one exception is the key of a store, which `store` needs to open files.

mod bridge;
mod custody_error;
mod keeper;
mod key;
mod look;
mod open_pseudonymiser;
mod protect;
mod ring;
mod sealed;
mod service;
mod siv;
mod token;
mod wire;

pub use bridge::Bridge;
pub use custody_error::CustodyError;
pub use keeper::{Custodian, Keeper, Today};
pub use key::{Algorithm, KeyFacts, KeyState, Kind, digest, is_domain, key_number};
pub use look::{Concern, look_at, shielded};
pub use open_pseudonymiser::{Imported, imported, open_pseudonym};
pub use protect::{Guard, Passphrase, is_protected, write_whole};
pub use ring::{Ring, Token};
pub use sealed::SealedFor;
pub use service::{Ask, Caller, Client, answer, credential_digest};
pub use siv::{opened, sealed};
pub use token::Hsm;
