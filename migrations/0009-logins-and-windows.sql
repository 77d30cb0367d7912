-- Logins that are renewed one process at a time, runs that wait for a provider's window, and the
-- windows themselves.
--
-- `claim` is built again because a CHECK cannot be changed: it gains the kind `login`.

CREATE TABLE claim_next (
  host   TEXT NOT NULL,
  kind   TEXT NOT NULL CHECK (kind IN ('label', 'apply', 'bind', 'toolchain', 'fleet', 'login', 'resume')),
  name   TEXT NOT NULL,
  holder TEXT NOT NULL,
  PRIMARY KEY (host, kind, name)
) STRICT, WITHOUT ROWID;
INSERT INTO claim_next SELECT host, kind, name, holder FROM claim;
DROP TABLE claim;
ALTER TABLE claim_next RENAME TO claim;

-- Why the watchdog froze a run, and until when it waits.
ALTER TABLE enforcement ADD COLUMN reason TEXT CHECK (reason IN ('login-expired', 'parked'));
ALTER TABLE enforcement ADD COLUMN until_ms INTEGER;

-- What a provider's newest answer said of the windows that it limits an account by.
CREATE TABLE provider_window (
  provider      TEXT    NOT NULL,
  account       TEXT    NOT NULL,
  name          TEXT    NOT NULL,
  used_permille INTEGER CHECK (used_permille >= 0),
  is_spent      INTEGER NOT NULL CHECK (is_spent IN (0, 1)),
  resets_at_ms  INTEGER,
  seen_at_ms    INTEGER NOT NULL,
  PRIMARY KEY (provider, account, name)
) STRICT, WITHOUT ROWID;
