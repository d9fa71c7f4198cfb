-- Queues, and who is in them. Instants are UTC.

-- What the queues of an event share: one slot in Redis, one ledger, one epoch.
CREATE TABLE event (
  id          VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- Bumped by every load into Redis, here first: fences drainers that slept through it.
  epoch       BIGINT      NOT NULL,
  acknowledge VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at  DATETIME(6) NULL DEFAULT (UTC_TIMESTAMP(6)),
  PRIMARY KEY (id),
  KEY event_created (created_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET ascii COLLATE ascii_bin;

CREATE TABLE queue (
  id           VARCHAR(64)  CHARACTER SET ascii   COLLATE ascii_bin   NOT NULL,
  event_id     VARCHAR(64)  CHARACTER SET ascii   COLLATE ascii_bin   NOT NULL,
  -- Its number in the event, from 1 on.
  no           INT          NOT NULL,
  name         VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  mode         VARCHAR(16)  CHARACTER SET ascii   COLLATE ascii_bin   NOT NULL,
  -- OPEN, PAUSED, DRAINING, CLOSED.
  status       VARCHAR(16)  CHARACTER SET ascii   COLLATE ascii_bin   NOT NULL,
  version      BIGINT       NOT NULL,
  capacity     BIGINT       NOT NULL,
  max_active   BIGINT       NOT NULL,
  -- Milliseconds.
  call_timeout BIGINT       NOT NULL,
  auto_call    BIGINT       NOT NULL,
  -- SHA-256 of the request that created it: the same request again is a repetition.
  creation     CHAR(64)     CHARACTER SET ascii   COLLATE ascii_bin   NOT NULL,
  created_at   DATETIME(6)  NULL DEFAULT (UTC_TIMESTAMP(6)),
  PRIMARY KEY (id),
  UNIQUE KEY queue_no (event_id, no),
  CONSTRAINT queue_event FOREIGN KEY (event_id) REFERENCES event (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE queue_entry (
  event_id   VARCHAR(64)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- The queue's id, a colon and the number.
  id         VARCHAR(85)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  queue_id   VARCHAR(64)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- In the order of joining.
  number     BIGINT       NOT NULL,
  user_id    VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- The block of users that has the user in Redis, see UserBlock: a hash of the user's id.
  block      BIGINT       NOT NULL,
  -- WAITING, CALLED, INSIDE, COMPLETED, NO_SHOW, LEFT.
  state      VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'WAITING',
  joined_at  DATETIME(6)  NOT NULL,
  called_at  DATETIME(6)  NULL,
  -- By when who was called had to come.
  due_at     DATETIME(6)  NULL,
  entered_at DATETIME(6)  NULL,
  ended_at   DATETIME(6)  NULL,
  PRIMARY KEY (event_id, id),
  KEY queue_entry_block (event_id, block),
  KEY queue_entry_state (queue_id, state, number),
  CONSTRAINT queue_entry_queue FOREIGN KEY (queue_id) REFERENCES queue (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET ascii COLLATE ascii_bin;
