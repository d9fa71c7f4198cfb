package io.firstcome.http.identity;

import io.firstcome.http.input.Digests;
import io.firstcome.http.problem.Problem;
import io.vertx.core.http.HttpServerRequest;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Users without credentials. A visitor is known by a secret of 32 random bytes, of which only a
 * hash is kept: it is their user id. Browsers get the secret in a cookie; other clients make it and
 * send it in a header, which counts for entries of queues alone.
 */
@Singleton
public class Visitors {

  /** The header that has the secret. */
  public static final String HEADER = "X-Visitor-Secret";

  /** What the user ids of visitors begin with. */
  public static final String PREFIX = "visitor:";

  static final String SETTING = "firstcome.identity.visitors";

  /** As many bits as a random UUID has, and some: the id is in Redis for each who waits. */
  private static final int HASH_BYTES = 16;

  private static final Pattern SECRET = Pattern.compile("[A-Za-z0-9_-]{43}");
  private static final Pattern ENTRIES = Pattern.compile("/api/v1/queues/[^/]+/entries(/.*)?");

  private final boolean on;

  @Inject
  Visitors(@ConfigProperty(name = SETTING, defaultValue = "false") boolean on) {
    this.on = on;
  }

  /** The user id of the visitor who sends a request; null: it has no secret that counts. */
  String of(HttpServerRequest request) {
    if (!on || !request.headers().contains(HEADER) || !ENTRIES.matcher(request.path()).matches()) {
      return null;
    }
    List<String> secrets = request.headers().getAll(HEADER);
    if (secrets.size() != 1 || !isSecret(secrets.get(0))) {
      throw Problem.malformed(HEADER, "must be 32 bytes as base64url, without padding, once")
          .asException();
    }
    return idOf(secrets.get(0));
  }

  /** Whether this is 32 bytes as base64url, without padding. */
  public static boolean isSecret(String text) {
    return SECRET.matcher(text).matches();
  }

  /** The user id of the visitor who has this secret. */
  public static String idOf(String secret) {
    byte[] hash = Digests.sha256().digest(secret.getBytes(StandardCharsets.US_ASCII));
    return PREFIX
        + Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(hash, HASH_BYTES));
  }
}
