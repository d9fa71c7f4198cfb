-- What a unit of an item costs, in minor units of the currency of its sale.

-- ISO 4217. NULL: its items have no prices.
ALTER TABLE sale ADD COLUMN currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NULL;

-- NULL: it has none, and cannot be ordered.
ALTER TABLE item ADD COLUMN price BIGINT NULL;
