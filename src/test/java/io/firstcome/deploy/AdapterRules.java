package io.firstcome.deploy;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What {@code deploy/k8s/prometheus-adapter/values.yaml} tells prometheus-adapter, strictly. */
final class AdapterRules {
  /** The values of its Helm chart that we set. */
  record Values(Prometheus prometheus, String metricsRelistInterval, Rules rules) {}

  record Prometheus(String url, Integer port) {}

  record Rules(@JsonProperty("default") Boolean defaults, List<Rule> custom, List<Rule> external) {}

  record Rule(String seriesQuery, Resources resources, Name name, String metricsQuery) {}

  record Resources(Map<String, Override> overrides) {
    record Override(String resource) {}
  }

  record Name(String matches, String as) {}

  private AdapterRules() {}

  static JsonNode all() {
    return StrictYaml.documents(Manifests.ROOT.resolve("prometheus-adapter/values.yaml")).get(0);
  }

  /**
   * The names of the metrics that it offers.
   *
   * @param api {@code custom} or {@code external}
   */
  static Set<String> offered(String api) {
    Rules rules = StrictYaml.as(all(), Values.class).rules();
    Set<String> names = new HashSet<>();
    for (Rule rule : api.equals("custom") ? rules.custom() : rules.external()) {
      String series = rule.seriesQuery().replaceAll("\\{.*", "");
      if (!series.matches(rule.name().matches())) {
        throw new AssertionError(rule.name().matches() + " does not match " + series);
      }
      names.add(series.replaceAll(rule.name().matches(), rule.name().as()));
    }
    return names;
  }
}
