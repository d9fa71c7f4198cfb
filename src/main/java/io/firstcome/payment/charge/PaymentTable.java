package io.firstcome.payment.charge;

import io.firstcome.http.input.OpaqueId;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.mysql.Micros;
import io.firstcome.mysql.SqlErrors;
import io.firstcome.mysql.SqlTransaction;
import io.firstcome.payment.model.Payment;
import io.firstcome.payment.model.PaymentConfig;
import io.firstcome.payment.model.PaymentRequest;
import io.firstcome.payment.provider.PaymentProvider.Answer;
import io.vertx.mysqlclient.MySQLException;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowIterator;
import io.vertx.sqlclient.RowSet;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The rows of payments. Each step of a payment is one conditional statement in the caller's
 * transaction, so that whoever comes second changes nothing.
 */
@Singleton
class PaymentTable {

  /** What the id of a payment begins with. */
  static final char LETTER = 'p';

  private static final String COLUMNS =
      "id, kind, charge_id, user_id, amount, currency, provider, state, outcome, reason, refunded,"
          + " created_at, ended_at";

  private final long keyMicros;
  private final long busyMicros;

  PaymentTable(PaymentConfig config) {
    this.keyMicros = config.keyLifetime().toNanos() / 1_000;
    this.busyMicros = config.busy().toNanos() / 1_000;
  }

  /**
   * Adds a payment that this replica is at; null where the same key has added one. When it was
   * added MySQL knows, and {@link #find} tells.
   */
  Payment begin(SqlTransaction tx, PaymentRequest request) {
    String id = request.id() == null ? OpaqueId.next(LETTER) : request.id();
    try {
      tx.query(
          "INSERT INTO payment (id, kind, charge_id, caller, idempotency_key, key_until, request,"
              + " user_id, amount, currency, provider, state, created_at, busy_until)"
              + " VALUES (?, ?, ?, ?, ?, UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND, ?, ?, ?, ?, ?,"
              + " 'IN_PROGRESS', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND)",
          id,
          request.kind().name(),
          request.chargeId(),
          request.caller(),
          request.key(),
          request.key() == null ? null : keyMicros,
          request.digest(),
          request.userId(),
          request.amount(),
          request.currency(),
          request.provider().name(),
          busyMicros);
      return new Payment(
          id,
          request.kind(),
          request.chargeId(),
          request.userId(),
          request.amount(),
          request.currency(),
          request.provider(),
          Payment.State.IN_PROGRESS,
          null,
          null,
          0,
          null,
          null);
    } catch (MySQLException e) {
      if (SqlErrors.isDuplicate(e)) {
        return null;
      }
      throw e;
    }
  }

  /** The payment that a key, or an id, made. */
  Payment ofKey(SqlTransaction tx, PaymentRequest request) {
    if (request.id() != null) {
      return find(tx, request.id());
    }
    RowIterator<Row> rows =
        tx.query(
                "SELECT "
                    + COLUMNS
                    + ", request FROM payment"
                    + " WHERE caller = ? AND kind = ? AND idempotency_key = ?",
                request.caller(),
                request.kind().name(),
                request.key())
            .iterator();
    if (!rows.hasNext()) {
      return null;
    }
    Row row = rows.next();
    if (!row.getString("request").equals(request.digest())) {
      throw Problem.of(ProblemType.IDEMPOTENCY_MISMATCH).asException();
    }
    return payment(row);
  }

  /** The payment of an id, or null. */
  Payment find(SqlTransaction tx, String id) {
    return first(tx.query("SELECT " + COLUMNS + " FROM payment WHERE id = ?", id));
  }

  /** Makes a payment this replica's, where no other is at it; says whether it is. */
  boolean takeOver(SqlTransaction tx, String id) {
    return tx.query(
                "UPDATE payment SET busy_until = UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND"
                    + " WHERE id = ? AND busy_until <= UTC_TIMESTAMP(6)",
                busyMicros,
                id)
            .rowCount()
        == 1;
  }

  /** Takes over some of the payments that nobody is at, passing over what others take. */
  List<Payment> takeOverSome(SqlTransaction tx, int most) {
    List<Payment> taken = new ArrayList<>();
    for (Row row :
        tx.query(
            "SELECT "
                + COLUMNS
                + " FROM payment WHERE busy_until <= UTC_TIMESTAMP(6)"
                + " ORDER BY busy_until LIMIT ? FOR UPDATE SKIP LOCKED",
            most)) {
      Payment payment = payment(row);
      if (takeOver(tx, payment.id())) {
        taken.add(payment);
      }
    }
    return taken;
  }

  /**
   * Writes down what a provider answered.
   *
   * @param again where that is not known: when to ask again
   * @return whether that was news: the first answer that is known stands
   */
  boolean settle(SqlTransaction tx, String id, Answer answer, Duration again) {
    if (answer.outcome() == null) {
      tx.query(
          "UPDATE payment SET state = 'UNKNOWN', busy_until = UTC_TIMESTAMP(6) + INTERVAL ?"
              + " MICROSECOND WHERE id = ? AND state <> 'DONE'",
          again.toNanos() / 1_000,
          id);
      return false;
    }
    return tx.query(
                "UPDATE payment SET state = 'DONE', outcome = ?, reason = ?, busy_until = NULL,"
                    + " ended_at = UTC_TIMESTAMP(6) WHERE id = ? AND state <> 'DONE'",
                answer.outcome().name(),
                answer.reason(),
                id)
            .rowCount()
        == 1;
  }

  /**
   * Counts what is being given back of a charge, or is not after all; never more than was taken.
   */
  boolean refund(SqlTransaction tx, String chargeId, long amount) {
    return tx.query(
                "UPDATE payment SET refunded = refunded + ? WHERE id = ?"
                    + " AND refunded + ? BETWEEN 0 AND amount",
                amount,
                chargeId,
                amount)
            .rowCount()
        == 1;
  }

  /** Forgets keys whose time is up. */
  void forgetKeys(SqlTransaction tx, int most) {
    tx.query(
        "UPDATE payment SET idempotency_key = NULL, key_until = NULL"
            + " WHERE key_until < UTC_TIMESTAMP(6) AND busy_until IS NULL"
            + " ORDER BY key_until LIMIT ?",
        most);
  }

  /** How long the oldest payment whose outcome is not known has been waiting for it. */
  Duration oldest(SqlTransaction tx) {
    Long micros =
        tx.query(
                "SELECT TIMESTAMPDIFF(MICROSECOND, MIN(created_at), UTC_TIMESTAMP(6)) FROM payment"
                    + " WHERE busy_until IS NOT NULL")
            .iterator()
            .next()
            .getLong(0);
    return micros == null ? Duration.ZERO : Duration.ofNanos(Math.max(0, micros) * 1_000);
  }

  private static Payment first(RowSet<Row> rows) {
    RowIterator<Row> iterator = rows.iterator();
    return iterator.hasNext() ? payment(iterator.next()) : null;
  }

  private static Payment payment(Row row) {
    String outcome = row.getString(8);
    return new Payment(
        row.getString(0),
        Payment.Kind.valueOf(row.getString(1)),
        row.getString(2),
        row.getString(3),
        row.getLong(4),
        row.getString(5),
        Payment.Provider.valueOf(row.getString(6)),
        Payment.State.valueOf(row.getString(7)),
        outcome == null ? null : Payment.Outcome.valueOf(outcome),
        row.getString(9),
        row.getLong(10),
        Micros.toInstant(row.getLocalDateTime(11)),
        Micros.toInstant(row.getLocalDateTime(12)));
  }
}
