package io.firstcome.coupon.lottery;

import io.firstcome.http.input.Digests;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.Mac;

/**
 * How entries, their list and the order of a draw are computed; docs/lottery.md says it for those
 * who verify, and {@code VerifyDraw} does it again without this class. Texts are UTF-8, and parts
 * of a text have line feeds between them, which no part has in it.
 *
 * <ul>
 *   <li>{@code salt = first 16 bytes of HMAC-SHA256(salt key, user)}, so that the same user gets
 *       the same receipt again after any loss.
 *   <li>{@code entry = SHA-256("firstcome/lottery/entry/1", coupon, user, salt)}.
 *   <li>{@code leaf = SHA-256(0x00, number of its first ticket, entry, tickets)}.
 *   <li>{@code seed = SHA-256(secret followed by the public value)}, the secret as it is written.
 *   <li>{@code rank = HMAC-SHA256(seed, "firstcome/lottery/1", coupon, entry, number of the ticket
 *       from 1)}, the least of an entry's tickets. The least ranks win, so that every ticket has
 *       the same chance, exactly, and no number is reduced to a range.
 * </ul>
 */
public final class DrawRules {

  static final String ENTRY = "firstcome/lottery/entry/1";
  static final String RANK = "firstcome/lottery/1";

  private static final int SALT_BYTES = 16;
  private static final HexFormat HEX = HexFormat.of();

  private DrawRules() {}

  /**
   * The salt of a user's entry.
   *
   * @param saltKey 64 hexadecimal digits
   * @return 32 hexadecimal digits
   */
  public static String salt(String saltKey, String userId) {
    byte[] hash = Digests.hmac(HEX.parseHex(saltKey)).doFinal(bytes(userId));
    return HEX.formatHex(hash, 0, SALT_BYTES);
  }

  /** What the list has of a user's entry, 64 hexadecimal digits. */
  public static String entry(String couponId, String userId, String salt) {
    return Digests.of(String.join("\n", ENTRY, couponId, userId, salt));
  }

  /** The text that the leaf of an entry is the hash of. */
  static byte[] leaf(long number, String entry, int tickets) {
    return bytes(number + "\n" + entry + "\n" + tickets);
  }

  /**
   * The seed of a draw, 64 hexadecimal digits.
   *
   * @param publicValue null: none
   */
  static String seed(String secret, String publicValue) {
    return Digests.of(secret + (publicValue == null ? "" : publicValue));
  }

  /** The ranks of a draw; not for several threads at once. */
  static final class Ranks {

    private final Mac mac;
    private final String head;

    Ranks(String seed, String couponId) {
      this.mac = Digests.hmac(HEX.parseHex(seed));
      this.head = RANK + "\n" + couponId + "\n";
    }

    /** The least rank of an entry's tickets, 32 bytes. */
    byte[] of(String entry, int tickets) {
      byte[] least = null;
      for (int ticket = 1; ticket <= tickets; ticket++) {
        byte[] rank = mac.doFinal(bytes(head + entry + "\n" + ticket));
        if (least == null || Arrays.compareUnsigned(rank, least) < 0) {
          least = rank;
        }
      }
      return least;
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
