-- Subjects of federated users have more than 64 characters. Below 256 bytes a longer column is a change of the
-- table's description alone: no row is copied, and claims go on.
ALTER TABLE claim
  MODIFY COLUMN user_id VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  ALGORITHM = INPLACE, LOCK = NONE;

ALTER TABLE audience_member
  MODIFY COLUMN user_id VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  ALGORITHM = INPLACE, LOCK = NONE;

ALTER TABLE restock
  MODIFY COLUMN user_id VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  ALGORITHM = INPLACE, LOCK = NONE;

ALTER TABLE reservation
  MODIFY COLUMN user_id VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  ALGORITHM = INPLACE, LOCK = NONE;

ALTER TABLE item_taker
  MODIFY COLUMN user_id VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  ALGORITHM = INPLACE, LOCK = NONE;

ALTER TABLE stock_request
  MODIFY COLUMN user_id VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  ALGORITHM = INPLACE, LOCK = NONE;
