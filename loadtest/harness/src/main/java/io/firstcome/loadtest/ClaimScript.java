package io.firstcome.loadtest;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The script call of a claim as the service itself sends it, for any users of a coupon. */
final class ClaimScript {
  private static final Pattern WORD = Pattern.compile("\"((?:[^\"\\\\]++|\\\\.)*+)\"");
  private static final String FIRST = "first-of-all";
  private static final String PROBE = "probe-of-the-script";

  private final List<String> words;

  private ClaimScript(List<String> words) {
    this.words = words;
  }

  /** Claims one unit and listens to what Redis is told. */
  static ClaimScript of(ServiceTarget service, String couponId) {
    // The first claim of a coupon goes another way, whose script asks which server it is.
    service.claim(couponId, FIRST);
    try (Resp monitor = new Resp(service.redis().port())) {
      monitor.call("MONITOR");
      service.claim(couponId, PROBE);
      while (true) {
        List<String> words = new ArrayList<>();
        Matcher word = WORD.matcher(monitor.next());
        while (word.find()) {
          words.add(word.group(1));
        }
        if (words.size() > 2
            && words.get(0).equalsIgnoreCase("EVALSHA")
            && words.get(words.size() - 1).equals(PROBE)) {
          return new ClaimScript(List.copyOf(words.subList(0, words.size() - 1)));
        }
      }
    }
  }

  /** One call for all of these. */
  byte[] callFor(List<String> users) {
    List<String> all = new ArrayList<>(words);
    all.addAll(users);
    return Resp.encoded(all.toArray(new String[0]));
  }
}
