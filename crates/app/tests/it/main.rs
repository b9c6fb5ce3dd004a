//! The program as people and scripts run it, one process a command.

mod ask;
mod audit;
mod demo;
mod examples;
mod identifiers;
mod kill;
mod malformed;
mod site;
mod tidy;
mod together;
mod workspace;
