package io.firstcome.coupon.code;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.firstcome.http.input.Digests;
import io.quarkus.runtime.configuration.ConfigurationException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The keys that seal the keys of coupons. */
class DeploymentKeysTest {

  private static final String OLD = key(1);
  private static final String NEW = key(2);

  private final byte[] secret = Digests.random(32);

  @Test
  void whatTheSecondKeySealsIsOpenedAndTheFirstSeals() {
    DeploymentKeys before = new DeploymentKeys(List.of(OLD));
    DeploymentKeys after = new DeploymentKeys(List.of(NEW, OLD));
    String sealed = before.seal("c", secret);

    assertThat(after.open("c", before.current(), sealed)).isEqualTo(secret);
    assertThat(after.current()).isNotEqualTo(before.current());
    assertThatThrownBy(() -> before.open("c", after.current(), after.seal("c", secret)))
        .isInstanceOf(KeyMissingException.class)
        .hasMessageContaining(after.current())
        .hasMessageNotContaining(NEW);
  }

  @Test
  void whatIsSealedIsNeitherChangedNorMovedNorReadable() {
    DeploymentKeys keys = new DeploymentKeys(List.of(OLD));
    String sealed = keys.seal("c", secret);
    byte[] bytes = Base64.getDecoder().decode(sealed);
    bytes[bytes.length - 1] ^= 1;
    String changed = Base64.getEncoder().encodeToString(bytes);

    assertThat(keys.seal("c", secret)).isNotEqualTo(sealed);
    assertThat(sealed).doesNotContain(Base64.getEncoder().encodeToString(secret).substring(0, 40));
    assertThatThrownBy(() -> keys.open("c", keys.current(), changed))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> keys.open("d", keys.current(), sealed))
        .isInstanceOf(IllegalStateException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"short", "AAAA", "not base64 at all, and far too long to be any key !!"})
  void aKeyThatIsNoneIsRefusedByItsSettingAndNotShown(String key) {
    assertThatThrownBy(() -> new DeploymentKeys(List.of(key)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("firstcome.codes.keys")
        .hasMessageNotContaining(key);
  }

  @Test
  void atMostTwoKeysAreAcceptedAndNoneTwice() {
    assertThatThrownBy(() -> new DeploymentKeys(List.of(OLD, NEW, key(3))))
        .hasMessageContaining("at most 2");
    assertThatThrownBy(() -> new DeploymentKeys(List.of(OLD, OLD))).hasMessageContaining("twice");
    assertThat(new DeploymentKeys(List.of()).areSet()).isFalse();
  }

  private static String key(int fill) {
    byte[] key = new byte[32];
    Arrays.fill(key, (byte) fill);
    return Base64.getEncoder().encodeToString(key);
  }
}
