-- What a coupon takes off an order: amount:500:EUR:2000, percent:10:: (of what, and from which minimum on); empty: nothing.
ALTER TABLE coupon ADD COLUMN discount VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '';
