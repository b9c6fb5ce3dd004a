-- What senders decided about what tracing found in their records. The same words as in 0001 hold here.

-- Entries are only ever added: the latest of each finding is what holds, and all of them are the history. A finding is
-- named by a keyed token, which tells nothing of the record or of what was found.
CREATE TABLE returned_decisions (
    sender TEXT NOT NULL,
    finding TEXT NOT NULL,
    number BIGINT NOT NULL CHECK (number > 0),
    submission TEXT NOT NULL,
    kind TEXT NOT NULL,
    accepted BIGINT NOT NULL,
    why TEXT NOT NULL,
    decided_at BIGINT NOT NULL,
    decided_by TEXT NOT NULL,
    PRIMARY KEY (sender, finding, number)
);
