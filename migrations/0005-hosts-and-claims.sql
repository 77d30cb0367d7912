-- Which host a run belongs to, and which process holds a name.
--
-- The ledger gets its host's id right after this migration, and gives it to the runs it has.

CREATE TABLE host (
  id            TEXT    PRIMARY KEY,
  created_at_ms INTEGER NOT NULL
) STRICT;

ALTER TABLE run ADD COLUMN host TEXT NOT NULL DEFAULT '';

CREATE INDEX run_by_start ON run (started_at_ms);

CREATE TABLE claim (
  host   TEXT NOT NULL,
  kind   TEXT NOT NULL CHECK (kind IN ('label', 'apply', 'bind', 'toolchain', 'fleet')),
  name   TEXT NOT NULL,
  holder TEXT NOT NULL,
  PRIMARY KEY (host, kind, name)
) STRICT, WITHOUT ROWID;
