package io.firstcome.http.problem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ProblemTest {

  @Test
  void slugsAreUnique() {
    assertThat(Arrays.stream(ProblemType.values()).map(ProblemType::slug)).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @EnumSource(ProblemType.class)
  void typeIsAStableUrn(ProblemType type) {
    assertThat(type.slug()).isEqualTo(type.name().toLowerCase().replace('_', '-'));
    assertThat(type.uri().toString()).isEqualTo("urn:firstcome:problem:" + type.slug());
    assertThat(type.detail()).endsWith(".");
  }

  @Test
  void membersComeInOrder() {
    Problem problem = Problem.of(ProblemType.SOLD_OUT).with("b", 1).with("a", 2);
    assertThat(problem.members().keySet())
        .containsExactly("type", "title", "status", "detail", "b", "a");
  }

  @Test
  void isImmutable() {
    Problem plain = Problem.of(ProblemType.ALREADY_CLAIMED);
    plain.with("claim", 1).detail("other").retryAfter(Duration.ofSeconds(5));
    assertThat(plain.extensions()).isEmpty();
    assertThat(plain.detail()).isEqualTo(ProblemType.ALREADY_CLAIMED.detail());
    assertThat(plain.hasRetryAfter()).isFalse();
    Map<String, Object> extensions = plain.with("claim", 1).extensions();
    assertThatThrownBy(() -> extensions.put("more", 2))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void aStandardMemberIsNoExtension() {
    Problem problem = Problem.of(ProblemType.SOLD_OUT);
    assertThatThrownBy(() -> problem.with("status", 200))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @EnumSource(ProblemType.class)
  void whoeverCanOnlyWaitIsToldHowLong(ProblemType type) {
    boolean waits = type.status() == 503 || type.status() == 429;
    assertThat(Problem.of(type).hasRetryAfter()).isEqualTo(waits);
  }

  /** Every value between the bounds is drawn, no other. */
  @ParameterizedTest
  @CsvSource({"0, 1, 2", "1, 1, 2", "900, 1, 2", "2000, 2, 4", "2500, 3, 6", "3600000, 3600, 3630"})
  void retryAfterIsSpread(long millis, long min, long max) {
    Problem problem = Problem.of(ProblemType.OVERLOADED).retryAfter(Duration.ofMillis(millis));
    Set<Long> drawn = new HashSet<>();
    // The chance to miss one of 31 values in 5,000 draws is below 10^-69.
    for (int i = 0; i < 5_000; i++) {
      drawn.add(problem.drawRetryAfterSeconds());
    }
    assertThat(drawn).hasSize((int) (max - min + 1)).allMatch(s -> s >= min && s <= max);
  }

  @Test
  void theExceptionHasNoStackTrace() {
    assertThat(new ProblemException(ProblemType.LOADING).getStackTrace()).isEmpty();
  }
}
