package io.firstcome.payment.charge;

import io.firstcome.erasure.Erasable;
import io.firstcome.erasure.Pseudonym;
import io.firstcome.mysql.SqlTransactions;
import jakarta.inject.Singleton;
import java.util.List;

/**
 * Erases a user from payments and wallets. Amounts stay, as the books must sum up; whose they were
 * nobody can tell. Who is to have their balance gets it before.
 */
@Singleton
class PaymentErasure implements Erasable {

  private static final List<String> COLUMNS =
      List.of("wallet_entry.user_id", "wallet.user_id", "payment.caller", "payment.user_id");

  private final SqlTransactions mysql;

  PaymentErasure(SqlTransactions mysql) {
    this.mysql = mysql;
  }

  @Override
  public String plural() {
    return "payments";
  }

  @Override
  public int erase(String userId) {
    String pseudonym = Pseudonym.next();
    return mysql.run(
        tx -> {
          int payments = tx.query("SELECT id FROM payment WHERE user_id = ?", userId).size();
          for (String column : COLUMNS) {
            String[] name = column.split("\\.");
            tx.query(
                "UPDATE " + name[0] + " SET " + name[1] + " = ? WHERE " + name[1] + " = ?",
                pseudonym,
                userId);
          }
          return payments;
        });
  }
}
