-- How the units of a coupon are given: 'first_come'.
ALTER TABLE coupon
  ADD COLUMN policy VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'first_come';
