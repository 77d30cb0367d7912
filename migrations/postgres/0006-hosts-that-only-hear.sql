-- A host that only receives webhooks begins no run, so no issue is left to it.

ALTER TABLE forge_server ADD COLUMN runs_issues boolean NOT NULL DEFAULT true;
