package io.firstcome.local;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Points every {@code @QuarkusTest} of the project, without being named there, to the servers that
 * all of them share, unless others are configured or a Docker engine answers. The servers stay for
 * the next class and end with the JVM.
 */
@WithTestResource(value = LocalServersResource.class, scope = TestResourceScope.GLOBAL)
public final class LocalServersResource implements QuarkusTestResourceLifecycleManager {
  @Override
  public Map<String, String> start() {
    Path project = Path.of(System.getProperty("basedir", ""));
    Map<String, String> settings = new HashMap<>(LocalServers.settings(project, "test"));
    // A test does not wait for a provider as long as a shop does.
    settings.put("firstcome.payment.ask-again", "200ms");
    settings.put("firstcome.payment.sweep", "100ms");
    // In development they are there; an executable is run as in production.
    settings.put("firstcome.pass.secrets", "test:a-secret-of-a-developers-machine");
    settings.put("firstcome.identity.visitors", "true");
    settings.put("firstcome.front.return-hosts", "shop.example,localhost:8080");
    settings.put("firstcome.order.ask-again", "100ms");
    settings.put("firstcome.order.max-ask-again", "1s");
    settings.put("firstcome.order.sweep", "200ms");
    return ServersUnderTest.use(settings);
  }

  @Override
  public void stop() {
    // Another test class may use the servers next.
  }
}
