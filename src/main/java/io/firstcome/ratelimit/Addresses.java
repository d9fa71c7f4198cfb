package io.firstcome.ratelimit;

import io.netty.util.NetUtil;
import java.util.Arrays;

/** IP addresses as bytes, 4 or 16 of them; an IPv4 address in an IPv6 one (RFC 4291) as IPv4. */
final class Addresses {

  private static final int IPV4_BYTES = 4;
  private static final int MAPPED_AT = 12;

  /** Of an IPv6 address: a home or a phone has at least this many to itself. */
  private static final int NETWORK_BYTES = 8;

  private Addresses() {}

  /** The address, without a look-up of any name; null where it is none. */
  static byte[] parse(String text) {
    byte[] bytes = text == null ? null : NetUtil.createByteArrayFromIpAddressString(text);
    return bytes != null && isMapped(bytes)
        ? Arrays.copyOfRange(bytes, MAPPED_AT, bytes.length)
        : bytes;
  }

  /** What stands for all who are not told apart: an IPv4 address, the /64 of an IPv6 one. */
  static String group(byte[] address) {
    return address.length == IPV4_BYTES
        ? NetUtil.bytesToIpAddress(address)
        : NetUtil.bytesToIpAddress(
                Arrays.copyOf(Arrays.copyOf(address, NETWORK_BYTES), address.length))
            + "/64";
  }

  private static boolean isMapped(byte[] bytes) {
    if (bytes.length == IPV4_BYTES || bytes[10] != (byte) 0xff || bytes[11] != (byte) 0xff) {
      return false;
    }
    for (int i = 0; i < 10; i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return true;
  }
}
