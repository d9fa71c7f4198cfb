package io.firstcome.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RateLimitsTest {
  private static final int A_DAY = 5;

  private final List<String> passed = new ArrayList<>();
  private final List<Problem> refused = new ArrayList<>();

  private final UserLimitConfig users =
      new SmallRyeConfigBuilder()
          .withMapping(UserLimitConfig.class)
          .withDefaultValue("firstcome.limit.user.replica-daily", String.valueOf(A_DAY))
          .build()
          .getConfigMapping(UserLimitConfig.class);

  private final AddressLimitConfig addresses =
      new SmallRyeConfigBuilder()
          .withMapping(AddressLimitConfig.class)
          .build()
          .getConfigMapping(AddressLimitConfig.class);

  private final VisitorLimitConfig visitors =
      new SmallRyeConfigBuilder()
          .withMapping(VisitorLimitConfig.class)
          .build()
          .getConfigMapping(VisitorLimitConfig.class);

  private final RateLimits limits =
      new RateLimits(
          null, () -> 1, users, addresses, visitors, Optional.empty(), new SimpleMeterRegistry());

  /** Reserving and cancelling, joining and leaving: 20 rows a second, for as long as one likes. */
  @Test
  void whoNeverAsksTooOftenButAllDayIsRefusedToo() {
    for (int i = 0; i < 2 * A_DAY; i++) {
      ask("alice");
    }
    assertThat(passed).hasSize(A_DAY);
    assertThat(refused).hasSize(A_DAY);
    assertThat(refused.get(0).type()).isEqualTo(ProblemType.TOO_MANY_REQUESTS);
    // A fifth of a day: long before, another request would be refused again.
    assertThat(refused.get(0).drawRetryAfterSeconds()).isBetween(3_600L, 86_400L);

    ask("bob");
    assertThat(passed).hasSize(A_DAY + 1);
  }

  private void ask(String user) {
    limits.ask(
        null,
        user,
        new RateLimits.Answer() {
          @Override
          public void passed() {
            passed.add(user);
          }

          @Override
          public void refused(Problem why) {
            refused.add(why);
          }
        });
  }
}
