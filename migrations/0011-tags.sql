-- Words that an operator or a forge run gives a run, so that its cost can be found again: a JSON object.

ALTER TABLE run ADD COLUMN tags TEXT NOT NULL DEFAULT '{}' CHECK (json_type(tags) = 'object');
