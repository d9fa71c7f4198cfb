-- Orders: units, money and a coupon, taken together or not at all. Amounts are whole minor units of a currency
-- (ISO 4217). Instants are UTC.

-- One row an order: what was ordered, and where its saga is. Each transition is one update that names the turn.
CREATE TABLE orders (
  number           BIGINT       NOT NULL AUTO_INCREMENT,
  id               VARCHAR(32)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  user_id          VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- Who placed it, and by which key: kept, so the same key is the same order for good.
  caller           VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  idempotency_key  VARCHAR(64)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- SHA-256 of the request in canonical order.
  request          CHAR(64)     CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  sale_id          VARCHAR(64)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  coupon_id        VARCHAR(64)  CHARACTER SET ascii COLLATE ascii_bin NULL,
  provider         VARCHAR(8)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  currency         CHAR(3)      CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- item:quantity:price of a unit, with commas between, as they were when it was placed.
  items            MEDIUMTEXT   CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  subtotal         BIGINT       NOT NULL,
  discount         BIGINT       NOT NULL,
  total            BIGINT       NOT NULL,
  reservation_id   VARCHAR(32)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- PENDING, CONFIRMED; CANCELLING, CANCELLED; REFUNDING, REFUNDED
  state            VARCHAR(12)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- RESERVE, CHARGE, REDEEM, CONFIRM: to be done, or to be undone. NULL: it is over.
  step             VARCHAR(8)   CHARACTER SET ascii COLLATE ascii_bin NULL,
  cancel_requested BOOLEAN      NOT NULL DEFAULT FALSE,
  -- Why it was cancelled, a slug, or refunded, a text; and at which step; NULL: nobody refused it.
  reason           VARCHAR(64)  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  refused_step     VARCHAR(8)   CHARACTER SET ascii COLLATE ascii_bin NULL,
  -- Why its step cannot be undone: a dead letter that an operator settles.
  blocked          VARCHAR(64)  CHARACTER SET ascii COLLATE ascii_bin NULL,
  -- Rises when a replica takes it: a replica that slept has an old one, and changes nothing.
  turn             BIGINT       NOT NULL,
  -- At this step, in a row.
  attempts         INT          NOT NULL,
  -- How often an operator has had a blocked step undone again.
  retries          INT          NOT NULL DEFAULT 0,
  -- Until then a replica is at it, or it waits for its next attempt. NULL: it is over, or blocked.
  due_at           DATETIME(6)  NULL,
  created_at       DATETIME(6)  NOT NULL,
  -- Since when it is PENDING, CANCELLING or REFUNDING.
  since            DATETIME(6)  NOT NULL,
  ended_at         DATETIME(6)  NULL,
  PRIMARY KEY (number),
  UNIQUE KEY orders_id (id),
  UNIQUE KEY orders_once (caller, idempotency_key),
  KEY orders_user (user_id, number),
  KEY orders_due (due_at),
  KEY orders_blocked (blocked, number),
  KEY orders_ended (ended_at),
  CONSTRAINT orders_sum CHECK (total >= 0 AND discount >= 0 AND subtotal = discount + total)
) ENGINE = InnoDB DEFAULT CHARACTER SET ascii COLLATE ascii_bin;

-- One row a step of an order.
CREATE TABLE order_step (
  order_id   VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  step       VARCHAR(8)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- STARTED, DONE, REFUSED, UNDONE
  state      VARCHAR(8)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- The id of the reservation, of the payment; of a redemption the number of the unit.
  reference  VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  reason     VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  -- The operator who settled it, where one did.
  settled_by VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NULL,
  settled_why VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  started_at DATETIME(6) NOT NULL,
  ended_at   DATETIME(6) NULL,
  undone_at  DATETIME(6) NULL,
  PRIMARY KEY (order_id, step)
) ENGINE = InnoDB DEFAULT CHARACTER SET ascii COLLATE ascii_bin;
