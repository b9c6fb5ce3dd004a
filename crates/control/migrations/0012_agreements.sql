-- The life of agreements: what was written, who approved and signed it, and what was stopped at once. The same words
-- as in 0001 hold here. Days are written 2026-04-01, lists of accounts with spaces between them.

-- What somebody is writing. The text may have mistakes, so nothing is known of it but who changed it last; a change is
-- made to the revision that its writer saw.
CREATE TABLE agreement_drafts (
    id TEXT NOT NULL PRIMARY KEY,
    revision BIGINT NOT NULL CHECK (revision > 0),
    text TEXT NOT NULL,
    -- The digest of the text that it changes; empty for a new agreement.
    changes TEXT NOT NULL,
    writers TEXT NOT NULL,
    begun_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    changed_by TEXT NOT NULL
);

-- What was handed in for approval, as text by its digest. Rows are only added.
CREATE TABLE agreement_versions (
    digest TEXT NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL UNIQUE CHECK (number > 0),
    reference TEXT NOT NULL,
    version TEXT NOT NULL,
    changes TEXT NOT NULL,
    text TEXT NOT NULL,
    why TEXT NOT NULL,
    writers TEXT NOT NULL,
    submitted_at BIGINT NOT NULL,
    submitted_by TEXT NOT NULL,
    UNIQUE (reference, version)
);
CREATE INDEX agreement_versions_by_reference ON agreement_versions (reference, number);

-- What people did with a version, one row an act. Rows are only added. `party`, `name`, `signer_role`, `day` and
-- `words` are empty where an act has no use for them.
CREATE TABLE agreement_acts (
    number BIGINT NOT NULL PRIMARY KEY CHECK (number > 0),
    act TEXT NOT NULL CHECK (act IN ('approved', 'returned', 'withdrawn', 'signed', 'closing', 'destroyed')),
    reference TEXT NOT NULL,
    version TEXT NOT NULL,
    digest TEXT NOT NULL,
    party TEXT NOT NULL,
    name TEXT NOT NULL,
    signer_role TEXT NOT NULL,
    day TEXT NOT NULL,
    words TEXT NOT NULL,
    acted_at BIGINT NOT NULL,
    acted_by TEXT NOT NULL,
    acted_as TEXT NOT NULL,
    acted_for TEXT NOT NULL
);
CREATE INDEX agreement_acts_by_reference ON agreement_acts (reference, number);
CREATE INDEX agreement_acts_by_digest ON agreement_acts (digest, number);

-- What was stopped at once, and when that was lifted. A row is only ever lifted, and once.
CREATE TABLE suspensions (
    number BIGINT NOT NULL PRIMARY KEY CHECK (number > 0),
    kind TEXT NOT NULL CHECK (kind IN ('agreement', 'person', 'release')),
    subject TEXT NOT NULL,
    reason TEXT NOT NULL,
    suspended_at BIGINT NOT NULL,
    suspended_by TEXT NOT NULL,
    lifted_at BIGINT,
    lifted_by TEXT,
    lifted_why TEXT,
    CHECK ((lifted_at IS NULL) = (lifted_by IS NULL)),
    CHECK ((lifted_at IS NULL) = (lifted_why IS NULL))
);
CREATE INDEX suspensions_by_subject ON suspensions (kind, subject, number);

-- Which warnings of an agreement's end were given: once for each agreement, last day and number of days before it.
CREATE TABLE agreement_warnings (
    reference TEXT NOT NULL,
    last_day TEXT NOT NULL,
    days BIGINT NOT NULL CHECK (days >= 0),
    warned_at BIGINT NOT NULL,
    PRIMARY KEY (reference, last_day, days)
);
