package io.firstcome.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.kustomize.v1beta1.Kustomization;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.openshift.api.model.monitoring.v1.PrometheusRule;
import io.firstcome.watch.Watch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each file of {@code deploy/k8s}, by itself and with those it names. */
class KubernetesManifestsTest {

  static Stream<Path> files() {
    return Manifests.files().stream();
  }

  static Stream<Path> kustomizations() {
    return files().filter(file -> file.endsWith("kustomization.yaml"));
  }

  @ParameterizedTest
  @MethodSource("files")
  void isOfItsSchema(Path file) {
    assertThat(StrictYaml.documents(file)).isNotEmpty().allSatisfy(Manifests::read);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{apiVersion: apps/v1, kind: Deployment, spec: {replica: 4}}",
        "{apiVersion: apps/v1, kind: Deployment, spec: {replicas: '4'}}",
        "{apiVersion: apps/v1, kind: Deployment, spec: {replicas: 4, replicas: 4}}",
        "{apiVersion: v1, kind: ConfigMap, data: {a: true}}",
        "{apiVersion: v1, kind: ConfigMap, data: {a: 8080}}",
        "{apiVersion: v1, kind: Service, spec: {ports: {name: http}}}",
        "{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, spec: {minReplicas: 2}}",
        "{apiVersion: autoscaling/v2beta2, kind: HorizontalPodAutoscaler}",
      })
  void whatAnApiServerWouldRefuseIsNotOfItsSchema(String yaml) {
    assertThatThrownBy(() -> StrictYaml.documents(yaml).forEach(Manifests::read))
        .isInstanceOfAny(java.io.UncheckedIOException.class, AssertionError.class);
  }

  @ParameterizedTest
  @MethodSource("kustomizations")
  void whatAKustomizationNamesIsThere(Path file) {
    assertThat(named(file)).allSatisfy(path -> assertThat(path).exists());
  }

  /** What nobody names is not applied, whatever it says. */
  @Test
  void everyManifestIsNamedByAKustomization() {
    Set<Path> named = new HashSet<>();
    kustomizations().forEach(file -> named.addAll(named(file)));
    assertThat(files().filter(file -> !file.endsWith("kustomization.yaml")))
        .allSatisfy(file -> assertThat(named).contains(file));
  }

  @ParameterizedTest
  @ValueSource(strings = {"base", "overlays/dev", "overlays/production"})
  void whatIsSetIsASetting(String folder) {
    Map<String, String> env =
        Settings.envFile(Manifests.ROOT.resolve(folder).resolve("firstcome.env"));
    assertThat(env).isNotEmpty();
    assertThat(Settings.environmentNames()).containsAll(env.keySet());
    assertThat(env.values()).noneMatch(String::isBlank);
  }

  /** A patch of what is not there would add something, not change it. */
  @ParameterizedTest
  @ValueSource(strings = {"ingress.yaml", "ingress-admin.yaml"})
  void theIngressesOfProductionAreThoseOfTheBase(String file) {
    Ingress patch = ingress("overlays/production", file);
    Ingress base = ingress("base", file);
    assertThat(patch.getMetadata().getName()).isEqualTo(base.getMetadata().getName());
    assertThat(patch.getSpec().getRules().get(0).getHttp())
        .isEqualTo(base.getSpec().getRules().get(0).getHttp());
  }

  private static Ingress ingress(String folder, String file) {
    return StrictYaml.as(
        StrictYaml.documents(Manifests.ROOT.resolve(folder).resolve(file)).get(0), Ingress.class);
  }

  /** One set of rules, in the two shapes that Prometheus and its operator want. */
  @Test
  void theRulesAreThoseOfPrometheus() {
    Object groups =
        StrictYaml.asMap(
                StrictYaml.documents(
                        Manifests.ROOT.resolve("components/monitoring/prometheusrule.yaml"))
                    .get(0)
                    .path("spec"))
            .get("groups");
    assertThat(groups)
        .as("spec.groups of prometheusrule.yaml: copy the groups of deploy/prometheus/rules.yml")
        .isEqualTo(StrictYaml.asMap(StrictYaml.documents(Watch.RULES).get(0)).get("groups"));
    assertThat(Manifests.ofFiles().one(PrometheusRule.class).getSpec().getGroups()).isNotEmpty();
  }

  private static List<Path> named(Path file) {
    Kustomization kustomization =
        StrictYaml.as(StrictYaml.documents(file).get(0), Kustomization.class);
    Stream<String> patches =
        kustomization.getPatches().stream().map(patch -> patch.getPath()).filter(Objects::nonNull);
    Stream<String> envs =
        kustomization.getConfigMapGenerator().stream()
            .flatMap(generator -> generator.getEnvs().stream());
    return Stream.of(
            kustomization.getResources().stream(),
            kustomization.getComponents().stream(),
            patches,
            envs)
        .flatMap(names -> names)
        .map(name -> file.getParent().resolve(name).normalize())
        .map(path -> Files.isDirectory(path) ? path.resolve("kustomization.yaml") : path)
        .toList();
  }
}
