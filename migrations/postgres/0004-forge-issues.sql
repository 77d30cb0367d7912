-- Issues of a forge that several hosts work on together. One row is an issue's record, the lease of the host that
-- looks at it now, and the host whose disk holds its run. Every change by a host names its lease.

CREATE SEQUENCE forge_lease;

CREATE TABLE forge_issue (
  repository   text    NOT NULL,
  number       bigint  NOT NULL,
  record       text,
  status       text,
  pull_request bigint,
  -- Bound to it: only this host can resume the run.
  host         text    REFERENCES host (id),
  holder       text    REFERENCES host (id),
  -- Tells two leases apart, also over a row that was removed meanwhile.
  lease        bigint  NOT NULL DEFAULT 0,
  lease_until  timestamptz,
  -- When somebody shall look at it. It stays while somebody does: a holder that dies leaves it due.
  due_at       timestamptz,
  asked        bigint  NOT NULL DEFAULT 0,
  needs_room   boolean NOT NULL DEFAULT false,
  -- Hosts that cannot run what it asks for.
  passed_by    jsonb   NOT NULL DEFAULT '[]',
  -- The forge was told that the bound host is gone.
  is_told      boolean NOT NULL DEFAULT false,
  PRIMARY KEY (repository, number)
);
CREATE INDEX forge_issue_due ON forge_issue (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX forge_issue_by_host ON forge_issue (host, status) WHERE host IS NOT NULL;

-- Which host keeps issues of which repository, and when it was heard of last.
CREATE TABLE forge_server (
  host       text NOT NULL REFERENCES host (id),
  repository text NOT NULL,
  seen_at    timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (host, repository)
);

-- Records that a host lost while it was gone: it ends their runs once it is back.
CREATE TABLE forge_orphan (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  host       text   NOT NULL REFERENCES host (id),
  repository text   NOT NULL,
  number     bigint NOT NULL,
  record     text   NOT NULL
);
CREATE INDEX forge_orphan_by_host ON forge_orphan (host);

CREATE FUNCTION forge_seen(p_host text, p_repository text) RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT coalesce((SELECT seen_at FROM forge_server WHERE host = p_host AND repository = p_repository), '-infinity')
$$;
