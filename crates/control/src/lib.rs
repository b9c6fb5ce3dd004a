//! Control data: accounts, sessions, submissions, runs.
