package io.firstcome;

import io.firstcome.http.edge.ManagementServer;
import io.quarkus.arc.Arc;
import io.quarkus.arc.ArcContainer;
import io.restassured.RestAssured;
import io.restassured.specification.RequestSpecification;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The management port of the application under test: metrics, health, the API's description. */
public final class Management {
  private static final Pattern LISTENING =
      Pattern.compile("Management interface listening on http://[^:]+:(\\d+)");

  private Management() {}

  /** As {@link RestAssured#given()}, which asks the public port. */
  public static RequestSpecification management() {
    return RestAssured.given().port(port());
  }

  /** Where it listens. */
  public static int port() {
    ArcContainer beans = Arc.container();
    return beans == null
        ? portOfTheExecutable()
        : beans.instance(ManagementServer.class).get().port();
  }

  /** Quarkus knows the public port of a process that it started, and not this one. */
  private static int portOfTheExecutable() {
    Path log = Path.of(System.getProperty("quarkus.log.file.path"));
    try {
      Matcher listening = LISTENING.matcher(Files.readString(log));
      if (!listening.find()) {
        throw new IllegalStateException("no management port in " + log);
      }
      return Integer.parseInt(listening.group(1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
