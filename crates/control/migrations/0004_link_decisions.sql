-- What people decided about pairs of records in clerical review. The same words as in 0001 hold here.

-- A pair and its two sides are keyed tokens, which tell nothing without the key of the workspace: no value of a
-- person is here. The sides make decisions usable as labels when the pair no longer stands in the identified zone.
-- Entries are only ever added; one that was taken back stays, with the moment and the name. `blind` says that the
-- person did not see what the model made of the pair.
CREATE TABLE link_decision (
    number BIGINT NOT NULL PRIMARY KEY CHECK (number > 0),
    pair TEXT NOT NULL,
    left_side TEXT NOT NULL,
    right_side TEXT NOT NULL,
    decision TEXT NOT NULL CHECK (decision IN ('same_person', 'different', 'not_sure')),
    blind BIGINT NOT NULL CHECK (blind IN (0, 1)),
    note TEXT NOT NULL,
    decided_by TEXT NOT NULL,
    decided_at BIGINT NOT NULL,
    undone_at BIGINT,
    undone_by TEXT,
    CHECK ((undone_at IS NULL) = (undone_by IS NULL))
);
CREATE INDEX link_decision_by_pair ON link_decision (pair, number);
CREATE INDEX link_decision_by_person ON link_decision (decided_by, decided_at);
