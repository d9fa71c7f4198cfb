package io.firstcome.http.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.security.runtime.QuarkusPrincipal;
import io.quarkus.security.runtime.QuarkusSecurityIdentity;
import java.time.Instant;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class TokenCacheTest {

  private static final int MAX = 10;
  private static final long IN_AN_HOUR = Instant.now().getEpochSecond() + 3_600;

  private final TokenCache known = new TokenCache(MAX);

  @Test
  void aVerifiedTokenIsKnown() {
    SecurityIdentity alice = identity("alice");
    known.put("a.b.c", alice, IN_AN_HOUR);

    assertThat(known.get("a.b.c")).isSameAs(alice);
    assertThat(known.get("a.b.d")).isNull();
    assertThat(known.get(null)).isNull();
  }

  @Test
  void anExpiredTokenIsNot() {
    known.put("a.b.c", identity("alice"), Instant.now().getEpochSecond());

    assertThat(known.get("a.b.c")).isNull();
  }

  @Test
  void noMoreAreKeptThanThereIsRoomFor() {
    IntStream.range(0, 10 * MAX).forEach(i -> known.put("t" + i, identity("u" + i), IN_AN_HOUR));

    // It is tidied up beside.
    Awaitility.await()
        .until(
            () ->
                IntStream.range(0, 10 * MAX).filter(i -> known.get("t" + i) != null).count()
                    <= MAX);
  }

  private static SecurityIdentity identity(String user) {
    return QuarkusSecurityIdentity.builder().setPrincipal(new QuarkusPrincipal(user)).build();
  }
}
