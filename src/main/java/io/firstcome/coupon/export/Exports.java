package io.firstcome.coupon.export;

import io.firstcome.coupon.model.Shard;
import io.firstcome.coupon.recovery.CouponReader;
import io.firstcome.coupon.script.CampaignMark;
import io.firstcome.coupon.script.StoredCoupon;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.mysql.Micros;
import io.firstcome.mysql.MySqlCalls;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Startup;
import io.vertx.ext.web.RoutingContext;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Reads all rows of a coupon from MySQL, page by page by their key. The next page is read when the
 * client has taken the one before: a client that does not read holds a page and a worker thread, of
 * which exports have few, and no connection to MySQL.
 */
@Startup
@ApplicationScoped
class Exports {

  /** Exports that a replica streams at once. */
  static final int MAX_EXPORTS = 4;

  private static final int PAGE = 2_000;
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final String CHANGES =
      "SELECT change_no, sequence, user_id, state, changed_at, changed_by, reference, reason"
          + " FROM claim_change WHERE coupon_id = ? AND change_no >= ?"
          + " AND (change_no > ? OR sequence > ?)%s"
          + " ORDER BY change_no, sequence LIMIT ?";

  private static final String[] CHANGE_COLUMNS = {
    "change", "sequence", "userId", "event", "at", "by", "orderReference", "reason"
  };

  private final CouponReader coupons;
  private final Pool mysql;
  private final MySqlCalls calls;
  private final Counter rows;
  private final AtomicInteger open = new AtomicInteger();

  Exports(CouponReader coupons, Pool mysql, MySqlCalls calls, MeterRegistry metrics) {
    this.coupons = coupons;
    this.mysql = mysql;
    this.calls = calls;
    this.rows =
        Counter.builder("firstcome.export.rows")
            .description("Rows that exports have read")
            .register(metrics);
  }

  /** What can be exported of a coupon. */
  enum Subject {
    CLAIMS(
        "SELECT sequence, 0, user_id, unit, issued_at, state, state_at, reference, claim_group"
            + " FROM claim WHERE coupon_id = ? AND sequence > ? ORDER BY sequence LIMIT ?",
        "sequence",
        "userId",
        "unit",
        "issuedAt",
        "state",
        "stateAt",
        "orderReference",
        "group"),
    HISTORY(CHANGES.formatted(""), CHANGE_COLUMNS),
    REDEMPTIONS(CHANGES.formatted(" AND state IN ('redeemed', 'unredeemed')"), CHANGE_COLUMNS);

    private final String sql;
    private final List<String> columns;

    Subject(String sql, String... columns) {
      this.sql = sql;
      this.columns = List.of(columns);
    }

    private Tuple parameters(Part part, Row last) {
      long first = last == null ? 0 : last.getLong(0);
      return this == CLAIMS
          ? Tuple.of(part.id(), first, PAGE)
          : Tuple.of(part.id(), first, first, last == null ? 0L : last.getLong(1), PAGE);
    }

    private Object[] values(Row row, Shard shard) {
      return this == CLAIMS
          ? new Object[] {
            told(row.getLong(0), shard),
            row.getString(2),
            row.getLong(3),
            Micros.toInstant(row.getLocalDateTime(4)),
            row.getString(5) == null ? "ISSUED" : row.getString(5).toUpperCase(Locale.ROOT),
            Micros.toInstant(row.getLocalDateTime(6)),
            row.getString(7),
            row.getString(8)
          }
          : new Object[] {
            row.getLong(0),
            told(row.getLong(1), shard),
            row.getString(2),
            row.getString(3).toUpperCase(Locale.ROOT),
            Micros.toInstant(row.getLocalDateTime(4)),
            row.getString(5),
            row.getString(6),
            row.getString(7)
          };
    }

    private static Long told(long sequence, Shard shard) {
      return shard == null ? sequence : shard.told(sequence);
    }
  }

  /**
   * Streams all rows. Blocks, as does what it returns: nothing can be refused once a stream has
   * begun, so that the coupon is found before.
   */
  StreamingOutput of(
      RoutingContext request, String couponId, Subject subject, ExportFormat format) {
    if (open.incrementAndGet() > MAX_EXPORTS) {
      open.decrementAndGet();
      throw Problem.of(ProblemType.OVERLOADED)
          .detail(
              "This replica streams %d exports, the most it may. Retry after 'Retry-After' seconds."
                  .formatted(MAX_EXPORTS))
          .asException();
    }
    request.addEndHandler(end -> open.decrementAndGet());
    List<Part> parts = parts(couponId, coupons.read(couponId).await().atMost(PATIENCE));
    return out -> write(parts, subject, format, out);
  }

  /**
   * An id that rows are stored under.
   *
   * @param shard null: the coupon itself
   */
  private record Part(String id, Shard shard) {}

  private static List<Part> parts(String couponId, StoredCoupon stored) {
    if (stored instanceof CampaignMark campaign) {
      return campaign.isLottery()
          // Nobody holds anything of it yet.
          ? List.of()
          : Shard.all(couponId, campaign.shards()).stream()
              .map(shard -> new Part(shard.id(), shard))
              .toList();
    }
    return List.of(new Part(couponId, null));
  }

  private void write(List<Part> parts, Subject subject, ExportFormat format, OutputStream out)
      throws IOException {
    out.write(format.head(subject.columns));
    for (Part part : parts) {
      Row last = null;
      int found;
      do {
        RowSet<Row> page =
            calls
                .bounded(mysql.preparedQuery(subject.sql).execute(subject.parameters(part, last)))
                .await()
                .indefinitely();
        List<Object[]> values = new ArrayList<>(page.size());
        for (Row row : page) {
          values.add(subject.values(row, part.shard()));
          last = row;
        }
        found = values.size();
        rows.increment(found);
        out.write(format.page(subject.columns, values));
      } while (found == PAGE);
    }
  }
}
