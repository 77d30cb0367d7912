-- What agents ask their operator for, and the operator's answers. Rows are added, never changed.
--
-- There is no state: a question is open until it has an answer, is past its time, or its run has ended.

CREATE TABLE proposal (
  id            INTEGER PRIMARY KEY,
  run_id        INTEGER NOT NULL REFERENCES run (id),
  kind          TEXT    NOT NULL CHECK (kind IN ('route', 'budget', 'tool', 'hold')),
  ask           TEXT    NOT NULL CHECK (json_type(ask) = 'object'),
  why           TEXT    NOT NULL,
  asked_at_ms   INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL CHECK (expires_at_ms > asked_at_ms)
) STRICT;

CREATE INDEX proposal_by_run ON proposal (run_id);
CREATE INDEX proposal_by_expiry ON proposal (expires_at_ms);

CREATE TABLE proposal_answer (
  seq            INTEGER PRIMARY KEY,
  -- Answered once.
  proposal_id    INTEGER NOT NULL UNIQUE REFERENCES proposal (id),
  decision       TEXT    NOT NULL CHECK (decision IN ('approved', 'rejected')),
  duration       TEXT    CHECK (duration IN ('once', 'run', 'always')),
  ask            TEXT    NOT NULL CHECK (json_type(ask) = 'object'),
  reason         TEXT    NOT NULL,
  actor          TEXT    NOT NULL,
  channel        TEXT    NOT NULL CHECK (channel IN ('command', 'dashboard', 'token')),
  answered_at_ms INTEGER NOT NULL,
  CHECK ((duration IS NULL) = (decision = 'rejected'))
) STRICT;

-- A token answers one question from outside. Only its hash stands here.
CREATE TABLE answer_token (
  hash        TEXT    PRIMARY KEY CHECK (length(hash) = 64),
  proposal_id INTEGER NOT NULL REFERENCES proposal (id),
  decision    TEXT    NOT NULL CHECK (decision IN ('approved', 'rejected')),
  duration    TEXT    CHECK (duration IN ('once', 'run')),
  CHECK ((duration IS NULL) = (decision = 'rejected'))
) STRICT, WITHOUT ROWID;

CREATE TRIGGER proposal_stays BEFORE UPDATE ON proposal
BEGIN SELECT RAISE(ABORT, 'a proposal never changes'); END;
CREATE TRIGGER proposal_is_kept BEFORE DELETE ON proposal
BEGIN SELECT RAISE(ABORT, 'a proposal is never removed'); END;
CREATE TRIGGER proposal_answer_stays BEFORE UPDATE ON proposal_answer
BEGIN SELECT RAISE(ABORT, 'an answer never changes'); END;
CREATE TRIGGER proposal_answer_is_kept BEFORE DELETE ON proposal_answer
BEGIN SELECT RAISE(ABORT, 'an answer is never removed'); END;
