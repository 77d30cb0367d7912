-- The conversation that a request belongs to, as its client names it, and the one that started that: sub-agents.
--
-- The names come from the agent. They group a report and decide nothing.

ALTER TABLE request ADD COLUMN session TEXT;
ALTER TABLE request ADD COLUMN parent_session TEXT;
