package io.firstcome.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** A real Prometheus, where the machine has one: Debian's package {@code prometheus}. */
public final class LocalPrometheus extends LocalServer {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String config;

  private LocalPrometheus(int port, String config) {
    super("prometheus", port);
    this.config = config;
  }

  /** Where a program of the package is, if it is installed. */
  public static Optional<Path> program(String name) {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /**
   * Starts a server and waits until it answers.
   *
   * @param config as {@code prometheus.yml}
   */
  public static LocalPrometheus start(String config) {
    return startOnFreePort(port -> new LocalPrometheus(port, config));
  }

  /** The series a query yields now. */
  public JsonNode query(String promQl) {
    return get("query?query=" + encoded(promQl)).get("result");
  }

  /**
   * The number a query of one series yields.
   *
   * @param atSeconds when, as {@code timestamp()} tells it
   */
  public double number(String promQl, double atSeconds) {
    JsonNode series =
        get(String.format(Locale.ROOT, "query?time=%.3f&query=%s", atSeconds, encoded(promQl)))
            .get("result");
    if (series.size() != 1) {
      throw new IllegalStateException("not one series: " + promQl + ": " + series);
    }
    return series.get(0).get("value").get(1).asDouble();
  }

  /** The series a query yields from one instant to another, once a second. */
  public JsonNode range(String promQl, Instant from, Instant to) {
    return get("query_range?step=1&start=%d&end=%d&query=%s"
            .formatted(from.getEpochSecond(), to.getEpochSecond(), encoded(promQl)))
        .get("result");
  }

  /** The groups of rules as they were evaluated last. */
  public JsonNode rules() {
    return get("rules").get("groups");
  }

  private JsonNode get(String path) {
    try {
      JsonNode answer = JSON.readTree(body("/api/v1/" + path));
      if (!answer.path("status").asText().equals("success")) {
        throw new IllegalStateException(path + ": " + answer);
      }
      return answer.get("data");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String body(String path) throws IOException {
    try {
      URI uri = URI.create("http://127.0.0.1:" + port() + path);
      return HTTP.send(
              HttpRequest.newBuilder(uri).timeout(TIMEOUT).build(), BodyHandlers.ofString())
          .body();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  @Override
  List<String> command() {
    return List.of(
        program("prometheus").orElseThrow().toString(),
        "--config.file=" + folder().resolve("prometheus.yml"),
        "--storage.tsdb.path=" + folder().resolve("data"),
        "--web.listen-address=127.0.0.1:" + port());
  }

  @Override
  void prepare() throws IOException {
    Files.writeString(folder().resolve("prometheus.yml"), config);
  }

  @Override
  boolean answers(String log) throws IOException {
    return body("/-/ready").contains("Ready");
  }

  @Override
  String settingToUseInstead() {
    return "PATH without prometheus, to go on without it";
  }
}
