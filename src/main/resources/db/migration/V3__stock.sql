-- Sales and the stock of their items. Instants are UTC; counts are units.

CREATE TABLE sale (
  id         VARCHAR(64)  CHARACTER SET ascii   COLLATE ascii_bin   NOT NULL,
  name       VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  -- Bumped by every load into Redis, here first: fences drainers that slept through it.
  epoch      BIGINT       NOT NULL,
  -- SHA-256 of the request that created it: the same request again is a repetition.
  creation   CHAR(64)     CHARACTER SET ascii   COLLATE ascii_bin   NOT NULL,
  created_at DATETIME(6)  NULL DEFAULT (UTC_TIMESTAMP(6)),
  PRIMARY KEY (id),
  -- The newest first: looked for by every replica, every few seconds.
  KEY sale_created (created_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- available + held + sold = total, always. Of a HOT item these follow the ledger; of any other they decide.
CREATE TABLE item (
  sale_id    VARCHAR(64)  CHARACTER SET ascii   COLLATE ascii_bin   NOT NULL,
  id         VARCHAR(64)  CHARACTER SET ascii   COLLATE ascii_bin   NOT NULL,
  name       VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  strategy   VARCHAR(16)  CHARACTER SET ascii   COLLATE ascii_bin   NOT NULL,
  total      BIGINT       NOT NULL,
  available  BIGINT       NOT NULL,
  held       BIGINT       NOT NULL,
  sold       BIGINT       NOT NULL,
  -- What it was created with.
  first_total BIGINT      NOT NULL,
  -- The most units one user may hold and have bought; 0: any number.
  user_limit BIGINT       NOT NULL,
  -- Bumped by whatever changes the row, where the strategy goes by it.
  version    BIGINT       NOT NULL,
  creation   CHAR(64)     CHARACTER SET ascii   COLLATE ascii_bin   NOT NULL,
  created_at DATETIME(6)  NULL DEFAULT (UTC_TIMESTAMP(6)),
  PRIMARY KEY (sale_id, id),
  CONSTRAINT item_sale FOREIGN KEY (sale_id) REFERENCES sale (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Why a total is what it is: the first quantity and the sum of these.
CREATE TABLE restock (
  sale_id         VARCHAR(64)  CHARACTER SET ascii   COLLATE ascii_bin   NOT NULL,
  item_id         VARCHAR(64)  CHARACTER SET ascii   COLLATE ascii_bin   NOT NULL,
  idempotency_key VARCHAR(64)  CHARACTER SET ascii   COLLATE ascii_bin   NOT NULL,
  quantity        BIGINT       NOT NULL,
  reason          VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  user_id         VARCHAR(64)  CHARACTER SET ascii   COLLATE ascii_bin   NOT NULL,
  made_at         DATETIME(6)  NOT NULL,
  PRIMARY KEY (sale_id, item_id, idempotency_key),
  CONSTRAINT restock_item FOREIGN KEY (sale_id, item_id) REFERENCES item (sale_id, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE reservation (
  sale_id         VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  id              VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  user_id         VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- HELD, CONFIRMED, CANCELLED, EXPIRED. What was refused has no row.
  status          VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  strategy        VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- What was asked for and granted, see Line.encode; in order of the items.
  line_items      TEXT        CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  idempotency_key VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- SHA-256 of the request in canonical order.
  request         CHAR(64)    CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at      DATETIME(6) NOT NULL,
  expires_at      DATETIME(6) NOT NULL,
  -- When it was confirmed, cancelled or expired.
  ended_at        DATETIME(6) NULL,
  PRIMARY KEY (sale_id, id),
  KEY reservation_key (sale_id, user_id, idempotency_key, created_at),
  KEY reservation_due (strategy, status, expires_at),
  KEY reservation_recent (sale_id, strategy, created_at),
  CONSTRAINT reservation_sale FOREIGN KEY (sale_id) REFERENCES sale (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET ascii COLLATE ascii_bin;

-- What a user holds and has bought of an item that has a limit. No foreign key: its check would lock the item's row,
-- shared, before the update that locks it alone; two that do so wait for each other.
CREATE TABLE item_taker (
  sale_id  VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  item_id  VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  user_id  VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  quantity BIGINT      NOT NULL,
  PRIMARY KEY (sale_id, item_id, user_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET ascii COLLATE ascii_bin;

-- Makes one request of all that carry the same key, where MySQL decides: whoever has the row goes first.
CREATE TABLE stock_request (
  sale_id         VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  user_id         VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  idempotency_key VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- SHA-256 of the request in canonical order.
  request         CHAR(64)    CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- NULL: it was refused; then what was asked for, and why not, see Line.encode.
  reservation_id  VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL,
  refused_items   TEXT        CHARACTER SET ascii COLLATE ascii_bin NULL,
  created_at      DATETIME(6) NOT NULL,
  PRIMARY KEY (sale_id, user_id, idempotency_key),
  KEY stock_request_created (created_at),
  CONSTRAINT stock_request_sale FOREIGN KEY (sale_id) REFERENCES sale (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET ascii COLLATE ascii_bin;

-- One row a unit of an item of the strategy UNIT_ROWS. Of such an item the table item says how many units there are
-- (available = total); what has become of them stands here.
CREATE TABLE stock_unit (
  sale_id        VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  item_id        VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  unit           BIGINT      NOT NULL,
  -- NULL: available.
  reservation_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL,
  sold           BOOLEAN     NOT NULL DEFAULT FALSE,
  PRIMARY KEY (sale_id, item_id, unit),
  KEY stock_unit_taken (sale_id, item_id, reservation_id, sold),
  CONSTRAINT stock_unit_item FOREIGN KEY (sale_id, item_id) REFERENCES item (sale_id, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET ascii COLLATE ascii_bin;
