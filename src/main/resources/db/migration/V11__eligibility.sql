-- Who may claim: an expression over verified attributes of the user; empty: everybody, or the audience.
ALTER TABLE coupon
  ADD COLUMN eligibility         VARCHAR(2048) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '',
  -- What those are told who may not.
  ADD COLUMN eligibility_message VARCHAR(200)  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '';
