-- Passes of queues.

-- The queue whose pass a claim or a reservation needs; empty: none.
ALTER TABLE coupon
  ADD COLUMN queue_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '';
ALTER TABLE sale
  ADD COLUMN queue_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '';

-- The coupons and sales that a pass of this queue is good for, between spaces; empty: all that demand it.
ALTER TABLE queue
  ADD COLUMN opens VARCHAR(1400) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '';
