package io.firstcome.mysql;

import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.quarkus.hibernate.reactive.panache.Panache;
import io.quarkus.hibernate.reactive.panache.PanacheRepositoryBase;
import io.smallrye.mutiny.Uni;
import jakarta.persistence.criteria.CriteriaBuilder;
import jakarta.persistence.criteria.CriteriaQuery;
import jakarta.persistence.criteria.Expression;
import jakarta.persistence.criteria.Root;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.hibernate.reactive.mutiny.Mutiny;

/**
 * Entities of one kind, as operators define them and as history shows them. Every call is bounded
 * in time and fails with {@code database-unavailable} where MySQL does not answer.
 *
 * <p>Pages are criteria. The first HQL query of a process makes its parser learn the grammar, which
 * holds up an event loop, and with it claims, for up to seconds.
 *
 * @param <E> the entity
 * @param <K> its key
 */
public abstract class Repository<E, K> implements PanacheRepositoryBase<E, K> {

  private final MySqlCalls calls;
  private final Class<E> type;

  protected Repository(MySqlCalls calls, Class<E> type) {
    this.calls = calls;
    this.type = type;
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
   * @param key of the last part of it that differs within a page, ascending
   * @param where what comes after the last key of the page before
   */
  protected Uni<List<E>> page(
      int limit, String key, BiFunction<CriteriaBuilder, Root<E>, Expression<Boolean>> where) {
    return read(
        () ->
            getSession()
                .flatMap(
                    session -> {
                      CriteriaBuilder builder = session.getCriteriaBuilder();
                      CriteriaQuery<E> query = builder.createQuery(type);
                      Root<E> root = query.from(type);
                      query.where(where.apply(builder, root)).orderBy(builder.asc(root.get(key)));
                      return session.createQuery(query).setMaxResults(limit).getResultList();
                    }));
  }

  /**
   * Stores new entities, unless the same request has done so before.
   *
   * @param key of the first of them
   * @param isSame whether the entity that already has this key comes from the same request
   * @param exists the problem where it does not
   * @param also is written too if they are new
   * @return whether they are new
   */
  public Uni<Boolean> create(
      List<E> entities, K key, Predicate<E> isSame, ProblemType exists, AlsoWritten also) {
    return create(entities, List.of(), key, isSame, exists, also);
  }

  /** What is written in the same transaction. */
  @FunctionalInterface
  public interface AlsoWritten {
    Uni<Void> in(Mutiny.Session session);
  }

  /**
   * The same with what belongs to them.
   *
   * @param more entities of other kinds
   */
  public Uni<Boolean> create(
      List<E> entities,
      List<?> more,
      K key,
      Predicate<E> isSame,
      ProblemType exists,
      AlsoWritten also) {
    return calls.bounded(
        Panache.withTransaction(
                () ->
                    persist(entities)
                        .chain(() -> getSession())
                        .chain(
                            session ->
                                session
                                    .persistAll(more.toArray())
                                    .chain(session::flush)
                                    .chain(() -> also.in(session))))
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
