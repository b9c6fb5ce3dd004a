//! Receiving files and checking them against their specification.
