package io.firstcome.coupon.code;

import static org.assertj.core.api.Assertions.assertThat;

import io.firstcome.coupon.model.Codes;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.LongStream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

/** What the codes of a coupon are. */
class CodeBookTest {

  private static final int MILLION = 1_000_000;

  private final byte[] key = new byte[32];

  CodeBookTest() {
    Arrays.fill(key, (byte) 7);
  }

  /** As docs/codes.md says, by the platform's own HMAC. */
  @Test
  void aCodeIsTheHmacOfTheCouponAndTheNumber() throws Exception {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    mac.update("summer\0".getBytes(StandardCharsets.US_ASCII));
    byte[] hmac = mac.doFinal(ByteBuffer.allocate(8).putLong(4711).array());

    assertThat(book("summer").code(4711)).isEqualTo(new CodeFormat("", 12).code(hmac));
  }

  @Test
  void aMillionCodesAreDifferentAndSoAreTheirFingerprints() {
    CodeBook book = book("summer");
    Set<String> codes = new HashSet<>();
    Set<String> fingerprints = new HashSet<>();

    LongStream.rangeClosed(1, MILLION)
        .forEach(
            number -> {
              String code = book.code(number);
              codes.add(code);
              fingerprints.add(book.fingerprint(code));
            });

    assertThat(codes).hasSize(MILLION);
    assertThat(fingerprints).hasSize(MILLION);
  }

  /** Each of the 60 bits is set in half of the codes: chi-square of one degree, 1 in 10^6. */
  @Test
  void noBitOfACodeIsLikelierThanAnother() {
    CodeBook book = book("summer");
    String alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    int codes = 20_000;
    int[] set = new int[60];
    for (int number = 1; number <= codes; number++) {
      String read = CodeFormat.read(book.code(number));
      for (int bit = 0; bit < set.length; bit++) {
        set[bit] += alphabet.indexOf(read.charAt(bit / 5)) >> (4 - bit % 5) & 1;
      }
    }
    for (int ones : set) {
      double chi = Math.pow(2.0 * ones - codes, 2) / codes;
      assertThat(chi).isLessThan(23.9);
    }
  }

  @Test
  void eachCouponHasCodesOfItsOwn() {
    assertThat(book("summer").code(1)).isNotEqualTo(book("winter").code(1));
    assertThat(book("summer").fingerprint("A"))
        .isEqualTo(book("winter").fingerprint("a"))
        .hasSize(22);
  }

  @Test
  void aMistypedCodeIsKnownWithoutTheKey() {
    CodeBook book = book("summer");

    assertThat(book.isMistyped(book.code(1).toLowerCase().replace("-", " "))).isFalse();
    assertThat(book.isMistyped(book.code(1).substring(1))).isTrue();
  }

  private CodeBook book(String couponId) {
    return new CodeBook(couponId, Codes.GENERATED, 1, new CodeFormat("", 12), key, null);
  }
}
