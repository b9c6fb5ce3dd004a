-- What output checkers said of releases that wait. Nobody speaks twice, and nobody about what they made.
CREATE TABLE release_decisions (
    release_id TEXT NOT NULL REFERENCES releases (id),
    made_by TEXT NOT NULL,
    decided_by TEXT NOT NULL,
    decided_at BIGINT NOT NULL,
    approves BIGINT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (release_id, decided_by),
    CHECK (decided_by <> made_by)
);
