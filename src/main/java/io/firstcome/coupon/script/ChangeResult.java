package io.firstcome.coupon.script;

import io.firstcome.coupon.model.ClaimHolding;
import java.time.Instant;
import java.util.List;

/** What became of a change of a coupon's definition or audience. */
public sealed interface ChangeResult {

  /**
   * It holds in Redis; MySQL follows.
   *
   * @param epoch of the state that was changed
   * @param version of the definition that holds now
   * @param changed how much was changed: users, or 1 and 0 for a definition
   * @param audience users in the audience now, or -1 where anybody may claim
   */
  record Done(long epoch, long version, long changed, long audience) implements ChangeResult {}

  /**
   * Units are in the state that was asked for.
   *
   * @param isNew whether they were not before
   * @param change number of the last change of the coupon's units
   * @param units which, by their numbers
   */
  record UnitsChanged(
      boolean isNew,
      long epoch,
      long version,
      long change,
      Instant serverTime,
      ClaimHolding holding,
      List<Long> units)
      implements ChangeResult {

    /** The state that they are in; there is at least one. */
    public String state() {
      return holding.units().stream()
          .filter(unit -> units.contains(unit.sequence()))
          .findFirst()
          .orElseThrow()
          .state()
          .name();
    }
  }

  /**
   * A user has left the waitlist, accepted a unit or declined it, now or before.
   *
   * @param change number of the last change of the coupon's units
   * @param holding what the user holds, or null
   */
  record TicketMoved(long epoch, long version, long change, ClaimHolding holding)
      implements ChangeResult {}

  /** Nothing was changed: the coupon has shards, and is changed in MySQL. */
  record Sharded(CampaignMark campaign) implements ChangeResult {}

  /**
   * Nothing was changed: the shard already has a later version of its campaign.
   *
   * @param granted units granted to it, as it knows
   */
  record Ahead(long followed, long granted) implements ChangeResult {}

  /** Nothing was changed; the word is the script's. */
  record Refused(String word) implements ChangeResult {}
}
