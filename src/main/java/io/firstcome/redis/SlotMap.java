package io.firstcome.redis;

import io.vertx.redis.client.Response;
import java.net.URI;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Which primary of a cluster has which slot, as one of its nodes told. Never changed: there is a
 * new one.
 *
 * @see <a href="https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/">Cluster
 *     specification</a>
 */
final class SlotMap {

  static final int SLOTS = 16_384;

  private static final int POLYNOMIAL = 0x1021;
  private static final int[] CRC16 = crc16();

  private final String[] primaries;
  private final Set<String> nodes;

  private SlotMap(String[] primaries, Set<String> nodes) {
    this.primaries = primaries;
    this.nodes = nodes;
  }

  /**
   * Reads the reply of {@code CLUSTER SLOTS}.
   *
   * @param asked the node that told, whose scheme and user the others have too
   */
  static SlotMap of(String asked, Response reply) {
    String[] primaries = new String[SLOTS];
    Set<String> nodes = new LinkedHashSet<>();
    for (Response range : reply) {
      Response first = range.get(2);
      String host = first.get(0) == null ? "" : first.get(0).toString();
      String primary = beside(asked, host, first.get(1).toInteger());
      nodes.add(primary);
      for (int slot = range.get(0).toInteger(); slot <= range.get(1).toInteger(); slot++) {
        primaries[slot] = primary;
      }
    }
    return new SlotMap(primaries, nodes);
  }

  /** The primary that has this slot, or null. */
  String primary(int slot) {
    return primaries[slot];
  }

  /** Those that have a slot. */
  Set<String> primaries() {
    return nodes;
  }

  /** The same, but this slot is there. */
  SlotMap with(int slot, String primary) {
    String[] changed = primaries.clone();
    changed[slot] = primary;
    Set<String> all = new LinkedHashSet<>(nodes);
    all.add(primary);
    return new SlotMap(changed, all);
  }

  /** Another node of the same cluster, reached as this one is. An empty host is the same host. */
  static String beside(String node, String host, int port) {
    URI uri = URI.create(node);
    String user = uri.getRawUserInfo() == null ? "" : uri.getRawUserInfo() + "@";
    String name = host.isEmpty() ? uri.getHost() : host;
    String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
    return uri.getScheme()
        + "://"
        + user
        + (name.contains(":") && !name.startsWith("[") ? "[" + name + "]" : name)
        + ":"
        + port
        + query;
  }

  /** Of what stands in the first pair of braces, where something does. */
  static int slotOf(byte[] key) {
    int from = 0;
    int to = key.length;
    int open = indexOf(key, '{', 0);
    if (open >= 0) {
      int close = indexOf(key, '}', open + 1);
      if (close > open + 1) {
        from = open + 1;
        to = close;
      }
    }
    int crc = 0;
    for (int i = from; i < to; i++) {
      crc = ((crc << 8) ^ CRC16[((crc >>> 8) ^ key[i]) & 0xff]) & 0xffff;
    }
    return crc % SLOTS;
  }

  private static int indexOf(byte[] key, char wanted, int from) {
    for (int i = from; i < key.length; i++) {
      if (key[i] == wanted) {
        return i;
      }
    }
    return -1;
  }

  private static int[] crc16() {
    int[] table = new int[256];
    for (int i = 0; i < table.length; i++) {
      int crc = i << 8;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 0x8000) == 0 ? crc << 1 : (crc << 1) ^ POLYNOMIAL;
      }
      table[i] = crc & 0xffff;
    }
    return table;
  }
}
