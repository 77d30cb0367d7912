-- Counters of what each scope has spent, and the limits that operators set on them.
--
-- A budget check reads one `spend` row, however long the history. Open reservations count
-- in every window, so they stand there once.

CREATE TABLE spend (
  id              INTEGER PRIMARY KEY,
  scope_kind      TEXT    NOT NULL CHECK (scope_kind IN ('run', 'agent', 'bottle', 'host')),
  scope_key       TEXT    NOT NULL CHECK ((scope_key = '') = (scope_kind = 'host')),
  provider        TEXT    NOT NULL,
  -- Of the `total` window, which began at `total_since_ms`.
  total_tokens    INTEGER NOT NULL DEFAULT 0 CHECK (total_tokens >= 0),
  total_since_ms  INTEGER NOT NULL,
  reserved_tokens INTEGER NOT NULL DEFAULT 0 CHECK (reserved_tokens >= 0),
  UNIQUE (scope_kind, scope_key, provider)
) STRICT;

-- The same tokens by time: in quarters of an hour and in days, both of UTC. Every time zone's
-- hours and days are made of such quarters, and the longest window of 32 days and 96 quarters.
CREATE TABLE spend_span (
  spend_id INTEGER NOT NULL REFERENCES spend (id),
  span_ms  INTEGER NOT NULL CHECK (span_ms IN (900000, 86400000)),
  start_ms INTEGER NOT NULL CHECK (start_ms % span_ms = 0),
  tokens   INTEGER NOT NULL CHECK (tokens >= 0),
  PRIMARY KEY (spend_id, span_ms, start_ms)
) STRICT, WITHOUT ROWID;

-- Operator-set limits. Those of flags, manifests and settings.yml travel with the run.
CREATE TABLE budget (
  spend_id     INTEGER PRIMARY KEY REFERENCES spend (id),
  limit_tokens INTEGER NOT NULL CHECK (limit_tokens >= 0),
  limit_window TEXT    NOT NULL CHECK (limit_window IN ('total', 'hour', 'day', 'week', 'month'))
) STRICT;
