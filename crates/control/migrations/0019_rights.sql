-- What people may ask of those who hold their records: that they are erased, that they are shown, put right, or not
-- used for now. The same words as in 0001 hold here: times are milliseconds since 1970, and nobody's number is anywhere
-- below. A person is a keyed digest, which only the identified zone can compare with a number.

-- The list of kinds of destruction grows, and neither database changes a CHECK alike, so the table is made anew.
CREATE TABLE destructions_of_all (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('submission', 'agreement', 'old_versions', 'person')),
    what TEXT NOT NULL,
    reason TEXT NOT NULL,
    requested_by TEXT NOT NULL,
    requested_role TEXT NOT NULL,
    requested_at BIGINT NOT NULL,
    approved_by TEXT,
    approved_role TEXT,
    approved_at BIGINT,
    -- Whoever refused it, and why; a destruction is approved or refused, never both.
    refused_by TEXT,
    refused_at BIGINT,
    refused_why TEXT,
    -- What was found when it was begun, as a JSON document, so that the certificate names it after a kill too.
    found TEXT,
    -- The certificate as a JSON document, and its SHA-256 in hexadecimal.
    certificate TEXT,
    digest TEXT,
    done_at BIGINT,
    CHECK (approved_by IS NULL OR refused_by IS NULL),
    CHECK (approved_by IS NULL OR (approved_by <> requested_by AND approved_role <> requested_role)),
    CHECK (refused_by IS NULL OR refused_by <> requested_by)
);
INSERT INTO destructions_of_all
    (id, kind, what, reason, requested_by, requested_role, requested_at, approved_by, approved_role, approved_at,
     certificate, digest, done_at)
    SELECT id, kind, what, reason, requested_by, requested_role, requested_at, approved_by, approved_role, approved_at,
        certificate, digest, done_at
    FROM destructions;
DROP TABLE destructions;
ALTER TABLE destructions_of_all RENAME TO destructions;
CREATE INDEX destructions_by_request ON destructions (requested_at);

-- People whose records were erased, each under a keyed digest of every number that they have had: rows about them are
-- not taken in again.
CREATE TABLE erased_people (
    digest TEXT NOT NULL PRIMARY KEY,
    destruction TEXT NOT NULL,
    erased_at BIGINT NOT NULL
);

-- What a person asked for. Two people look at who is asking; the second is never the first. Days are written 2026-04-01.
CREATE TABLE rights_cases (
    number BIGINT NOT NULL PRIMARY KEY CHECK (number > 0),
    kind TEXT NOT NULL CHECK (kind IN ('access', 'rectification', 'restriction')),
    subject TEXT NOT NULL,
    asked_on TEXT NOT NULL,
    due_on TEXT NOT NULL,
    -- How it came, how the first person knows who is asking, and what is asked for, in words without anyone's details.
    channel TEXT NOT NULL,
    identity_first TEXT NOT NULL,
    words TEXT NOT NULL,
    taken_by TEXT NOT NULL,
    taken_at BIGINT NOT NULL,
    identity_second TEXT,
    checked_by TEXT,
    checked_at BIGINT,
    -- How often the answer was made, and when last.
    answers BIGINT NOT NULL,
    answered_at BIGINT,
    answered_by TEXT,
    outcome TEXT CHECK (outcome IN ('answered', 'done', 'not_done', 'withdrawn')),
    closed_words TEXT,
    closed_by TEXT,
    closed_at BIGINT,
    CHECK (checked_by IS NULL OR checked_by <> taken_by),
    CHECK ((checked_by IS NULL) = (checked_at IS NULL)),
    CHECK ((closed_by IS NULL) = (outcome IS NULL)),
    CHECK (outcome IS NULL OR outcome = 'withdrawn' OR checked_by IS NOT NULL)
);
CREATE INDEX rights_cases_by_due ON rights_cases (due_on, number);
