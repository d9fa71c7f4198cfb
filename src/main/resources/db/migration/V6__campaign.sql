-- A sharded campaign: a coupon whose units are held by shards, which are coupons of their own. What it is
-- defined to be stands in its own row; the shards follow.
ALTER TABLE coupon
  -- More than one: a campaign, which has no claims itself.
  ADD COLUMN shards   INT         NOT NULL DEFAULT 1,
  -- Of a shard: its campaign.
  ADD COLUMN campaign VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  -- Of a shard: the version of the campaign whose definition it has.
  ADD COLUMN followed BIGINT      NOT NULL DEFAULT 0,
  -- Of a shard: units that were granted to it in all, and how many of them its quantity has in it. What is
  -- neither in the quantities of the shards nor granted and on its way is free to be granted.
  ADD COLUMN granted  BIGINT      NOT NULL DEFAULT 0,
  ADD COLUMN taken    BIGINT      NOT NULL DEFAULT 0,
  ADD KEY coupon_campaign (campaign),
  ADD KEY coupon_shards (shards, id);
