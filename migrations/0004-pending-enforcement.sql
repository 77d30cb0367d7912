-- Every command looks for steps that a dead launcher left; there are hardly ever any.

CREATE INDEX enforcement_pending ON enforcement (id) WHERE outcome = 'pending';
