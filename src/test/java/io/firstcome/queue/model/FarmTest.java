package io.firstcome.queue.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Locale;
import java.util.stream.LongStream;
import org.jboss.logging.Logger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a farm of registrations reaches where the places of those who came before the opening are
 * drawn: its share of the registrations, and no more by being there first. See docs/queues.md.
 */
class FarmTest {

  private static final Logger LOG = Logger.getLogger(FarmTest.class);

  private static final long USERS = 10_000;

  /** Users let in first. */
  private static final long FIRST = 1_000;

  private static final int DRAWS = 10;

  /** Registrations of the farm, all of them made before any other user's. */
  @ParameterizedTest
  @ValueSource(longs = {10, 1_000, 10_000, 100_000})
  void aFarmReachesItsShareOfTheRegistrations(long farm) {
    long reached = 0;
    for (int draw = 0; draw < DRAWS; draw++) {
      DrawnOrder order = new DrawnOrder("%064x".formatted(draw + 1), farm + USERS);
      reached +=
          LongStream.rangeClosed(1, farm).filter(number -> order.placeOf(number) <= FIRST).count();
    }

    double inOrder = Math.min(1, (double) farm / FIRST);
    double drawn = (double) reached / DRAWS / FIRST;
    double share = (double) farm / (farm + USERS);
    LOG.infof(
        "%s",
        String.format(
            Locale.ROOT,
            "%,d registrations next to %,d users: of the first %,d places %.1f %% in the order of"
                + " joining, %.1f %% drawn; %.1f %% of the registrations",
            farm,
            USERS,
            FIRST,
            100 * inOrder,
            100 * drawn,
            100 * share));
    assertThat(drawn).isCloseTo(share, within(0.02));
  }
}
