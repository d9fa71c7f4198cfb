package io.firstcome.coupon.code;

import io.firstcome.coupon.model.Codes;
import io.firstcome.coupon.model.NewCoupon;
import io.firstcome.http.input.Digests;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Mac;

/**
 * The codes of one coupon, which follow from its key. A generated code is HMAC-SHA256(key, coupon,
 * 0, number), so each loss gives the same codes back, and who knows some of them learns nothing of
 * the others.
 *
 * <p>What seals codes and what hides them in MySQL are keys derived from this one: so none of them
 * can stand for another. No coupon's id has a slash, as their labels have.
 */
public final class CodeBook {

  private static final int FINGERPRINT_BYTES = 16;
  private static final String FINGERPRINT = "firstcome/code-fingerprint/1";
  private static final String SEAL = "firstcome/code-seal/1";

  private final String couponId;
  private final Codes kind;
  private final int shards;
  private final CodeFormat format;
  private final Mac derivation;
  private final Mac fingerprints;
  private final byte[] sealKey;
  private final String shared;

  /**
   * @param shards of the coupon
   * @param sharedCode sealed; null: there is none, or it is generated
   */
  CodeBook(
      String couponId, Codes kind, int shards, CodeFormat format, byte[] key, String sharedCode) {
    this.couponId = couponId;
    this.kind = kind;
    this.shards = shards;
    this.format = format;
    this.derivation = Digests.hmac(key);
    this.fingerprints = Digests.hmac(mac(derivation, ascii(FINGERPRINT)));
    this.sealKey = mac(derivation, ascii(SEAL));
    this.shared =
        kind != Codes.SHARED ? null : sharedCode == null ? generated(0) : open(sharedCode);
  }

  String couponId() {
    return couponId;
  }

  public Codes kind() {
    return kind;
  }

  /** How many shards the coupon has. */
  public int shards() {
    return shards;
  }

  /** Whether its codes are long enough for so many units. */
  public boolean suits(long quantity) {
    return kind != Codes.GENERATED
        || quantity <= NewCoupon.MANY_CODES
        || format.symbols() >= NewCoupon.MIN_SYMBOLS_OF_MANY;
  }

  /**
   * The code of a unit, unless it is one of a pool.
   *
   * @param number as users are told it, from 1
   */
  String code(long number) {
    return kind == Codes.SHARED ? shared : generated(number);
  }

  private String generated(long number) {
    byte[] id = ascii(couponId);
    ByteBuffer message = ByteBuffer.allocate(id.length + 1 + Long.BYTES);
    message.put(id).put((byte) 0).putLong(number);
    return format.code(mac(derivation, message.array()));
  }

  /** What a code is compared by: as it was meant; one of a pool as it is. */
  private String read(String code) {
    return kind == Codes.POOL ? code : CodeFormat.read(code);
  }

  /** Whether this is the code of all units. In the same time for each of its length. */
  public boolean isShared(String code) {
    return shared != null
        && MessageDigest.isEqual(
            CodeFormat.read(shared).getBytes(StandardCharsets.UTF_8),
            CodeFormat.read(code).getBytes(StandardCharsets.UTF_8));
  }

  /** Whether it is mistyped and no guess: everybody can tell that it is no code of this coupon. */
  public boolean isMistyped(String code) {
    return kind == Codes.GENERATED && !format.fits(CodeFormat.read(code));
  }

  /** What stands for a code in MySQL: 22 characters. */
  public String fingerprint(String code) {
    byte[] mac = mac(fingerprints, read(code).getBytes(StandardCharsets.UTF_8));
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(Arrays.copyOf(mac, FINGERPRINT_BYTES));
  }

  /** A code as MySQL keeps it. */
  String seal(String code) {
    return Sealing.seal(sealKey, couponId, code.getBytes(StandardCharsets.UTF_8));
  }

  /** The code that was sealed. */
  String open(String sealed) {
    return new String(Sealing.open(sealKey, couponId, sealed), StandardCharsets.UTF_8);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** A message's HMAC; by a clone, as books are shared by threads. */
  private static byte[] mac(Mac keyed, byte[] message) {
    try {
      return ((Mac) keyed.clone()).doFinal(message);
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException(
          "The platform's " + keyed.getAlgorithm() + " can be cloned", e);
    }
  }
}
