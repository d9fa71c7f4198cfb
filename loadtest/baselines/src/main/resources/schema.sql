CREATE TABLE IF NOT EXISTS baseline_coupon (
  id       VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  quantity BIGINT NOT NULL,
  issued   BIGINT NOT NULL
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS baseline_claim (
  coupon_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  sequence  BIGINT NOT NULL,
  user_id   VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  issued_at DATETIME(6) NOT NULL,
  PRIMARY KEY (coupon_id, sequence),
  UNIQUE KEY baseline_claim_user (coupon_id, user_id)
) ENGINE = InnoDB;
