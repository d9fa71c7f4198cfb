package io.firstcome.local;

import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * Switches Quarkus Dev Services off where no Docker engine answers, or the servers are named.
 * Quarkus builds the application while JUnit still looks for tests, long before {@link
 * LocalServersResource} has its say, and the build fails if a database is neither configured nor to
 * be had from Dev Services.
 */
public final class NoDevServices implements LauncherSessionListener {
  private static final String ENABLED = "quarkus.devservices.enabled";

  @Override
  public void launcherSessionOpened(LauncherSession session) {
    if (System.getProperty(ENABLED) == null
        && (ForeignServer.areNamed() || !DockerEngine.answers(System.getenv()))) {
      System.setProperty(ENABLED, "false");
    }
  }
}
