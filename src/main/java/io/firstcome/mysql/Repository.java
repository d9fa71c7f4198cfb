package io.firstcome.mysql;

import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.quarkus.hibernate.reactive.panache.Panache;
import io.quarkus.hibernate.reactive.panache.PanacheRepositoryBase;
import io.quarkus.panache.common.Page;
import io.smallrye.mutiny.Uni;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Entities of one kind, as operators define them and as history shows them. Every call is bounded
 * in time and fails with {@code database-unavailable} where MySQL does not answer.
 *
 * @param <E> the entity
 * @param <K> its key
 */
public abstract class Repository<E, K> implements PanacheRepositoryBase<E, K> {

  private final MySqlCalls calls;

  protected Repository(MySqlCalls calls) {
    this.calls = calls;
  }

  /** Reads in a session that ends with it. */
  protected <T> Uni<T> read(Supplier<Uni<T>> work) {
    return calls.bounded(Panache.withSession(work));
  }

  /** Writes in a transaction. */
  protected <T> Uni<T> write(Supplier<Uni<T>> work) {
    return calls.bounded(Panache.withTransaction(work));
  }

  /** The entity of this key, or null. */
  public Uni<E> byKey(K key) {
    return read(() -> findById(key));
  }

  /**
   * A page of entities. It begins after a key: a late page costs no more than the first.
   *
   * @param query selects what comes after the last key of the page before, ordered by key
   */
  protected Uni<List<E>> page(int limit, String query, Object... parameters) {
    return read(() -> find(query, parameters).page(Page.ofSize(limit)).list());
  }

  /**
   * Stores new entities, unless the same request has done so before.
   *
   * @param key of the first of them
   * @param isSame whether the entity that already has this key comes from the same request
   * @param exists the problem where it does not
   * @return whether they are new
   */
  public Uni<Boolean> create(List<E> entities, K key, Predicate<E> isSame, ProblemType exists) {
    return calls.bounded(
        Panache.withTransaction(() -> persist(entities))
            .map(stored -> true)
            .onFailure()
            .recoverWithUni(
                failure ->
                    Panache.withSession(() -> findById(key))
                        .map(
                            existing -> {
                              if (existing == null) {
                                throw new IllegalStateException("MySQL refused " + key, failure);
                              }
                              if (!isSame.test(existing)) {
                                throw Problem.of(exists).asException();
                              }
                              return false;
                            })));
  }
}
