package io.firstcome.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.kustomize.v1beta1.Kustomization;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.openshift.api.model.monitoring.v1.PrometheusRule;
import io.fabric8.openshift.api.model.monitoring.v1.ServiceMonitor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What is in {@code deploy/k8s}, by the schemas of Kubernetes. */
final class Manifests {
  static final Path ROOT = Path.of("deploy", "k8s");

  private static final Map<String, Class<?>> TYPES =
      Map.ofEntries(
          Map.entry("v1 Namespace", Namespace.class),
          Map.entry("v1 ConfigMap", ConfigMap.class),
          Map.entry("v1 Secret", Secret.class),
          Map.entry("v1 Service", Service.class),
          Map.entry("apps/v1 Deployment", Deployment.class),
          Map.entry("networking.k8s.io/v1 Ingress", Ingress.class),
          Map.entry("networking.k8s.io/v1 NetworkPolicy", NetworkPolicy.class),
          Map.entry("policy/v1 PodDisruptionBudget", PodDisruptionBudget.class),
          Map.entry("autoscaling/v2 HorizontalPodAutoscaler", HorizontalPodAutoscaler.class),
          Map.entry("monitoring.coreos.com/v1 ServiceMonitor", ServiceMonitor.class),
          Map.entry("monitoring.coreos.com/v1 PrometheusRule", PrometheusRule.class),
          Map.entry("keda.sh/v1alpha1 ScaledObject", ScaledObject.class),
          Map.entry("kustomize.config.k8s.io/v1beta1 Kustomization", Kustomization.class),
          Map.entry("kustomize.config.k8s.io/v1alpha1 Component", Kustomization.class));

  private final List<Object> objects;

  private Manifests(List<Object> objects) {
    this.objects = objects;
  }

  /** The base and the components, as they stand in their files. */
  static Manifests ofFiles() {
    List<Object> objects = new ArrayList<>();
    for (Path file : files()) {
      Path folder = ROOT.relativize(file).getName(0);
      if (folder.endsWith("base") || folder.endsWith("components")) {
        StrictYaml.documents(file).forEach(document -> objects.add(read(document)));
      }
    }
    return new Manifests(objects);
  }

  /** What kustomize printed. */
  static Manifests of(String yaml) {
    return new Manifests(StrictYaml.documents(yaml).stream().map(Manifests::read).toList());
  }

  /** Every manifest, kustomizations among them. */
  static List<Path> files() {
    try (Stream<Path> files = Files.walk(ROOT)) {
      return files
          .filter(file -> file.toString().endsWith(".yaml"))
          .filter(file -> !file.startsWith(ROOT.resolve("prometheus-adapter")))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads a document as what it says it is. */
  static Object read(JsonNode document) {
    String type = document.path("apiVersion").asText() + " " + document.path("kind").asText();
    assertThat(TYPES).as("a schema is known").containsKey(type);
    return StrictYaml.as(document, TYPES.get(type));
  }

  /** All of a type. */
  <T> List<T> all(Class<T> type) {
    return objects.stream().filter(type::isInstance).map(type::cast).toList();
  }

  /** The only one of a type, or the first of several: ours, since the base comes first. */
  <T> T one(Class<T> type) {
    assertThat(all(type)).as(type.getSimpleName()).isNotEmpty();
    return all(type).get(0);
  }
}
