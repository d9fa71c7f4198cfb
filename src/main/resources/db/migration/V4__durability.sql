-- When a claim or a reservation is acknowledged: redis, replica or database.
ALTER TABLE coupon
  ADD COLUMN acknowledge VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'redis',
  -- What becomes of units that Redis may have issued and lost: withhold or reissue.
  ADD COLUMN on_loss     VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'withhold',
  -- Behaves like any other and is left out of totals.
  ADD COLUMN rehearsal   BOOLEAN NOT NULL DEFAULT FALSE,
  -- The highest sequence that Redis may issue: lent ahead of use, so that no number is given twice.
  ADD COLUMN lent        BIGINT NOT NULL DEFAULT 0;

ALTER TABLE sale
  ADD COLUMN acknowledge VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'redis';

-- Numbers that were lent to Redis and had not been seen here when it lost its data. Some may have been told to
-- users; none is given again. One that turns up later is a claim, and stays within its gap.
CREATE TABLE sequence_gap (
  coupon_id   VARCHAR(64)  CHARACTER SET ascii   COLLATE ascii_bin   NOT NULL,
  first       BIGINT       NOT NULL,
  last        BIGINT       NOT NULL,
  -- The epoch that the loss began.
  epoch       BIGINT       NOT NULL,
  reason      VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  recorded_at DATETIME(6)  NULL DEFAULT (UTC_TIMESTAMP(6)),
  PRIMARY KEY (coupon_id, first),
  CONSTRAINT gap_coupon FOREIGN KEY (coupon_id) REFERENCES coupon (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
