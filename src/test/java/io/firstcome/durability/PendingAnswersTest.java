package io.firstcome.durability;

import static io.firstcome.durability.Acknowledge.DATABASE;
import static io.firstcome.durability.Acknowledge.REPLICA;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** By a clock of the test's own. */
class PendingAnswersTest {

  private static final int MAX = 4;
  private static final long PATIENCE = 100;

  private final List<String> told = new ArrayList<>();
  private final List<String> counted = new ArrayList<>();
  private final PendingAnswers answers =
      new PendingAnswers(
          MAX, PATIENCE, (held, secured) -> counted.add(held.key() + (secured ? "+" : "-")));

  private final class Answer extends PendingAnswer {

    Answer(Acknowledge level, String tag, long sequence) {
      super(level, tag, 1, "server", sequence, tag + sequence, true);
    }

    @Override
    protected void secured() {
      told.add(key() + "+");
    }

    @Override
    protected void notSecured() {
      told.add(key() + "-");
    }
  }

  @Test
  void theyAreToldInTheOrderInWhichTheyCameAndOnce() {
    add(DATABASE, "a", 1, 0);
    add(DATABASE, "a", 3, 0);
    add(DATABASE, "a", 2, 0);
    assertThat(told).isEmpty();

    answers.releaseFromDatabase("a", held -> held.sequence() <= 2);
    assertThat(told).containsExactly("a1+", "a2+");
    answers.releaseFromDatabase("a", held -> true);
    answers.releaseFromDatabase("a", held -> true);
    answers.expire(PATIENCE);
    assertThat(told).containsExactly("a1+", "a2+", "a3+");
    assertThat(counted).isEqualTo(told);
    assertThat(answers.size()).isZero();
    assertThat(answers.tags()).isEmpty();
  }

  @Test
  void whoHasWaitedTooLongIsToldSo() {
    add(DATABASE, "a", 1, 0);
    add(REPLICA, "b", 1, 50);
    answers.expire(PATIENCE - 1);
    assertThat(told).isEmpty();

    answers.expire(PATIENCE);
    assertThat(told).containsExactly("a1-");
    answers.expire(PATIENCE + 50);
    assertThat(told).containsExactly("a1-", "b1-");
    answers.releaseFromReplicas(held -> true);
    assertThat(told).hasSize(2);
  }

  @Test
  void oneTooManyIsToldAtOnce() {
    for (int i = 1; i <= MAX; i++) {
      add(i % 2 == 0 ? REPLICA : DATABASE, "a", i, 0);
    }
    assertThat(answers.isFull()).isTrue();

    add(DATABASE, "b", 1, 0);

    assertThat(told).containsExactly("b1-");
    assertThat(answers.size()).isEqualTo(MAX);
    answers.releaseFromReplicas(held -> held.sequence() == 2);
    add(DATABASE, "b", 2, 0);
    assertThat(told).containsExactly("b1-", "a2+");
  }

  @Test
  void whatReplicasHaveFreesNobodyWhoWaitsForMySqlNorTheOtherWayRound() {
    add(DATABASE, "a", 1, 0);
    add(REPLICA, "a", 2, 0);
    add(DATABASE, "b", 3, 0);

    answers.releaseFromReplicas(held -> true);
    assertThat(told).containsExactly("a2+");
    answers.releaseFromDatabase("a", held -> true);
    assertThat(told).containsExactly("a2+", "a1+");
    assertThat(answers.tags()).containsExactly("b");
  }

  @Test
  void anAnswerThatCannotBeGivenHoldsUpNobody() {
    answers.add(
        new PendingAnswer(DATABASE, "a", 1, "server", 1, "a1", true) {
          @Override
          protected void secured() {
            throw new IllegalStateException("gone");
          }

          @Override
          protected void notSecured() {
            throw new IllegalStateException("gone");
          }
        },
        0);
    add(DATABASE, "a", 2, 0);

    answers.releaseFromDatabase("a", held -> true);

    assertThat(told).containsExactly("a2+");
  }

  @Test
  void whoIsToldMayComeAgainAtOnce() {
    for (int i = 1; i < MAX; i++) {
      add(DATABASE, "a", i, 0);
    }
    answers.add(
        new PendingAnswer(DATABASE, "a", 1, "server", MAX, "again", true) {
          @Override
          protected void secured() {
            add(DATABASE, "a", MAX + 1, 0);
          }

          @Override
          protected void notSecured() {}
        },
        0);

    answers.releaseFromDatabase("a", held -> held.sequence() == MAX);

    assertThat(told).isEmpty();
    assertThat(answers.size()).isEqualTo(MAX);
  }

  private void add(Acknowledge level, String tag, long sequence, long now) {
    answers.add(new Answer(level, tag, sequence), now);
  }
}
