-- Locks where firstcome.lock.store=mysql. A row stays for a day after its lease, so that its fencing token is known.
CREATE TABLE named_lock (
  name       VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  token      VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  fence      BIGINT      NOT NULL,
  -- UTC; in the past: nobody holds it.
  expires_at DATETIME(6) NOT NULL,
  PRIMARY KEY (name),
  KEY named_lock_age (expires_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET ascii COLLATE ascii_bin;
