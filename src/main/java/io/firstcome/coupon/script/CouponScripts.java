package io.firstcome.coupon.script;

import io.firstcome.coupon.model.Claim;
import io.firstcome.coupon.model.ClaimHolding;
import io.firstcome.coupon.model.CouponDefinition;
import io.firstcome.coupon.model.CouponDefinition.Field;
import io.firstcome.coupon.model.CouponTerms;
import io.firstcome.coupon.model.Quotas;
import io.firstcome.coupon.model.Ticket;
import io.firstcome.ledger.Announcement;
import io.firstcome.ledger.LedgerConfig;
import io.firstcome.ledger.NotLoadedException;
import io.firstcome.mysql.Micros;
import io.firstcome.recovery.LoadScripts;
import io.firstcome.redis.Keys;
import io.firstcome.redis.Script;
import io.firstcome.redis.Scripts;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The scripts of a coupon, with Java's types. Every method fails with {@link NotLoadedException}
 * where the script answers LOADING or RECOVERING, and with a {@link
 * io.firstcome.redis.RedisException} where Redis did not do it.
 */
@ApplicationScoped
public class CouponScripts {

  public static final Script CLAIM = Script.named("claim");
  public static final Script CLAIM_UNITS = Script.named("claim-units");
  public static final Script CLAIM_DOOR = Script.named("claim-door");
  public static final int CLAIM_KEYS = 4;
  public static final int DOOR_KEYS = 5;

  /** The size of the pool of a coupon that has none. */
  public static final long NO_POOL = -1;

  private static final Script READ = Script.named("coupon-read");
  private static final Script CHANGE = Script.named("coupon-change");
  private static final Script AUDIENCE = Script.named("coupon-audience");
  private static final Script ERASE = Script.named("coupon-erase");
  private static final Script STAGE = Script.named("coupon-stage");
  private static final Script FENCE = Script.named("coupon-fence");
  private static final Script VERIFY = Script.named("coupon-verify");
  private static final Script LEND = Script.named("coupon-lend");
  private static final Script RETIRE = Script.named("coupon-retire");
  private static final Script LATE = Script.named("coupon-late");
  private static final Script PUBLISH = Script.named("coupon-publish");
  private static final Script MARK = Script.named("campaign-mark");
  private static final Script UNMARK = Script.named("campaign-unmark");
  private static final Script GIVE = Script.named("shard-give");
  private static final Script FOLLOW = Script.named("shard-follow");
  private static final Script APPEND = Script.named("coupon-append");
  private static final Script CHANGE_UNITS = Script.named("claim-change");
  private static final Script MOVE_TICKET = Script.named("ticket-move");
  private static final Script HAND_OUT = Script.named("queue-hand-out");
  private static final Script SWEEP_LINE = Script.named("line-sweep");
  private static final Script RESTORE = Script.named("coupon-restore");
  private static final Script RECOUNT = Script.named("coupon-recount");

  /** Where the reply of {@code coupon-read.lua} has what is not counted on in place. */
  private static final int CLAIM_OF_USER = 7;

  private static final int TERMS = 15;
  private static final int LINE = TERMS + 10;
  private static final int GROUPS = LINE + 6;
  private static final int POOL = GROUPS + 1;
  private static final int DEFINITION = POOL + 1;

  private final Scripts scripts;
  private final LoadScripts load;
  private final String maxUndrained;

  public @Inject CouponScripts(Scripts scripts, LedgerConfig ledger) {
    this(scripts, ledger.maxUndrained());
  }

  public CouponScripts(Scripts scripts, int maxUndrained) {
    this.scripts = scripts;
    this.load = new LoadScripts(scripts, STAGE, PUBLISH);
    this.maxUndrained = String.valueOf(maxUndrained);
  }

  /**
   * Claims a unit of a coupon that is no campaign for each of these users, in this order.
   *
   * @param users at most {@link Script#MAX_USERS}
   */
  public Uni<ClaimReply> claim(String couponId, List<String> users) {
    return claim(couponId, users, false).map(ClaimReply.class::cast);
  }

  /**
   * The same of any coupon.
   *
   * @param mysqlAway whether MySQL is known to be away
   */
  public Uni<ClaimAnswer> claim(String couponId, List<String> users, boolean mysqlAway) {
    return claim(couponId, users, mysqlAway, "");
  }

  /**
   * The same where a coupon has a rule; fails with {@link NotJudgedException} where it was judged
   * by none, or by another.
   *
   * @param judged by which version, and who is eligible, as {@code claim.lua} takes it; or empty
   */
  public Uni<ClaimAnswer> claim(
      String couponId, List<String> users, boolean mysqlAway, String judged) {
    return run(CLAIM, couponId, keysAndLedger(couponId), claimArgs(mysqlAway, judged, users))
        .map(reply -> answer(couponId, users.size(), reply));
  }

  /** What every script that claims takes, and who claims; the script asks which server it is. */
  private List<String> claimArgs(boolean mysqlAway, String judged, List<String> claims) {
    List<String> args = new ArrayList<>(claims.size() + 4);
    args.addAll(List.of(maxUndrained, "", "0", (mysqlAway ? "1" : "0") + judged));
    args.addAll(claims);
    return args;
  }

  private static ClaimAnswer answer(String couponId, int claims, Response reply) {
    CampaignMark campaign = CampaignMark.of(reply);
    return campaign != null ? campaign : new ClaimReply(couponId, claims, reply);
  }

  /**
   * Claims several units for one user, see {@code claim-units.lua}.
   *
   * @param units how many the user wants to hold in all
   * @param mysqlAway whether MySQL is known to be away
   * @param judged as {@link #claim(String, List, boolean, String)} takes it
   */
  public Uni<ClaimAnswer> claimUnits(
      String couponId, String userId, int units, boolean mysqlAway, String judged) {
    List<String> args = claimArgs(mysqlAway, judged, List.of(userId, String.valueOf(units)));
    return run(CLAIM_UNITS, couponId, keysAndLedger(couponId), args)
        .map(reply -> answer(couponId, 1, reply));
  }

  /**
   * Claims a unit, or a place on the waitlist, for each of these users, see {@code claim-door.lua}.
   *
   * @param judged as {@link #claim(String, List, boolean, String)} takes it
   */
  public Uni<ClaimReply> claimAtTheDoor(
      String couponId, List<String> users, boolean mysqlAway, String judged) {
    return run(CLAIM_DOOR, couponId, keysAndLine(couponId), claimArgs(mysqlAway, judged, users))
        .map(reply -> new ClaimReply(couponId, users.size(), reply));
  }

  /** The keys and the first arguments, up to the server, of every call that claims. */
  public byte[][] claimHead(String couponId) {
    return head(keysAndLedger(couponId));
  }

  /** The same of {@code claim-door.lua}. */
  public byte[][] doorHead(String couponId) {
    return head(keysAndLine(couponId));
  }

  private byte[][] head(List<String> keys) {
    return Stream.concat(keys.stream(), Stream.of(maxUndrained))
        .map(text -> text.getBytes(StandardCharsets.US_ASCII))
        .toArray(byte[][]::new);
  }

  /** Reads a coupon that is no campaign, and what this user (or nobody: null) holds of it. */
  public Uni<CouponState> read(String couponId, String userId) {
    return read(couponId, userId, 0);
  }

  /**
   * The same, refused where the state is behind.
   *
   * @param seen the highest sequence that is known to be issued
   */
  public Uni<CouponState> read(String couponId, String userId, long seen) {
    return stored(couponId, userId, seen).map(CouponState.class::cast);
  }

  /** The same of any coupon. */
  public Uni<StoredCoupon> stored(String couponId, String userId, long seen) {
    return run(
            READ,
            couponId,
            readKeys(couponId),
            List.of(userId == null ? "" : userId, String.valueOf(seen)))
        .map(
            reply -> {
              CampaignMark campaign = CampaignMark.of(reply);
              return campaign != null ? campaign : state(couponId, userId, reply);
            });
  }

  private static CouponState state(String couponId, String userId, Response r) {
    CouponDefinition definition = CouponDefinition.of(r, DEFINITION);
    return new CouponState(
        couponId,
        Micros.toInstant(r.get(0).toLong()),
        r.get(1).toLong(),
        r.get(2).toLong(),
        definition,
        r.get(3).toLong(),
        r.get(4).toLong(),
        r.get(5).toLong(),
        r.get(6).toLong(),
        r.get(CLAIM_OF_USER) == null || r.get(CLAIM_OF_USER).toString().isEmpty()
            ? null
            : Claim.of(couponId, userId, ClaimHolding.of(r.get(CLAIM_OF_USER).toString())),
        r.get(8).toInteger() == 1,
        r.get(9).toLong(),
        r.get(10).toLong(),
        r.get(11).toLong(),
        r.get(12).toString(),
        r.get(13).toLong(),
        r.get(14).toLong(),
        CouponTerms.of(r, TERMS),
        line(couponId, userId, r),
        r.get(POOL).toString().isEmpty() ? null : Long.valueOf(r.get(POOL).toString()),
        Quotas.ofStored(definition.quotas())
            .byGroup(
                Stream.of(r.get(GROUPS).toString().split(" "))
                    .filter(number -> !number.isEmpty())
                    .map(Long::valueOf)
                    .toList()));
  }

  private static CouponState.Line line(String couponId, String userId, Response r) {
    long score = r.get(LINE + 3).toLong();
    Ticket ticket = null;
    long place = r.get(LINE + 4).toLong();
    if (score >= Ticket.FIRST_WAITING) {
      ticket = Ticket.waiting(couponId, userId, score, place);
    } else if (score > 0) {
      ticket =
          Ticket.queued(couponId, userId, score, place, CouponTerms.of(r, TERMS).ratePerSecond());
    } else if (score < 0) {
      long sequence = ClaimHolding.of(r.get(CLAIM_OF_USER).toString()).sequence();
      ticket = Ticket.offered(couponId, userId, sequence, Micros.toInstant(-score));
    }
    return new CouponState.Line(
        r.get(LINE).toLong(),
        r.get(LINE + 5).toLong(),
        r.get(LINE + 1).toLong(),
        r.get(LINE + 2).toLong(),
        ticket);
  }

  /** Changes these fields of the definition, see {@code coupon-change.lua}. */
  public Uni<ChangeResult> change(String couponId, Map<Field, String> fields) {
    return change(couponId, CouponDefinition.words(fields));
  }

  /** Changes fields of the definition: names and values in turn. */
  public Uni<ChangeResult> change(String couponId, List<String> words) {
    return run(CHANGE, couponId, keysAndLine(couponId), words).map(CouponScripts::changed);
  }

  /**
   * Adds users to the audience or removes them.
   *
   * @param users at most {@link Script#MAX_USERS}
   */
  public Uni<ChangeResult> audience(String couponId, boolean add, List<String> users) {
    List<String> args = new ArrayList<>(users.size() + 1);
    args.add(add ? "add" : "remove");
    args.addAll(users);
    return run(AUDIENCE, couponId, keysAndLedger(couponId), args).map(CouponScripts::changed);
  }

  /**
   * Puts a pseudonym in the place of a user.
   *
   * @param inMySql whether MySQL knows the user, so that it has to be told in any case
   */
  public Uni<ChangeResult> erase(
      String couponId, String userId, String pseudonym, boolean inMySql) {
    return run(
            ERASE, couponId, keysAndLine(couponId), List.of(userId, pseudonym, inMySql ? "1" : "0"))
        .map(CouponScripts::changed);
  }

  /** What is done with units that were issued; the words are those of the script. */
  public enum UnitChange {
    REDEEM,
    UNREDEEM,
    REVOKE
  }

  /**
   * Changes the state of units, see {@code claim-change.lua}.
   *
   * @param sequence of the unit, or null
   * @param reference of the order, or empty
   * @param by who changes it
   * @param seen the highest sequence that is known to be issued
   */
  public Uni<ChangeResult> changeUnits(
      String couponId,
      UnitChange change,
      String userId,
      Long sequence,
      String reference,
      String by,
      String reason,
      long seen) {
    return changeUnits(couponId, change, userId, sequence, reference, by, reason, seen, null);
  }

  /**
   * The same, at the latest at an instant.
   *
   * @param before by the clock of Redis; null: at any time
   */
  public Uni<ChangeResult> changeUnits(
      String couponId,
      UnitChange change,
      String userId,
      Long sequence,
      String reference,
      String by,
      String reason,
      long seen,
      Instant before) {
    return run(
            CHANGE_UNITS,
            couponId,
            keysAndLine(couponId),
            List.of(
                maxUndrained,
                change.name().toLowerCase(Locale.ROOT),
                userId,
                sequence == null ? "" : sequence.toString(),
                reference,
                by,
                reason,
                String.valueOf(seen),
                before == null ? "" : String.valueOf(Micros.of(before))))
        .map(
            r ->
                r.type() == ResponseType.SIMPLE
                    ? changed(r)
                    : new ChangeResult.UnitsChanged(
                        r.get(0).toInteger() == 1,
                        r.get(1).toLong(),
                        r.get(2).toLong(),
                        r.get(3).toLong(),
                        Micros.toInstant(r.get(4).toLong()),
                        ClaimHolding.of(r.get(5).toString()),
                        Stream.of(r.get(6).toString().split(" "))
                            .filter(number -> !number.isEmpty())
                            .map(Long::valueOf)
                            .toList()));
  }

  /** What a user does with a place or an offer; the words are those of the script. */
  public enum TicketMove {
    ACCEPT,
    LEAVE
  }

  /**
   * Accepts an offered unit, declines it, or leaves the waitlist, see {@code ticket-move.lua}.
   *
   * @param by who does it
   * @param seen the highest sequence that is known to be issued
   */
  public Uni<ChangeResult> moveTicket(
      String couponId, TicketMove move, String userId, String by, long seen) {
    return run(
            MOVE_TICKET,
            couponId,
            keysAndLine(couponId),
            List.of(
                maxUndrained,
                move.name().toLowerCase(Locale.ROOT),
                userId,
                by,
                String.valueOf(seen)))
        .map(
            r ->
                r.type() == ResponseType.SIMPLE
                    ? changed(r)
                    : new ChangeResult.TicketMoved(
                        r.get(0).toLong(),
                        r.get(1).toLong(),
                        r.get(2).toLong(),
                        r.get(3) == null || r.get(3).toString().isEmpty()
                            ? null
                            : ClaimHolding.of(r.get(3).toString())));
  }

  /**
   * What a sweep of a waitlist did.
   *
   * @param lapsed units that were not accepted in time
   * @param promoted users who were issued or offered a unit
   */
  public record Swept(long epoch, long version, int lapsed, int promoted) {

    private static final Swept NOTHING = new Swept(0, 0, 0, 0);

    public boolean isNothing() {
      return lapsed + promoted == 0;
    }
  }

  /**
   * Takes back what was not accepted in time and promotes who waits, see {@code line-sweep.lua}.
   *
   * @param seen the highest sequence that is known to be issued
   */
  public Uni<Swept> sweepLine(String couponId, long seen) {
    return run(
            SWEEP_LINE,
            couponId,
            keysAndLine(couponId),
            List.of(maxUndrained, String.valueOf(seen)))
        .map(
            r ->
                r.type() == ResponseType.SIMPLE
                    ? Swept.NOTHING
                    : new Swept(
                        r.get(0).toLong(),
                        r.get(1).toLong(),
                        r.get(2).toInteger(),
                        r.get(3).toInteger()));
  }

  /**
   * What a worker did.
   *
   * @param isHeld false: another worker has the lease, or it ended, and nothing was done
   * @param epoch in which the worker has it
   * @param handed units that were handed out
   * @param queued users who are left
   */
  public record HandedOut(boolean isHeld, long epoch, int handed, long queued) {

    private static final HandedOut NOTHING = new HandedOut(false, 0, 0, 0);
  }

  /**
   * Hands out what is due, see {@code queue-hand-out.lua}.
   *
   * @param token the worker's
   * @param ttl of the lease that it takes or renews
   * @param epoch in which it has the lease; 0: it has not
   * @param seen the highest sequence that is known to be issued
   */
  public Uni<HandedOut> handOut(
      String couponId, String token, Duration ttl, long epoch, long seen) {
    List<String> keys = new ArrayList<>(keysAndLine(couponId));
    keys.add(Keys.handOutLease(couponId));
    return run(
            HAND_OUT,
            couponId,
            keys,
            List.of(
                maxUndrained,
                String.valueOf(seen),
                token,
                String.valueOf(ttl.toMillis()),
                String.valueOf(epoch)))
        .map(
            r ->
                r.type() == ResponseType.SIMPLE
                    ? HandedOut.NOTHING
                    : new HandedOut(
                        true, r.get(0).toLong(), r.get(1).toInteger(), r.get(2).toLong()));
  }

  /**
   * Stages some claimants (user and {@link ClaimHolding}'s text in turn), users of the audience or
   * the line (score and user in turn), and renews the lease.
   *
   * @return false when the lease is lost
   */
  public Uni<Boolean> stage(
      String couponId, String token, Duration ttl, String what, List<String> members) {
    return load.stage(
        Keys.loadLease(couponId),
        List.of(
            Keys.stagedClaimants(couponId, token),
            Keys.stagedAudience(couponId, token),
            Keys.stagedLine(couponId, token)),
        token,
        ttl,
        what,
        members);
  }

  /** Tells all replicas what of a coupon MySQL has now. */
  public void announce(String couponId, Announcement news) {
    news.publish(scripts, couponId);
  }

  /** Takes away a state that is older than the epoch MySQL is in; says whether there was one. */
  public Uni<Boolean> remove(String couponId, long epoch) {
    return load.remove(Keys.state(couponId), epoch);
  }

  /**
   * What a coupon that was taken out of service holds; it stays so until it is back.
   *
   * @param own whether it was in service on this server, and not on another before
   */
  public record Fenced(
      long epoch, long version, long sequence, long issued, boolean own, long changes) {}

  /** Takes a coupon out of service, see {@code coupon-fence.lua}; null where it is not whole. */
  public Uni<Fenced> fence(String couponId, long epoch) {
    return scripts
        .run(FENCE, readKeys(couponId), List.of(String.valueOf(epoch)))
        .map(
            r ->
                r.size() == 0
                    ? null
                    : new Fenced(
                        r.get(0).toLong(),
                        r.get(1).toLong(),
                        r.get(2).toLong(),
                        r.get(3).toLong(),
                        r.get(4).toLong() == 1,
                        r.get(5).toLong()));
  }

  /**
   * Puts it back into service as it is; answers what {@code coupon-verify.lua} says.
   *
   * @param fields of the state, as MySQL has them
   */
  public Uni<String> verify(
      String couponId, String token, long from, long to, long ceiling, List<String> fields) {
    List<String> args =
        new ArrayList<>(
            List.of(token, String.valueOf(from), String.valueOf(to), String.valueOf(ceiling)));
    args.addAll(fields);
    return scripts
        .run(
            VERIFY,
            List.of(Keys.state(couponId), Keys.claimants(couponId), Keys.loadLease(couponId)),
            args)
        .map(Response::toString);
  }

  /** Takes away what Redis has of a retired coupon; says whether nothing is left. */
  public Uni<Boolean> retire(String couponId, String token, long epoch) {
    List<String> keys = new ArrayList<>(keysAndLedger(couponId));
    keys.add(Keys.loadLease(couponId));
    keys.add(Keys.line(couponId));
    return scripts
        .run(RETIRE, keys, List.of(token, String.valueOf(epoch)))
        .map(reply -> reply.toInteger() == 1);
  }

  /** Raises what a coupon may issue; says whether it may now: not where MySQL has to know first. */
  public Uni<Boolean> lend(String couponId, long epoch, long version, long ceiling) {
    return lend(couponId, epoch, version, ceiling, NO_POOL);
  }

  /**
   * The same of a coupon that may have a pool.
   *
   * @param pool how many codes it has; {@link #NO_POOL}: there is none
   */
  public Uni<Boolean> lend(String couponId, long epoch, long version, long ceiling, long pool) {
    return scripts
        .run(
            LEND,
            List.of(Keys.state(couponId)),
            List.of(
                String.valueOf(epoch),
                String.valueOf(version),
                String.valueOf(ceiling),
                String.valueOf(pool)))
        .map(reply -> reply.toInteger() == 1);
  }

  /**
   * Gives users claims that were found late.
   *
   * @param claims of each the user, a {@link ClaimHolding}'s text, and 1 where its unit counts as
   *     lost
   * @return of each whether the user holds just this; empty where a loader will read in MySQL what
   *     is written there now
   */
  public Uni<Optional<List<Boolean>>> late(String couponId, long epoch, List<String> claims) {
    List<String> args = new ArrayList<>(claims.size() + 1);
    args.add(String.valueOf(epoch));
    args.addAll(claims);
    List<String> keys = new ArrayList<>(keys(couponId));
    keys.add(Keys.loadLease(couponId));
    keys.add(Keys.loadReading(couponId));
    return run(LATE, couponId, keys, args)
        .map(
            reply -> {
              if (reply.type() == ResponseType.SIMPLE) {
                return Optional.empty();
              }
              List<Boolean> held = new ArrayList<>();
              reply.forEach(one -> held.add(one.toInteger() == 1));
              return Optional.of(held);
            });
  }

  /** Publishes what a loader has staged; answers what {@code coupon-publish.lua} says. */
  public Uni<String> publish(String couponId, String token, Collection<String> state) {
    List<String> keys = new ArrayList<>(keysAndLedger(couponId));
    keys.add(Keys.loadLease(couponId));
    keys.add(Keys.stagedClaimants(couponId, token));
    keys.add(Keys.stagedAudience(couponId, token));
    keys.add(Keys.line(couponId));
    keys.add(Keys.stagedLine(couponId, token));
    return load.publish(keys, token, state);
  }

  /** Tells all who ask for a campaign that its shards are to be asked. */
  public Uni<Void> mark(String campaign, int shards, long quantity, long version) {
    return scripts
        .run(
            MARK,
            List.of(Keys.state(campaign)),
            List.of(String.valueOf(shards), String.valueOf(quantity), String.valueOf(version)))
        .replaceWithVoid();
  }

  /** Takes the mark from a lottery that was drawn, see {@code campaign-unmark.lua}. */
  public Uni<Void> unmark(String couponId) {
    return scripts.run(UNMARK, List.of(Keys.state(couponId)), List.of()).replaceWithVoid();
  }

  /** Takes units from a shard that it has not issued: so many, or what it has. */
  public Uni<ChangeResult> give(String shardId, long units) {
    return run(GIVE, shardId, keysAndLedger(shardId), List.of(String.valueOf(units)))
        .map(CouponScripts::changed);
  }

  /**
   * Has a shard take over what MySQL has for it.
   *
   * @param version of the campaign
   * @param granted units that the shard was granted in all
   * @param definition the campaign's
   */
  public Uni<ChangeResult> follow(
      String shardId, long version, long granted, CouponDefinition definition) {
    List<String> args = new ArrayList<>();
    args.add(String.valueOf(version));
    args.add(String.valueOf(granted));
    args.addAll(CouponDefinition.words(definition.fields()));
    return run(FOLLOW, shardId, keysAndLedger(shardId), args).map(CouponScripts::changed);
  }

  /**
   * Appends claims to the ledger again, as Redis has them; says how many, none where it is full.
   *
   * @param claims user to holding; those that have changed since are left out
   */
  public Uni<Integer> append(String couponId, long epoch, Map<String, String> claims) {
    List<String> args = new ArrayList<>();
    args.add(String.valueOf(epoch));
    args.add(maxUndrained);
    claims.forEach(
        (user, holding) -> {
          args.add(user);
          args.add(holding);
        });
    return run(APPEND, couponId, keysAndLedger(couponId), args)
        .map(reply -> "LEDGER-FULL".equals(reply.toString()) ? 0 : reply.toInteger());
  }

  /**
   * What {@code coupon-restore.lua} has done.
   *
   * @param recounted whether what is issued was another number
   */
  public record Restored(int claims, boolean recounted) {}

  /**
   * Gives claims back to Redis as MySQL has them, and recounts what is issued.
   *
   * @param claims of each the user, its holding in Redis (or empty) and that in MySQL; those that
   *     Redis has otherwise by now are left out
   */
  public Uni<Restored> restore(String couponId, long epoch, List<String> claims) {
    List<String> args = new ArrayList<>();
    args.add(String.valueOf(epoch));
    args.addAll(claims);
    return run(RESTORE, couponId, keys(couponId), args)
        .map(reply -> new Restored(reply.get(0).toInteger(), reply.get(1).toInteger() == 1));
  }

  /**
   * Corrects how many units count against groups, see {@code coupon-recount.lua}; says of how many
   * groups.
   *
   * @param counted units by group, where they differ from those of the state
   */
  public Uni<Integer> recount(CouponState state, Map<String, Long> counted) {
    List<String> args = new ArrayList<>();
    args.add(String.valueOf(state.epoch()));
    args.add(String.valueOf(state.version()));
    counted.forEach(
        (group, units) -> {
          args.add(group);
          args.add(state.issuedByGroup().get(group).toString());
          args.add(units.toString());
        });
    return scripts.run(RECOUNT, List.of(Keys.state(state.id())), args).map(Response::toInteger);
  }

  private Uni<Response> run(Script script, String couponId, List<String> keys, List<String> args) {
    return scripts
        .run(script, keys, args)
        .invoke(reply -> NotLoadedException.check(couponId, reply));
  }

  private static ChangeResult changed(Response reply) {
    if (reply.type() != ResponseType.SIMPLE) {
      return new ChangeResult.Done(
          reply.get(0).toLong(),
          reply.get(1).toLong(),
          reply.get(2).toLong(),
          reply.get(3).toLong());
    }
    String[] words = reply.toString().split(" ");
    return switch (words[0]) {
      case "SHARDED" -> new ChangeResult.Sharded(CampaignMark.of(reply));
      case "AHEAD" -> new ChangeResult.Ahead(Long.parseLong(words[1]), Long.parseLong(words[2]));
      default -> new ChangeResult.Refused(reply.toString());
    };
  }

  private static List<String> keys(String couponId) {
    return List.of(Keys.state(couponId), Keys.claimants(couponId), Keys.audience(couponId));
  }

  private static List<String> readKeys(String couponId) {
    List<String> keys = new ArrayList<>(keys(couponId));
    keys.add(Keys.line(couponId));
    return keys;
  }

  private static List<String> keysAndLine(String couponId) {
    List<String> keys = new ArrayList<>(keysAndLedger(couponId));
    keys.add(Keys.line(couponId));
    return keys;
  }

  private static List<String> keysAndLedger(String couponId) {
    return List.of(
        Keys.state(couponId),
        Keys.claimants(couponId),
        Keys.audience(couponId),
        Keys.ledger(couponId));
  }
}
