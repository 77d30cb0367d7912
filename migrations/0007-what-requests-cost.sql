-- What each request cost, in micro-dollars, under the prices in force when it ended.
--
-- NULL where no price was known; `unpriced_requests` counts those. Requests of before have none.

ALTER TABLE request ADD COLUMN cost_micro_usd INTEGER CHECK (cost_micro_usd >= 0);

ALTER TABLE usage_quarter ADD COLUMN cost_micro_usd INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage_quarter ADD COLUMN unpriced_requests INTEGER NOT NULL DEFAULT 0;
UPDATE usage_quarter SET unpriced_requests = requests;
