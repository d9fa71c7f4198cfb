package io.firstcome.coupon.code;

import io.firstcome.coupon.model.Claim;
import io.firstcome.coupon.model.Codes;
import io.firstcome.coupon.model.Shard;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemException;
import io.firstcome.http.problem.ProblemType;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import jakarta.inject.Singleton;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongUnaryOperator;

/** Shows holders the codes of their units. */
@Singleton
public class ClaimCodes {

  private final CodeBooks books;
  private final PoolPages pool;

  ClaimCodes(CodeBooks books, PoolPages pool) {
    this.books = books;
    this.pool = pool;
  }

  /**
   * Shows the holder of a claim its codes: at once where they are known, later on the same event
   * loop where they are not.
   *
   * @param claim of a coupon that has codes, or of a shard of one
   * @param shown receives the claim with its codes
   * @param failed receives a {@link ProblemException}
   */
  public void show(Claim claim, Consumer<Claim> shown, Consumer<Throwable> failed) {
    Shard shard = Shard.of(claim.couponId());
    CodeBook book = books.known(campaign(claim, shard));
    Map<Long, String> known = book == null ? null : known(book, numbers(claim, shard));
    if (known != null) {
      shown.accept(withCodes(claim, shard, known));
      return;
    }
    Context here = Vertx.currentContext();
    show(claim)
        .subscribe()
        .with(
            with -> here.runOnContext(pass -> shown.accept(with)),
            why -> here.runOnContext(pass -> failed.accept(why)));
  }

  /** The same for callers that may wait. */
  public Uni<Claim> show(Claim claim) {
    Shard shard = Shard.of(claim.couponId());
    return of(campaign(claim, shard), numbers(claim, shard))
        .map(codes -> withCodes(claim, shard, codes));
  }

  /**
   * The codes of units of a coupon that has codes, by their numbers. Fails with {@code
   * codes-unavailable} where they cannot be read now.
   *
   * @param couponId no shard's
   * @param numbers as users are told them
   */
  public Uni<Map<Long, String>> of(String couponId, Collection<Long> numbers) {
    return books
        .of(couponId)
        .flatMap(
            book -> {
              Map<Long, String> known = known(book, numbers);
              return known != null ? Uni.createFrom().item(known) : read(book, numbers);
            });
  }

  /** The codes, or null where one of a pool is not in memory. */
  private Map<Long, String> known(CodeBook book, Collection<Long> numbers) {
    Map<Long, String> codes = new HashMap<>();
    for (long number : numbers) {
      if (book.kind() != Codes.POOL) {
        codes.put(number, book.code(number));
        continue;
      }
      String sealed = pool.known(book.couponId(), number);
      if (sealed == null) {
        return null;
      }
      codes.put(number, book.open(sealed));
    }
    return codes;
  }

  private Uni<Map<Long, String>> read(CodeBook book, Collection<Long> numbers) {
    Map<Long, String> codes = new HashMap<>();
    return Multi.createFrom()
        .iterable(numbers)
        .onItem()
        .transformToUniAndConcatenate(
            number -> {
              String known = pool.known(book.couponId(), number);
              return (known != null
                      ? Uni.createFrom().item(known)
                      : pool.read(book.couponId(), number))
                  .onItem()
                  .ifNull()
                  .failWith(() -> Problem.of(ProblemType.CODES_UNAVAILABLE).asException())
                  .invoke(value -> codes.put(number, book.open(value)));
            })
        .collect()
        .last()
        .onFailure(
            e ->
                e instanceof ProblemException known
                    && known.problem().type() == ProblemType.DATABASE_UNAVAILABLE)
        .transform(e -> Problem.of(ProblemType.CODES_UNAVAILABLE).asException())
        .replaceWith(codes);
  }

  private static String campaign(Claim claim, Shard shard) {
    return shard == null ? claim.couponId() : shard.campaign();
  }

  private static List<Long> numbers(Claim claim, Shard shard) {
    return claim.numbers().stream().map(told(shard)::applyAsLong).toList();
  }

  private static Claim withCodes(Claim claim, Shard shard, Map<Long, String> codes) {
    LongUnaryOperator told = told(shard);
    return claim.withCodes(number -> codes.get(told.applyAsLong(number)));
  }

  /** A shard numbers its units by itself. */
  private static LongUnaryOperator told(Shard shard) {
    return number -> shard == null ? number : shard.told(number);
  }
}
