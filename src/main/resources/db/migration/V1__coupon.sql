-- Ids are compared byte by byte: 'Alice' is not 'alice'. Instants are UTC.
-- created_at is NULL for MySQL 8.0.15 alone, which alters no table whose NOT NULL column has such a default.

CREATE TABLE coupon (
  id         VARCHAR(64)  CHARACTER SET ascii   COLLATE ascii_bin   NOT NULL,
  name       VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  quantity   BIGINT       NOT NULL,
  opens_at   DATETIME(6)  NULL,
  closes_at  DATETIME(6)  NULL,
  status     VARCHAR(16)  CHARACTER SET ascii   COLLATE ascii_bin   NOT NULL,
  audience   BOOLEAN      NOT NULL,
  -- Bumped by every change of the definition, in Redis first.
  version    BIGINT       NOT NULL,
  -- Bumped by every load into Redis, here first: fences drainers that slept through it.
  epoch      BIGINT       NOT NULL,
  -- SHA-256 of the request that created it: the same request again is a repetition.
  creation   CHAR(64)     CHARACTER SET ascii   COLLATE ascii_bin   NOT NULL,
  created_at DATETIME(6)  NULL DEFAULT (UTC_TIMESTAMP(6)),
  PRIMARY KEY (id),
  -- What is open now, newest first: looked for by every replica, every few seconds.
  KEY coupon_live (status, created_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE claim (
  coupon_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  sequence  BIGINT      NOT NULL,
  user_id   VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  issued_at DATETIME(6) NOT NULL,
  PRIMARY KEY (coupon_id, sequence),
  UNIQUE KEY claim_user (coupon_id, user_id),
  CONSTRAINT claim_coupon FOREIGN KEY (coupon_id) REFERENCES coupon (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET ascii COLLATE ascii_bin;

CREATE TABLE audience_member (
  coupon_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  user_id   VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (coupon_id, user_id),
  CONSTRAINT audience_coupon FOREIGN KEY (coupon_id) REFERENCES coupon (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET ascii COLLATE ascii_bin;
