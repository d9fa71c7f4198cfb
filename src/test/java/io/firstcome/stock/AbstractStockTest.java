package io.firstcome.stock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.firstcome.http.input.RemovableInstant;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemException;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.stock.model.Reservation;
import io.firstcome.stock.model.Reservation.Status;
import io.firstcome.stock.model.ReservationIds;
import io.firstcome.stock.model.ReservationLine;
import io.firstcome.stock.model.ReservationLine.Reason;
import io.firstcome.stock.model.ReservationRequest;
import io.firstcome.stock.model.ReservationRequest.Mode;
import io.firstcome.stock.model.SaleDefinition;
import io.firstcome.stock.model.Stock;
import io.firstcome.stock.model.Stock.Level;
import io.firstcome.stock.model.Stock.Restock;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/**
 * What every way of taking stock promises, see {@link Stock}. A subclass brings the stock: each
 * strategy has one.
 */
public abstract class AbstractStockTest {

  public static final Duration SOON = Duration.ofSeconds(20);

  /** Long enough that nothing ends by itself in a test. */
  public static final Duration LONG = Duration.ofMinutes(10);

  /** Over as soon as anybody looks. */
  protected static final Duration BRIEF = Duration.ofMillis(20);

  private static final String ALICE = "alice";

  /**
   * An item of a sale.
   *
   * @param userLimit the most units one user may take; 0: any number
   */
  public record Item(String id, long quantity, long userLimit) {}

  /** The stock, as one replica has it. */
  protected abstract Stock stock();

  /** The same stock, as another replica has it. */
  protected abstract Stock anotherReplica();

  /** Creates a sale with these items, which may be taken from then on. */
  protected abstract String sale(Item... items);

  /** Has one replica, and each time another one, look once for what is due; nothing else does. */
  protected abstract void sweep();

  /** Checks that what is kept is what the reservations hold, in every store there is. */
  protected abstract void audit(String saleId);

  /** What was done to a reservation, in order: {@code kind by reason}, once it is in MySQL. */
  protected abstract List<String> changes(String saleId, String id);

  /** Changes when a sale gives units, for all replicas. */
  protected abstract void change(String saleId, SaleDefinition.Change change);

  private void change(String saleId, io.firstcome.lifecycle.Status status) {
    change(saleId, SaleDefinition.Change.to(status));
  }

  @Test
  void aSaleOpensByTheClockOfItsStoreAndBeforeSaysWhen() {
    String sale = sale(item("a", 5));
    Instant now = await(reserve(sale, "bob", Map.of("a", 1L))).serverTime();
    Instant opens = now.plusSeconds(3_600);
    change(sale, new SaleDefinition.Change(null, null, opens, null));

    Problem early = problem(ProblemType.NOT_OPEN, () -> askAll(sale, "k"));
    assertThat(early.extensions()).containsEntry("opensAt", opens);
    assertThat((Instant) early.extensions().get("serverTime")).isBetween(now, opens);

    Instant soon = now.plusSeconds(2);
    change(sale, new SaleDefinition.Change(null, null, soon, null));
    Reservation held =
        Awaitility.await()
            .atMost(SOON)
            .ignoreExceptionsMatching(e -> typeOf(e) == ProblemType.NOT_OPEN)
            .until(() -> askAll(sale, "k"), one -> true);
    assertHeld(held);
    assertThat(held.createdAt()).isAfterOrEqualTo(soon);

    change(sale, new SaleDefinition.Change(null, null, RemovableInstant.REMOVED, soon));
    assertProblem(ProblemType.CLOSED, () -> askAll(sale, "later"));
    assertThat(askAll(sale, "k").id()).isEqualTo(held.id());
    assertLevel(sale, new Level("a", 5, 3, 2, 0));
  }

  /** One unit, of either replica in turn. */
  private Reservation askAll(String sale, String key) {
    ReservationRequest order = order(sale, ALICE, key, Mode.ALL_OR_NOTHING, LONG, "a", 1);
    Reservation here = await(stock().reserve(order));
    assertThat(await(anotherReplica().reserve(order)).id()).isEqualTo(here.id());
    return here;
  }

  @Test
  void whatIsHeldGoesOnThoughTheSaleIsPausedOrClosed() {
    String sale = sale(item("a", 9));
    Reservation sold = await(reserve(sale, ALICE, Map.of("a", 1L)));
    Reservation back = askAll(sale, "k");
    Reservation over = await(brief(sale, ALICE, "a", 1));
    awaitExpired(sale, over);

    change(sale, io.firstcome.lifecycle.Status.PAUSED);
    assertProblem(ProblemType.PAUSED, () -> askAll(sale, "more"));
    assertThat(askAll(sale, "k").id()).isEqualTo(back.id());
    assertThat(await(extend(0, sale, sold, LONG.plus(LONG))).expiresAt()).isAfter(sold.expiresAt());

    change(sale, io.firstcome.lifecycle.Status.OPEN);
    // The refusal was not of the key.
    assertHeld(askAll(sale, "more"));

    change(sale, io.firstcome.lifecycle.Status.CLOSED);
    assertProblem(ProblemType.CLOSED, () -> askAll(sale, "evenMore"));
    assertThat(askAll(sale, "k").id()).isEqualTo(back.id());
    assertThat(await(stock().confirm(sale, sold.id())).status()).isEqualTo(Status.CONFIRMED);
    assertThat(await(stock().cancel(sale, back.id(), ALICE)).status()).isEqualTo(Status.CANCELLED);
    assertHeld(await(takeAgain(0, sale, over)));
    assertLevel(sale, new Level("a", 9, 6, 2, 1));
  }

  private static Problem problem(ProblemType type, ThrowingCallable asked) {
    Throwable thrown = catchThrowable(asked);
    assertThat(typeOf(thrown)).as(String.valueOf(thrown)).isEqualTo(type);
    return ((ProblemException) thrown).problem();
  }

  private static ProblemType typeOf(Throwable e) {
    return e instanceof ProblemException known ? known.problem().type() : null;
  }

  @Test
  void tenBuyersTakeTenUnits() {
    String sale = sale(item("a", 10));

    List<Reservation> all = together(10, i -> reserve(sale, "user-" + i, Map.of("a", 1L)));

    assertThat(all).extracting(Reservation::status).containsOnly(Status.HELD);
    assertThat(all).extracting(Reservation::id).doesNotHaveDuplicates();
    assertLevel(sale, new Level("a", 10, 0, 10, 0));
  }

  @Test
  void ofTenBuyersFiveGetTheFiveUnitsAndNoneIsLeft() {
    String sale = sale(item("a", 5));

    List<Reservation> all = together(10, i -> reserve(sale, "user-" + i, Map.of("a", 1L)));

    assertThat(statuses(all)).isEqualTo(Map.of(Status.HELD, 5, Status.REFUSED, 5));
    assertThat(all.stream().filter(r -> r.status() == Status.REFUSED))
        .allSatisfy(
            r ->
                assertThat(r.lines())
                    .containsExactly(new ReservationLine("a", 1, 0, Reason.INSUFFICIENT_STOCK)));
    assertLevel(sale, new Level("a", 5, 0, 5, 0));
  }

  @Test
  void aHundredUnitsGoToAHundredOfAThousandBuyers() {
    String sale = sale(item("a", 100));

    List<Reservation> all = together(1_000, i -> reserve(sale, "user-" + i, Map.of("a", 1L)));

    assertThat(statuses(all)).isEqualTo(Map.of(Status.HELD, 100, Status.REFUSED, 900));
    assertLevel(sale, new Level("a", 100, 0, 100, 0));
  }

  @Test
  void buyersOfTwoItemsInOppositeOrdersDoNotBlockEachOther() {
    String sale = sale(item("a", 10), item("b", 10));

    List<Reservation> all =
        together(
            10,
            i -> {
              Map<String, Long> asked = new LinkedHashMap<>();
              asked.put(i % 2 == 0 ? "a" : "b", 1L);
              asked.put(i % 2 == 0 ? "b" : "a", 1L);
              return reserve(sale, "user-" + i, asked);
            });

    assertThat(all).extracting(Reservation::status).containsOnly(Status.HELD);
    assertLevel(sale, new Level("a", 10, 0, 10, 0), new Level("b", 10, 0, 10, 0));
  }

  /** One user held 9,998 reservations at once. */
  @Test
  void oneUserHoldsAllThereIs() {
    String sale = sale(item("a", 1_000));
    List<Reservation> held = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      held.add(
          await(
              stock().reserve(order(sale, "mallory", "k" + i, Mode.ALL_OR_NOTHING, LONG, "a", 1))));
    }

    assertProblem(
        ProblemType.TOO_MANY_HOLDS,
        () ->
            await(
                stock()
                    .reserve(order(sale, "mallory", "more", Mode.ALL_OR_NOTHING, LONG, "a", 1))));
    assertHeld(await(stock().reserve(order(sale, ALICE, "k", Mode.ALL_OR_NOTHING, LONG, "a", 1))));
    assertSame(
        await(
            anotherReplica()
                .reserve(order(sale, "mallory", "k0", Mode.ALL_OR_NOTHING, LONG, "a", 1))),
        held.get(0));
    await(stock().cancel(sale, held.get(0).id(), "mallory"));
    assertHeld(
        await(stock().reserve(order(sale, "mallory", "more", Mode.ALL_OR_NOTHING, LONG, "a", 1))));
    assertLevel(sale, new Level("a", 1_000, 979, 21, 0));
  }

  @Test
  void whatIsKeptOfOneUserIsBounded() {
    String sale = sale(item("a", 10));
    for (int i = 0; i < 200; i++) {
      Reservation one =
          await(
              stock().reserve(order(sale, "mallory", "k" + i, Mode.ALL_OR_NOTHING, LONG, "a", 1)));
      await(stock().cancel(sale, one.id(), "mallory"));
    }

    assertProblem(
        ProblemType.TOO_MANY_RESERVATIONS,
        () ->
            await(
                stock()
                    .reserve(order(sale, "mallory", "more", Mode.ALL_OR_NOTHING, LONG, "a", 1))));
    assertHeld(await(stock().reserve(order(sale, ALICE, "k", Mode.ALL_OR_NOTHING, LONG, "a", 1))));
    audit(sale);
  }

  @Test
  void partlyGrantedIsToldLineByLine() {
    String sale = sale(item("a", 5), item("b", 2), item("c", 1), new Item("d", 9, 2));
    assertHeld(await(reserve(sale, "bob", Map.of("c", 1L))));

    Reservation reservation =
        await(
            stock()
                .reserve(
                    order(sale, ALICE, key(), Mode.PARTIAL, LONG, "a", 3, "b", 3, "c", 1, "d", 5)));

    assertHeld(reservation);
    assertThat(reservation.lines())
        .containsExactly(
            ReservationLine.granted("a", 3),
            new ReservationLine("b", 3, 2, Reason.INSUFFICIENT_STOCK),
            new ReservationLine("c", 1, 0, Reason.INSUFFICIENT_STOCK),
            new ReservationLine("d", 5, 2, Reason.USER_LIMIT));
    assertLevel(
        sale,
        new Level("a", 5, 2, 3, 0),
        new Level("b", 2, 0, 2, 0),
        new Level("c", 1, 0, 1, 0),
        new Level("d", 9, 7, 2, 0));
    await(stock().confirm(sale, reservation.id()));
    assertLevel(
        sale,
        new Level("a", 5, 2, 0, 3),
        new Level("b", 2, 0, 0, 2),
        new Level("c", 1, 0, 1, 0),
        new Level("d", 9, 7, 0, 2));
  }

  @Test
  void partlyIsRefusedWhereNothingCanBeGranted() {
    String sale = sale(item("a", 0), item("b", 0));

    Reservation refused =
        await(stock().reserve(order(sale, ALICE, key(), Mode.PARTIAL, LONG, "a", 1, "b", 2)));

    assertThat(refused.status()).isEqualTo(Status.REFUSED);
    assertThat(refused.lines())
        .containsExactly(
            new ReservationLine("a", 1, 0, Reason.INSUFFICIENT_STOCK),
            new ReservationLine("b", 2, 0, Reason.INSUFFICIENT_STOCK));
  }

  @Test
  void allOrNothingTakesNothingWhereOneLineIsShort() {
    String sale = sale(item("a", 5), item("b", 1), new Item("c", 9, 1));

    Reservation refused = await(reserve(sale, ALICE, Map.of("a", 2L, "b", 2L, "c", 2L)));

    assertThat(refused.status()).isEqualTo(Status.REFUSED);
    assertThat(refused.lines())
        .containsExactly(
            new ReservationLine("a", 2, 0, Reason.OTHER_LINE),
            new ReservationLine("b", 2, 0, Reason.INSUFFICIENT_STOCK),
            new ReservationLine("c", 2, 0, Reason.USER_LIMIT));
    assertLevel(
        sale, new Level("a", 5, 5, 0, 0), new Level("b", 1, 1, 0, 0), new Level("c", 9, 9, 0, 0));
  }

  @Test
  void cancelledUnitsAreBackOnceHoweverManyCancel() {
    String sale = sale(item("a", 5), item("b", 5));
    Reservation held = await(reserve(sale, ALICE, Map.of("a", 3L, "b", 1L)));

    List<Reservation> all =
        together(10, i -> (i % 2 == 0 ? stock() : anotherReplica()).cancel(sale, held.id(), ALICE));

    assertThat(all).extracting(Reservation::status).containsOnly(Status.CANCELLED);
    assertThat(all).extracting(Reservation::lines).containsOnly(held.lines());
    assertLevel(sale, new Level("a", 5, 5, 0, 0), new Level("b", 5, 5, 0, 0));
    assertThat(find(sale, held).status()).isEqualTo(Status.CANCELLED);
    assertThat(await(stock().confirm(sale, held.id())).status()).isEqualTo(Status.CANCELLED);
    assertLevel(sale, new Level("a", 5, 5, 0, 0), new Level("b", 5, 5, 0, 0));
  }

  @Test
  void confirmedUnitsAreSoldOnceHoweverManyConfirm() {
    String sale = sale(item("a", 5), item("b", 5));
    Reservation held = await(reserve(sale, ALICE, Map.of("a", 3L, "b", 1L)));

    List<Reservation> all =
        together(10, i -> (i % 2 == 0 ? stock() : anotherReplica()).confirm(sale, held.id()));

    assertThat(all).extracting(Reservation::status).containsOnly(Status.CONFIRMED);
    assertLevel(sale, new Level("a", 5, 2, 0, 3), new Level("b", 5, 4, 0, 1));
    assertThat(find(sale, held).status()).isEqualTo(Status.CONFIRMED);
    assertThat(await(stock().cancel(sale, held.id(), null)).status()).isEqualTo(Status.CONFIRMED);
    assertLevel(sale, new Level("a", 5, 2, 0, 3), new Level("b", 5, 4, 0, 1));
  }

  @Test
  void ofConfirmAndCancelAtOnceOneWinsAndAllAreToldWhich() {
    String sale = sale(item("a", 5));
    Reservation held = await(reserve(sale, ALICE, Map.of("a", 2L)));

    List<Reservation> all =
        together(
            10,
            i ->
                i % 2 == 0
                    ? stock().confirm(sale, held.id())
                    : anotherReplica().cancel(sale, held.id(), null));

    Status won = all.get(0).status();
    assertThat(won).isIn(Status.CONFIRMED, Status.CANCELLED);
    assertThat(all).extracting(Reservation::status).containsOnly(won);
    assertLevel(
        sale, won == Status.CONFIRMED ? new Level("a", 5, 3, 0, 2) : new Level("a", 5, 5, 0, 0));
  }

  @Test
  void pastItsTimeAReservationReadsAsExpiredThoughNobodyHasSweptYet() {
    String sale = sale(item("a", 5));
    Reservation held = await(brief(sale, ALICE, "a", 2));

    awaitExpired(sale, held);

    assertThat(find(sale, held).lines()).isEqualTo(held.lines());
    assertThat(find(sale, held).expiresAt()).isEqualTo(held.expiresAt());
  }

  @Test
  void aHoldIsExtendedOnceHoweverManyExtendIt() {
    String sale = sale(item("a", 5));
    Reservation held = await(reserve(sale, ALICE, Map.of("a", 2L)));
    Duration longer = LONG.plus(LONG);

    List<Reservation> all = together(10, i -> extend(i, sale, held, longer));

    assertThat(all).extracting(Reservation::status).containsOnly(Status.HELD);
    assertThat(all).extracting(Reservation::expiresAt).containsOnly(all.get(0).expiresAt());
    assertThat(all.get(0).expiresAt())
        .isBetween(held.expiresAt().plus(LONG), held.expiresAt().plus(LONG).plus(SOON));
    assertThat(all).extracting(Reservation::lines).containsOnly(held.lines());
    assertSame(find(sale, held), all.get(0));
    assertThat(changes(sale, held.id())).containsExactly("extended alice ");
    assertThat(await(stock().confirm(sale, held.id())).status()).isEqualTo(Status.CONFIRMED);
    assertThat(await(extend(0, sale, held, longer)).status()).isEqualTo(Status.CONFIRMED);
    assertLevel(sale, new Level("a", 5, 3, 0, 2));
  }

  private Uni<Reservation> extend(int i, String sale, Reservation held, Duration time) {
    return insisting(
        () ->
            (i % 2 == 0 ? stock() : anotherReplica()).extend(sale, held.id(), ALICE, time, ALICE));
  }

  @Test
  void anExtensionThatIsNoneDoesNotUseUpTheOne() {
    String sale = sale(item("a", 5));
    Reservation held = await(reserve(sale, ALICE, Map.of("a", 2L)));

    assertSame(await(extend(0, sale, held, Duration.ofSeconds(1))), held);
    assertThat(await(extend(0, sale, held, LONG.plus(LONG))).expiresAt()).isAfter(held.expiresAt());
    assertThat(await(stock().extend(sale, held.id(), "bob", LONG, "bob"))).isNull();
  }

  @Test
  void whatWasExtendedExpiresLaterAndNotBefore() {
    String sale = sale(item("a", 5));
    Duration moment = Duration.ofSeconds(1);
    ReservationRequest order = order(sale, ALICE, key(), Mode.ALL_OR_NOTHING, moment, "a", 5);
    Reservation held = await(stock().reserve(order));
    Reservation extended = await(extend(0, sale, held, moment.multipliedBy(3)));
    assertHeld(extended);

    Awaitility.await()
        .atMost(SOON)
        .until(() -> find(sale, held).serverTime().isAfter(held.expiresAt()));
    sweep();
    assertHeld(find(sale, held));
    assertThat(await(reserve(sale, "bob", Map.of("a", 1L))).status()).isEqualTo(Status.REFUSED);
    awaitExpired(sale, find(sale, held));
    assertThat(find(sale, held).serverTime()).isAfterOrEqualTo(extended.expiresAt());
    assertThat(await(extend(0, sale, held, LONG)).status()).isEqualTo(Status.EXPIRED);
    assertHeld(await(reserve(sale, "bob", Map.of("a", 1L))));
    assertLevel(sale, new Level("a", 5, 4, 1, 0));
  }

  @Test
  void whatHasExpiredIsTakenAgainOnceHoweverManyTakeIt() {
    String sale = sale(item("a", 5), new Item("b", 5, 2));
    Reservation held = await(brief(sale, ALICE, "a", 3, "b", 2));
    awaitExpired(sale, held);
    sweep();
    assertLevel(sale, new Level("a", 5, 5, 0, 0), new Level("b", 5, 5, 0, 0));

    List<Reservation> all = together(10, i -> takeAgain(i, sale, held));

    assertThat(all).extracting(Reservation::status).containsOnly(Status.HELD);
    assertThat(all).extracting(Reservation::expiresAt).containsOnly(all.get(0).expiresAt());
    assertThat(all).extracting(Reservation::lines).containsOnly(held.lines());
    assertLevel(sale, new Level("a", 5, 2, 3, 0), new Level("b", 5, 3, 2, 0));
    assertThat(changes(sale, held.id())).containsExactly("taken-again shop ");
    // The limit counts it, and it is not extended as well.
    assertThat(await(reserve(sale, ALICE, Map.of("b", 1L))).status()).isEqualTo(Status.REFUSED);
    assertSame(await(extend(0, sale, held, LONG.plus(LONG))), all.get(0));
    assertThat(await(stock().confirm(sale, held.id())).status()).isEqualTo(Status.CONFIRMED);
    assertThat(await(takeAgain(0, sale, held)).status()).isEqualTo(Status.CONFIRMED);
    assertLevel(sale, new Level("a", 5, 2, 0, 3), new Level("b", 5, 3, 0, 2));
  }

  private Uni<Reservation> takeAgain(int i, String sale, Reservation held) {
    return insisting(
        () -> (i % 2 == 0 ? stock() : anotherReplica()).takeAgain(sale, held.id(), LONG, "shop"));
  }

  @Test
  void itIsTakenAgainThoughNobodyHasSweptYet() {
    String sale = sale(new Item("a", 5, 5));
    Reservation held = await(brief(sale, ALICE, "a", 5));
    awaitExpired(sale, held);

    assertHeld(await(takeAgain(0, sale, held)));
    assertLevel(sale, new Level("a", 5, 0, 5, 0));
    await(stock().cancel(sale, held.id(), ALICE));
    assertThat(await(takeAgain(0, sale, held)).status()).isEqualTo(Status.CANCELLED);
    assertLevel(sale, new Level("a", 5, 5, 0, 0));
  }

  @Test
  void itExpiresAgainAndIsTakenAgainAgain() {
    String sale = sale(new Item("a", 5, 5));
    Reservation held = await(brief(sale, ALICE, "a", 2));
    for (int i = 0; i < 3; i++) {
      awaitExpired(sale, i == 0 ? held : await(stock().takeAgain(sale, held.id(), BRIEF, "shop")));
      sweep();
      assertLevel(sale, new Level("a", 5, 5, 0, 0));
    }
    assertHeld(await(takeAgain(0, sale, held)));
    await(stock().confirm(sale, held.id()));
    assertLevel(sale, new Level("a", 5, 3, 0, 2));
    assertThat(changes(sale, held.id())).hasSize(3);
  }

  @Test
  void itIsNotTakenAgainWhereUnitsAreGone() {
    String sale = sale(item("a", 5), item("b", 5), new Item("c", 9, 2));
    Reservation held = await(brief(sale, ALICE, "a", 2, "b", 4, "c", 2));
    awaitExpired(sale, held);
    assertHeld(await(reserve(sale, "bob", Map.of("b", 2L))));
    assertHeld(await(reserve(sale, ALICE, Map.of("c", 1L))));

    assertThatThrownBy(() -> await(takeAgain(0, sale, held)))
        .isInstanceOfSatisfying(
            ProblemException.class,
            e -> {
              assertThat(e.problem().type()).isEqualTo(ProblemType.INSUFFICIENT_STOCK);
              assertThat(e.problem().extensions().get("lines"))
                  .isEqualTo(
                      List.of(
                          new ReservationLine("a", 2, 0, Reason.OTHER_LINE),
                          new ReservationLine("b", 4, 0, Reason.INSUFFICIENT_STOCK),
                          new ReservationLine("c", 2, 0, Reason.USER_LIMIT)));
            });

    assertThat(find(sale, held).status()).isEqualTo(Status.EXPIRED);
    assertThat(changes(sale, held.id())).isEmpty();
    assertLevel(
        sale, new Level("a", 5, 5, 0, 0), new Level("b", 5, 3, 2, 0), new Level("c", 9, 8, 1, 0));
  }

  @Test
  void itIsTakenAgainFromWhatOthersHoldPastTheirTime() {
    String sale = sale(item("a", 5));
    Reservation first = await(brief(sale, ALICE, "a", 3));
    awaitExpired(sale, first);
    Reservation second = await(insisting(() -> brief(sale, "bob", "a", 5)));
    awaitExpired(sale, second);

    assertHeld(await(takeAgain(0, sale, first)));
    assertLevel(sale, new Level("a", 5, 2, 3, 0));
  }

  @Test
  void anUndoneConfirmationGivesUnitsAndLimitBackOnce() {
    String sale = sale(item("a", 5), new Item("b", 5, 2));
    Reservation held = await(reserve(sale, ALICE, Map.of("a", 3L, "b", 2L)));
    await(stock().confirm(sale, held.id()));

    List<Reservation> all = together(10, i -> undo(i, sale, held));

    assertThat(all).extracting(Reservation::status).containsOnly(Status.UNDONE);
    assertThat(all).extracting(Reservation::lines).containsOnly(held.lines());
    assertLevel(sale, new Level("a", 5, 5, 0, 0), new Level("b", 5, 5, 0, 0));
    assertThat(changes(sale, held.id())).containsExactly("undone shop it did not fit, größer");
    assertThat(find(sale, held).status()).isEqualTo(Status.UNDONE);
    assertThat(await(stock().confirm(sale, held.id())).status()).isEqualTo(Status.UNDONE);
    assertThat(await(stock().cancel(sale, held.id(), null)).status()).isEqualTo(Status.UNDONE);
    assertThat(await(takeAgain(0, sale, held)).status()).isEqualTo(Status.UNDONE);
    assertThat(await(extend(0, sale, held, LONG)).status()).isEqualTo(Status.UNDONE);
    assertHeld(await(reserve(sale, ALICE, Map.of("b", 2L))));
    assertLevel(sale, new Level("a", 5, 5, 0, 0), new Level("b", 5, 3, 2, 0));
  }

  private Uni<Reservation> undo(int i, String sale, Reservation held) {
    return insisting(
        () ->
            (i % 2 == 0 ? stock() : anotherReplica())
                .undo(sale, held.id(), "shop", "it did not fit, größer"));
  }

  @Test
  void whatWasNeverConfirmedIsNotUndone() {
    String sale = sale(item("a", 5));
    Reservation held = await(reserve(sale, ALICE, Map.of("a", 2L)));
    assertHeld(await(undo(0, sale, held)));
    await(stock().cancel(sale, held.id(), ALICE));
    assertThat(await(undo(0, sale, held)).status()).isEqualTo(Status.CANCELLED);
    Reservation expired = await(brief(sale, ALICE, "a", 2));
    awaitExpired(sale, expired);
    assertThat(await(undo(0, sale, expired)).status()).isEqualTo(Status.EXPIRED);
    assertThat(await(stock().undo(sale, ReservationIds.next(stock().strategy()), "shop", "why")))
        .isNull();
    sweep();
    assertLevel(sale, new Level("a", 5, 5, 0, 0));
    assertThat(changes(sale, held.id())).isEmpty();
  }

  @Test
  void theSameKeyAgainTellsWhatWasUndoneOrExtended() {
    String sale = sale(item("a", 5));
    ReservationRequest order = order(sale, ALICE, key(), Mode.ALL_OR_NOTHING, LONG, "a", 2);
    Reservation held = await(stock().reserve(order));
    Reservation extended = await(extend(0, sale, held, LONG.plus(LONG)));

    assertSame(await(anotherReplica().reserve(order)), extended);
    await(stock().confirm(sale, held.id()));
    await(undo(0, sale, held));
    Reservation undone = await(anotherReplica().reserve(order));
    assertThat(undone.status()).isEqualTo(Status.UNDONE);
    assertThat(undone.lines()).isEqualTo(held.lines());
    assertLevel(sale, new Level("a", 5, 5, 0, 0));
  }

  @Test
  void twoSweepersAtOnceGiveExpiredUnitsBackOnce() {
    String sale = sale(item("a", 200), item("b", 200));
    List<Reservation> held =
        together(50, i -> insisting(() -> brief(sale, "user-" + i, "a", 2, "b", 1)));
    Reservation stays = await(reserve(sale, ALICE, Map.of("a", 1L)));
    held.forEach(reservation -> awaitExpired(sale, reservation));

    together(2, i -> Uni.createFrom().item(this).invoke(AbstractStockTest::sweep));
    sweep();

    assertLevel(sale, new Level("a", 200, 199, 1, 0), new Level("b", 200, 200, 0, 0));
    assertThat(find(sale, stays).status()).isEqualTo(Status.HELD);
    sweep();
    assertLevel(sale, new Level("a", 200, 199, 1, 0), new Level("b", 200, 200, 0, 0));
  }

  @Test
  void confirmingOrCancellingWhatHasExpiredTellsSoAndTheUnitsAreBackOnce() {
    String sale = sale(item("a", 5));
    Reservation confirmed = await(brief(sale, ALICE, "a", 2));
    Reservation cancelled = await(brief(sale, "bob", "a", 1));
    awaitExpired(sale, confirmed);
    awaitExpired(sale, cancelled);

    for (int i = 0; i < 2; i++) {
      assertThat(await(stock().confirm(sale, confirmed.id())).status()).isEqualTo(Status.EXPIRED);
      assertThat(await(stock().cancel(sale, cancelled.id(), "bob")).status())
          .isEqualTo(Status.EXPIRED);
      assertLevel(sale, new Level("a", 5, 5, 0, 0));
    }
    sweep();
    assertLevel(sale, new Level("a", 5, 5, 0, 0));
  }

  @Test
  void nothingIsRefusedWhileUnitsArePastTheirTimeThoughNobodySweeps() {
    String sale = sale(item("a", 10), item("b", 10));
    List<Reservation> held =
        together(10, i -> insisting(() -> brief(sale, "user-" + i, "a", 1, "b", 1)));
    assertThat(held).extracting(Reservation::status).containsOnly(Status.HELD);
    held.forEach(reservation -> awaitExpired(sale, reservation));

    List<Reservation> next =
        together(10, i -> reserve(sale, "later-" + i, Map.of("a", 1L, "b", 1L)));

    assertThat(next).extracting(Reservation::status).containsOnly(Status.HELD);
    assertLevel(sale, new Level("a", 10, 0, 10, 0), new Level("b", 10, 0, 10, 0));
  }

  @Test
  void aUserIsNotHeldToTheLimitByUnitsPastTheirTime() {
    String sale = sale(new Item("a", 10, 2));
    Reservation held = await(brief(sale, ALICE, "a", 2));
    awaitExpired(sale, held);

    assertHeld(await(reserve(sale, ALICE, Map.of("a", 2L))));
    assertLevel(sale, new Level("a", 10, 8, 2, 0));
  }

  @Test
  void theSameRequestAgainTakesNothingAndIsToldWhatHasBecomeOfTheFirst() {
    String sale = sale(item("a", 5));
    ReservationRequest order = order(sale, ALICE, key(), Mode.ALL_OR_NOTHING, LONG, "a", 2);

    Reservation first = await(stock().reserve(order));
    Reservation again = await(anotherReplica().reserve(order));
    await(stock().cancel(sale, first.id(), ALICE));
    Reservation later = await(stock().reserve(order));

    assertThat(first.replayed()).isFalse();
    assertSame(again, first);
    assertThat(again.replayed()).isTrue();
    // Nobody pays for what is cancelled.
    assertThat(later.status()).isEqualTo(Status.CANCELLED);
    assertThat(later.replayed()).isTrue();
    assertThat(later.id()).isEqualTo(first.id());
    assertThat(later.lines()).isEqualTo(first.lines());
    assertThat(List.of(first.serverTime(), again.serverTime(), later.serverTime())).isSorted();
    assertLevel(sale, new Level("a", 5, 5, 0, 0));
  }

  @Test
  void whatWasRefusedStaysRefusedUnderItsKey() {
    String sale = sale(item("a", 1));
    ReservationRequest order = order(sale, ALICE, key(), Mode.ALL_OR_NOTHING, LONG, "a", 2);
    Reservation refused = await(stock().reserve(order));
    await(stock().restock(restock(sale, "a", key(), 5)));

    Reservation again = await(stock().reserve(order));

    assertSame(again, refused);
    assertThat(refused.replayed()).isFalse();
    assertThat(again.replayed()).isTrue();
    assertThat(again.status()).isEqualTo(Status.REFUSED);
    assertLevel(sale, new Level("a", 6, 6, 0, 0));
  }

  @Test
  void theSameRequestManyTimesAtOnceTakesOnce() {
    String sale = sale(item("a", 5));
    ReservationRequest order = order(sale, ALICE, key(), Mode.ALL_OR_NOTHING, LONG, "a", 1);

    List<Reservation> all =
        together(
            10, i -> insisting(() -> (i % 2 == 0 ? stock() : anotherReplica()).reserve(order)));

    all.forEach(one -> assertSame(one, all.get(0)));
    assertHeld(all.get(0));
    assertLevel(sale, new Level("a", 5, 4, 1, 0));
  }

  @Test
  void anotherRequestUnderTheSameKeyIsRefused() {
    String sale = sale(item("a", 5));
    String key = key();
    await(stock().reserve(order(sale, ALICE, key, Mode.ALL_OR_NOTHING, LONG, "a", 1)));

    assertProblem(
        ProblemType.IDEMPOTENCY_MISMATCH,
        () -> await(stock().reserve(order(sale, ALICE, key, Mode.ALL_OR_NOTHING, LONG, "a", 2))));
    assertProblem(
        ProblemType.IDEMPOTENCY_MISMATCH,
        () ->
            await(stock().reserve(order(sale, ALICE, key, Mode.ALL_OR_NOTHING, LONG, "none", 2))));

    assertLevel(sale, new Level("a", 5, 4, 1, 0));
  }

  @Test
  void aKeyIsOfOneUserAndSale() {
    String sale = sale(item("a", 5));
    String other = sale(item("a", 5));
    String key = key();

    List<Reservation> all =
        List.of(
            await(stock().reserve(order(sale, ALICE, key, Mode.ALL_OR_NOTHING, LONG, "a", 1))),
            await(stock().reserve(order(sale, "bob", key, Mode.ALL_OR_NOTHING, LONG, "a", 1))),
            await(stock().reserve(order(other, ALICE, key, Mode.ALL_OR_NOTHING, LONG, "a", 2))));

    assertThat(all).extracting(Reservation::status).containsOnly(Status.HELD);
    assertThat(all).extracting(Reservation::id).doesNotHaveDuplicates();
    assertLevel(sale, new Level("a", 5, 3, 2, 0));
    assertLevel(other, new Level("a", 5, 3, 2, 0));
  }

  @Test
  void aUserGetsNoMoreThanTheLimitHoweverManyAtOnce() {
    String sale = sale(new Item("a", 100, 3));

    List<Reservation> all =
        together(
            10,
            i ->
                insisting(
                    () ->
                        (i % 2 == 0 ? stock() : anotherReplica())
                            .reserve(
                                order(
                                    sale, ALICE, "key-" + i, Mode.ALL_OR_NOTHING, LONG, "a", 1))));

    assertThat(statuses(all)).isEqualTo(Map.of(Status.HELD, 3, Status.REFUSED, 7));
    assertThat(all.stream().filter(r -> r.status() == Status.REFUSED))
        .allSatisfy(
            r ->
                assertThat(r.lines())
                    .containsExactly(new ReservationLine("a", 1, 0, Reason.USER_LIMIT)));
    assertLevel(sale, new Level("a", 100, 97, 3, 0));

    List<Reservation> held = all.stream().filter(r -> r.status() == Status.HELD).toList();
    await(stock().confirm(sale, held.get(0).id()));
    await(stock().cancel(sale, held.get(1).id(), ALICE));
    Reservation more =
        await(stock().reserve(order(sale, ALICE, key(), Mode.PARTIAL, LONG, "a", 3)));

    assertThat(more.lines()).containsExactly(new ReservationLine("a", 3, 1, Reason.USER_LIMIT));
    assertHeld(await(reserve(sale, "bob", Map.of("a", 3L))));
    assertLevel(sale, new Level("a", 100, 94, 5, 1));
  }

  @Test
  void restockingChangesTheTotalOncePerKey() {
    String sale = sale(item("a", 5));
    Restock more = restock(sale, "a", key(), 3);

    List<Level> all =
        together(10, i -> insisting(() -> (i % 2 == 0 ? stock() : anotherReplica()).restock(more)));

    assertThat(all).containsOnly(new Level("a", 8, 8, 0, 0));
    assertThat(await(stock().restock(restock(sale, "a", key(), -2))))
        .isEqualTo(new Level("a", 6, 6, 0, 0));
    assertThat(await(stock().restock(more))).isEqualTo(new Level("a", 6, 6, 0, 0));
    assertProblem(
        ProblemType.IDEMPOTENCY_MISMATCH,
        () -> await(stock().restock(restock(sale, "a", more.key(), 4))));
    assertProblem(
        ProblemType.UNKNOWN_ITEM, () -> await(stock().restock(restock(sale, "none", key(), 4))));
    assertHeld(await(reserve(sale, ALICE, Map.of("a", 6L))));
    assertLevel(sale, new Level("a", 6, 0, 6, 0));
  }

  @Test
  void restockingNeverTakesWhatIsHeldOrSold() {
    String sale = sale(item("a", 5));
    await(stock().confirm(sale, await(reserve(sale, ALICE, Map.of("a", 1L))).id()));
    Reservation held = await(reserve(sale, ALICE, Map.of("a", 2L)));
    Restock less = restock(sale, "a", key(), -3);

    assertProblem(ProblemType.INSUFFICIENT_STOCK, () -> await(stock().restock(less)));
    assertLevel(sale, new Level("a", 5, 2, 2, 1));
    await(stock().cancel(sale, held.id(), ALICE));

    assertThat(await(stock().restock(less))).isEqualTo(new Level("a", 2, 1, 0, 1));
  }

  @Test
  void restockingTakesWhatIsPastItsTime() {
    String sale = sale(item("a", 5));
    awaitExpired(sale, await(brief(sale, ALICE, "a", 4)));

    assertThat(await(insisting(() -> stock().restock(restock(sale, "a", key(), -5)))))
        .isEqualTo(new Level("a", 0, 0, 0, 0));
  }

  @Test
  void whatIsRestockedCanBeTakenAtOnce() {
    String sale = sale(item("a", 0));
    assertThat(await(reserve(sale, ALICE, Map.of("a", 1L))).status()).isEqualTo(Status.REFUSED);

    await(stock().restock(restock(sale, "a", key(), 1)));

    assertHeld(await(insisting(() -> anotherReplica().reserve(anOrder(sale, ALICE, "a", 1)))));
  }

  @Test
  void anItemThatIsNotThereIsUnknown() {
    String sale = sale(item("a", 5));

    assertProblem(
        ProblemType.UNKNOWN_ITEM, () -> await(reserve(sale, ALICE, Map.of("a", 1L, "none", 1L))));

    assertLevel(sale, new Level("a", 5, 5, 0, 0));
  }

  @Test
  void aReservationIsItsOwnersAlone() {
    String sale = sale(item("a", 5));
    String other = sale(item("a", 5));
    Reservation held = await(reserve(sale, ALICE, Map.of("a", 2L)));
    String none = ReservationIds.next(stock().strategy());

    assertSame(await(stock().find(sale, held.id(), ALICE)), held);
    assertSame(await(stock().find(sale, held.id(), null)), held);
    assertThat(await(stock().find(sale, held.id(), "bob"))).isNull();
    assertThat(await(stock().find(other, held.id(), ALICE))).isNull();
    assertThat(await(stock().find(sale, none, ALICE))).isNull();
    assertThat(await(stock().cancel(sale, held.id(), "bob"))).isNull();
    assertThat(await(stock().cancel(sale, none, null))).isNull();
    assertThat(await(stock().confirm(sale, none))).isNull();
    assertThat(await(stock().confirm(other, held.id()))).isNull();
    assertLevel(sale, new Level("a", 5, 3, 2, 0));
  }

  @Test
  void creatingAnItemAgainChangesNothing() {
    String sale = sale(item("a", 5));
    assertHeld(await(reserve(sale, ALICE, Map.of("a", 2L))));

    together(3, i -> stock().created(sale, "a").replaceWith(i));

    assertLevel(sale, new Level("a", 5, 3, 2, 0));
  }

  @Test
  void whateverHappensAtOnceTheNumbersAddUp() {
    String sale = sale(item("a", 20), new Item("b", 20, 8), item("c", 5));

    together(
        8,
        buyer ->
            Uni.createFrom()
                .item(buyer)
                .invoke(() -> anyThing(sale, "user-" + buyer % 4, new Random(buyer))));
    sweep();

    audit(sale);
  }

  private void anyThing(String sale, String user, Random random) {
    List<Reservation> mine = new ArrayList<>();
    for (int i = 0; i < 25; i++) {
      Stock stock = random.nextBoolean() ? stock() : anotherReplica();
      Reservation some = mine.isEmpty() ? null : mine.get(random.nextInt(mine.size()));
      switch (random.nextInt(some == null ? 2 : 8)) {
        case 0 -> {
          long quantity = random.nextInt(7) - 3;
          if (quantity != 0) {
            String item = List.of("a", "b", "c").get(random.nextInt(3));
            try {
              await(insisting(() -> stock.restock(restock(sale, item, key(), quantity))));
            } catch (ProblemException e) {
              assertThat(e.problem().type()).isEqualTo(ProblemType.INSUFFICIENT_STOCK);
            }
          }
        }
        case 1, 2 -> {
          ReservationRequest order =
              order(
                  sale,
                  user,
                  key(),
                  random.nextBoolean() ? Mode.PARTIAL : Mode.ALL_OR_NOTHING,
                  random.nextBoolean() ? BRIEF : LONG,
                  random.nextBoolean() ? "a" : "b",
                  1 + random.nextInt(3),
                  "c",
                  1);
          Reservation reservation = await(insisting(() -> stock.reserve(order)));
          if (reservation.status() == Status.HELD) {
            mine.add(reservation);
          }
        }
        case 3 -> await(insisting(() -> stock.confirm(sale, some.id())));
        case 4 -> await(insisting(() -> stock.extend(sale, some.id(), user, LONG, user)));
        case 5 -> await(insisting(() -> stock.undo(sale, some.id(), "shop", "a test")));
        case 6 -> {
          try {
            await(insisting(() -> stock.takeAgain(sale, some.id(), BRIEF, "shop")));
          } catch (ProblemException e) {
            assertThat(e.problem().type()).isEqualTo(ProblemType.INSUFFICIENT_STOCK);
          }
        }
        default -> await(insisting(() -> stock.cancel(sale, some.id(), user)));
      }
    }
  }

  protected static Item item(String id, long quantity) {
    return new Item(id, quantity, 0);
  }

  protected static String key() {
    return UUID.randomUUID().toString();
  }

  /** An order, its lines each an item and a quantity. */
  protected static ReservationRequest order(
      String sale, String user, String key, Mode mode, Duration ttl, Object... lines) {
    TreeMap<String, Long> quantities = new TreeMap<>();
    for (int i = 0; i < lines.length; i += 2) {
      quantities.put((String) lines[i], ((Number) lines[i + 1]).longValue());
    }
    String request = "%064x".formatted((quantities + " " + mode + " " + ttl).hashCode());
    return new ReservationRequest(sale, user, key, request, quantities, mode, ttl);
  }

  protected static ReservationRequest anOrder(
      String sale, String user, String item, long quantity) {
    return order(sale, user, key(), Mode.ALL_OR_NOTHING, LONG, item, quantity);
  }

  protected static Restock restock(String sale, String item, String key, long quantity) {
    return new Restock(sale, item, key, quantity, "a test", "ops");
  }

  /** Reserves all or nothing for a long time, asking again where others are in the way. */
  protected Uni<Reservation> reserve(String sale, String user, Map<String, Long> quantities) {
    Object[] lines =
        quantities.entrySet().stream()
            .flatMap(e -> List.<Object>of(e.getKey(), e.getValue()).stream())
            .toArray();
    ReservationRequest order = order(sale, user, key(), Mode.ALL_OR_NOTHING, LONG, lines);
    return insisting(() -> stock().reserve(order));
  }

  /** Reserves all or nothing for a moment. */
  protected Uni<Reservation> brief(String sale, String user, Object... lines) {
    return stock().reserve(order(sale, user, key(), Mode.ALL_OR_NOTHING, BRIEF, lines));
  }

  /** As a client does who is told that others were in the way. */
  protected static <T> Uni<T> insisting(Supplier<Uni<? extends T>> ask) {
    return Uni.createFrom()
        .<T>deferred(ask)
        .onFailure(
            e ->
                e instanceof ProblemException problem
                    && problem.problem().type() == ProblemType.CONTENDED)
        .retry()
        .atMost(20);
  }

  /** Asks from as many threads at once, and gives all answers in order. */
  protected static <T> List<T> together(int askers, IntFunction<Uni<T>> ask) {
    ExecutorService threads = Executors.newFixedThreadPool(Math.min(askers, 64));
    try {
      List<Future<T>> asked = new ArrayList<>();
      for (int i = 0; i < askers; i++) {
        int asker = i;
        asked.add(threads.submit(() -> await(ask.apply(asker))));
      }
      List<T> answers = new ArrayList<>();
      for (Future<T> one : asked) {
        answers.add(one.get());
      }
      return answers;
    } catch (Exception e) {
      throw new AssertionError(e.getCause() == null ? e : e.getCause());
    } finally {
      threads.shutdownNow();
    }
  }

  protected static <T> T await(Uni<T> uni) {
    return uni.await().atMost(SOON);
  }

  protected Reservation find(String sale, Reservation reservation) {
    return await(stock().find(sale, reservation.id(), null));
  }

  protected void awaitExpired(String sale, Reservation reservation) {
    assertHeld(reservation);
    Awaitility.await().atMost(SOON).until(() -> find(sale, reservation).status() == Status.EXPIRED);
  }

  protected static void assertHeld(Reservation reservation) {
    assertThat(reservation.status()).isEqualTo(Status.HELD);
  }

  /** Both replicas say so, and what is kept says so too. */
  protected void assertLevel(String sale, Level... levels) {
    assertThat(await(stock().levels(sale))).containsExactly(levels);
    assertThat(await(anotherReplica().levels(sale))).containsExactly(levels);
    audit(sale);
  }

  protected static void assertProblem(ProblemType type, ThrowingCallable asked) {
    assertThatThrownBy(asked)
        .isInstanceOfSatisfying(
            ProblemException.class, e -> assertThat(e.problem().type()).isEqualTo(type));
  }

  private static Map<Status, Integer> statuses(List<Reservation> reservations) {
    Map<Status, Integer> statuses = new TreeMap<>();
    reservations.forEach(r -> statuses.merge(r.status(), 1, Integer::sum));
    return statuses;
  }

  /** The same but for when it was read, and whether for the first time. */
  private static void assertSame(Reservation actual, Reservation expected) {
    assertThat(actual)
        .usingRecursiveComparison()
        .ignoringFields("serverTime", "replayed")
        .isEqualTo(expected);
  }
}
