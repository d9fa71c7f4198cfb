package io.firstcome.pass;

import java.util.Locale;

/** Why a pass does not let somebody in. */
public enum PassRefusal {
  /** There is none. */
  MISSING,
  /** It was not signed here, or is something else. */
  INVALID,
  EXPIRED,
  /** It is somebody else's. */
  OTHER_USER,
  /** It is of another queue. */
  OTHER_QUEUE,
  /** It is of this queue, and for other coupons or sales. */
  NOT_OPENED;

  /** In problems and metrics. */
  public String slug() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
