-- The policy 'queued': units are handed out in the order of their claims, at a rate.
ALTER TABLE coupon
  -- Units a second; 0: each at once.
  ADD COLUMN rate_per_second INT NOT NULL DEFAULT 0,
  -- Users who may be queued at a time.
  ADD COLUMN queue_limit     INT NOT NULL DEFAULT 0;
