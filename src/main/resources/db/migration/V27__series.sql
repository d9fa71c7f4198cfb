-- Series: templates of coupons, and when they open. Instants are UTC.
CREATE TABLE series (
  id         VARCHAR(64)  CHARACTER SET ascii   COLLATE ascii_bin   NOT NULL,
  name       VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  -- The order of each drop and its schedule, as JSON.
  template   MEDIUMTEXT   CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  schedule   MEDIUMTEXT   CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  stopped    BOOLEAN      NOT NULL DEFAULT FALSE,
  -- SHA-256 of the request that created it: the same request again is a repetition.
  creation   CHAR(64)     CHARACTER SET ascii   COLLATE ascii_bin   NOT NULL,
  created_at DATETIME(6)  NULL DEFAULT (UTC_TIMESTAMP(6)),
  PRIMARY KEY (id),
  KEY series_stopped (stopped, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The drops that were made, or could not be.
CREATE TABLE series_drop (
  series_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  opens_at  DATETIME(6) NOT NULL,
  closes_at DATETIME(6) NULL,
  coupon_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- made, refused: another coupon has this id.
  state     VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (series_id, opens_at),
  UNIQUE KEY series_drop_coupon (coupon_id),
  CONSTRAINT series_drop_series FOREIGN KEY (series_id) REFERENCES series (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET ascii COLLATE ascii_bin;
