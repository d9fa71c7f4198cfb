package io.firstcome.payment.wallet;

import static io.firstcome.payment.model.Payment.Kind.CHARGE;
import static io.firstcome.payment.model.Payment.Kind.REFUND;

import io.firstcome.http.input.Money;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.mysql.Micros;
import io.firstcome.mysql.SqlErrors;
import io.firstcome.mysql.SqlTransaction;
import io.firstcome.payment.model.Payment;
import io.vertx.mysqlclient.MySQLException;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowIterator;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Balances, and the entries that they are the sums of. Each change is an entry with a name and one
 * conditional update, in the caller's transaction: it happens once, and a balance is never
 * negative.
 */
@Singleton
public class Wallets {

  private static final String CREDIT = "CREDIT";

  /** What a charge is declined for; slugs. */
  public static final String INSUFFICIENT_FUNDS = "insufficient-funds";

  /** As {@link #INSUFFICIENT_FUNDS}: the wallet's currency is another. */
  public static final String OTHER_CURRENCY = "other-currency";

  /**
   * A wallet as it is.
   *
   * @param replayed whether the request that it is the answer to had been made before
   */
  record Wallet(String userId, long balance, String currency, boolean replayed) {}

  /** Why a balance changed: by so many minor units, negative where they were taken. */
  record Entry(long id, String kind, String reference, long amount, Instant madeAt) {}

  /** The wallet of a user; null where there is none. */
  Wallet find(SqlTransaction tx, String userId) {
    RowIterator<Row> rows =
        tx.query("SELECT balance, currency FROM wallet WHERE user_id = ?", userId).iterator();
    if (!rows.hasNext()) {
      return null;
    }
    Row row = rows.next();
    return new Wallet(userId, row.getLong(0), row.getString(1), false);
  }

  /** Entries of a wallet, the newest first, from before one of them on. */
  List<Entry> entries(SqlTransaction tx, String userId, long before, int limit) {
    List<Entry> entries = new ArrayList<>();
    for (Row row :
        tx.query(
            "SELECT id, kind, reference, amount, made_at FROM wallet_entry"
                + " WHERE user_id = ? AND id < ? ORDER BY id DESC LIMIT ?",
            userId,
            before,
            limit)) {
      entries.add(
          new Entry(
              row.getLong(0),
              row.getString(1),
              row.getString(2),
              row.getLong(3),
              Micros.toInstant(row.getLocalDateTime(4))));
    }
    return entries;
  }

  /** Puts money into a wallet, which the first credit makes; once for each key. */
  Wallet credit(
      SqlTransaction tx, String userId, String key, long amount, String currency, String madeBy) {
    tx.query(
        "INSERT INTO wallet (user_id, currency, balance, created_at)"
            + " VALUES (?, ?, 0, UTC_TIMESTAMP(6)) ON DUPLICATE KEY UPDATE balance = balance",
        userId,
        currency);
    Wallet wallet = find(tx, userId);
    if (!wallet.currency().equals(currency)) {
      throw Problem.of(ProblemType.OTHER_CURRENCY)
          .with("currency", wallet.currency())
          .asException();
    }
    if (!enter(tx, userId, CREDIT, key, amount, madeBy)) {
      if (enteredAmount(tx, userId, key) != amount) {
        throw Problem.of(ProblemType.IDEMPOTENCY_MISMATCH).asException();
      }
      return new Wallet(userId, wallet.balance(), currency, true);
    }
    if (!add(tx, userId, currency, amount)) {
      throw Problem.malformed("amount", "the balance must not exceed " + Money.MAX_BALANCE)
          .asException();
    }
    return new Wallet(userId, wallet.balance() + amount, currency, false);
  }

  /**
   * Takes or gives back what a payment says.
   *
   * @return why not, or null where it is done
   */
  public String pay(SqlTransaction tx, Payment payment) {
    boolean isCharge = payment.kind() == CHARGE;
    long change = isCharge ? -payment.amount() : payment.amount();
    if (!add(tx, payment.userId(), payment.currency(), change)) {
      Wallet wallet = find(tx, payment.userId());
      return wallet == null || wallet.currency().equals(payment.currency())
          ? INSUFFICIENT_FUNDS
          : OTHER_CURRENCY;
    }
    String kind = (isCharge ? CHARGE : REFUND).name();
    if (!enter(tx, payment.userId(), kind, payment.id(), change, null)) {
      throw new IllegalStateException("Payment " + payment.id() + " was made before");
    }
    return null;
  }

  /** Changes a balance, within its bounds. */
  private static boolean add(SqlTransaction tx, String userId, String currency, long change) {
    return tx.query(
                "UPDATE wallet SET balance = balance + ? WHERE user_id = ? AND currency = ?"
                    + " AND balance + ? BETWEEN 0 AND ?",
                change,
                userId,
                currency,
                change,
                Money.MAX_BALANCE)
            .rowCount()
        == 1;
  }

  /** Adds an entry; says whether there was none of that name. */
  private static boolean enter(
      SqlTransaction tx, String userId, String kind, String reference, long amount, String by) {
    try {
      tx.query(
          "INSERT INTO wallet_entry (user_id, kind, reference, amount, made_by, made_at)"
              + " VALUES (?, ?, ?, ?, ?, UTC_TIMESTAMP(6))",
          userId,
          kind,
          reference,
          amount,
          by);
      return true;
    } catch (MySQLException e) {
      if (SqlErrors.isDuplicate(e)) {
        return false;
      }
      throw e;
    }
  }

  private static long enteredAmount(SqlTransaction tx, String userId, String key) {
    return tx.query(
            "SELECT amount FROM wallet_entry WHERE user_id = ? AND kind = ? AND reference = ?",
            userId,
            CREDIT,
            key)
        .iterator()
        .next()
        .getLong(0);
  }
}
