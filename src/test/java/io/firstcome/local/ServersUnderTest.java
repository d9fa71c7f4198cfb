package io.firstcome.local;

import java.util.Map;
import org.eclipse.microprofile.config.ConfigProvider;

/**
 * Which Redis and which MySQL the application under test uses, for tests that look into them from
 * beside it. The application may be a process of its own, so it cannot be asked.
 */
public final class ServersUnderTest {
  /** System properties: Quarkus loads our classes once more for each application it starts. */
  private static final String PREFIX = "firstcome.under-test.";

  private ServersUnderTest() {}

  /** Remembers the settings that the application is started with, and returns them. */
  public static Map<String, String> use(Map<String, String> settings) {
    System.getProperties().keySet().removeIf(key -> key.toString().startsWith(PREFIX));
    settings.forEach((key, value) -> System.setProperty(PREFIX + key, value));
    return settings;
  }

  /**
   * For who stops servers of its own. Quarkus leaves the settings that it started an executable
   * with in the system properties, where they would be the next one's, and look as if the user had
   * made them.
   *
   * @param settings what the application was started with
   */
  public static void forget(Map<String, String> settings) {
    settings.forEach((key, value) -> System.getProperties().remove(key, value));
  }

  /** A setting of the application; where no test made it, as its surroundings have it. */
  public static String setting(String key) {
    String made = System.getProperty(PREFIX + key);
    return made != null ? made : ConfigProvider.getConfig().getValue(key, String.class);
  }
}
