package io.firstcome.history;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.firstcome.mysql.MySqlCalls;
import io.quarkus.arc.All;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import io.vertx.mysqlclient.MySQLClient;
import jakarta.inject.Singleton;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jboss.logging.Logger;

/**
 * Writes the history of definitions: who changed what, when, from where, why, and what it was
 * before and after.
 *
 * <p>Where the change is one transaction of MySQL, the row is written in it, see {@link Recorder}.
 * Otherwise the row is there before the change is made, so that none is missing if a replica dies
 * in between, and gets its outcome behind it; a request that is refused leaves none. If MySQL is
 * away the change is tried all the same, because an operator may have to pause a coupon just then;
 * the row is written when it has been made, if it can be, and the line of the log in any case.
 */
@Singleton
public class History {

  private static final Logger LOG = Logger.getLogger(History.class);

  /** Numbers that change by themselves. */
  private static final Set<String> PASSING =
      Set.of(
          "serverTime",
          "issued",
          "withheld",
          "remaining",
          "available",
          "held",
          "sold",
          "waiting",
          "called",
          "inside");

  /** Names of members that name a user, or show what only a user may see. */
  private static final Set<String> PERSONAL = Set.of("userId", "code");

  static final String INSERT =
      "INSERT INTO admin_change (changed_at, actor, address, type, subject, action, reason,"
          + " outcome, was, becomes) VALUES (UTC_TIMESTAMP(6), ?, ?, ?, ?, ?, ?, ?, ?, ?)";

  private static final Set<String> UNDESCRIBED =
      Set.of(Change.CREATE, "repair", "recover", "revoke", "call-next");

  private final Map<String, Describer> describers = new HashMap<>();
  private final Pool mysql;
  private final MySqlCalls calls;
  private final ObjectMapper json;

  History(@All List<Describer> describers, Pool mysql, MySqlCalls calls, ObjectMapper json) {
    describers.forEach(describer -> this.describers.put(describer.type(), describer));
    this.mysql = mysql;
    this.calls = calls;
    this.json = json;
  }

  /** What became of a change. */
  enum Outcome {
    /** It is being made, or nobody knows whether it was. */
    UNKNOWN,
    DONE
  }

  /**
   * A change that is being made.
   *
   * @param row its id; null: it has none yet
   * @param was what its subject was before, or null
   */
  public record Begun(
      Long row, Change change, String actor, String address, String reason, ObjectNode was) {

    Begun with(ObjectNode before) {
      return new Begun(row, change, actor, address, reason, before);
    }
  }

  /**
   * A change that was made.
   *
   * @param becomes what differs since, as JSON
   */
  record Made(Begun begun, String becomes) {

    List<Object> row() {
      return History.row(begun, Outcome.DONE, becomes);
    }

    /** Writes the line of the log. */
    void say() {
      History.say(begun, Outcome.DONE);
    }
  }

  /**
   * Begins a change.
   *
   * @param address of the client, or null
   * @param reason empty: none was given
   */
  public Uni<Begun> begin(Change change, String actor, String address, String reason) {
    Uni<ObjectNode> was =
        change.subject() == null
                || !describers.containsKey(change.type())
                || leavesDefinition(change)
            ? Uni.createFrom().nullItem()
            : Uni.createFrom()
                .deferred(() -> describers.get(change.type()).describe(change.subject()))
                .<ObjectNode>map(this::shown)
                .onFailure()
                .recoverWithNull();
    return was.flatMap(
        before -> {
          Begun begun = new Begun(null, change, actor, address, reason, before);
          return calls
              .bounded(
                  mysql
                      .preparedQuery(INSERT)
                      .execute(Tuple.from(row(begun, Outcome.UNKNOWN, null))))
              .map(rows -> (Long) rows.getDelegate().property(MySQLClient.LAST_INSERTED_ID))
              .onFailure()
              .recoverWithNull()
              .map(id -> new Begun(id, change, actor, address, reason, before));
        });
  }

  /**
   * Whether there is no definition before, or it stays: reading it would load what is to be mended.
   */
  private static boolean leavesDefinition(Change change) {
    return UNDESCRIBED.contains(change.action());
  }

  /** Nothing was changed. */
  public Uni<Void> refused(Begun begun) {
    return begun.row() == null
        ? Uni.createFrom().voidItem()
        : quietly(
            mysql
                .preparedQuery("DELETE FROM admin_change WHERE id = ?")
                .execute(Tuple.of(begun.row())));
  }

  /** It is not known whether anything was changed: the row says so. */
  public void unknown(Begun begun) {
    say(begun, Outcome.UNKNOWN);
  }

  /**
   * It was changed.
   *
   * @param entity what the API responds; null: nothing
   */
  public Uni<Void> done(Begun begun, Object entity) {
    Made made = made(begun, entity);
    Begun told = made.begun();
    made.say();
    return quietly(
        told.row() == null
            ? mysql.preparedQuery(INSERT).execute(Tuple.from(made.row()))
            : mysql
                .preparedQuery(
                    "UPDATE admin_change SET outcome = ?, subject = ?, was = ?, becomes = ?"
                        + " WHERE id = ?")
                .execute(
                    Tuple.from(
                        Arrays.asList(
                            Outcome.DONE.name(),
                            told.change().subject(),
                            text(told.was()),
                            made.becomes(),
                            told.row()))));
  }

  /** A change with what differs; what is created has its id from the entity. */
  Made made(Begun begun, Object entity) {
    ObjectNode is = entity == null ? null : shown(entity);
    Change change = begun.change();
    if (change.action().equals(Change.CREATE) && is != null && is.hasNonNull("id")) {
      String prefix = change.subject() == null ? "" : change.subject();
      change = change.withSubject(prefix + is.get("id").asText());
    }
    Begun told =
        new Begun(
            begun.row(),
            change,
            begun.actor(),
            begun.address(),
            begun.reason(),
            without(begun.was(), is));
    return new Made(told, text(without(is, begun.was())));
  }

  private static List<Object> row(Begun begun, Outcome outcome, String becomes) {
    return Arrays.asList(
        begun.actor(),
        begun.address(),
        begun.change().type(),
        begun.change().subject(),
        begun.change().action(),
        begun.reason(),
        outcome.name(),
        text(begun.was()),
        becomes);
  }

  /** The change itself is made: that its row could not be written is no reason to say otherwise. */
  private Uni<Void> quietly(Uni<?> call) {
    return calls
        .bounded(call)
        .onFailure()
        .invoke(
            why -> LOG.warnf("Could not write the history of definitions: %s", why.getMessage()))
        .onFailure()
        .recoverWithNull()
        .replaceWithVoid();
  }

  private static void say(Begun begun, Outcome outcome) {
    LOG.infof(
        "%s by %s from %s: %s of %s %s%s",
        outcome == Outcome.DONE ? "Changed" : "Perhaps changed",
        begun.actor(),
        begun.address() == null ? "-" : begun.address(),
        begun.change().action(),
        begun.change().type(),
        begun.change().subject() == null ? "-" : begun.change().subject(),
        begun.reason().isEmpty() ? "" : " (" + begun.reason() + ")");
  }

  /**
   * What the history keeps of an entity: values that name no user, and objects of values; of lists,
   * which may name users, how long they are.
   */
  ObjectNode shown(Object entity) {
    JsonNode tree = json.valueToTree(entity);
    ObjectNode shown = JsonNodeFactory.instance.objectNode();
    tree.fields()
        .forEachRemaining(
            member -> {
              JsonNode value = member.getValue();
              boolean isPassing = PASSING.contains(member.getKey()) && !value.isArray();
              if (isPassing || PERSONAL.contains(member.getKey()) || value.isNull()) {
                return;
              }
              if (value.isArray()) {
                shown.put(member.getKey(), value.size());
              } else if (!value.isObject() || areValues(value)) {
                shown.set(member.getKey(), value);
              }
            });
    return shown;
  }

  private static boolean areValues(JsonNode object) {
    for (JsonNode value : object) {
      if (value.isContainerNode()) {
        return false;
      }
    }
    return true;
  }

  /** The members that differ; all where there is nothing to compare with. */
  private static ObjectNode without(ObjectNode all, ObjectNode other) {
    if (all == null || other == null) {
      return all;
    }
    ObjectNode rest = all.deepCopy();
    other
        .fields()
        .forEachRemaining(
            member -> {
              if (member.getValue().equals(rest.get(member.getKey()))) {
                rest.remove(member.getKey());
              }
            });
    return rest;
  }

  private static String text(ObjectNode node) {
    return node == null ? null : node.toString();
  }
}
