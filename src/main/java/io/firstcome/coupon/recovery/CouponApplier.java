package io.firstcome.coupon.recovery;

import static io.firstcome.coupon.model.CouponType.COUPON;

import io.firstcome.coupon.code.CodeBooks;
import io.firstcome.coupon.code.CodeRows;
import io.firstcome.coupon.model.Codes;
import io.firstcome.coupon.model.CouponDefinition;
import io.firstcome.coupon.model.CouponDefinition.Field;
import io.firstcome.coupon.script.CouponScripts;
import io.firstcome.durability.Acknowledge;
import io.firstcome.erasure.Pseudonym;
import io.firstcome.ledger.Announcement;
import io.firstcome.ledger.DeadLetter;
import io.firstcome.ledger.DeadLetter.Reason;
import io.firstcome.ledger.FencedApplier;
import io.firstcome.ledger.LedgerConfig;
import io.firstcome.ledger.LedgerEntry;
import io.firstcome.ledger.NotLoadedException;
import io.firstcome.mysql.In;
import io.firstcome.mysql.Micros;
import io.firstcome.mysql.RowInsert;
import io.firstcome.mysql.SqlTransaction;
import io.firstcome.recovery.Loaders;
import io.smallrye.mutiny.Uni;
import io.vertx.sqlclient.Row;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Writes what the scripts of a coupon decided to MySQL.
 *
 * <p>A change that is not newer than MySQL is not applied again: a drainer that slept would undo
 * what came after it.
 */
@Singleton
public class CouponApplier extends FencedApplier {

  private static final String CLAIMS = "claims";
  private static final String DEFINITION = "definition";
  private static final String AUDIENCE_ADD = "audience-add";
  private static final String AUDIENCE_REMOVE = "audience-remove";
  private static final String ERASE = "erase-claimant";

  /** In an entry: its number among the changes of the coupon's units and of its waitlist. */
  static final String CHANGE = "change";

  /** Marks the refused part of an addition: what came after it had not counted on it. */
  static final String REPLAYABLE = "replayable";

  private final CouponScripts scripts;
  private final SequenceWindow lending;
  private final Consumer<String> wanted;
  private final LateClaims late;
  private final CodeRows codes;
  private final UnitChanges changes;
  private final Waitlist waitlist;
  private final ClaimRows claims;
  private final RowInsert audience;

  /** The loader needs the drainer, which needs this. */
  public @Inject CouponApplier(
      LedgerConfig config,
      CouponScripts scripts,
      SequenceWindow lending,
      CodeBooks books,
      Instance<Loaders> loaders) {
    this(
        config,
        scripts,
        lending,
        books,
        couponId ->
            loaders.get().of(COUPON).await(couponId).subscribe().with(loaded -> {}, e -> {}));
  }

  /**
   * @param wanted has a coupon loaded that Redis has not as it is now; returns at once
   */
  public CouponApplier(
      LedgerConfig config,
      CouponScripts scripts,
      SequenceWindow lending,
      CodeBooks books,
      Consumer<String> wanted) {
    super(COUPON, config);
    this.scripts = scripts;
    this.lending = lending;
    this.wanted = wanted;
    this.claims = new ClaimRows(config.rowsPerInsert());
    this.codes = new CodeRows(books, config.rowsPerInsert());
    this.changes = new UnitChanges(config);
    this.waitlist = new Waitlist(config);
    this.late = new LateClaims(scripts, claims, patience);
    this.audience =
        RowInsert.into("audience_member", config.rowsPerInsert(), "coupon_id", "user_id")
            .unique("coupon_id", "user_id");
  }

  @Override
  public Set<String> kinds() {
    return Set.of(
        CLAIMS, UnitChanges.KIND, Waitlist.KIND, DEFINITION, AUDIENCE_ADD, AUDIENCE_REMOVE, ERASE);
  }

  @Override
  protected String columns() {
    return "version, acknowledge, retired_at IS NOT NULL, changes, codes";
  }

  /** Claims do not, so that readers of the row are not held up. */
  @Override
  protected boolean changesRow(List<LedgerEntry> entries) {
    return entries.stream()
        .anyMatch(entry -> !entry.kind().equals(CLAIMS) || UnitChanges.isIn(entry));
  }

  @Override
  protected List<DeadLetter> write(
      SqlTransaction tx, String couponId, Row row, List<LedgerEntry> entries) {
    long version = row.getLong(1);
    List<DeadLetter> refused = new ArrayList<>();
    long change = row.getLong(4);
    List<LedgerEntry> issued = new ArrayList<>();
    List<LedgerEntry> changed = new ArrayList<>();
    int written = 0;
    int writtenChanges = 0;
    boolean moved = false;
    for (LedgerEntry entry : entries) {
      if (entry.kind().equals(CLAIMS)) {
        issued.add(entry);
        if (UnitChanges.isIn(entry) && entry.number(CHANGE) > change) {
          change = entry.number(CHANGE);
          version = Math.max(version, ofLine(entry));
          if (Waitlist.isPromotion(entry)) {
            refused.addAll(waitlist.write(tx, couponId, entry));
          }
          UnitChanges.ofIssue(entry).ifPresent(changed::add);
          moved = true;
        }
      } else if (entry.kind().equals(Waitlist.KIND)) {
        if (entry.number(CHANGE) > change) {
          change = entry.number(CHANGE);
          version = Math.max(version, ofLine(entry));
          refused.addAll(waitlist.write(tx, couponId, entry));
          moved = true;
        }
      } else if (entry.kind().equals(UnitChanges.KIND)) {
        if (entry.number(CHANGE) > change || entry.fields().containsKey(REPLAYABLE)) {
          change = Math.max(change, entry.number(CHANGE));
          version = Math.max(version, entry.number("version"));
          changed.add(entry);
        }
      } else if (entry.number("version") > version || entry.fields().containsKey(REPLAYABLE)) {
        version = Math.max(version, entry.number("version"));
        switch (entry.kind()) {
          case DEFINITION -> {
            define(tx, couponId, entry);
            tx.afterCommit(() -> lending.defined(couponId));
          }
          case AUDIENCE_ADD -> refused.addAll(addToAudience(tx, couponId, entry));
          case AUDIENCE_REMOVE -> removeFromAudience(tx, couponId, entry);
          case ERASE -> {
            // What the user was issued before is to be there, and what became of it.
            refused.addAll(insertClaims(tx, couponId, issued.subList(written, issued.size())));
            written = issued.size();
            refused.addAll(
                changes.write(tx, couponId, changed.subList(writtenChanges, changed.size())));
            writtenChanges = changed.size();
            erase(tx, couponId, entry);
          }
          default -> throw new IllegalArgumentException(entry.kind());
        }
      }
    }
    refused.addAll(insertClaims(tx, couponId, issued.subList(written, issued.size())));
    boolean issuedRefused = !refused.isEmpty();
    if (!changed.isEmpty() || moved) {
      refused.addAll(changes.write(tx, couponId, changed.subList(writtenChanges, changed.size())));
      tx.query("UPDATE coupon SET changes = ? WHERE id = ?", change, couponId);
      reach(tx, couponId, version);
      if (UnitChanges.returnAny(changed) || issued.stream().anyMatch(Waitlist::isPromotion)) {
        tx.afterCommit(() -> lending.defined(couponId));
      }
    }
    if (moved && issued.isEmpty() && isAwaited(row)) {
      Announcement news = Announcement.look(row.getLong(0));
      tx.afterCommit(() -> scripts.announce(couponId, news));
    }
    if (!issued.isEmpty()) {
      addCodes(tx, couponId, row, issued);
      LedgerEntry last = issued.get(issued.size() - 1);
      long highest = last.number("first") + last.words("users").size() - 1;
      tx.afterCommit(() -> lending.applied(couponId, highest));
      // Others learn of a change to this level by looking, until the next batch.
      if (isAwaited(row) || issued.stream().anyMatch(Waitlist::isPromotion)) {
        Announcement news =
            moved
                ? Announcement.look(row.getLong(0))
                : announcement(row.getLong(0), issued, issuedRefused);
        tx.afterCommit(() -> scripts.announce(couponId, news));
      }
    }
    return refused;
  }

  private static boolean isAwaited(Row row) {
    return Acknowledge.ofStored(row.getString(2)) == Acknowledge.DATABASE;
  }

  @Override
  protected Uni<?> fence(String couponId, long epoch) {
    return scripts.remove(couponId, epoch);
  }

  @Override
  protected DeadLetter judge(LedgerEntry entry, long epoch) {
    return entry.kind().equals(CLAIMS) ? null : super.judge(entry, epoch);
  }

  @Override
  protected List<DeadLetter> writeLate(
      SqlTransaction tx, String couponId, Row row, List<LedgerEntry> claims) {
    try {
      addCodes(tx, couponId, row, claims);
      return late.apply(tx, couponId, row.getLong(0), row.getLong(3) != 0, claims);
    } catch (NotLoadedException e) {
      wanted.accept(couponId);
      throw e;
    }
  }

  private void addCodes(SqlTransaction tx, String couponId, Row row, List<LedgerEntry> issued) {
    if (!row.getString(5).equals(Codes.NONE.stored())) {
      codes.issued(
          tx,
          couponId,
          issued.stream()
              .flatMap(entry -> IssuedUnit.of(entry).stream())
              .map(IssuedUnit::sequence)
              .toList());
    }
  }

  /** What MySQL has when these are committed. Their numbers are told only where all are there. */
  private static Announcement announcement(
      long epoch, List<LedgerEntry> issued, boolean someRefused) {
    long first = issued.get(0).number("first");
    long next = first;
    for (LedgerEntry entry : issued) {
      if (someRefused || entry.number("first") != next) {
        return Announcement.look(epoch);
      }
      next += entry.words("users").size();
    }
    return new Announcement(epoch, first, next - 1);
  }

  /**
   * All claims of a batch in as few statements as can be: this is where the drain spends its time.
   */
  private List<DeadLetter> insertClaims(
      SqlTransaction tx, String couponId, List<LedgerEntry> entries) {
    List<IssuedUnit> units = new ArrayList<>();
    entries.forEach(entry -> units.addAll(IssuedUnit.of(entry)));
    List<DeadLetter> refused = new ArrayList<>();
    List<RowInsert.Outcome> outcomes = claims.insert(tx, couponId, units);
    for (int i = 0; i < units.size(); i++) {
      RowInsert.Outcome outcome = outcomes.get(i);
      if (outcome.refused() && !isErased(tx, couponId, units.get(i), outcome)) {
        refused.add(
            new DeadLetter(units.get(i).alone(), Reason.of(outcome.reason()), outcome.detail()));
      }
    }
    return refused;
  }

  /** Whether the row is there and its user has been erased since: the entry is applied again. */
  private static boolean isErased(
      SqlTransaction tx, String couponId, IssuedUnit claim, RowInsert.Outcome outcome) {
    if (outcome.status() != RowInsert.Status.CONFLICT) {
      return false;
    }
    for (Row row :
        tx.query(
            "SELECT user_id FROM claim WHERE coupon_id = ? AND sequence = ? AND issued_at = ?"
                + " LOCK IN SHARE MODE",
            couponId,
            claim.sequence(),
            Micros.toDateTime(claim.entry().at()))) {
      return Pseudonym.is(row.getString(0));
    }
    return false;
  }

  private static void erase(SqlTransaction tx, String couponId, LedgerEntry entry) {
    Waitlist.leave(tx, couponId, entry);
    for (String table : List.of("claim", "claim_change", "waiting", "audience_member")) {
      tx.query(
          "UPDATE " + table + " SET user_id = ? WHERE coupon_id = ? AND user_id = ?",
          entry.text("pseudonym"),
          couponId,
          entry.text("user"));
    }
    reach(tx, couponId, entry.number("version"));
  }

  private static void define(SqlTransaction tx, String couponId, LedgerEntry entry) {
    Map<Field, String> fields = CouponDefinition.fields(entry);
    List<Object> params = CouponDefinition.values(fields);
    Collections.addAll(
        params,
        ofShard(entry, "followed"),
        ofShard(entry, "granted"),
        entry.number("version"),
        couponId,
        entry.number("version"));
    // The later version wins, so that applying an old entry again changes nothing.
    tx.query(
        "UPDATE coupon SET "
            + CouponDefinition.assignments(fields.keySet())
            // Of a shard alone.
            + ", followed = COALESCE(?, followed), taken = COALESCE(?, taken),"
            + " version = ? WHERE id = ? AND version < ?",
        params.toArray());
  }

  /** Of who joins the waitlist or the queue no gate needs to know. */
  private static long ofLine(LedgerEntry entry) {
    return entry.fields().containsKey("version") ? entry.number("version") : 0;
  }

  private static Long ofShard(LedgerEntry entry, String field) {
    return entry.fields().containsKey(field) ? entry.number(field) : null;
  }

  private List<DeadLetter> addToAudience(SqlTransaction tx, String couponId, LedgerEntry entry) {
    List<String> users = entry.words("users");
    List<List<Object>> rows = new ArrayList<>();
    users.forEach(user -> rows.add(List.of(couponId, user)));
    List<RowInsert.Outcome> outcomes = audience.insert(tx, rows);
    reach(tx, couponId, entry.number("version"));
    List<DeadLetter> refused = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      RowInsert.Outcome outcome = outcomes.get(i);
      if (outcome.refused()) {
        refused.add(
            new DeadLetter(
                entry.with(Map.of("users", users.get(i), REPLAYABLE, "1")),
                Reason.of(outcome.reason()),
                outcome.detail()));
      }
    }
    return refused;
  }

  private static void removeFromAudience(SqlTransaction tx, String couponId, LedgerEntry entry) {
    for (List<String> some : In.parts(entry.words("users"))) {
      In users = In.of(some);
      tx.query(
          "DELETE FROM audience_member WHERE coupon_id = ? AND user_id IN " + users.marks(),
          users.after(couponId));
    }
    reach(tx, couponId, entry.number("version"));
  }

  private static void reach(SqlTransaction tx, String couponId, long version) {
    tx.query(
        "UPDATE coupon SET version = ? WHERE id = ? AND version < ?", version, couponId, version);
  }
}
