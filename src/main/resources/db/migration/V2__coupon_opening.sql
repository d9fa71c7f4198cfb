-- What opens next, and what opened lately: looked for by every replica, every few seconds.
CREATE INDEX coupon_opening ON coupon (opens_at);
