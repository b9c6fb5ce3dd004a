-- Destruction of data: asked for by one person, approved by another of another role, carried out once, certified.
-- Times are milliseconds since 1970. `what` names a submission or an agreement, never a person.
CREATE TABLE destructions (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('submission', 'agreement', 'old_versions')),
    what TEXT NOT NULL,
    reason TEXT NOT NULL,
    requested_by TEXT NOT NULL,
    requested_role TEXT NOT NULL,
    requested_at BIGINT NOT NULL,
    approved_by TEXT,
    approved_role TEXT,
    approved_at BIGINT,
    -- The certificate as a JSON document, and its SHA-256 in hexadecimal.
    certificate TEXT,
    digest TEXT,
    done_at BIGINT
);
CREATE INDEX destructions_by_request ON destructions (requested_at);

-- Backups that were made, so that a certificate can say what remains in them until when.
CREATE TABLE backups (
    id TEXT NOT NULL PRIMARY KEY,
    made_at BIGINT NOT NULL,
    kept_until BIGINT NOT NULL,
    files BIGINT NOT NULL CHECK (files >= 0),
    digest TEXT NOT NULL
);
