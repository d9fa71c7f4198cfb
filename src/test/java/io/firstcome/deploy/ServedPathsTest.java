package io.firstcome.deploy;

import static io.firstcome.Management.management;
import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.openshift.api.model.monitoring.v1.ServiceMonitor;
import io.quarkus.test.junit.QuarkusTest;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the manifests ask of the service, the service has. */
@QuarkusTest
class ServedPathsTest {
  private static final Pattern METRIC = Pattern.compile("\\bfirstcome_[a-z_]+");

  static List<String> probedPaths() {
    return KubernetesRulesTest.probedPaths().toList();
  }

  @ParameterizedTest
  @MethodSource("probedPaths")
  void aProbedPathAnswers(String path) {
    management().get(path).then().statusCode(200);
  }

  /** Whoever scales on a metric that is not there never scales. */
  @Test
  void theAutoscalersGoByMetricsThatAreExported() {
    given()
        .header("X-User-Id", "alice")
        .post("/api/v1/coupons/not-there/claims")
        .then()
        .statusCode(404);
    String path =
        Manifests.ofFiles().one(ServiceMonitor.class).getSpec().getEndpoints().get(0).getPath();
    Set<String> exported =
        management()
            .get(path)
            .then()
            .statusCode(200)
            .extract()
            .asString()
            .lines()
            .filter(line -> !line.startsWith("#"))
            .map(line -> line.split("[{ ]")[0])
            .collect(Collectors.toSet());

    Set<String> asked = new HashSet<>();
    Manifests.ofFiles()
        .one(ScaledObject.class)
        .spec()
        .triggers()
        .forEach(trigger -> asked.addAll(metrics(trigger.metadata().getOrDefault("query", ""))));
    JsonNode rules = AdapterRules.all();
    for (String query : List.of("seriesQuery", "metricsQuery")) {
      rules.findValuesAsText(query).forEach(text -> asked.addAll(metrics(text)));
    }

    assertThat(asked).hasSizeGreaterThan(1);
    assertThat(exported).containsAll(asked);
  }

  /** What the autoscaler asks for is what prometheus-adapter makes of what is exported. */
  @Test
  void theAutoscalerAsksForWhatTheAdapterOffers() {
    Set<String> custom = new HashSet<>();
    Set<String> external = new HashSet<>();
    Manifests.ofFiles()
        .one(HorizontalPodAutoscaler.class)
        .getSpec()
        .getMetrics()
        .forEach(
            metric -> {
              if (metric.getPods() != null) {
                custom.add(metric.getPods().getMetric().getName());
              }
              if (metric.getExternal() != null) {
                external.add(metric.getExternal().getMetric().getName());
              }
            });
    assertThat(AdapterRules.offered("custom")).isEqualTo(custom).isNotEmpty();
    assertThat(AdapterRules.offered("external")).isEqualTo(external).isNotEmpty();
  }

  private static Set<String> metrics(String query) {
    return METRIC.matcher(query).results().map(found -> found.group()).collect(Collectors.toSet());
  }
}
