-- Incidents, deviations and findings of audits with their timelines; releases that were taken back; what was warned of
-- after an agreement's end; and when a backup was put back. Times are milliseconds since 1970, days are written
-- 2026-04-01. Nothing here is about people who receive care.

CREATE TABLE incidents (
    number BIGINT NOT NULL PRIMARY KEY CHECK (number > 0),
    -- A code of `content/incidents.toml`.
    category TEXT NOT NULL,
    title TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    opened_by TEXT NOT NULL
);

-- The timeline. Rows are only added. What a line says beyond its words stands in the columns of its kind.
CREATE TABLE incident_lines (
    incident BIGINT NOT NULL REFERENCES incidents (number),
    line BIGINT NOT NULL CHECK (line > 0),
    kind TEXT NOT NULL CHECK (kind IN ('noticed', 'contained', 'assessed', 'told', 'put_right', 'assigned', 'closed')),
    happened_at BIGINT NOT NULL,
    words TEXT NOT NULL,
    written_at BIGINT NOT NULL,
    written_by TEXT NOT NULL,
    -- Of what was contained: what was stopped.
    stopped_kind TEXT CHECK (stopped_kind IN ('agreement', 'person', 'release')),
    stopped TEXT,
    -- Of what was assessed: whether it has to be reported.
    must_report BIGINT CHECK (must_report IN (0, 1)),
    -- Of what was told: to whom, by the code of a report.
    report TEXT,
    -- Of what was assigned: who sees to it, and until when.
    owner TEXT,
    due TEXT,
    PRIMARY KEY (incident, line),
    CHECK ((stopped_kind IS NULL) = (stopped IS NULL)),
    CHECK ((owner IS NULL) = (due IS NULL))
);

-- Releases that were taken back for good, with the words that the public reads.
CREATE TABLE release_withdrawals (
    release_id TEXT NOT NULL PRIMARY KEY REFERENCES releases (id),
    withdrawn_at BIGINT NOT NULL,
    withdrawn_by TEXT NOT NULL,
    reason TEXT NOT NULL,
    -- Whether it had left before.
    had_left BIGINT NOT NULL CHECK (had_left IN (0, 1))
);

-- Which warnings were given of what is due after an agreement's end: once for each day that it is due and number of
-- days before it; none before it is overdue.
CREATE TABLE retention_warnings (
    reference TEXT NOT NULL,
    what TEXT NOT NULL CHECK (what IN ('retention', 'destruction', 'certificate')),
    due TEXT NOT NULL,
    days BIGINT NOT NULL CHECK (days >= 0),
    warned_at BIGINT NOT NULL,
    PRIMARY KEY (reference, what, due, days)
);

-- When a backup was put back: what was known of people's wishes before that may be older than it looks.
CREATE TABLE restores (
    restored_at BIGINT NOT NULL PRIMARY KEY,
    backup TEXT NOT NULL
);
