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

  private static final List<String> UPDATES =
      List.of(
          "UPDATE wallet_entry SET user_id = ? WHERE user_id = ?",
          "UPDATE wallet SET user_id = ? WHERE user_id = ?",
          "UPDATE payment SET caller = ? WHERE caller = ?",
          "UPDATE payment SET user_id = ? WHERE user_id = ?");

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
          UPDATES.forEach(update -> tx.query(update, pseudonym, userId));
          return payments;
        });
  }
}
