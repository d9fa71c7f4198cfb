-- What those see who wait, and what a queue does in an outage.
ALTER TABLE queue
  -- OPEN or CLOSED: whether passes are issued while Redis cannot be asked.
  ADD COLUMN when_away VARCHAR(8)   CHARACTER SET ascii   COLLATE ascii_bin   NOT NULL DEFAULT 'CLOSED',
  -- Of the operator, to those who wait; empty: none.
  ADD COLUMN message   VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '';
