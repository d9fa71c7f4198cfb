package io.firstcome.coupon.model;

import jakarta.persistence.Column;
import jakarta.persistence.Embeddable;

/**
 * How the codes of a coupon are made, as its row in MySQL has it; all of it is null where the
 * coupon has none.
 *
 * @param prefix what each generated code begins with, may be empty
 * @param symbols random symbols of a generated code, of 5 bits each
 * @param keyId the key of the deployment that seals the coupon's key
 * @param sealedKey the coupon's key, sealed
 * @param sharedCode the code of all units, sealed by the coupon's key; null: a generated one, or
 *     each has its own
 */
@Embeddable
public record CodeScheme(
    @Column(name = "code_prefix", updatable = false) String prefix,
    @Column(name = "code_symbols", updatable = false) Integer symbols,
    @Column(name = "code_key_id", updatable = false) String keyId,
    @Column(name = "code_key", updatable = false) String sealedKey,
    @Column(name = "code_shared", updatable = false) String sharedCode) {

  /** The columns of {@code coupon}. */
  public static final String COLUMNS =
      "code_prefix, code_symbols, code_key_id, code_key, code_shared";
}
