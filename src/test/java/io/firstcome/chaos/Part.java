package io.firstcome.chaos;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.zip.CRC32;

/**
 * A shard of a campaign, which is judged as a coupon. By rules of its own, not the service's: which
 * one a user meets, and what its numbers are.
 */
record Part(String campaign, int index, int of) {

  static List<Part> all(String campaign, int of) {
    return IntStream.range(0, of).mapToObj(index -> new Part(campaign, index, of)).toList();
  }

  static Part ofUser(String campaign, int of, String user) {
    CRC32 crc = new CRC32();
    crc.update(user.getBytes(StandardCharsets.US_ASCII));
    return new Part(campaign, (int) (crc.getValue() % of), of);
  }

  /** What is asked for in the API. */
  static String asked(String target) {
    return target.replaceFirst("~.*", "");
  }

  String id() {
    return String.format(Locale.ROOT, "%s~%02dof%02d", campaign, index, of);
  }

  /** The shard's number of the campaign's; as it is where it is none of this shard. */
  static long own(String target, long number) {
    int of = target.indexOf("of", target.lastIndexOf('~') + 1);
    if (target.indexOf('~') < 0) {
      return number;
    }
    int index = Integer.parseInt(target.substring(target.lastIndexOf('~') + 1, of));
    int shards = Integer.parseInt(target.substring(of + 2));
    return (number - 1) % shards == index ? (number - 1) / shards + 1 : -number;
  }
}
