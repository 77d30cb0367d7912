-- How fast requests are made: those that are open in each scope, and those of the last minute where a rate is limited.

ALTER TABLE spend ADD COLUMN open_requests INTEGER NOT NULL DEFAULT 0;
UPDATE spend SET open_requests = (
  SELECT count(*) FROM request JOIN terms ON terms.id = request.terms_id, json_each(terms.spend_ids) counter
  WHERE request.status = 'reserved' AND counter.value = spend.id);

-- One row a request and a scope whose rate is limited. `micro_usd` is the reservation until it settles, then the cost.
CREATE TABLE pace (
  scope_kind    TEXT    NOT NULL,
  scope_key     TEXT    NOT NULL,
  started_at_ms INTEGER NOT NULL,
  request_id    TEXT    NOT NULL,
  micro_usd     INTEGER NOT NULL CHECK (micro_usd >= 0),
  ended_at_ms   INTEGER,
  PRIMARY KEY (scope_kind, scope_key, started_at_ms, request_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX pace_by_request ON pace (request_id);
