-- One orchestrator for a repository of a forge on each host.
--
-- `claim` is built again because a CHECK cannot be changed: it gains the kind `orchestrate`.

CREATE TABLE claim_next (
  host   TEXT NOT NULL,
  kind   TEXT NOT NULL CHECK (kind IN ('label', 'apply', 'bind', 'toolchain', 'fleet', 'login', 'resume', 'orchestrate')),
  name   TEXT NOT NULL,
  holder TEXT NOT NULL,
  PRIMARY KEY (host, kind, name)
) STRICT, WITHOUT ROWID;
INSERT INTO claim_next SELECT host, kind, name, holder FROM claim;
DROP TABLE claim;
ALTER TABLE claim_next RENAME TO claim;
