package io.firstcome.coupon.lottery;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.firstcome.coupon.model.LotteryConfig;
import io.firstcome.http.input.PlainText;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;

/**
 * Fetches public values where a URL is configured: the body of the response is the value, without
 * white space around it, or one member of it where it is JSON. It blocks.
 */
@ApplicationScoped
class PublicValues {

  private static final Logger LOG = Logger.getLogger(PublicValues.class);
  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final Pattern PLAIN = Pattern.compile(PlainText.PATTERN);
  private static final int MAX_BODY_BYTES = 65_536;

  private final Drawing drawing;
  private final LotteryConfig config;
  private final ObjectMapper json;
  private volatile HttpClient client;

  PublicValues(Drawing drawing, LotteryConfig config, ObjectMapper json) {
    this.drawing = drawing;
    this.config = config;
    this.json = json;
  }

  boolean areFetched() {
    return config.publicValueUrl().isPresent();
  }

  /** Fetches the value of this name and records it; where it is not there yet, nothing. */
  void fetch(String couponId, String name) {
    String url =
        config
            .publicValueUrl()
            .orElseThrow()
            // A blank as +, which only a query may have.
            .replace("{name}", URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20"));
    try {
      HttpResponse<InputStream> response =
          client()
              .send(
                  HttpRequest.newBuilder(URI.create(url)).timeout(TIMEOUT).build(),
                  HttpResponse.BodyHandlers.ofInputStream());
      try (InputStream body = response.body()) {
        // The time-out of a request ends with the head of its response; a closed body fails to
        // read.
        CompletableFuture.delayedExecutor(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
            .execute(() -> close(body));
        byte[] bytes = body.readNBytes(MAX_BODY_BYTES);
        if (response.statusCode() != 200) {
          LOG.debugf("%s answered %d", url, response.statusCode());
          return;
        }
        String value = value(new String(bytes, StandardCharsets.UTF_8));
        if (value.isEmpty()
            || value.length() > NewPublicValue.MAX_LENGTH
            || !PLAIN.matcher(value).matches()) {
          LOG.warnf("What %s answered for lottery %s is no public value", url, couponId);
          return;
        }
        drawing.publicValue(couponId, 1, name, value, tx -> {});
      }
    } catch (IOException | RuntimeException e) {
      LOG.debugf("Could not fetch the public value of lottery %s: %s", couponId, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void close(InputStream body) {
    try {
      body.close();
    } catch (IOException e) {
      LOG.debugf("Could not close the body of a public value: %s", e);
    }
  }

  private String value(String body) throws IOException {
    return config.publicValueMember().isEmpty()
        ? body.strip()
        : json.readTree(body).path(config.publicValueMember().get()).asText().strip();
  }

  /** Not before it is needed. */
  private HttpClient client() {
    if (client == null) {
      client = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
    }
    return client;
  }
}
