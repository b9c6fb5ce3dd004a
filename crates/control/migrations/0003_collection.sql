-- The collection: what is on record about each council's way to submitting, and what the files of each
-- submission say of themselves. The same words as in 0001 hold here.

-- Entries are only ever added: what is on record is the latest of each kind and name, and all of them are
-- the history. An empty value takes something off the record.
CREATE TABLE onboarding_entries (
    council TEXT NOT NULL,
    number BIGINT NOT NULL CHECK (number > 0),
    written_at BIGINT NOT NULL,
    written_by TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('fact', 'step', 'contact', 'note')),
    name TEXT NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (council, number)
);

-- Counts only, as JSON documents: never a cell of a file.
CREATE TABLE submission_reports (
    submission TEXT NOT NULL PRIMARY KEY REFERENCES submissions (id),
    written_at BIGINT NOT NULL,
    report TEXT NOT NULL
);
