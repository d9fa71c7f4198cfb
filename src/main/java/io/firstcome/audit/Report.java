package io.firstcome.audit;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * What an audit of a coupon, a sale or an event came to.
 *
 * @param ledger the coupon's id, or {@code sale:} and the sale's
 * @param at when it ended, by the clock of the replica
 * @param compared whether Redis and MySQL could be compared; where not, {@code note} says why
 * @param checked claims or reservations that were looked at
 * @param counts how many findings there are, by what they are; empty where all is as it must be
 * @param findings some of them
 */
@Schema(name = "AuditReport")
public record Report(
    @Schema(examples = "coupon-2025") String ledger,
    Instant at,
    @Schema(examples = "12") long millis,
    @Schema(examples = "true") boolean compared,
    String note,
    @Schema(examples = "1000") long checked,
    Map<String, Long> counts,
    List<Finding> findings) {

  /** Whether nothing was found. */
  boolean clean() {
    return counts.isEmpty();
  }
}
