-- Tags of runs: a host of an older build sends none.

ALTER TABLE run ADD COLUMN tags jsonb NOT NULL DEFAULT '{}';

-- Takes in what a host has to send and answers what it has to know, in one round trip. Rows come
-- whole, so a batch may be sent again; one that was overtaken by a newer batch is refused.
CREATE OR REPLACE FUNCTION push_host(p_host text, p_seq bigint, p jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE v_seq bigint; v_accepted boolean;
BEGIN
  INSERT INTO host AS h (id) VALUES (p_host) ON CONFLICT (id) DO UPDATE SET last_seen = now()
  RETURNING h.push_seq INTO v_seq;
  v_accepted := p_seq > v_seq;
  IF v_accepted THEN
    UPDATE host SET push_seq = p_seq WHERE id = p_host;

    INSERT INTO run (host, slug, label, color, agent, bottles, ancestors, meters, provider, backend, policy, tags, status,
      started_at_ms, ended_at_ms, exit_code, end_reason, launcher, proxy)
    SELECT p_host, r.slug, r.label, r.color, r.agent, r.bottles, r.ancestors, r.meters, r.provider, r.backend, r.policy,
      coalesce(r.tags, '{}'), r.status, r.started_at_ms, r.ended_at_ms, r.exit_code, r.end_reason, r.launcher, r.proxy
    FROM jsonb_to_recordset(p -> 'runs') AS r (slug text, label text, color text, agent text,
      bottles jsonb, ancestors jsonb, meters jsonb, provider text, backend text, policy text, tags jsonb, status text,
      started_at_ms bigint, ended_at_ms bigint, exit_code integer, end_reason text, launcher text, proxy text)
    ON CONFLICT (host, slug) DO UPDATE SET meters = excluded.meters, ancestors = excluded.ancestors,
      policy = excluded.policy, tags = excluded.tags, status = excluded.status, ended_at_ms = excluded.ended_at_ms,
      exit_code = excluded.exit_code, end_reason = excluded.end_reason, launcher = excluded.launcher,
      proxy = excluded.proxy, changed = now();

    INSERT INTO usage_quarter (host, slug, provider, model, quarter_ms, requests, refused_requests, estimated_requests,
      input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens, charged_tokens,
      cost_micro_usd, unpriced_requests)
    SELECT p_host, u.* FROM jsonb_to_recordset(p -> 'usage') AS u (slug text, provider text, model text,
      quarter_ms bigint, requests bigint, refused_requests bigint, estimated_requests bigint, input_tokens bigint,
      cache_read_tokens bigint, cache_write_tokens bigint, output_tokens bigint, reasoning_tokens bigint,
      charged_tokens bigint, cost_micro_usd bigint, unpriced_requests bigint)
    ON CONFLICT (host, slug, provider, model, quarter_ms) DO UPDATE SET requests = excluded.requests,
      refused_requests = excluded.refused_requests, estimated_requests = excluded.estimated_requests,
      input_tokens = excluded.input_tokens, cache_read_tokens = excluded.cache_read_tokens,
      cache_write_tokens = excluded.cache_write_tokens, output_tokens = excluded.output_tokens,
      reasoning_tokens = excluded.reasoning_tokens, charged_tokens = excluded.charged_tokens,
      cost_micro_usd = excluded.cost_micro_usd, unpriced_requests = excluded.unpriced_requests;

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
