-- Groups of users, against whose quotas claims count. Releases before this one neither read nor write them.
ALTER TABLE coupon
  -- The expression that gives the group of a user; empty: claims count against no group.
  ADD COLUMN claim_group VARCHAR(2048) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '',
  -- north=10,south=5
  ADD COLUMN quotas      VARCHAR(3072) CHARACTER SET ascii   COLLATE ascii_bin   NOT NULL DEFAULT '';

-- The group that a claim counts against.
ALTER TABLE claim
  ADD COLUMN claim_group VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL;
