-- Limits of money: what each scope has cost and has open, in micro-dollars, beside its tokens.
--
-- A scope's money is the sum over its counters. Its limit, like a limit of tokens, needs a counter of
-- its own: the one named `usd`, which counts nothing itself. Totals begin with this migration.

ALTER TABLE spend ADD COLUMN total_micro_usd INTEGER NOT NULL DEFAULT 0 CHECK (total_micro_usd >= 0);
ALTER TABLE spend ADD COLUMN reserved_micro_usd INTEGER NOT NULL DEFAULT 0 CHECK (reserved_micro_usd >= 0);
ALTER TABLE spend_span ADD COLUMN micro_usd INTEGER NOT NULL DEFAULT 0 CHECK (micro_usd >= 0);

INSERT INTO spend (scope_kind, scope_key, provider, total_since_ms)
SELECT scope_kind, scope_key, 'usd', min(total_since_ms) FROM spend GROUP BY scope_kind, scope_key;

-- Whether any operator has set one is asked before every request.
ALTER TABLE budget ADD COLUMN is_money INTEGER NOT NULL DEFAULT 0 CHECK (is_money IN (0, 1));
CREATE INDEX budget_of_money ON budget (spend_id) WHERE is_money = 1;

-- NULL where no price was known. The estimate is what a crash charges.
ALTER TABLE request ADD COLUMN reserved_micro_usd INTEGER CHECK (reserved_micro_usd >= 0);
ALTER TABLE request ADD COLUMN estimate_micro_usd INTEGER CHECK (estimate_micro_usd >= 0);
