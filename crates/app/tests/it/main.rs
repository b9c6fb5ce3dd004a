//! The program as people and scripts run it, one process a command.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod accounts;
mod agreements;
mod api;
mod ask;
mod audit;
mod cases;
mod councils;
mod deciding;
mod demo;
mod erasing;
mod examples;
mod fhir;
mod forbids;
mod hostile;
mod identifiers;
mod impact;
mod incidents;
mod keys;
mod kill;
mod life;
mod linking;
mod malformed;
mod measures;
mod own_files;
mod preferences;
mod programs;
mod reconcile;
mod register;
mod releases;
mod restriction;
mod returned;
mod returned_query;
mod review;
mod sending;
mod site;
mod submit;
mod tidy;
mod tls;
mod together;
mod visitors;
mod witness;
mod workspace;
mod zones;
