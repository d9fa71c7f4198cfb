package io.firstcome.chaos;

import static org.awaitility.Awaitility.await;

import io.firstcome.chaos.Remains.CampaignRemains;
import io.firstcome.chaos.Remains.CouponRemains;
import io.firstcome.chaos.Remains.Item;
import io.firstcome.chaos.Remains.Reserved;
import io.firstcome.chaos.Remains.SaleRemains;
import io.firstcome.coupon.model.ClaimHolding;
import io.firstcome.redis.Keys;
import io.firstcome.sale.Answer;
import io.firstcome.sale.Holding;
import io.restassured.path.json.JsonPath;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.awaitility.core.ConditionTimeoutException;

/** What Redis and MySQL hold, read past the service and past every way that is broken. */
final class Books {
  private static final String TIMEOUTS = "&connectTimeout=1000&socketTimeout=5000";

  private static final String REDEEMED = "redeemed";
  private static final Set<String> REVOKED = Set.of("revoked", "returned");

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration LOOK = Duration.ofMillis(20);

  private final World world;
  private final History history;

  Books(World world, History history) {
    this.world = world;
    this.history = history;
  }

  /** The tag of a coupon, or of the sale. */
  static String tag(String target) {
    return target.equals(Crowd.SALE) ? Keys.sale(target) : target;
  }

  /** Notes which ledgers are empty now, where it is known which server to ask. */
  void noteDrained(Collection<String> targets) {
    for (String target : targets) {
      int reign = world.redis().reigns().get();
      long from = System.nanoTime();
      try {
        Object entries = world.redis().ask("XLEN", Keys.ledger(tag(target)));
        if (Long.valueOf(0).equals(entries)
            && reign % 2 == 0
            && reign == world.redis().reigns().get()) {
          history.drained(target, from, System.nanoTime());
        }
      } catch (IOException e) {
        // Nobody to ask: nothing is known.
        return;
      }
    }
  }

  /** Notes which claims are in MySQL now. */
  void noteSeen(Collection<String> coupons) {
    try {
      for (String coupon : coupons) {
        history.seen(coupon, rows(coupon));
      }
    } catch (SQLException e) {
      // Away: another time.
    }
  }

  /**
   * Waits until none of these ledgers has an entry.
   *
   * @return 0, or how many still wait when the time is over
   */
  long awaitDrained(Collection<String> targets, Duration patience) {
    try {
      return await()
          .atMost(patience)
          .pollDelay(Duration.ZERO)
          .pollInterval(LOOK)
          .conditionEvaluationListener(null)
          .until(() -> undrained(targets), entries -> entries == 0);
    } catch (ConditionTimeoutException e) {
      return undrained(targets);
    }
  }

  private long undrained(Collection<String> targets) {
    return targets.stream()
        .mapToLong(target -> (Long) send("XLEN", Keys.ledger(tag(target))))
        .sum();
  }

  /** Entries that wait though they had the time: reservations go on ending, each by an entry. */
  private long stuck(String target) {
    return awaitDrained(List.of(target), PATIENCE);
  }

  Remains remains(Collection<String> coupons, Collection<String> campaigns)
      throws InterruptedException {
    try {
      Map<String, CampaignRemains> campaignRemains = new TreeMap<>();
      for (String campaign : campaigns) {
        campaignRemains.put(campaign, campaign(campaign));
      }
      Map<String, CouponRemains> couponRemains = new TreeMap<>();
      for (String coupon : coupons) {
        couponRemains.put(coupon, coupon(coupon));
      }
      return new Remains(couponRemains, campaignRemains, Map.of(Crowd.SALE, sale(Crowd.SALE)));
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** As it is once no unit is on its way any more, or in the end. */
  private CampaignRemains campaign(String campaign) throws SQLException {
    try {
      return await()
          .atMost(PATIENCE)
          .pollDelay(Duration.ZERO)
          .pollInterval(LOOK)
          .conditionEvaluationListener(null)
          .until(() -> held(campaign), remains -> remains.units() == remains.quantity());
    } catch (ConditionTimeoutException e) {
      return held(campaign);
    }
  }

  private CampaignRemains held(String campaign) throws SQLException {
    long[] of = new long[2];
    query(
        "SELECT c.quantity, CAST(SUM(s.quantity + s.granted - s.taken) AS SIGNED) FROM coupon c"
            + " JOIN coupon s ON s.campaign = c.id WHERE c.id = ? GROUP BY c.quantity",
        campaign,
        row -> {
          of[0] = row.getLong(1);
          of[1] = row.getLong(2);
        });
    return new CampaignRemains(of[0], of[1]);
  }

  private CouponRemains coupon(String coupon) throws SQLException {
    Map<String, String> redis = new HashMap<>();
    Map<String, String> redeemed = new HashMap<>();
    Map<String, String> redeemedInRedis = new HashMap<>();
    Set<String> revoked = new HashSet<>();
    Set<String> revokedInRedis = new HashSet<>();
    long[] returned = new long[1];
    List<?> claimants = (List<?>) send("HGETALL", Keys.claimants(coupon));
    for (int i = 0; i + 1 < claimants.size(); i += 2) {
      String user = claimants.get(i).toString();
      ClaimHolding holding = ClaimHolding.of(claimants.get(i + 1).toString());
      for (int unit = 1; unit <= holding.units().size(); unit++) {
        ClaimHolding.Unit held = holding.units().get(unit - 1);
        String name = unitOf(coupon, user, unit);
        Instant at = Instant.EPOCH.plus(held.issuedAtMicros(), ChronoUnit.MICROS);
        redis.put(name, Asker.claim(new Holding(held.sequence(), at)));
        String state = held.state() == null ? "" : held.state().name();
        if (state.equals(REDEEMED)) {
          redeemedInRedis.put(name, Asker.redemption(held.state().reference(), held.sequence()));
        } else if (REVOKED.contains(state)) {
          revokedInRedis.add(name);
        }
      }
    }
    TreeMap<Long, Long> gaps = new TreeMap<>();
    long[] quantity = {-1};
    String[] onLoss = {"WITHHOLD"};
    query(
        "SELECT * FROM coupon WHERE id = ?",
        coupon,
        row -> {
          quantity[0] = row.getLong("quantity");
          if (Crowd.LEVELS_ARE_SERVED) {
            onLoss[0] = row.getString("on_loss").toUpperCase(Locale.ROOT);
          }
        });
    if (Crowd.LEVELS_ARE_SERVED) {
      query(
          "SELECT first, last FROM sequence_gap WHERE coupon_id = ?",
          coupon,
          row -> gaps.merge(row.getLong(1), row.getLong(2), Math::max));
    }
    query(
        "SELECT user_id, unit, state, reference, sequence FROM claim"
            + " WHERE coupon_id = ? AND state IN ('redeemed', 'revoked', 'returned')",
        coupon,
        row -> {
          String unit = unitOf(coupon, row.getString(1), row.getInt(2));
          if (row.getString(3).equals(REDEEMED)) {
            redeemed.put(unit, Asker.redemption(row.getString(4), row.getLong(5)));
          } else {
            revoked.add(unit);
            returned[0] += row.getString(3).equals("returned") ? 1 : 0;
          }
        });
    return new CouponRemains(
        quantity[0],
        onLoss[0],
        rows(coupon),
        redis,
        redeemed,
        redeemedInRedis,
        revoked,
        revokedInRedis,
        returned[0],
        gaps,
        deadLetters(coupon),
        stuck(coupon));
  }

  /** The name of a unit, as the judge has it: its user's where none has several. */
  private static String unitOf(String coupon, String user, int unit) {
    return Crowd.isOfSeveralUnits(coupon) ? Operation.unit(user, unit) : user;
  }

  private Map<String, String> rows(String coupon) throws SQLException {
    Map<String, String> rows = new HashMap<>();
    query(
        "SELECT user_id, sequence, issued_at, unit FROM claim WHERE coupon_id = ?",
        coupon,
        row -> {
          Instant at = row.getObject(3, LocalDateTime.class).toInstant(ZoneOffset.UTC);
          rows.put(
              unitOf(coupon, row.getString(1), row.getInt(4)),
              Asker.claim(new Holding(row.getLong(2), at)));
        });
    return rows;
  }

  private SaleRemains sale(String sale) throws SQLException, InterruptedException {
    Map<String, Item> items = new TreeMap<>();
    Map<String, Reserved> reservations = new HashMap<>();
    // One picture of both: reservations whose time is up go on ending.
    try (Connection connection = connect()) {
      connection.setAutoCommit(false);
      items(connection, sale, items);
      reservations(connection, sale, reservations);
    }
    return new SaleRemains(items, reservations, audit(sale), deadLetters(sale), stuck(sale));
  }

  private static void items(Connection connection, String sale, Map<String, Item> items)
      throws SQLException {
    query(
        connection,
        "SELECT id, total, available, held, sold FROM item WHERE sale_id = ?",
        sale,
        row ->
            items.put(
                row.getString(1),
                new Item(row.getLong(2), row.getLong(3), row.getLong(4), row.getLong(5))));
  }

  private static void reservations(
      Connection connection, String sale, Map<String, Reserved> reservations) throws SQLException {
    query(
        connection,
        "SELECT id, user_id, idempotency_key, status, line_items, expires_at FROM reservation"
            + " WHERE sale_id = ?",
        sale,
        row ->
            reservations.put(
                row.getString(1),
                new Reserved(
                    row.getString(2),
                    row.getString(3),
                    row.getString(4),
                    row.getObject(6, LocalDateTime.class).toInstant(ZoneOffset.UTC).toString(),
                    units(row.getString(5)))));
  }

  /** Granted of each item, of {@code item:requested:granted[:reason]} between commas. */
  private static Map<String, Long> units(String lines) {
    Map<String, Long> units = new HashMap<>();
    for (String line : lines.split(",")) {
      String[] words = line.split(":");
      units.merge(words[0], Long.parseLong(words[2]), Long::sum);
    }
    return units;
  }

  private List<String> audit(String sale) throws InterruptedException {
    Answer audit = Asker.read(world.apps().get(0).uri(), "/admin/audit/sales/" + sale);
    if (audit.status() != 200) {
      return List.of("no audit: " + audit.label());
    }
    List<String> findings = new ArrayList<>();
    for (Object finding : JsonPath.from(audit.body()).getList("findings")) {
      findings.add(finding.toString());
    }
    return findings;
  }

  private Map<String, Integer> deadLetters(String target) {
    Map<String, Integer> reasons = new TreeMap<>();
    for (Object entry : (List<?>) send("XRANGE", Keys.deadLetters(tag(target)), "-", "+")) {
      List<?> fields = (List<?>) ((List<?>) entry).get(1);
      reasons.merge(fields.get(fields.indexOf("reason") + 1).toString(), 1, Integer::sum);
    }
    return reasons;
  }

  private Object send(String... command) {
    return RedisPair.send(world.redis().primary(), command);
  }

  private interface RowReader {
    void read(ResultSet row) throws SQLException;
  }

  private void query(String sql, String parameter, RowReader reader) throws SQLException {
    try (Connection connection = connect()) {
      query(connection, sql, parameter, reader);
    }
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection(
        world.mysql().jdbcUrl() + TIMEOUTS, world.mysql().username(), world.mysql().password());
  }

  private static void query(Connection connection, String sql, String parameter, RowReader reader)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, parameter);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          reader.read(rows);
        }
      }
    }
  }
}
