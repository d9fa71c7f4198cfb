package io.firstcome.coupon.code;

import io.firstcome.mysql.SqlUnavailableException;

/**
 * The codes of a coupon cannot be read here. To the drain it is as if MySQL were away: the entry is
 * not at fault, and is applied once an operator has set the key.
 */
final class KeyMissingException extends SqlUnavailableException {

  private static final long serialVersionUID = 1L;

  KeyMissingException(String couponId, String keyId) {
    super(
        "Key %s, which seals the codes of coupon %s, is not in %s"
            .formatted(keyId, couponId, DeploymentKeys.SETTING),
        null);
  }
}
