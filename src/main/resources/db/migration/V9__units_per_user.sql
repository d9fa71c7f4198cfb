-- A user may hold several units of a coupon, each with a sequence of its own. Releases before this one insert no
-- unit, which is the first.
ALTER TABLE coupon
  ADD COLUMN per_user_limit INT NOT NULL DEFAULT 1;

ALTER TABLE claim
  -- Which of its user's units it is, from 1.
  ADD COLUMN unit INT NOT NULL DEFAULT 1;

ALTER TABLE claim
  ADD UNIQUE KEY claim_unit (coupon_id, user_id, unit),
  DROP KEY claim_user,
  ALGORITHM = INPLACE, LOCK = NONE;
