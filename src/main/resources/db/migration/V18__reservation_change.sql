-- What becomes of a reservation besides its end. Releases before this one neither read nor write it.
ALTER TABLE reservation
  -- How often it has changed since it was made: of two states the one with more is the later. What has ended has
  -- changed at least once, whatever stands here.
  ADD COLUMN changes INT NOT NULL DEFAULT 0;

ALTER TABLE reservation
  -- What a user has reserved, the newest first.
  ADD KEY reservation_user (user_id, created_at, id),
  ALGORITHM = INPLACE, LOCK = NONE;

-- Who changed a reservation, and why; rows are only added. Erasing a user puts a pseudonym in changed_by.
CREATE TABLE reservation_change (
  sale_id        VARCHAR(64)  CHARACTER SET ascii   COLLATE ascii_bin   NOT NULL,
  reservation_id VARCHAR(32)  CHARACTER SET ascii   COLLATE ascii_bin   NOT NULL,
  -- The changes of the reservation after it.
  change_no      INT          NOT NULL,
  -- extended, taken-again, undone
  kind           VARCHAR(16)  CHARACTER SET ascii   COLLATE ascii_bin   NOT NULL,
  changed_at     DATETIME(6)  NOT NULL,
  changed_by     VARCHAR(128) CHARACTER SET ascii   COLLATE ascii_bin   NOT NULL,
  -- Empty: none was given.
  reason         VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  PRIMARY KEY (sale_id, reservation_id, change_no),
  CONSTRAINT reservation_change_sale FOREIGN KEY (sale_id) REFERENCES sale (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
