package io.firstcome.coupon.code;

import io.firstcome.coupon.model.Codes;
import io.firstcome.coupon.model.Shard;
import io.firstcome.mysql.RowInsert;
import io.firstcome.mysql.SqlTransaction;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jboss.logging.Logger;

/**
 * Which unit has which code, in MySQL, for who redeems by a code. The rows of generated codes come
 * with those of the claims, in the same transaction; a unique index is the last guard against two
 * units with one code.
 */
public final class CodeRows {

  private static final Logger LOG = Logger.getLogger(CodeRows.class);

  private final CodeBooks books;
  private final RowInsert rows;

  public CodeRows(CodeBooks books, int rowsPerInsert) {
    this.books = books;
    this.rows =
        RowInsert.into(
                "coupon_code", rowsPerInsert, "coupon_id", "sequence", "fingerprint", "sealed")
            .unique("coupon_id", "sequence")
            .unique("coupon_id", "fingerprint");
  }

  /**
   * Adds the rows of units that were issued; those that are there stay.
   *
   * @param couponId of a coupon that has codes, or of a shard of one
   * @param sequences as the ledger has them
   */
  public void issued(SqlTransaction tx, String couponId, List<Long> sequences) {
    Shard shard = Shard.of(couponId);
    String campaign = shard == null ? couponId : shard.campaign();
    CodeBook book = books.of(tx, campaign);
    if (book == null || book.kind() != Codes.GENERATED) {
      return;
    }
    List<List<Object>> values = new ArrayList<>();
    for (long sequence : sequences) {
      long number = shard == null ? sequence : shard.told(sequence);
      values.add(Arrays.asList(campaign, number, book.fingerprint(book.code(number)), null));
    }
    List<RowInsert.Outcome> outcomes = rows.insert(tx, values);
    for (int i = 0; i < outcomes.size(); i++) {
      if (outcomes.get(i).refused()) {
        LOG.errorf(
            "Unit %d of coupon %s has the code of another unit: redeem it by its user",
            values.get(i).get(1), campaign);
      }
    }
  }
}
