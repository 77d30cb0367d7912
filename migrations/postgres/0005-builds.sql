-- A host of an older build sends nothing into a schema that it does not know, draws no block there and
-- takes no job and no issue. Connected hosts say the schema that they know in the name of their connection; hosts of
-- builds before this one say none. What such a host has metered stays in its own file, and is sent once
-- it runs the newer build. It still hears of actions on its runs, and keeps or ends the jobs that it has.

CREATE FUNCTION refuse_older_build() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE v_name text := current_setting('application_name'); v_known integer; v_here integer;
BEGIN
  IF v_name !~ '^bot-bottle(/|$)' THEN
    RETURN NEW;
  END IF;
  v_known := substring(v_name FROM '^bot-bottle/([0-9]{1,6})$')::integer;
  SELECT max(version) INTO v_here FROM schema_version;
  IF coalesce(v_known, 0) < v_here THEN
    RAISE EXCEPTION 'a newer build has brought it to schema %, and this build knows %', v_here,
      coalesce('schema ' || v_known, 'an older one') USING ERRCODE = 'BB001';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER refuse_older_build BEFORE UPDATE OF push_seq ON host
  FOR EACH ROW WHEN (NEW.push_seq <> OLD.push_seq) EXECUTE FUNCTION refuse_older_build();
CREATE TRIGGER refuse_older_build BEFORE UPDATE OF granted_tokens ON escrow_host
  FOR EACH ROW WHEN (NEW.granted_tokens > OLD.granted_tokens) EXECUTE FUNCTION refuse_older_build();
CREATE TRIGGER refuse_older_build BEFORE UPDATE OF attempts ON job
  FOR EACH ROW WHEN (NEW.attempts > OLD.attempts) EXECUTE FUNCTION refuse_older_build();
CREATE TRIGGER refuse_older_build BEFORE UPDATE OF lease ON forge_issue
  FOR EACH ROW WHEN (NEW.lease <> OLD.lease) EXECUTE FUNCTION refuse_older_build();
