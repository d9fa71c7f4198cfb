-- Who waits for a unit after the last was issued.
ALTER TABLE coupon
  -- Users who may wait; 0: none.
  ADD COLUMN waitlist      INT    NOT NULL DEFAULT 0,
  -- Seconds in which a unit that came back is to be accepted; NULL: it is issued at once.
  ADD COLUMN accept_within BIGINT NULL;

-- One row for each user who waits or has waited. Erasing a user puts a pseudonym in user_id.
CREATE TABLE waiting (
  coupon_id VARCHAR(64)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  user_id   VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- In order of arrival: the microsecond of it, or one more than the ticket before.
  ticket    BIGINT       NOT NULL,
  -- waiting, left, or promoted: to a row of claim.
  state     VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  joined_at DATETIME(6)  NOT NULL,
  ended_at  DATETIME(6)  NULL,
  PRIMARY KEY (coupon_id, user_id),
  KEY waiting_order (coupon_id, state, ticket),
  CONSTRAINT waiting_coupon FOREIGN KEY (coupon_id) REFERENCES coupon (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET ascii COLLATE ascii_bin;
