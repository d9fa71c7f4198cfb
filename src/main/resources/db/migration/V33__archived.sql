-- Coupons that lists leave out. Releases before this one list them.
ALTER TABLE coupon ADD COLUMN archived BOOLEAN NOT NULL DEFAULT FALSE;
