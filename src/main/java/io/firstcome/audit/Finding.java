package io.firstcome.audit;

import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * Something that is not as it must be.
 *
 * @param what a stable name of the kind of it
 * @param where the user, item, reservation or numbers; null: the coupon, sale or event as a whole
 * @param detail the figures
 * @param repair what to do about it
 * @param repairable whether a repair does something about this kind
 */
@Schema(name = "AuditFinding")
public record Finding(
    @Schema(examples = "missing-in-mysql") String what,
    @Schema(examples = "alice") String where,
    @Schema(examples = "Redis has 42:1795217746123456") String detail,
    @Schema(examples = "Repair appends it to the ledger again") String repair,
    @Schema(examples = "true") boolean repairable) {

  Finding in(String part) {
    return new Finding(
        what, where == null ? part : part + ": " + where, detail, repair, repairable);
  }

  static Finding of(FindingType kind, String where, String detail) {
    return new Finding(kind.slug(), where, detail, kind.repair(), kind.repairable());
  }
}
