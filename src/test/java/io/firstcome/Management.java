package io.firstcome;

import io.restassured.RestAssured;
import io.restassured.specification.RequestSpecification;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.ConfigProvider;

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
    int port = ConfigProvider.getConfig().getValue("quarkus.management.test-port", Integer.class);
    return port > 0 ? port : portOfTheExecutable();
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
