package io.firstcome.local;

import java.io.File;
import java.io.IOException;
import java.io.Writer;
import java.lang.instrument.Instrumentation;
import java.lang.reflect.InvocationTargetException;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.locks.LockSupport;

/**
 * Runs in the JVM of {@code quarkus:dev} before Quarkus does, and hands the settings of the local
 * servers over as a configuration file that every other source of configuration beats.
 */
public final class DevAgent {
  private static final String LOCATIONS = "smallrye.config.locations";

  /** Below application.properties (250), {@code .env} (295) and the environment (300). */
  private static final String ORDINAL = "90";

  /** The libraries log through SLF4J, which complains on the console where nothing listens. */
  private static final String SLF4J_VERBOSITY = "slf4j.internal.verbosity";

  private static final Duration PARENT_POLL = Duration.ofMillis(250);

  private DevAgent() {}

  /**
   * @param project the project's folder; beside this agent's jar, {@code firstcome-local.classpath}
   *     names the libraries that unpack the servers
   */
  public static void premain(String project, Instrumentation instrumentation) {
    endWithParent();
    try {
      Path jar =
          Path.of(DevAgent.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      handOver(settings(Path.of(project), jar), jar.resolveSibling("firstcome-local.properties"));
    } catch (ReflectiveOperationException | IOException | URISyntaxException e) {
      Throwable cause = e instanceof InvocationTargetException ? e.getCause() : e;
      System.err.println("Firstcome: no servers of its own, because " + cause);
    }
  }

  /**
   * A killed Maven would leave this JVM behind, and the servers with it. Polled, because the JDK
   * looks after a process that is not its child every few seconds only.
   */
  private static void endWithParent() {
    ProcessHandle parent = ProcessHandle.current().parent().orElseThrow();
    Thread watch =
        new Thread(
            () -> {
              while (parent.isAlive()) {
                LockSupport.parkNanos(PARENT_POLL.toNanos());
              }
              System.exit(1);
            },
            "firstcome-parent-watch");
    watch.setDaemon(true);
    watch.start();
  }

  /**
   * The libraries have a class loader to themselves: on the class path they would be seen by the
   * application, which is not to have them when it is packaged.
   */
  private static Map<String, String> settings(Path project, Path jar)
      throws ReflectiveOperationException, IOException {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    ClassLoader libraries =
        new URLClassLoader(withLibraries(jar), ClassLoader.getPlatformClassLoader());
    thread.setContextClassLoader(libraries);
    System.setProperty(SLF4J_VERBOSITY, "ERROR");
    try {
      var method =
          Class.forName(LocalServers.class.getName(), true, libraries)
              .getDeclaredMethod("settings", Path.class, String.class);
      method.setAccessible(true);
      @SuppressWarnings("unchecked")
      Map<String, String> settings = (Map<String, String>) method.invoke(null, project, "dev");
      return settings;
    } finally {
      System.clearProperty(SLF4J_VERBOSITY);
      thread.setContextClassLoader(before);
    }
  }

  private static URL[] withLibraries(Path jar) throws IOException {
    String classPath = Files.readString(jar.resolveSibling("firstcome-local.classpath")).strip();
    List<URL> urls = new ArrayList<>();
    urls.add(jar.toUri().toURL());
    for (String library : classPath.split(File.pathSeparator)) {
      urls.add(Path.of(library).toUri().toURL());
    }
    return urls.toArray(URL[]::new);
  }

  private static void handOver(Map<String, String> settings, Path file) throws IOException {
    if (settings.isEmpty()) {
      return;
    }
    Properties properties = new Properties();
    properties.putAll(settings);
    properties.setProperty("config_ordinal", ORDINAL);
    try (Writer writer = Files.newBufferedWriter(file)) {
      properties.store(writer, null);
    }
    String users = System.getProperty(LOCATIONS);
    System.setProperty(
        LOCATIONS, users == null ? file.toUri().toString() : users + "," + file.toUri());
  }
}
