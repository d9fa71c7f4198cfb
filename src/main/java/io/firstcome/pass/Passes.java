package io.firstcome.pass;

import io.firstcome.http.identity.VerifiedTokens;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.metrics.CouponLabels;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Startup;
import io.vertx.core.http.Cookie;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.security.PublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Issues passes and checks them, from memory and on the caller's thread: a pass that was verified
 * once costs a digest from then on, as a token of a user does.
 *
 * <p>A pass cannot be revoked; that is why it lives for minutes.
 */
@Singleton
@Startup
public class Passes {

  /** The header that has the pass. */
  public static final String HEADER = "X-Queue-Pass";

  // With the hash of the name: looking one up by a String costs five times as much.
  private static final CharSequence HEADER_NAME = HttpHeaders.createOptimized(HEADER);

  private static final String QUEUES = "/api/v1/queues/";

  /**
   * A pass as a token.
   *
   * @param token a compact JWS
   */
  public record Issued(Pass pass, String token) {

    /** For how long it is valid from now on, in seconds. */
    public long secondsLeft() {
      return Math.max(0, pass.expiresAtSeconds() - System.currentTimeMillis() / 1_000);
    }
  }

  private final SignedTokens tokens;
  private final Duration lifetime;
  private final VerifiedTokens<Pass> known;
  private final Map<PassRefusal, Map<String, Counter>> refusals = new EnumMap<>(PassRefusal.class);
  private final MeterRegistry registry;
  private final CouponLabels labels;
  private final Counter issued;

  @Inject
  Passes(PassConfig config, CouponLabels labels, MeterRegistry registry) {
    this(
        new PassSecrets(config.secrets().orElse(List.of())),
        config.algorithm(),
        config.lifetime(),
        config.known(),
        labels,
        registry);
  }

  Passes(
      PassSecrets secrets,
      PassConfig.Algorithm algorithm,
      Duration lifetime,
      int maxKnown,
      CouponLabels labels,
      MeterRegistry registry) {
    this.tokens = new SignedTokens(secrets, TokenKind.PASS, algorithm);
    this.lifetime = lifetime;
    this.registry = registry;
    this.labels = labels.forType("queue");
    this.known = new VerifiedTokens<>(maxKnown);
    this.issued =
        Counter.builder("firstcome.pass.issued")
            .description("Passes issued to users inside a queue")
            .register(registry);
    for (PassRefusal why : PassRefusal.values()) {
      refusals.put(why, new ConcurrentHashMap<>());
      refusals(why, CouponLabels.OTHER);
    }
  }

  private Counter refusals(PassRefusal why, String label) {
    return refusals
        .get(why)
        .computeIfAbsent(
            label,
            queue ->
                Counter.builder("firstcome.pass.refused")
                    .description("Requests refused for want of a valid pass, by queue and reason")
                    .tag("queue", queue)
                    .tag("reason", why.slug())
                    .register(registry));
  }

  /**
   * The pass of a queue that a request sends in {@value #HEADER}, else in its cookie; null: none,
   * or more than one.
   */
  public static String of(HttpServerRequest request, String queueId) {
    List<String> lines = request.headers().getAll(HEADER_NAME);
    if (lines.size() == 1) {
      return lines.get(0);
    }
    Cookie cookie = lines.isEmpty() ? request.getCookie(cookie(queueId)) : null;
    return cookie == null ? null : cookie.getValue();
  }

  /** The name of the cookie that has a pass of this queue. */
  public static String cookie(String queueId) {
    return "fc-pass-" + queueId;
  }

  /** Whether there are secrets to sign by. */
  public boolean areOn() {
    return tokens.areOn();
  }

  /**
   * Issues a pass to a user who is inside.
   *
   * @param opens see {@link Pass#opens}
   * @param insideUntil until when the user is inside; null: no end
   */
  public Issued issue(String userId, String queueId, List<String> opens, Instant insideUntil) {
    if (!areOn()) {
      throw Problem.of(ProblemType.PASSES_OFF).asException();
    }
    Instant now = Instant.now();
    Instant end = now.plus(lifetime);
    if (insideUntil != null && insideUntil.isBefore(end)) {
      end = insideUntil;
    }
    Pass pass = new Pass(userId, queueId, List.copyOf(opens), end.getEpochSecond());
    issued.increment();
    labels.of(queueId);
    return new Issued(pass, tokens.sign(pass.claims(now.getEpochSecond())));
  }

  /**
   * Why this user is not let into a coupon or a sale; null: the pass lets them in.
   *
   * @param token the pass as it was sent; null: none
   * @param queueId the queue that must have issued it
   * @param thing the id of the coupon or sale
   */
  public PassRefusal refusal(String token, String queueId, String thing, String userId) {
    return judge(token, queueId, thing, userId);
  }

  /**
   * The same at the door of a site, which does not say what it sells.
   *
   * @param userId who asks; null: not known, the pass says it
   */
  public PassRefusal refusalAtDoor(String token, String queueId, String userId) {
    return judge(token, queueId, null, userId);
  }

  /** The pass in a token, or null: not signed here, or expired. */
  public Pass read(String token) {
    Pass pass = token == null ? null : known.get(token);
    if (pass != null) {
      return pass;
    }
    pass = token == null ? null : verify(token);
    return pass == null || isOver(pass) ? null : pass;
  }

  private PassRefusal judge(String token, String queueId, String thing, String userId) {
    if (token == null) {
      return PassRefusal.MISSING;
    }
    Pass pass = known.get(token);
    if (pass == null) {
      pass = verify(token);
      if (pass == null) {
        return PassRefusal.INVALID;
      }
      if (isOver(pass)) {
        return PassRefusal.EXPIRED;
      }
    }
    if (userId != null && !pass.userId().equals(userId)) {
      return PassRefusal.OTHER_USER;
    }
    if (!pass.queueId().equals(queueId)) {
      return PassRefusal.OTHER_QUEUE;
    }
    return thing == null || pass.opens().isEmpty() || pass.opens().contains(thing)
        ? null
        : PassRefusal.NOT_OPENED;
  }

  private Pass verify(String token) {
    String payload = tokens.areOn() ? tokens.verify(token) : null;
    Pass pass = payload == null ? null : Pass.of(payload);
    if (pass != null && !isOver(pass)) {
      known.put(token, pass, pass.expiresAtSeconds());
    }
    return pass;
  }

  private static boolean isOver(Pass pass) {
    return pass.expiresAtSeconds() <= System.currentTimeMillis() / 1_000;
  }

  /**
   * Counts a refusal, and returns what the client is answered: where to queue.
   *
   * @param queueId a queue that exists
   */
  public Problem refused(PassRefusal why, String queueId) {
    return refused(why, queueId, labels.of(queueId));
  }

  /** The same of a queue that may not exist: it has a label only if a pass of it was issued. */
  public Problem refusedAtDoor(PassRefusal why, String queueId) {
    return refused(why, queueId, labels.ofKnown(queueId));
  }

  private Problem refused(PassRefusal why, String queueId, String label) {
    refusals(why, label).increment();
    return Problem.of(ProblemType.PASS_REQUIRED)
        .with("reason", why.slug())
        .with("queueId", queueId)
        .with("queueAt", QUEUES + queueId + "/entries");
  }

  /** The public keys by kid; none where passes are signed by secrets. */
  Map<String, PublicKey> publicKeys() {
    return tokens.publicKeys();
  }
}
