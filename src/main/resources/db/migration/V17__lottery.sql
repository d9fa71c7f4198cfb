-- Lotteries. Of a lottery that is not drawn yet coupon.shards is 0: its entries are the claims of its only shard, its
-- units are issued by the draw. Instants are UTC.
ALTER TABLE coupon
  -- Of that shard: its entries are the ones that are drawn, and nothing of it is changed any more.
  ADD COLUMN frozen BOOLEAN NOT NULL DEFAULT FALSE;

CREATE TABLE draw (
  coupon_id      VARCHAR(64)   CHARACTER SET ascii   COLLATE ascii_bin   NOT NULL,
  -- From 1.
  number         INT           NOT NULL,
  -- entering, freezing, frozen, drawn, cancelled.
  state          VARCHAR(16)   CHARACTER SET ascii   COLLATE ascii_bin   NOT NULL,
  secret         CHAR(64)      CHARACTER SET ascii   COLLATE ascii_bin   NOT NULL,
  salt_key       CHAR(64)      CHARACTER SET ascii   COLLATE ascii_bin   NOT NULL,
  -- A rule that says how many tickets an entry has; empty: one.
  tickets        VARCHAR(2048) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  public_name    VARCHAR(200)  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  -- secret_only, cancel; NULL where there is no public value.
  fallback       VARCHAR(16)   CHARACTER SET ascii   COLLATE ascii_bin   NULL,
  within_seconds BIGINT        NULL,
  -- From the freeze on: the root of the Merkle tree, and what it is over.
  root           CHAR(64)      CHARACTER SET ascii   COLLATE ascii_bin   NULL,
  entries        BIGINT        NULL,
  frozen_at      DATETIME(6)   NULL,
  public_value   VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  -- When the public value came, or was no longer waited for.
  settled_at     DATETIME(6)   NULL,
  -- From the draw on.
  units          BIGINT        NULL,
  winners        BIGINT        NULL,
  cut_off        CHAR(64)      CHARACTER SET ascii   COLLATE ascii_bin   NULL,
  drawn_at       DATETIME(6)   NULL,
  -- Redis has the winners.
  published      BOOLEAN       NOT NULL DEFAULT FALSE,
  PRIMARY KEY (coupon_id, number),
  KEY draw_due (published, coupon_id),
  CONSTRAINT draw_coupon FOREIGN KEY (coupon_id) REFERENCES coupon (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET ascii COLLATE ascii_bin;

-- The entries that are drawn, in the order of the leaves. Erasing a user leaves them: they name nobody.
CREATE TABLE draw_entry (
  coupon_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  draw      INT         NOT NULL,
  -- Of the first ticket: its sequence in the shard.
  number    BIGINT      NOT NULL,
  entry     CHAR(64)    CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  tickets   INT         NOT NULL,
  PRIMARY KEY (coupon_id, draw, number)
) ENGINE = InnoDB DEFAULT CHARACTER SET ascii COLLATE ascii_bin;

CREATE TABLE draw_winner (
  coupon_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  draw      INT         NOT NULL,
  -- In the order of the ranks, from 1: the sequence of the claim.
  place     BIGINT      NOT NULL,
  number    BIGINT      NOT NULL,
  PRIMARY KEY (coupon_id, draw, place),
  UNIQUE KEY draw_winner_entry (coupon_id, draw, number)
) ENGINE = InnoDB DEFAULT CHARACTER SET ascii COLLATE ascii_bin;
