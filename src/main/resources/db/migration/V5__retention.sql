-- A coupon that is over leaves Redis after a time; then MySQL alone answers for it.
ALTER TABLE coupon
  -- When it was first seen to be over: closed, or past its end.
  ADD COLUMN over_since     DATETIME(6) NULL,
  -- Since when Redis is not asked, and not given it.
  ADD COLUMN retired_at     DATETIME(6) NULL,
  -- How many claims it had then: they become no more, and are not counted again for each who asks.
  ADD COLUMN retired_issued BIGINT      NULL,
  -- When the last of its keys was gone from Redis.
  ADD COLUMN cleared_at     DATETIME(6) NULL,
  -- What may be due: looked for by every replica, every few seconds.
  ADD KEY coupon_retention (cleared_at, id);
