-- Rooms: how long a user who was let in has to come, and which are open.

ALTER TABLE queue
  -- Milliseconds; 0: a user who was let in is inside at once.
  ADD COLUMN grace BIGINT NOT NULL DEFAULT 0,
  ADD KEY queue_rooms (mode, status);
