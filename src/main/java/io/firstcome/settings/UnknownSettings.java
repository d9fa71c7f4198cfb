package io.firstcome.settings;

import io.quarkus.runtime.LaunchMode;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.smallrye.config.EnvConfigSource;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.spi.ConfigSource;

/**
 * A setting that is misspelt is silently the default, in the middle of a sale. So what looks like a
 * setting of ours and is none ends the start, wherever it stands: also in the environment, where
 * the check of the configuration library, which this one replaces in production, does not look.
 */
@Singleton
class UnknownSettings {

  private static final String PREFIX = "firstcome.";
  private static final String ENVIRONMENT_PREFIX = "FIRSTCOME_";

  /** All there are. A test holds them against the code. */
  static final List<String> KNOWN =
      List.of(
          "firstcome.acknowledge",
          "firstcome.acknowledge.replicas",
          "firstcome.acknowledge.fsync",
          "firstcome.acknowledge.timeout",
          "firstcome.acknowledge.max-parked",
          "firstcome.audit.chunk",
          "firstcome.audit.interval",
          "firstcome.audit.pause",
          "firstcome.batch.idle",
          "firstcome.batch.max-claims",
          "firstcome.batch.max-coupons",
          "firstcome.batch.max-in-flight",
          "firstcome.batch.max-waiting",
          "firstcome.body.max-large",
          "firstcome.body.timeout",
          "firstcome.codes.keys",
          "firstcome.codes.reseal",
          "firstcome.connection.max-pipelined",
          "firstcome.connection.max-unread",
          "firstcome.definition.first-look",
          "firstcome.definition.last-look",
          "firstcome.definition.settle-timeout",
          "firstcome.front.cookie-domain",
          "firstcome.front.return-hosts",
          "firstcome.gate.max-age",
          "firstcome.gate.max-filtered",
          "firstcome.gate.max-winners",
          "firstcome.gateway.secrets",
          "firstcome.hand-out.interval",
          "firstcome.hand-out.lease",
          "firstcome.hand-out.look",
          "firstcome.history.keep",
          "firstcome.history.sweep",
          "firstcome.hot-stock.idle",
          "firstcome.hot-stock.max-batch",
          "firstcome.hot-stock.max-ended",
          "firstcome.hot-stock.max-gauges",
          "firstcome.hot-stock.max-refusals",
          "firstcome.hot-stock.max-sales",
          "firstcome.hot-stock.max-waiting",
          "firstcome.hot-stock.search",
          "firstcome.hot-stock.settle-timeout",
          "firstcome.hot-stock.sweep",
          "firstcome.hot-stock.sweep-batch",
          "firstcome.identity",
          "firstcome.identity.attributes",
          "firstcome.identity.known-tokens",
          "firstcome.identity.visitors",
          "firstcome.ledger.batch-entries",
          "firstcome.ledger.flush-timeout",
          "firstcome.ledger.idle-poll",
          "firstcome.ledger.lease",
          "firstcome.ledger.max-dead-letters",
          "firstcome.ledger.max-live",
          "firstcome.ledger.max-retry-backoff",
          "firstcome.ledger.max-undrained",
          "firstcome.ledger.poll",
          "firstcome.ledger.request-timeout",
          "firstcome.ledger.retry-backoff",
          "firstcome.ledger.rows-per-insert",
          "firstcome.ledger.start-timeout",
          "firstcome.ledger.statement-timeout",
          "firstcome.ledger.sweep",
          "firstcome.ledger.threads",
          "firstcome.limit.address.burst",
          "firstcome.limit.address.header",
          "firstcome.limit.address.rate",
          "firstcome.limit.address.replica-burst",
          "firstcome.limit.address.replica-rate",
          "firstcome.limit.code-caller.burst",
          "firstcome.limit.code-caller.rate",
          "firstcome.limit.code-coupon.burst",
          "firstcome.limit.code-coupon.rate",
          "firstcome.limit.trusted-proxies",
          "firstcome.limit.user.burst",
          "firstcome.limit.user.rate",
          "firstcome.limit.user.replica-burst",
          "firstcome.limit.user.replica-daily",
          "firstcome.limit.user.replica-rate",
          "firstcome.limit.visitor.replica-burst",
          "firstcome.limit.visitor.replica-rate",
          "firstcome.link.max-calls",
          "firstcome.live.heartbeat",
          "firstcome.live.interval",
          "firstcome.live.max-streams",
          "firstcome.live.max-streams-per-address",
          "firstcome.live.patience",
          "firstcome.load.chunk",
          "firstcome.load.drain-timeout",
          "firstcome.load.lease",
          "firstcome.load.max-concurrent",
          "firstcome.load.max-unknown",
          "firstcome.load.max-waiting",
          "firstcome.load.patience",
          "firstcome.load.statement-timeout",
          "firstcome.load.unknown-ttl",
          "firstcome.lock.max-names",
          "firstcome.lock.max-waiting",
          "firstcome.lock.poll",
          "firstcome.lock.redlock-hosts",
          "firstcome.lock.redlock-timeout",
          "firstcome.lock.store",
          "firstcome.lottery.chunk",
          "firstcome.lottery.lease",
          "firstcome.lottery.max-tickets",
          "firstcome.lottery.public-value-member",
          "firstcome.lottery.public-value-url",
          "firstcome.lottery.sweep",
          "firstcome.management.max-connections",
          "firstcome.metrics.max-coupons",
          "firstcome.metrics.interval",
          "firstcome.opening.claimants-per-unit",
          "firstcome.opening.hold",
          "firstcome.opening.lead",
          "firstcome.outbox.attempts",
          "firstcome.outbox.batch-rows",
          "firstcome.outbox.lease",
          "firstcome.outbox.max-aside",
          "firstcome.outbox.max-rows",
          "firstcome.outbox.poll",
          "firstcome.order.answer-within",
          "firstcome.order.ask-again",
          "firstcome.order.audit",
          "firstcome.order.audit-window",
          "firstcome.order.busy",
          "firstcome.order.charge-time",
          "firstcome.order.hold",
          "firstcome.order.lock-wait-seconds",
          "firstcome.order.max-ask-again",
          "firstcome.order.max-attempts",
          "firstcome.order.max-retry-backoff",
          "firstcome.order.max-waiting",
          "firstcome.order.patience",
          "firstcome.order.retry-backoff",
          "firstcome.order.stuck-after",
          "firstcome.order.sweep",
          "firstcome.order.sweep-batch",
          "firstcome.order.threads",
          "firstcome.pass.algorithm",
          "firstcome.pass.known",
          "firstcome.pass.lifetime",
          "firstcome.pass.secrets",
          "firstcome.queue.call-timeout",
          "firstcome.queue.grace",
          "firstcome.queue.keep-ended",
          "firstcome.queue.max-active",
          "firstcome.queue.max-batch",
          "firstcome.queue.max-gauges",
          "firstcome.queue.max-joining",
          "firstcome.queue.max-queues",
          "firstcome.queue.max-users",
          "firstcome.queue.max-waiting",
          "firstcome.queue.sweep",
          "firstcome.payment.ask-again",
          "firstcome.payment.busy",
          "firstcome.payment.http.breaker-pause",
          "firstcome.payment.http.breaker-requests",
          "firstcome.payment.http.callback-secret",
          "firstcome.payment.http.callback-window",
          "firstcome.payment.http.max-concurrent",
          "firstcome.payment.http.max-retries",
          "firstcome.payment.http.retry-backoff",
          "firstcome.payment.http.timeout",
          "firstcome.payment.http.token",
          "firstcome.payment.http.try-timeout",
          "firstcome.payment.http.url",
          "firstcome.payment.key-lifetime",
          "firstcome.payment.lock-wait-seconds",
          "firstcome.payment.max-attempts",
          "firstcome.payment.max-retry-backoff",
          "firstcome.payment.max-waiting",
          "firstcome.payment.patience",
          "firstcome.payment.retry-backoff",
          "firstcome.payment.sweep",
          "firstcome.payment.sweep-batch",
          "firstcome.payment.threads",
          "firstcome.payment.wallet-audit",
          "firstcome.recovery.believe",
          "firstcome.recovery.window-units",
          "firstcome.retention.after-close",
          "firstcome.retention.sweep",
          "firstcome.queue.inside-time",
          "firstcome.redis.key-prefix",
          "firstcome.redis.claim-reserve",
          "firstcome.redis.timeout",
          "firstcome.reference-route",
          "firstcome.series.ahead",
          "firstcome.series.max-series",
          "firstcome.series.sweep",
          "firstcome.stock.max-extension",
          "firstcome.stock.max-items",
          "firstcome.stock.max-held-per-user",
          "firstcome.stock.max-kept-per-user",
          "firstcome.stock.max-refusals-per-user",
          "firstcome.stock.max-line-quantity",
          "firstcome.stock.max-lines",
          "firstcome.stock.max-ttl",
          "firstcome.stock.mysql.lock-wait-seconds",
          "firstcome.stock.mysql.max-attempts",
          "firstcome.stock.mysql.max-retry-backoff",
          "firstcome.stock.mysql.max-waiting",
          "firstcome.stock.mysql.patience",
          "firstcome.stock.mysql.retry-backoff",
          "firstcome.stock.mysql.sweep",
          "firstcome.stock.mysql.sweep-batch",
          "firstcome.stock.mysql.threads",
          "firstcome.stock.ttl",
          "firstcome.waitlist.look",
          "firstcome.waitlist.sweep");

  /** {@code name[0]}, and {@code NAME_0_} in the environment: the first of a list. */
  private static final Pattern INDEX = Pattern.compile("(\\[\\d+]|_\\d+_)$");

  /** What Kubernetes and Docker tell of services named firstcome, firstcome-redis and so on. */
  private static final Pattern SERVICE_LINK =
      Pattern.compile(
          ENVIRONMENT_PREFIX
              + "(.+_)?(SERVICE_(HOST|PORT(_.+)?)"
              + "|PORT(_\\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)");

  /** First of all: what comes after may already fail by it. */
  void check(@Observes @Priority(-2) StartupEvent event, Config config) {
    // Tests and development have names of their own among the system properties.
    if (LaunchMode.current() == LaunchMode.NORMAL) {
      refuseUnknown(properties(config.getConfigSources()), System.getenv().keySet());
    }
  }

  /** All but those of the environment, of which that source makes names that may be none. */
  static List<String> properties(Iterable<ConfigSource> sources) {
    List<String> names = new ArrayList<>();
    for (ConfigSource source : sources) {
      if (!(source instanceof EnvConfigSource)) {
        names.addAll(source.getPropertyNames());
      }
    }
    return names;
  }

  /**
   * @throws ConfigurationException naming each, and what comes nearest to it
   */
  static void refuseUnknown(Iterable<String> properties, Iterable<String> environment) {
    TreeSet<String> wrong = new TreeSet<>();
    for (String property : properties) {
      // Of a profile: %prod.firstcome...
      String name =
          property.startsWith("%") ? property.substring(property.indexOf('.') + 1) : property;
      if (name.startsWith(PREFIX) && !isKnown(name, KNOWN)) {
        wrong.add(property + " (nearest: " + nearest(name, KNOWN.stream()) + ")");
      }
    }
    Map<String, String> variables = null;
    for (String variable : environment) {
      if (!variable.startsWith(ENVIRONMENT_PREFIX)) {
        continue;
      }
      if (variables == null) {
        variables = new HashMap<>();
        for (String name : KNOWN) {
          variables.put(variable(name), name);
        }
      }
      if (!isKnown(variable, variables.keySet()) && !SERVICE_LINK.matcher(variable).matches()) {
        wrong.add(variable + " (nearest: " + nearest(variable, variables.keySet().stream()) + ")");
      }
    }
    if (!wrong.isEmpty()) {
      throw new ConfigurationException("Unknown setting " + String.join(", ", wrong));
    }
  }

  private static boolean isKnown(String name, Collection<String> known) {
    return known.contains(name) || known.contains(INDEX.matcher(name).replaceFirst(""));
  }

  private static String variable(String name) {
    return name.replaceAll("[^a-z0-9]", "_").toUpperCase(Locale.ROOT);
  }

  private static String nearest(String name, Stream<String> known) {
    return known.min((a, b) -> Integer.compare(distance(name, a), distance(name, b))).orElseThrow();
  }

  /** Levenshtein's. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
