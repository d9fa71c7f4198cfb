package io.firstcome.durability;

import io.firstcome.ledger.AggregateType;
import io.firstcome.mysql.In;
import io.firstcome.mysql.MySqlCalls;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Looks whether MySQL has the rows of answers, by their keys and one value of each. */
public final class RowCheck implements DurabilityCheck {

  private final AggregateType type;
  private final Pool mysql;
  private final MySqlCalls calls;
  private final String select;
  private final Function<PendingAnswer, Object> key;
  private final BiPredicate<PendingAnswer, String> matches;

  /**
   * @param select selects key and value of rows; takes the id, and ends with {@code IN} for the
   *     keys
   * @param key of an answer's row
   * @param matches whether a row with this value is an answer's
   */
  public RowCheck(
      AggregateType type,
      Pool mysql,
      MySqlCalls calls,
      String select,
      Function<PendingAnswer, Object> key,
      BiPredicate<PendingAnswer, String> matches) {
    this.type = type;
    this.mysql = mysql;
    this.calls = calls;
    this.select = select;
    this.key = key;
    this.matches = matches;
  }

  @Override
  public AggregateType type() {
    return type;
  }

  @Override
  public Uni<Set<PendingAnswer>> inMySql(String tag, List<PendingAnswer> held) {
    In keys = In.of(held.stream().map(key).toList());
    return calls
        .bounded(
            mysql
                .preparedQuery(select + " " + keys.marks())
                .execute(Tuple.wrap(keys.after(type.id(tag)))))
        .map(
            rows -> {
              Map<Object, String> values = new HashMap<>();
              for (Row row : rows) {
                values.put(row.getValue(0), row.getString(1));
              }
              return held.stream()
                  .filter(
                      one -> {
                        String value = values.get(key.apply(one));
                        return value != null && matches.test(one, value);
                      })
                  .collect(Collectors.toUnmodifiableSet());
            });
  }
}
