package io.firstcome.mysql;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;

/**
 * Asks whether MySQL lets us write, by writing nothing: a server that has become a replica answers
 * whatever is read, and knows more ways to be read-only than it has variables that say so.
 */
@ApplicationScoped
public class MySqlProbe {

  private static final String CHANGE_NOTHING = "UPDATE coupon SET version = version WHERE FALSE";
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /** What MySQL did. */
  enum Answer {
    WRITES,
    READ_ONLY,
    AWAY
  }

  private final Pool mysql;
  private final MySqlConnections connections;

  public MySqlProbe(Pool mysql, MySqlConnections connections) {
    this.mysql = mysql;
    this.connections = connections;
  }

  /** Never fails. */
  Uni<Answer> ask() {
    return mysql
        .query(CHANGE_NOTHING)
        .execute()
        .ifNoItem()
        .after(PATIENCE)
        .fail()
        .map(done -> Answer.WRITES)
        .onFailure()
        .invoke(connections::judge)
        .onFailure()
        .recoverWithItem(e -> SqlErrors.endsConnections(e) ? Answer.READ_ONLY : Answer.AWAY);
  }
}
