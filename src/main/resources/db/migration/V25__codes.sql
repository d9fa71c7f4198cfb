-- Codes of units. Releases before this one neither read nor write them.
ALTER TABLE coupon
  -- none, shared, generated or pool.
  ADD COLUMN codes        VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'none',
  ADD COLUMN code_prefix  VARCHAR(8)   CHARACTER SET ascii COLLATE ascii_bin NULL,
  -- Random symbols of a code, of 5 bits each.
  ADD COLUMN code_symbols INT          NULL,
  -- The key of the deployment that seals the next column: the first digits of its SHA-256.
  ADD COLUMN code_key_id  VARCHAR(8)   CHARACTER SET ascii COLLATE ascii_bin NULL,
  -- The key that the codes are derived from, sealed.
  ADD COLUMN code_key     VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NULL,
  -- The code of all units, sealed by that key.
  ADD COLUMN code_shared  VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NULL;

ALTER TABLE coupon
  ADD KEY coupon_code_key (code_key_id),
  ALGORITHM = INPLACE, LOCK = NONE;

-- Which unit has which code. Nobody reads a code here who has not the key of the deployment.
CREATE TABLE coupon_code (
  -- Of a coupon with shards: the coupon, and the number that users are told.
  coupon_id   VARCHAR(64)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  sequence    BIGINT       NOT NULL,
  -- A keyed hash of the code: what a code is looked up by, and what makes it unique.
  fingerprint CHAR(22)     CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- Of a pool: the code, sealed; NULL: it is derived.
  sealed      VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NULL,
  PRIMARY KEY (coupon_id, sequence),
  UNIQUE KEY coupon_code_once (coupon_id, fingerprint)
) ENGINE = InnoDB DEFAULT CHARACTER SET ascii COLLATE ascii_bin;
