-- Runs, and every metered request they made.
--
-- A request is `reserved` before it leaves and ends once: `settled`, `cut_short` or `failed`.
-- What was charged stays next to what the provider reported.

CREATE TABLE run (
  id            INTEGER PRIMARY KEY,
  slug          TEXT    NOT NULL UNIQUE,
  label         TEXT    NOT NULL,
  color         TEXT    NOT NULL,
  agent         TEXT    NOT NULL,
  -- JSON lists of names: bottles in merge order, ancestors nearest first, main provider first.
  bottles       TEXT    NOT NULL CHECK (json_type(bottles) = 'array'),
  ancestors     TEXT    NOT NULL CHECK (json_type(ancestors) = 'array'),
  meters        TEXT    NOT NULL CHECK (json_type(meters) = 'array'),
  provider      TEXT    NOT NULL,
  backend       TEXT    NOT NULL,
  policy        TEXT    NOT NULL CHECK (policy IN ('cutoff', 'freeze', 'kill')),
  status        TEXT    NOT NULL CHECK (status IN ('running', 'cut', 'frozen', 'ended', 'killed')),
  started_at_ms INTEGER NOT NULL,
  ended_at_ms   INTEGER,
  exit_code     INTEGER,
  end_reason    TEXT,
  launcher      TEXT    NOT NULL,
  proxy         TEXT
) STRICT;

CREATE INDEX run_by_status ON run (status);

-- What a request was reserved under, kept so that whoever settles it after a crash charges
-- the same scopes by the same rules. `spend_ids` are the counters of its scopes, a JSON list.
CREATE TABLE terms (
  id          INTEGER PRIMARY KEY,
  hash        TEXT    NOT NULL UNIQUE,
  provider    TEXT    NOT NULL,
  run_budgets TEXT    NOT NULL CHECK (json_valid(run_budgets)),
  spend_ids   TEXT    NOT NULL CHECK (json_type(spend_ids) = 'array')
) STRICT;

CREATE TABLE request (
  seq                   INTEGER PRIMARY KEY,
  id                    TEXT    NOT NULL UNIQUE,
  run_id                INTEGER NOT NULL REFERENCES run (id),
  terms_id              INTEGER NOT NULL REFERENCES terms (id),
  provider              TEXT    NOT NULL,
  model                 TEXT    NOT NULL,
  status                TEXT    NOT NULL CHECK (status IN ('reserved', 'settled', 'cut_short', 'failed')),
  reserved_tokens       INTEGER NOT NULL CHECK (reserved_tokens >= 0),
  -- What a crash charges: input and the most output, whatever the gate.
  estimate_tokens       INTEGER NOT NULL CHECK (estimate_tokens >= reserved_tokens),
  input_estimate_tokens INTEGER NOT NULL CHECK (input_estimate_tokens BETWEEN 0 AND estimate_tokens),
  input_tokens          INTEGER NOT NULL DEFAULT 0 CHECK (input_tokens >= 0),
  cache_read_tokens     INTEGER NOT NULL DEFAULT 0 CHECK (cache_read_tokens >= 0),
  cache_write_tokens    INTEGER NOT NULL DEFAULT 0 CHECK (cache_write_tokens >= 0),
  output_tokens         INTEGER NOT NULL DEFAULT 0 CHECK (output_tokens >= 0),
  reasoning_tokens      INTEGER NOT NULL DEFAULT 0 CHECK (reasoning_tokens >= 0),
  charged_tokens        INTEGER NOT NULL DEFAULT 0 CHECK (charged_tokens >= 0),
  estimated             INTEGER NOT NULL DEFAULT 0 CHECK (estimated IN (0, 1)),
  started_at_ms         INTEGER NOT NULL,
  ended_at_ms           INTEGER CHECK ((ended_at_ms IS NULL) = (status = 'reserved')),
  upstream_status       INTEGER,
  provider_request_id   TEXT
) STRICT;

CREATE INDEX request_open ON request (run_id) WHERE status = 'reserved';
CREATE INDEX request_by_end ON request (ended_at_ms) WHERE ended_at_ms IS NOT NULL;

-- Sums of ended requests per quarter of an hour of UTC, of which every local hour and day is
-- made. `refused_requests` never left, and stand here only.
CREATE TABLE usage_quarter (
  run_id             INTEGER NOT NULL REFERENCES run (id),
  provider           TEXT    NOT NULL,
  model              TEXT    NOT NULL,
  quarter_ms         INTEGER NOT NULL CHECK (quarter_ms % 900000 = 0),
  requests           INTEGER NOT NULL DEFAULT 0,
  refused_requests   INTEGER NOT NULL DEFAULT 0,
  estimated_requests INTEGER NOT NULL DEFAULT 0,
  input_tokens       INTEGER NOT NULL DEFAULT 0,
  cache_read_tokens  INTEGER NOT NULL DEFAULT 0,
  cache_write_tokens INTEGER NOT NULL DEFAULT 0,
  output_tokens      INTEGER NOT NULL DEFAULT 0,
  reasoning_tokens   INTEGER NOT NULL DEFAULT 0,
  charged_tokens     INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (run_id, provider, model, quarter_ms)
) STRICT, WITHOUT ROWID;

CREATE INDEX usage_quarter_by_time ON usage_quarter (quarter_ms);
