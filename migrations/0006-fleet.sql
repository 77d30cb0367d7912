-- This host's part of a shared ledger: blocks of budgets it has drawn, and rows to send.
--
-- `spend` is built again because a CHECK cannot be changed: it gains the scope `fleet`.

CREATE TABLE spend_next (
  id              INTEGER PRIMARY KEY,
  scope_kind      TEXT    NOT NULL CHECK (scope_kind IN ('run', 'agent', 'bottle', 'host', 'fleet')),
  scope_key       TEXT    NOT NULL CHECK ((scope_key = '') = (scope_kind IN ('host', 'fleet'))),
  provider        TEXT    NOT NULL,
  total_tokens    INTEGER NOT NULL DEFAULT 0 CHECK (total_tokens >= 0),
  total_since_ms  INTEGER NOT NULL,
  reserved_tokens INTEGER NOT NULL DEFAULT 0 CHECK (reserved_tokens >= 0),
  UNIQUE (scope_kind, scope_key, provider)
) STRICT;
INSERT INTO spend_next SELECT id, scope_kind, scope_key, provider, total_tokens, total_since_ms, reserved_tokens FROM spend;

CREATE TABLE spend_span_next (
  spend_id INTEGER NOT NULL REFERENCES spend_next (id),
  span_ms  INTEGER NOT NULL CHECK (span_ms IN (900000, 86400000)),
  start_ms INTEGER NOT NULL CHECK (start_ms % span_ms = 0),
  tokens   INTEGER NOT NULL CHECK (tokens >= 0),
  PRIMARY KEY (spend_id, span_ms, start_ms)
) STRICT, WITHOUT ROWID;
INSERT INTO spend_span_next SELECT spend_id, span_ms, start_ms, tokens FROM spend_span;

CREATE TABLE budget_next (
  spend_id     INTEGER PRIMARY KEY REFERENCES spend_next (id),
  limit_tokens INTEGER NOT NULL CHECK (limit_tokens >= 0),
  limit_window TEXT    NOT NULL CHECK (limit_window IN ('total', 'hour', 'day', 'week', 'month'))
) STRICT;
INSERT INTO budget_next SELECT spend_id, limit_tokens, limit_window FROM budget;

DROP TABLE spend_span;
DROP TABLE budget;
DROP TABLE spend;
ALTER TABLE spend_next RENAME TO spend;
ALTER TABLE spend_span_next RENAME TO spend_span;
ALTER TABLE budget_next RENAME TO budget;

-- What this host may spend of a limit that other hosts share, in the window that began at
-- `start_ms`. `version` is that of the shared ledger's answer it comes from.
CREATE TABLE block (
  spend_id           INTEGER NOT NULL REFERENCES spend (id),
  limit_window       TEXT    NOT NULL,
  start_ms           INTEGER NOT NULL,
  granted_tokens     INTEGER NOT NULL,
  used_tokens        INTEGER NOT NULL,
  returning_tokens   INTEGER NOT NULL DEFAULT 0,
  others_used_tokens INTEGER NOT NULL DEFAULT 0,
  version            INTEGER NOT NULL,
  PRIMARY KEY (spend_id, limit_window)
) STRICT, WITHOUT ROWID;

-- Rows that have changed since they were sent. Filled by triggers that a shared ledger adds.
CREATE TABLE outbox (
  kind    TEXT    NOT NULL CHECK (kind IN ('run', 'step', 'usage')),
  key     TEXT    NOT NULL,
  version INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;

-- When `total` windows began again, as the fleet knows it; an empty kind or provider is every one.
CREATE TABLE fleet_reset (
  scope_kind TEXT    NOT NULL,
  scope_key  TEXT    NOT NULL,
  provider   TEXT    NOT NULL,
  since_ms   INTEGER NOT NULL,
  PRIMARY KEY (scope_kind, scope_key, provider)
) STRICT, WITHOUT ROWID;

CREATE TABLE fleet_state (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
