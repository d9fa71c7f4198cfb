package io.firstcome.audit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.firstcome.redis.Keys;
import io.firstcome.redis.Scripts;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Command;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import org.jboss.logging.Logger;

/**
 * The last report of each ledger, in Redis beside it, so that every replica tells the same,
 * whichever audited. It ends by itself.
 */
@ApplicationScoped
class AuditStore {

  private static final Logger LOG = Logger.getLogger(AuditStore.class);
  private static final Duration KEPT = Duration.ofDays(1);

  private final Scripts redis;
  private final ObjectMapper json;

  AuditStore(Scripts redis, ObjectMapper json) {
    this.redis = redis;
    this.json = json;
  }

  /** Keeps a report; a Redis that is full or away costs no more than this. It blocks. */
  void keep(Report report) {
    try {
      redis
          .send(
              Command.SET,
              Keys.audit(report.ledger()),
              json.writeValueAsString(report),
              "PX",
              KEPT.toMillis())
          .await()
          .atMost(redis.timeout().multipliedBy(2));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    } catch (RuntimeException e) {
      LOG.debugf(e, "Could not store the audit of %s", report.ledger());
    }
  }

  /** The last report of a ledger, or null. */
  Uni<Report> read(String tag) {
    return redis
        .send(Command.GET, Keys.audit(tag))
        .map(reply -> reply == null ? null : parsed(tag, reply.toString()));
  }

  /** Null where another release wrote it in a way of its own: the next audit replaces it. */
  private Report parsed(String tag, String text) {
    try {
      return json.readValue(text, Report.class);
    } catch (JsonProcessingException e) {
      LOG.debugf(e, "Could not parse the stored audit of %s", tag);
      return null;
    }
  }
}
