-- What becomes of a unit after it was issued. Releases before this one neither read nor write it.
ALTER TABLE coupon
  -- What becomes of a revoked unit: return or keep.
  ADD COLUMN on_revoke   VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'return',
  -- When units may be redeemed; seconds are since a unit's issue.
  ADD COLUMN valid_from  DATETIME(6) NULL,
  ADD COLUMN valid_until DATETIME(6) NULL,
  ADD COLUMN valid_for   BIGINT NULL,
  -- The last change of a unit that is here.
  ADD COLUMN changes     BIGINT NOT NULL DEFAULT 0;

ALTER TABLE claim
  -- NULL: issued. redeemed, unredeemed, revoked, or returned: revoked, and issued again under another number.
  ADD COLUMN state     VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NULL,
  ADD COLUMN state_at  DATETIME(6) NULL,
  -- The order that it was redeemed for.
  ADD COLUMN reference VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL;

ALTER TABLE claim
  -- What a user holds of all coupons.
  ADD KEY claim_holder (user_id, coupon_id, unit),
  ALGORITHM = INPLACE, LOCK = NONE;

-- Every change of a unit, in order; rows are only added. Erasing a user puts a pseudonym in user_id.
CREATE TABLE claim_change (
  coupon_id  VARCHAR(64)  CHARACTER SET ascii   COLLATE ascii_bin   NOT NULL,
  change_no  BIGINT       NOT NULL,
  sequence   BIGINT       NOT NULL,
  user_id    VARCHAR(128) CHARACTER SET ascii   COLLATE ascii_bin   NOT NULL,
  state      VARCHAR(16)  CHARACTER SET ascii   COLLATE ascii_bin   NOT NULL,
  reference  VARCHAR(64)  CHARACTER SET ascii   COLLATE ascii_bin   NULL,
  changed_at DATETIME(6)  NOT NULL,
  changed_by VARCHAR(128) CHARACTER SET ascii   COLLATE ascii_bin   NOT NULL,
  reason     VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  PRIMARY KEY (coupon_id, change_no, sequence),
  KEY claim_change_user (coupon_id, user_id, change_no),
  CONSTRAINT claim_change_coupon FOREIGN KEY (coupon_id) REFERENCES coupon (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
