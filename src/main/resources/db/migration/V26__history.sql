-- Who changed what, of definitions and of what operators do: rows are added before the change, and pruned by age.
CREATE TABLE admin_change (
  id         BIGINT       NOT NULL AUTO_INCREMENT,
  changed_at DATETIME(6)  NOT NULL,
  actor      VARCHAR(128) CHARACTER SET ascii   COLLATE ascii_bin   NOT NULL,
  -- From where; an IPv6 address stands for its /64.
  address    VARCHAR(64)  CHARACTER SET ascii   COLLATE ascii_bin   NULL,
  -- coupon, sale, item, queue, event, ledger, user
  type       VARCHAR(32)  CHARACTER SET ascii   COLLATE ascii_bin   NOT NULL,
  -- Its id; of an item that of the sale, a slash and its own. NULL: a user, or a thing that was not created.
  subject    VARCHAR(160) CHARACTER SET ascii   COLLATE ascii_bin   NULL,
  action     VARCHAR(32)  CHARACTER SET ascii   COLLATE ascii_bin   NOT NULL,
  reason     VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  -- DONE; UNKNOWN while it is being made, and where the request failed.
  outcome    VARCHAR(16)  CHARACTER SET ascii   COLLATE ascii_bin   NOT NULL,
  -- JSON: what differs, before and after.
  was        TEXT         CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  becomes    TEXT         CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  PRIMARY KEY (id),
  KEY admin_change_subject (type, subject, id),
  KEY admin_change_actor (actor, id),
  KEY admin_change_age (changed_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
