//! Agreements, purposes, decisions, permits, and the shape of the audit log.
