import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Verifies the draw of a lottery, see docs/lottery.md. Needs a JDK 17 and nothing else:
 *
 * <pre>
 * java VerifyDraw.java https://shop.example/api/v1/coupons/summer-2026/draw
 * java VerifyDraw.java page1.json page2.json --commitment HEX --root HEX --receipt entry.json
 * </pre>
 *
 * <p>{@code --commitment}: as it was published when the lottery was created. {@code --root}: as it
 * was published before the public value. {@code --receipt}: what the answer to an entry was; may be
 * given several times. Without the first two, whoever publishes the draw could have made all of it
 * up after the fact.
 *
 * <p>Exits with 0 where the draw is right, 1 where it is not, and 2 where that cannot be said.
 */
public class VerifyDraw {

  private static final HexFormat HEX = HexFormat.of();

  /** The draw is not what it should be. */
  static class Forged extends Exception {
    Forged(String message) {
      super(message);
    }
  }

  record Entry(long number, String entry, int tickets, Long place) {}

  record Ranked(byte[] rank, Entry entry) {}

  public static void main(String[] args) {
    try {
      List<String> sources = new ArrayList<>();
      List<String> receipts = new ArrayList<>();
      String commitment = null;
      String root = null;
      for (int i = 0; i < args.length; i++) {
        switch (args[i]) {
          case "--commitment" -> commitment = args[++i];
          case "--root" -> root = args[++i];
          case "--receipt" -> receipts.add(Files.readString(Path.of(args[++i])));
          default -> sources.add(args[i]);
        }
      }
      if (sources.isEmpty()) {
        throw new IllegalArgumentException("name the draw: its URL, or files with its pages");
      }
      List<Map<String, Object>> pages = new ArrayList<>();
      if (sources.get(0).startsWith("http")) {
        fetch(sources.get(0), pages);
      } else {
        for (String file : sources) {
          pages.add(new Json(Files.readString(Path.of(file))).object());
        }
      }
      System.out.println("YES: " + verify(pages, commitment, root, receipts));
      Map<String, Object> draw = pages.get(0);
      if (draw.get("publicName") != null) {
        System.out.println(
            "Look up whether the public value \""
                + draw.get("publicName")
                + "\" is "
                + (draw.get("publicValue") == null
                    ? "missing since " + draw.get("frozenAt")
                    : "\"" + draw.get("publicValue") + "\""));
      }
      if (commitment == null || root == null) {
        System.out.println(
            "Compare 'commitment' with what was published when the lottery was created, and 'root'"
                + " with what was published before the public value (--commitment, --root).");
      }
    } catch (Forged e) {
      System.out.println("NO: " + e.getMessage());
      System.exit(1);
    } catch (Exception e) {
      System.out.println("CANNOT SAY: " + e);
      System.exit(2);
    }
  }

  private static void fetch(String url, List<Map<String, Object>> pages)
      throws IOException, InterruptedException {
    HttpClient client = HttpClient.newHttpClient();
    Object after = 0;
    do {
      URI page = URI.create(url + "?limit=5000&after=" + after);
      HttpResponse<String> response =
          client.send(
              HttpRequest.newBuilder(page).header("Accept", "application/json").build(),
              HttpResponse.BodyHandlers.ofString());
      if (response.statusCode() != 200) {
        throw new IOException(page + " answered " + response.statusCode());
      }
      pages.add(new Json(response.body()).object());
      after = pages.get(pages.size() - 1).get("next");
    } while (after != null);
  }

  static String verify(
      List<Map<String, Object>> pages, String commitment, String root, List<String> receipts)
      throws Forged, GeneralSecurityException {
    Map<String, Object> draw = pages.get(0);
    for (Map<String, Object> page : pages) {
      for (String same : List.of("couponId", "number", "state", "commitment", "root", "entries")) {
        check(
            String.valueOf(draw.get(same)).equals(String.valueOf(page.get(same))),
            "the pages differ in '" + same + "'");
      }
    }
    String state = text(draw, "state");
    if (!state.equals("DRAWN")) {
      throw new IllegalArgumentException(
          "the draw is " + state + ", so there is nothing to verify");
    }
    String coupon = text(draw, "couponId");
    String secret = text(draw, "secret");
    Object publicValue = draw.get("publicValue");

    check(
        commitment == null || commitment.equals(text(draw, "commitment")),
        "the commitment is not the one that was published");
    check(
        root == null || root.equals(text(draw, "root")),
        "the root is not the one that was published");
    check(
        sha256(secret).equals(text(draw, "commitment")),
        "the secret is not the one that was committed to");
    check(
        publicValue != null
            || draw.get("publicName") == null
            || "SECRET_ONLY".equals(draw.get("fallback")),
        "the public value is missing");
    String seed = sha256(secret + (publicValue == null ? "" : publicValue));
    check(seed.equals(text(draw, "seed")), "the seed is not that of secret and public value");

    List<Entry> entries = new ArrayList<>();
    for (Map<String, Object> page : pages) {
      for (Object one : (List<?>) page.get("page")) {
        Map<?, ?> entry = (Map<?, ?>) one;
        entries.add(
            new Entry(
                (Long) entry.get("number"),
                (String) entry.get("entry"),
                Math.toIntExact((Long) entry.get("tickets")),
                (Long) entry.get("place")));
      }
    }
    check(entries.size() == number(draw, "entries"), "the list has not as many entries as it says");
    MessageDigest hash = MessageDigest.getInstance("SHA-256");
    Deque<byte[]> subtrees = new ArrayDeque<>();
    long before = 0;
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < entries.size(); i++) {
      Entry entry = entries.get(i);
      check(entry.number() > before, "the entries are not in order");
      check(seen.add(entry.entry()), "an entry is in the list twice");
      check(entry.tickets() >= 1 && entry.tickets() <= 100, "an entry has no tickets, or too many");
      before = entry.number();
      hash.update((byte) 0);
      byte[] node =
          hash.digest(utf8(entry.number() + "\n" + entry.entry() + "\n" + entry.tickets()));
      for (int bit = i; (bit & 1) == 1; bit >>= 1) {
        node = node(hash, subtrees.pop(), node);
      }
      subtrees.push(node);
    }
    byte[] top = subtrees.isEmpty() ? hash.digest() : subtrees.pop();
    while (!subtrees.isEmpty()) {
      top = node(hash, subtrees.pop(), top);
    }
    check(HEX.formatHex(top).equals(text(draw, "root")), "the root is not that of the entries");

    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(HEX.parseHex(seed), "HmacSHA256"));
    List<Ranked> ranked = new ArrayList<>();
    for (Entry entry : entries) {
      byte[] least = null;
      for (int ticket = 1; ticket <= entry.tickets(); ticket++) {
        byte[] rank =
            mac.doFinal(
                utf8("firstcome/lottery/1\n" + coupon + "\n" + entry.entry() + "\n" + ticket));
        least = least == null || Arrays.compareUnsigned(rank, least) < 0 ? rank : least;
      }
      ranked.add(new Ranked(least, entry));
    }
    ranked.sort((a, b) -> Arrays.compareUnsigned(a.rank(), b.rank()));
    long winners = Math.min(number(draw, "quantity"), entries.size());
    check(winners == number(draw, "winners"), "there are not as many winners as there should be");
    for (int i = 0; i < ranked.size(); i++) {
      Long place = ranked.get(i).entry().place();
      check(
          i < winners ? place != null && place == i + 1 : place == null,
          "entry "
              + ranked.get(i).entry().number()
              + " should "
              + (i < winners ? "have place " + (i + 1) : "not have won"));
    }
    String cutOff = winners == 0 ? null : HEX.formatHex(ranked.get((int) winners - 1).rank());
    check(
        String.valueOf(cutOff).equals(String.valueOf(draw.get("cutOff"))),
        "the cut-off is not the rank of the last winner");

    for (String json : receipts) {
      receipt(new Json(json).object(), coupon, entries);
    }
    return "%s has %d winners among %d entries, as its seed draws them%s"
        .formatted(
            coupon,
            winners,
            entries.size(),
            receipts.isEmpty() ? "" : "; receipts found: " + receipts.size());
  }

  private static void receipt(Map<String, Object> receipt, String coupon, List<Entry> entries)
      throws Forged {
    String user = text(receipt, "userId");
    String entry =
        sha256(String.join("\n", "firstcome/lottery/entry/1", coupon, user, text(receipt, "salt")));
    check(
        entry.equals(text(receipt, "entry")), "the receipt of " + user + " is not right in itself");
    for (Entry listed : entries) {
      if (listed.entry().equals(entry)) {
        check(
            listed.number() == number(receipt, "number")
                && listed.tickets() == number(receipt, "tickets"),
            "the list has another number or other tickets than the receipt of " + user);
        return;
      }
    }
    throw new Forged("the entry of " + user + " is not in the list");
  }

  private static void check(boolean holds, String otherwise) throws Forged {
    if (!holds) {
      throw new Forged(otherwise);
    }
  }

  private static byte[] node(MessageDigest hash, byte[] left, byte[] right) {
    hash.update((byte) 1);
    hash.update(left);
    return hash.digest(right);
  }

  private static String sha256(String text) {
    try {
      return HEX.formatHex(MessageDigest.getInstance("SHA-256").digest(utf8(text)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(Map<String, Object> object, String member) {
    if (object.get(member) instanceof String text) {
      return text;
    }
    throw new IllegalArgumentException("'" + member + "' is missing");
  }

  private static long number(Map<String, Object> object, String member) {
    if (object.get(member) instanceof Long number) {
      return number;
    }
    throw new IllegalArgumentException("'" + member + "' is missing");
  }

  /** JSON (RFC 8259) with whole numbers. */
  static final class Json {

    private final String text;
    private int at;

    Json(String text) {
      this.text = text;
    }

    @SuppressWarnings("unchecked")
    Map<String, Object> object() {
      Object value = value();
      skip();
      if (at < text.length() || !(value instanceof Map)) {
        throw new IllegalArgumentException("no JSON object");
      }
      return (Map<String, Object>) value;
    }

    private Object value() {
      skip();
      char next = text.charAt(at);
      switch (next) {
        case '{' -> {
          Map<String, Object> object = new LinkedHashMap<>();
          at++;
          while (!ends('}', object.isEmpty())) {
            skip();
            String name = string();
            skip();
            expect(':');
            if (object.put(name, value()) != null) {
              throw new IllegalArgumentException("'" + name + "' is there twice");
            }
          }
          return object;
        }
        case '[' -> {
          List<Object> list = new ArrayList<>();
          at++;
          while (!ends(']', list.isEmpty())) {
            list.add(value());
          }
          return list;
        }
        case '"' -> {
          return string();
        }
        default -> {
          int from = at;
          while (at < text.length() && ",]} \t\r\n".indexOf(text.charAt(at)) < 0) {
            at++;
          }
          String word = text.substring(from, at);
          return switch (word) {
            case "null" -> null;
            case "true" -> true;
            case "false" -> false;
            default -> Long.valueOf(word);
          };
        }
      }
    }

    private boolean ends(char end, boolean isFirst) {
      skip();
      if (text.charAt(at) == end) {
        at++;
        return true;
      }
      if (!isFirst) {
        expect(',');
      }
      return false;
    }

    private String string() {
      expect('"');
      StringBuilder string = new StringBuilder();
      while (text.charAt(at) != '"') {
        char next = text.charAt(at++);
        if (next == '\\') {
          next = text.charAt(at++);
          if (next == 'u') {
            next = (char) Integer.parseInt(text.substring(at, at + 4), 16);
            at += 4;
          } else {
            int escape = "bfnrt".indexOf(next);
            next = escape < 0 ? next : "\b\f\n\r\t".charAt(escape);
          }
        }
        string.append(next);
      }
      at++;
      return string.toString();
    }

    private void expect(char next) {
      if (text.charAt(at++) != next) {
        throw new IllegalArgumentException("no JSON at " + (at - 1));
      }
    }

    private void skip() {
      while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
        at++;
      }
    }
  }
}
