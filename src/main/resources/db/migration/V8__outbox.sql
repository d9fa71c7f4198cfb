-- What appliers wrote for a subscriber, in their own transactions, until it has been handed over; see Outbox.
CREATE TABLE outbox (
  -- Each subscriber has rows of its own, so that one that lags holds up no other; aside:<name> has those it refused.
  subscriber VARCHAR(32) CHARACTER SET ascii   COLLATE ascii_bin   NOT NULL,
  -- Ascending in each ledger; a lower one of another ledger may be committed later.
  id         BIGINT      NOT NULL AUTO_INCREMENT,
  ledger     VARCHAR(80) CHARACTER SET ascii   COLLATE ascii_bin   NOT NULL,
  kind       VARCHAR(32) CHARACTER SET ascii   COLLATE ascii_bin   NOT NULL,
  body       MEDIUMTEXT  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  PRIMARY KEY (subscriber, id),
  KEY outbox_id (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
