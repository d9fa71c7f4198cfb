package io.firstcome.ratelimit;

/**
 * A range of addresses, {@code 10.0.0.0/8}, or a single one.
 *
 * @param bits how many of the first are those of every address in it
 */
record Network(byte[] address, int bits) {

  /**
   * @throws IllegalArgumentException where it is none
   */
  static Network of(String text) {
    int slash = text.indexOf('/');
    byte[] address = Addresses.parse(slash < 0 ? text : text.substring(0, slash));
    if (address == null) {
      throw new IllegalArgumentException(
          "'" + text + "' is neither an IP address nor a range of IP addresses");
    }
    int most = address.length * Byte.SIZE;
    int bits = slash < 0 ? most : bits(text.substring(slash + 1));
    if (bits < 0 || bits > most) {
      throw new IllegalArgumentException(
          "'" + text + "' needs a prefix length of 0 to " + most + " after its slash");
    }
    return new Network(address, bits);
  }

  private static int bits(String text) {
    return text.matches("[0-9]{1,3}") ? Integer.parseInt(text) : -1;
  }

  boolean contains(byte[] other) {
    if (other.length != address.length) {
      return false;
    }
    int whole = bits / Byte.SIZE;
    for (int i = 0; i < whole; i++) {
      if (other[i] != address[i]) {
        return false;
      }
    }
    int rest = bits % Byte.SIZE;
    return rest == 0 || ((other[whole] ^ address[whole]) & 0xff) >> (Byte.SIZE - rest) == 0;
  }
}
