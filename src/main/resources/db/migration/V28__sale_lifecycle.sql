-- When a sale gives units: its window, and what the operator has done to it. Instants are UTC. Changes of these are
-- decided in Redis first, as those of a coupon, and bump the version there.
ALTER TABLE sale
  ADD COLUMN status VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'open',
  ADD COLUMN opens_at DATETIME(6) NULL,
  ADD COLUMN closes_at DATETIME(6) NULL,
  ADD COLUMN version BIGINT NOT NULL DEFAULT 0;
