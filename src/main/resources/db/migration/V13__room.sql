-- Queues of the mode ROOM.

ALTER TABLE queue
  -- Users let in a second; 0: a queue of another mode.
  ADD COLUMN rate      BIGINT      NOT NULL DEFAULT 0,
  -- NULL: open from the beginning.
  ADD COLUMN opens_at  DATETIME(6) NULL,
  -- What draws the places of those who join before the opening, 64 hexadecimal digits; '-': nothing is drawn.
  ADD COLUMN seed      CHAR(64)    CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '-',
  -- How many had joined by the opening; -1: not open yet.
  ADD COLUMN drawn     BIGINT      NOT NULL DEFAULT 0;
