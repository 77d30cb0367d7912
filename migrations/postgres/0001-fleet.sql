-- The shared ledger of several hosts. Each host writes only its own rows; what several hosts
-- write (budgets, escrow, jobs, commands) is changed by single statements or under a row lock.

CREATE TABLE fleet_setting (
  name  text PRIMARY KEY,
  value text NOT NULL
);

CREATE TABLE host (
  id          text        PRIMARY KEY,
  push_seq    bigint      NOT NULL DEFAULT 0,
  first_seen  timestamptz NOT NULL DEFAULT now(),
  last_seen   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE run (
  host          text   NOT NULL REFERENCES host (id),
  slug          text   NOT NULL,
  label         text   NOT NULL,
  color         text   NOT NULL,
  agent         text   NOT NULL,
  bottles       jsonb  NOT NULL,
  ancestors     jsonb  NOT NULL,
  meters        jsonb  NOT NULL,
  provider      text   NOT NULL,
  backend       text   NOT NULL,
  policy        text   NOT NULL,
  status        text   NOT NULL,
  started_at_ms bigint NOT NULL,
  ended_at_ms   bigint,
  exit_code     integer,
  end_reason    text,
  launcher      text   NOT NULL,
  proxy         text,
  changed       timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (host, slug)
);
CREATE INDEX run_by_slug ON run (slug);
CREATE INDEX run_by_start ON run (started_at_ms);
CREATE INDEX run_by_change ON run (changed);

CREATE TABLE usage_quarter (
  host               text   NOT NULL REFERENCES host (id),
  slug               text   NOT NULL,
  provider           text   NOT NULL,
  model              text   NOT NULL,
  quarter_ms         bigint NOT NULL,
  requests           bigint NOT NULL,
  refused_requests   bigint NOT NULL,
  estimated_requests bigint NOT NULL,
  input_tokens       bigint NOT NULL,
  cache_read_tokens  bigint NOT NULL,
  cache_write_tokens bigint NOT NULL,
  output_tokens      bigint NOT NULL,
  reasoning_tokens   bigint NOT NULL,
  charged_tokens     bigint NOT NULL,
  PRIMARY KEY (host, slug, provider, model, quarter_ms)
);
CREATE INDEX usage_quarter_by_time ON usage_quarter (quarter_ms);

CREATE TABLE enforcement (
  host text   NOT NULL REFERENCES host (id),
  id   bigint NOT NULL,
  slug text   NOT NULL,
  row  jsonb  NOT NULL,
  PRIMARY KEY (host, id)
);

-- One hash chain a host, bit for bit as the host wrote it, and each chain's newest row.
CREATE TABLE audit (
  host      text   NOT NULL REFERENCES host (id),
  seq       bigint NOT NULL,
  at_ms     bigint NOT NULL,
  slug      text   NOT NULL,
  kind      text   NOT NULL,
  actor     text   NOT NULL,
  detail    text   NOT NULL,
  prev_hash text   NOT NULL,
  hash      text   NOT NULL,
  PRIMARY KEY (host, seq)
);
CREATE TABLE audit_head (
  host text   PRIMARY KEY REFERENCES host (id),
  seq  bigint NOT NULL,
  hash text   NOT NULL
);

-- Limits that operators set, of every scope but `host`, which each host keeps for itself.
CREATE TABLE budget (
  scope_kind   text   NOT NULL CHECK (scope_kind IN ('run', 'agent', 'bottle', 'fleet')),
  scope_key    text   NOT NULL,
  provider     text   NOT NULL,
  limit_tokens bigint NOT NULL CHECK (limit_tokens >= 0),
  limit_window text   NOT NULL,
  PRIMARY KEY (scope_kind, scope_key, provider)
);

-- When `total` windows began again; an empty kind or provider stands for every one.
CREATE TABLE budget_reset (
  scope_kind text   NOT NULL,
  scope_key  text   NOT NULL,
  provider   text   NOT NULL,
  since_ms   bigint NOT NULL,
  PRIMARY KEY (scope_kind, scope_key, provider)
);

-- What of one limit, in one window, hosts may spend. `granted` is the sum of its hosts' and never
-- more than the limit, but for what was spent before the limit was set.
CREATE TABLE escrow (
  id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  scope_kind     text   NOT NULL,
  scope_key      text   NOT NULL,
  provider       text   NOT NULL,
  limit_window   text   NOT NULL,
  start_ms       bigint NOT NULL,
  granted_tokens bigint NOT NULL DEFAULT 0,
  UNIQUE (scope_kind, scope_key, provider, limit_window, start_ms)
);
CREATE TABLE escrow_host (
  escrow_id      bigint NOT NULL REFERENCES escrow (id),
  host           text   NOT NULL REFERENCES host (id),
  granted_tokens bigint NOT NULL DEFAULT 0,
  used_tokens    bigint NOT NULL DEFAULT 0,
  version        bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (escrow_id, host)
);

-- An operator's word about a run of another host, carried out there.
CREATE TABLE command (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  host      text        NOT NULL REFERENCES host (id),
  slug      text        NOT NULL,
  kind      text        NOT NULL CHECK (kind IN ('cutoff', 'restore', 'freeze', 'kill')),
  actor     text        NOT NULL,
  asked_at  timestamptz NOT NULL DEFAULT now(),
  done_at   timestamptz,
  error     text
);
CREATE INDEX command_open ON command (host, id) WHERE done_at IS NULL;

-- Runs to be: claimed by a worker with SKIP LOCKED, kept by its heartbeat. `attempts` tells two
-- workers apart that had the same job one after the other.
CREATE TABLE job (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  "order"     text        NOT NULL,
  wants       jsonb       NOT NULL DEFAULT '{}',
  actor       text        NOT NULL,
  state       text        NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
  host        text        REFERENCES host (id),
  lease_until timestamptz,
  attempts    integer     NOT NULL DEFAULT 0,
  slug        text,
  exit_code   integer,
  error       text,
  queued_at   timestamptz NOT NULL DEFAULT now(),
  ended_at    timestamptz
);
CREATE INDEX job_waiting ON job (id) WHERE state IN ('queued', 'running');

-- Which usage a scope's budget counts: its agent's, its bottles' (and their heirs'), everybody's.
CREATE FUNCTION scope_usage(p_kind text, p_key text, p_provider text, p_start_ms bigint)
RETURNS TABLE (host text, charged_tokens bigint) LANGUAGE sql STABLE AS $$
  SELECT u.host, sum(u.charged_tokens)::bigint
  FROM usage_quarter u JOIN run r ON r.host = u.host AND r.slug = u.slug
  WHERE u.provider = p_provider AND u.quarter_ms >= p_start_ms - p_start_ms % 900000
    AND CASE p_kind
      WHEN 'fleet' THEN true
      WHEN 'agent' THEN r.agent = p_key
      WHEN 'bottle' THEN r.bottles ? p_key OR r.ancestors ? p_key
      ELSE r.slug = p_key
    END
  GROUP BY u.host
$$;

-- Gives a host a block of what a limit has left: at least what it needs if there is so much, else
-- an even share, so that blocks shrink towards the end. In one round trip, under the row's lock.
CREATE FUNCTION draw_block(
  p_host text, p_kind text, p_key text, p_provider text, p_window text, p_start_ms bigint,
  p_limit bigint, p_used bigint, p_want bigint
) RETURNS TABLE (granted bigint, taken bigint, version bigint, others_used bigint, others_unspent bigint, limit_now bigint)
LANGUAGE plpgsql AS $$
DECLARE
  v_escrow escrow; v_host escrow_host; v_base bigint; v_left bigint; v_take bigint; v_limit bigint; v_hosts bigint;
BEGIN
  INSERT INTO escrow (scope_kind, scope_key, provider, limit_window, start_ms)
  VALUES (p_kind, p_key, p_provider, p_window, p_start_ms) ON CONFLICT DO NOTHING;
  IF FOUND THEN
    INSERT INTO escrow_host (escrow_id, host, granted_tokens, used_tokens)
    SELECT e.id, u.host, u.charged_tokens, u.charged_tokens
    FROM escrow e, scope_usage(p_kind, p_key, p_provider, p_start_ms) u
    WHERE e.scope_kind = p_kind AND e.scope_key = p_key AND e.provider = p_provider
      AND e.limit_window = p_window AND e.start_ms = p_start_ms AND u.host <> p_host
      AND NOT (p_window = 'total' AND p_start_ms > 0);
    UPDATE escrow e SET granted_tokens = (SELECT coalesce(sum(h.granted_tokens), 0) FROM escrow_host h WHERE h.escrow_id = e.id)
    WHERE e.scope_kind = p_kind AND e.scope_key = p_key AND e.provider = p_provider
      AND e.limit_window = p_window AND e.start_ms = p_start_ms;
  END IF;

  SELECT * INTO v_escrow FROM escrow e
  WHERE e.scope_kind = p_kind AND e.scope_key = p_key AND e.provider = p_provider
    AND e.limit_window = p_window AND e.start_ms = p_start_ms
  FOR UPDATE;
  INSERT INTO escrow_host (escrow_id, host) VALUES (v_escrow.id, p_host) ON CONFLICT DO NOTHING;
  SELECT * INTO v_host FROM escrow_host h WHERE h.escrow_id = v_escrow.id AND h.host = p_host;
  -- An operator's limit is read here: a host that has not heard of a lower one draws no more.
  SELECT b.limit_tokens INTO v_limit FROM budget b
  WHERE b.scope_kind = p_kind AND b.scope_key = p_key AND b.provider = p_provider AND b.limit_window = p_window;
  v_limit := coalesce(v_limit, p_limit);
  SELECT count(*) INTO v_hosts FROM host h WHERE h.last_seen > now() - interval '1 minute';

  -- What was spent counts, also what was spent before there was a block for it.
  v_base := greatest(v_host.granted_tokens, p_used);
  v_left := v_limit - (v_escrow.granted_tokens - v_host.granted_tokens + v_base);
  v_take := CASE WHEN v_left <= 0 THEN 0 ELSE least(v_left, greatest(p_want, v_left / (v_hosts + 1))) END;

  UPDATE escrow e SET granted_tokens = v_escrow.granted_tokens - v_host.granted_tokens + v_base + v_take
  WHERE e.id = v_escrow.id;
  UPDATE escrow_host h SET granted_tokens = v_base + v_take, used_tokens = greatest(h.used_tokens, p_used),
    version = h.version + 1
  WHERE h.escrow_id = v_escrow.id AND h.host = p_host;

  RETURN QUERY SELECT v_base + v_take, v_take, v_host.version + 1,
    coalesce(sum(h.used_tokens), 0)::bigint, coalesce(sum(h.granted_tokens - h.used_tokens), 0)::bigint, v_limit
  FROM escrow_host h WHERE h.escrow_id = v_escrow.id AND h.host <> p_host;
END $$;

-- Takes unused tokens back, once: only while nothing has changed since the host decided it.
CREATE FUNCTION return_block(
  p_host text, p_kind text, p_key text, p_provider text, p_window text, p_start_ms bigint,
  p_tokens bigint, p_used bigint, p_version bigint
) RETURNS TABLE (granted bigint, version bigint) LANGUAGE plpgsql AS $$
DECLARE v_escrow bigint; v_done boolean;
BEGIN
  SELECT e.id INTO v_escrow FROM escrow e
  WHERE e.scope_kind = p_kind AND e.scope_key = p_key AND e.provider = p_provider
    AND e.limit_window = p_window AND e.start_ms = p_start_ms
  FOR UPDATE;
  UPDATE escrow_host h SET granted_tokens = h.granted_tokens - p_tokens, used_tokens = greatest(h.used_tokens, p_used),
    version = h.version + 1
  WHERE h.escrow_id = v_escrow AND h.host = p_host AND h.version = p_version
    AND h.granted_tokens - p_tokens >= p_used;
  IF FOUND THEN
    UPDATE escrow e SET granted_tokens = e.granted_tokens - p_tokens WHERE e.id = v_escrow;
  END IF;
  RETURN QUERY SELECT h.granted_tokens, h.version FROM escrow_host h WHERE h.escrow_id = v_escrow AND h.host = p_host;
END $$;

-- Takes in what a host has to send and answers what it has to know, in one round trip. Rows come
-- whole, so a batch may be sent again; one that was overtaken by a newer batch is refused.
CREATE FUNCTION push_host(p_host text, p_seq bigint, p jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE v_seq bigint; v_accepted boolean;
BEGIN
  INSERT INTO host AS h (id) VALUES (p_host) ON CONFLICT (id) DO UPDATE SET last_seen = now()
  RETURNING h.push_seq INTO v_seq;
  v_accepted := p_seq > v_seq;
  IF v_accepted THEN
    UPDATE host SET push_seq = p_seq WHERE id = p_host;

    INSERT INTO run (host, slug, label, color, agent, bottles, ancestors, meters, provider, backend, policy, status,
      started_at_ms, ended_at_ms, exit_code, end_reason, launcher, proxy)
    SELECT p_host, r.* FROM jsonb_to_recordset(p -> 'runs') AS r (slug text, label text, color text, agent text,
      bottles jsonb, ancestors jsonb, meters jsonb, provider text, backend text, policy text, status text,
      started_at_ms bigint, ended_at_ms bigint, exit_code integer, end_reason text, launcher text, proxy text)
    ON CONFLICT (host, slug) DO UPDATE SET meters = excluded.meters, ancestors = excluded.ancestors,
      policy = excluded.policy, status = excluded.status, ended_at_ms = excluded.ended_at_ms,
      exit_code = excluded.exit_code, end_reason = excluded.end_reason, launcher = excluded.launcher,
      proxy = excluded.proxy, changed = now();

    INSERT INTO usage_quarter
    SELECT p_host, u.* FROM jsonb_to_recordset(p -> 'usage') AS u (slug text, provider text, model text,
      quarter_ms bigint, requests bigint, refused_requests bigint, estimated_requests bigint, input_tokens bigint,
      cache_read_tokens bigint, cache_write_tokens bigint, output_tokens bigint, reasoning_tokens bigint,
      charged_tokens bigint)
    ON CONFLICT (host, slug, provider, model, quarter_ms) DO UPDATE SET requests = excluded.requests,
      refused_requests = excluded.refused_requests, estimated_requests = excluded.estimated_requests,
      input_tokens = excluded.input_tokens, cache_read_tokens = excluded.cache_read_tokens,
      cache_write_tokens = excluded.cache_write_tokens, output_tokens = excluded.output_tokens,
      reasoning_tokens = excluded.reasoning_tokens, charged_tokens = excluded.charged_tokens;

    INSERT INTO enforcement (host, id, slug, row)
    SELECT p_host, (e ->> 'id')::bigint, e ->> 'slug', e FROM jsonb_array_elements(p -> 'steps') AS e
    ON CONFLICT (host, id) DO UPDATE SET row = excluded.row;

    INSERT INTO audit
    SELECT p_host, a.* FROM jsonb_to_recordset(p -> 'audit') AS a (seq bigint, at_ms bigint, slug text, kind text,
      actor text, detail text, prev_hash text, hash text)
    ON CONFLICT DO NOTHING;
    INSERT INTO audit_head (host, seq, hash)
    SELECT host, seq, hash FROM audit WHERE host = p_host ORDER BY seq DESC LIMIT 1
    ON CONFLICT (host) DO UPDATE SET seq = excluded.seq, hash = excluded.hash WHERE audit_head.seq < excluded.seq;

    UPDATE escrow_host h SET used_tokens = greatest(h.used_tokens, b.used_tokens)
    FROM jsonb_to_recordset(p -> 'blocks') AS b (scope_kind text, scope_key text, provider text, limit_window text,
      start_ms bigint, used_tokens bigint), escrow e
    WHERE h.host = p_host AND h.escrow_id = e.id AND e.scope_kind = b.scope_kind AND e.scope_key = b.scope_key
      AND e.provider = b.provider AND e.limit_window = b.limit_window AND e.start_ms = b.start_ms;
  END IF;

  RETURN jsonb_build_object(
    'accepted', v_accepted,
    'seq', v_seq,
    'now_ms', (extract(epoch FROM clock_timestamp()) * 1000)::bigint,
    'time_zone', (SELECT value FROM fleet_setting WHERE name = 'time_zone'),
    'limits', (SELECT coalesce(jsonb_agg(to_jsonb(b)), '[]') FROM budget b),
    'resets', (SELECT coalesce(jsonb_agg(to_jsonb(r)), '[]') FROM budget_reset r),
    'commands', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'slug', c.slug, 'kind', c.kind, 'actor', c.actor)
      ORDER BY c.id), '[]') FROM command c WHERE c.host = p_host AND c.done_at IS NULL));
END $$;
