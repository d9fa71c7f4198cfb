-- Money: amounts are whole minor units of a currency (ISO 4217). Instants are UTC.

-- What a user has. The balance is the sum of the wallet's entries, always: an audit compares.
CREATE TABLE wallet (
  user_id    VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  currency   CHAR(3)      CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  balance    BIGINT       NOT NULL,
  created_at DATETIME(6)  NOT NULL,
  PRIMARY KEY (user_id),
  CONSTRAINT wallet_balance CHECK (balance >= 0)
) ENGINE = InnoDB DEFAULT CHARACTER SET ascii COLLATE ascii_bin;

-- Why a balance is what it is: rows are added, never changed. What names an entry makes it happen once.
CREATE TABLE wallet_entry (
  id        BIGINT       NOT NULL AUTO_INCREMENT,
  user_id   VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- CREDIT, CHARGE, REFUND
  kind      VARCHAR(8)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- The key of a credit, the id of a payment or of a refund.
  reference VARCHAR(64)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- Negative: taken.
  amount    BIGINT       NOT NULL,
  -- The operator, of a credit; a payment has its own caller.
  made_by   VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NULL,
  made_at   DATETIME(6)  NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY wallet_entry_once (user_id, kind, reference)
) ENGINE = InnoDB DEFAULT CHARACTER SET ascii COLLATE ascii_bin;

-- Money taken (CHARGE) and given back (REFUND): both go through the same states.
CREATE TABLE payment (
  id              VARCHAR(32)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  kind            VARCHAR(8)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- Of a refund: what it gives back.
  charge_id       VARCHAR(32)  CHARACTER SET ascii COLLATE ascii_bin NULL,
  -- Who asked for it, and by which key, until when; then both are NULL.
  caller          VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  idempotency_key VARCHAR(64)  CHARACTER SET ascii COLLATE ascii_bin NULL,
  key_until       DATETIME(6)  NULL,
  -- SHA-256 of the request in canonical order.
  request         CHAR(64)     CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  user_id         VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  amount          BIGINT       NOT NULL,
  currency        CHAR(3)      CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  provider        VARCHAR(8)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- IN_PROGRESS, UNKNOWN, DONE
  state           VARCHAR(12)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- SUCCEEDED, DECLINED; NULL until it is done.
  outcome         VARCHAR(12)  CHARACTER SET ascii COLLATE ascii_bin NULL,
  reason          VARCHAR(64)  CHARACTER SET ascii COLLATE ascii_bin NULL,
  -- Of a charge: the sum of its refunds that are not declined.
  refunded        BIGINT       NOT NULL DEFAULT 0,
  created_at      DATETIME(6)  NOT NULL,
  -- Until then a replica is at it; afterwards whoever asks or sweeps goes on. NULL: it is done.
  busy_until      DATETIME(6)  NULL,
  ended_at        DATETIME(6)  NULL,
  PRIMARY KEY (id),
  UNIQUE KEY payment_once (caller, kind, idempotency_key),
  KEY payment_user (user_id, created_at),
  KEY payment_busy (busy_until),
  KEY payment_keys (key_until),
  CONSTRAINT payment_refunded CHECK (refunded >= 0 AND refunded <= amount)
) ENGINE = InnoDB DEFAULT CHARACTER SET ascii COLLATE ascii_bin;
