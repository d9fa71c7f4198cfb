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
    forget();
    settings.forEach((key, value) -> System.setProperty(PREFIX + key, value));
    return settings;
  }

  /**
   * Forgets those of the test class before. Quarkus leaves what it started an executable with in
   * the system properties, where it would look as if the user had set it.
   */
  static void forget() {
    for (String key : System.getProperties().stringPropertyNames()) {
      if (key.startsWith(PREFIX)) {
        String setting = key.substring(PREFIX.length());
        System.getProperties().remove(setting, System.clearProperty(key));
      }
    }
  }

  /** A setting of the application; where no test made it, as its surroundings have it. */
  public static String setting(String key) {
    String made = System.getProperty(PREFIX + key);
    return made != null ? made : ConfigProvider.getConfig().getValue(key, String.class);
  }
}
