package io.firstcome.coupon.script;

/**
 * How new a state of a coupon is. Every change of the definition makes a new version, every load
 * from MySQL a new epoch. Within one version a coupon that has nothing to give has nothing to give
 * for as long as its window says so.
 */
public record Version(long epoch, long version) {

  public static final Version NONE = new Version(0, 0);

  public boolean isNewerThan(Version other) {
    return epoch != other.epoch ? epoch > other.epoch : version > other.version;
  }

  /** Reads {@code "epoch version"}, as the scripts publish it. */
  public static Version parse(String message) {
    int space = message.indexOf(' ');
    return new Version(
        Long.parseLong(message, 0, space, 10),
        Long.parseLong(message, space + 1, message.length(), 10));
  }
}
