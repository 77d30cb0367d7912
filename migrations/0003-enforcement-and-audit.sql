-- What was done to runs, and the chain that proves the record of it.

CREATE TABLE enforcement (
  id              INTEGER PRIMARY KEY,
  run_id          INTEGER NOT NULL REFERENCES run (id),
  kind            TEXT    NOT NULL CHECK (kind IN ('cutoff', 'restore', 'freeze', 'kill')),
  cause           TEXT    NOT NULL CHECK (cause IN ('budget', 'operator', 'watchdog')),
  actor           TEXT    NOT NULL,
  provider        TEXT,
  scope_kind      TEXT,
  scope_key       TEXT,
  limit_tokens    INTEGER,
  used_tokens     INTEGER,
  limit_window    TEXT,
  requested_at_ms INTEGER NOT NULL,
  done_at_ms      INTEGER,
  outcome         TEXT    NOT NULL CHECK (outcome IN ('pending', 'done', 'failed')),
  error           TEXT,
  CHECK ((done_at_ms IS NULL) = (outcome = 'pending'))
) STRICT;

CREATE INDEX enforcement_by_run ON enforcement (run_id);

-- Append-only. `hash` covers the row and `prev_hash`; the newest (seq, hash) is also kept
-- outside the database.
CREATE TABLE audit (
  seq       INTEGER PRIMARY KEY,
  at_ms     INTEGER NOT NULL,
  slug      TEXT    NOT NULL,
  kind      TEXT    NOT NULL,
  actor     TEXT    NOT NULL,
  detail    TEXT    NOT NULL,
  prev_hash TEXT    NOT NULL,
  hash      TEXT    NOT NULL
) STRICT;
