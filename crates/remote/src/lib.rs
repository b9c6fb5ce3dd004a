//! Calls to other services over HTTP: a MESH mailbox, another Haven, and providers of
//! `OpenID` Connect. The one crate that names an HTTP client.
//!
//! It reads no settings, no clock and no files: secrets and certificates come in as bytes.

pub mod haven;
pub mod http;
pub mod log;
pub mod mesh;
pub mod oidc;
