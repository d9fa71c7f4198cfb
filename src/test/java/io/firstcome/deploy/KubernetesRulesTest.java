package io.firstcome.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerBehavior;
import io.fabric8.kubernetes.api.model.networking.v1.HTTPIngressPath;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.IngressRule;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyEgressRule;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPort;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.openshift.api.model.monitoring.v1.Endpoint;
import io.fabric8.openshift.api.model.monitoring.v1.ServiceMonitor;
import io.firstcome.watch.Watch;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * That the manifests fit each other and the service: always as they stand in their files, and as
 * kustomize makes them of each overlay where it is installed.
 */
class KubernetesRulesTest {
  private static final Pattern FILE = Pattern.compile("(?:^|file:)(/etc/[a-z]+)/[a-z0-9.]+");

  /** What the rules are held to. */
  enum Source {
    FILES(null),
    DEV("overlays/dev"),
    PRODUCTION("overlays/production"),
    PRODUCTION_KEDA("overlays/production-keda");

    private final String folder;
    private Manifests manifests;

    Source(String folder) {
      this.folder = folder;
    }

    Manifests manifests() {
      if (folder != null) {
        assumeThat(Kustomize.command())
            .as("neither kustomize nor kubectl (1.21 or newer) is installed: not built")
            .isPresent();
      }
      if (manifests == null) {
        manifests =
            folder == null
                ? Manifests.ofFiles()
                : Manifests.of(Kustomize.build(Manifests.ROOT.resolve(folder)));
      }
      return manifests;
    }

    boolean isBuilt() {
      return folder != null;
    }

    /** What every replica is told: of the ConfigMap, or of the files that it is made of. */
    Map<String, String> settings() {
      if (isBuilt()) {
        return manifests().one(ConfigMap.class).getData();
      }
      return Settings.envFile(Manifests.ROOT.resolve("base/firstcome.env"));
    }

    Deployment deployment() {
      return manifests().one(Deployment.class);
    }

    PodSpec pod() {
      return deployment().getSpec().getTemplate().getSpec();
    }

    Container container() {
      assertThat(pod().getContainers()).hasSize(1);
      return pod().getContainers().get(0);
    }

    Map<String, String> podLabels() {
      return deployment().getSpec().getTemplate().getMetadata().getLabels();
    }

    Service service() {
      return manifests().one(Service.class);
    }
  }

  static Stream<Source> productions() {
    return Stream.of(Source.PRODUCTION, Source.PRODUCTION_KEDA);
  }

  @ParameterizedTest
  @EnumSource
  void selectorsFindThePods(Source source) {
    Map<String, String> labels = source.podLabels();
    Manifests all = source.manifests();
    assertThat(labels).containsAllEntriesOf(source.service().getSpec().getSelector());
    assertThat(labels)
        .containsAllEntriesOf(source.deployment().getSpec().getSelector().getMatchLabels());
    assertThat(labels)
        .containsAllEntriesOf(
            all.one(PodDisruptionBudget.class).getSpec().getSelector().getMatchLabels());
    assertThat(labels)
        .containsAllEntriesOf(
            all.one(NetworkPolicy.class).getSpec().getPodSelector().getMatchLabels());
    assertThat(source.pod().getTopologySpreadConstraints())
        .hasSize(2)
        .allSatisfy(
            spread ->
                assertThat(labels)
                    .containsAllEntriesOf(spread.getLabelSelector().getMatchLabels()));
    assertThat(all.all(ServiceMonitor.class))
        .allSatisfy(
            monitor ->
                assertThat(source.service().getMetadata().getLabels())
                    .containsAllEntriesOf(monitor.getSpec().getSelector().getMatchLabels()));
  }

  /** A selector that finds too many is as wrong as one that finds none. */
  @ParameterizedTest
  @EnumSource
  void selectorsFindNothingElse(Source source) {
    Map<String, String> selector = source.service().getSpec().getSelector();
    assertThat(source.manifests().all(Deployment.class))
        .filteredOn(
            deployment ->
                deployment
                    .getSpec()
                    .getTemplate()
                    .getMetadata()
                    .getLabels()
                    .entrySet()
                    .containsAll(selector.entrySet()))
        .containsExactly(source.deployment());
  }

  @ParameterizedTest
  @EnumSource
  void portsLeadToTheService(Source source) {
    assertThat(source.container().getPorts())
        .extracting(ContainerPort::getName, port -> port.getContainerPort().toString())
        .containsExactly(
            tuple("http", Settings.defaultOf("quarkus.http.port")),
            tuple("management", Settings.defaultOf("quarkus.management.port")));
    assertThat(source.settings())
        .doesNotContainKeys("QUARKUS_HTTP_PORT", "QUARKUS_MANAGEMENT_PORT", "QUARKUS_HTTP_HOST")
        .doesNotContainKey("QUARKUS_MANAGEMENT_HOST");
    assertThat(source.service().getSpec().getPorts())
        .extracting(ServicePort::getName, port -> port.getTargetPort().getStrVal())
        .containsExactly(tuple("http", "http"), tuple("management", "management"));
    assertThat(source.manifests().all(Ingress.class))
        .isNotEmpty()
        .flatExtracting(ingress -> ingress.getSpec().getRules())
        .flatExtracting(rule -> ((IngressRule) rule).getHttp().getPaths())
        .extracting(path -> ((HTTPIngressPath) path).getBackend().getService())
        .allSatisfy(
            backend -> {
              assertThat(backend.getName()).isEqualTo(source.service().getMetadata().getName());
              assertThat(backend.getPort().getName()).isEqualTo("http");
            });
  }

  /** What is read of a replica, and not asked of the API, has a port that no gateway reaches. */
  @ParameterizedTest
  @EnumSource
  void metricsAndHealthAreReadFromTheManagementPort(Source source) {
    assertThat(source.manifests().all(ServiceMonitor.class))
        .flatExtracting(monitor -> monitor.getSpec().getEndpoints())
        .extracting(endpoint -> ((Endpoint) endpoint).getPort())
        .allMatch("management"::equals);
    assertThat(probes(source))
        .extracting(probe -> probe.getHttpGet().getPort().getStrVal())
        .containsOnly("management");
    assertThat(source.manifests().one(NetworkPolicy.class).getSpec().getIngress())
        .extracting(
            rule ->
                List.copyOf(rule.getFrom().get(0).getNamespaceSelector().getMatchLabels().values()),
            rule -> rule.getPorts().stream().map(port -> port.getPort().getStrVal()).toList())
        .containsExactly(
            tuple(List.of("ingress-nginx"), List.of("http")),
            tuple(List.of("monitoring"), List.of("management")));
  }

  @ParameterizedTest
  @EnumSource
  void shoppersReachCouponsAndSalesAndOperatorsTheWholeApi(Source source) {
    assertThat(source.manifests().all(Ingress.class))
        .extracting(
            ingress -> ingress.getMetadata().getName(),
            ingress ->
                ingress.getSpec().getRules().get(0).getHttp().getPaths().stream()
                    .map(HTTPIngressPath::getPath)
                    .toList())
        .containsExactlyInAnyOrder(
            tuple("firstcome", List.of("/api/v1/coupons", "/api/v1/sales")),
            tuple("firstcome-admin", List.of("/api/")));
  }

  /** By the same way in, the admin API would be as near to the world as the rest. */
  @ParameterizedTest
  @MethodSource("productions")
  void operatorsHaveAWayInOfTheirOwnWithTls(Source source) {
    List<Ingress> ingresses = source.manifests().all(Ingress.class);
    assertThat(ingresses)
        .extracting(ingress -> ingress.getSpec().getRules().get(0).getHost())
        .doesNotContainNull()
        .doesNotHaveDuplicates();
    assertThat(ingresses)
        .extracting(ingress -> ingress.getSpec().getIngressClassName())
        .doesNotContainNull()
        .doesNotHaveDuplicates();
    assertThat(ingresses)
        .allSatisfy(
            ingress ->
                assertThat(ingress.getSpec().getTls().get(0).getHosts())
                    .containsExactly(ingress.getSpec().getRules().get(0).getHost()));
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "FILES")
  void whatAReplicaAsksItMayAsk(Source source) {
    Map<String, String> settings = source.settings();
    assertThat(egress(source))
        .extracting(NetworkPolicyEgressRule::getPorts)
        .flatExtracting(ports -> ports.stream().map(port -> port.getPort().getIntVal()).toList())
        .containsAll(
            Stream.of(
                    "QUARKUS_REDIS_HOSTS",
                    "QUARKUS_DATASOURCE_REACTIVE_URL",
                    "QUARKUS_DATASOURCE_JDBC_URL")
                .map(name -> URI.create(settings.get(name).replace("jdbc:", "")).getPort())
                .toList());
  }

  /** A rule without a destination is one to the whole world. */
  @ParameterizedTest
  @EnumSource
  void aReplicaAsksNobodyElse(Source source) {
    assertThat(egress(source))
        .isNotEmpty()
        .allSatisfy(rule -> assertThat(rule.getTo()).isNotEmpty())
        .allSatisfy(rule -> assertThat(rule.getPorts()).isNotEmpty())
        .flatExtracting(NetworkPolicyEgressRule::getTo)
        .allSatisfy(
            to -> {
              NetworkPolicyPeer peer = (NetworkPolicyPeer) to;
              if (peer.getIpBlock() == null) {
                assertThat(peer.getPodSelector().getMatchLabels()).isNotEmpty();
              } else {
                assertThat(Integer.parseInt(peer.getIpBlock().getCidr().replaceAll(".*/", "")))
                    .isGreaterThanOrEqualTo(24);
              }
            });
  }

  /** Names by the cluster's DNS, and by a cache on the node, of which a selector knows nothing. */
  @ParameterizedTest
  @EnumSource
  void namesAreFoundWithNodeLocalDnsCacheToo(Source source) {
    assertThat(egress(source))
        .filteredOn(rule -> rule.getPorts().get(0).getPort().getIntVal() == 53)
        .singleElement()
        .satisfies(
            rule -> {
              assertThat(rule.getPorts())
                  .extracting(NetworkPolicyPort::getProtocol, port -> port.getPort().getIntVal())
                  .containsExactlyInAnyOrder(tuple("UDP", 53), tuple("TCP", 53));
              assertThat(rule.getTo())
                  .filteredOn(to -> to.getIpBlock() != null)
                  .extracting(to -> to.getIpBlock().getCidr())
                  .containsExactly("169.254.20.10/32");
              assertThat(rule.getTo())
                  .filteredOn(to -> to.getPodSelector() != null)
                  .extracting(to -> to.getPodSelector().getMatchLabels())
                  .containsExactly(Map.of("k8s-app", "kube-dns"));
            });
  }

  private static List<NetworkPolicyEgressRule> egress(Source source) {
    return source.manifests().one(NetworkPolicy.class).getSpec().getEgress();
  }

  /** Encrypted, and to a server whose certificate names it. */
  @ParameterizedTest
  @MethodSource("productions")
  void productionAsksItsStoresByTls(Source source) {
    Map<String, String> settings = source.settings();
    assertThat(settings.get("QUARKUS_REDIS_HOSTS")).startsWith("rediss://");
    assertThat(settings)
        .containsEntry("QUARKUS_DATASOURCE_REACTIVE_MYSQL_SSL_MODE", "verify-identity")
        .containsEntry("QUARKUS_DATASOURCE_REACTIVE_HOSTNAME_VERIFICATION_ALGORITHM", "HTTPS");
    assertThat(settings.get("QUARKUS_DATASOURCE_JDBC_URL")).contains("sslMode=VERIFY_IDENTITY");
    List<String> mounted =
        source.container().getVolumeMounts().stream().map(mount -> mount.getMountPath()).toList();
    assertThat(settings.values())
        .flatExtracting(
            value -> FILE.matcher(value).results().map(found -> found.group(1)).toList())
        .hasSize(3)
        .allSatisfy(folder -> assertThat(mounted).contains((String) folder));
  }

  @ParameterizedTest
  @EnumSource
  void whatIsSetIsASetting(Source source) {
    Set<String> known = Settings.environmentNames();
    assertThat(known).containsAll(source.settings().keySet());
    assertThat(source.container().getEnv()).extracting(EnvVar::getName).isSubsetOf(known);
    assertThat(source.container().getEnv())
        .as("what is not secret stands in firstcome.env")
        .allSatisfy(env -> assertThat(env.getValueFrom().getSecretKeyRef()).isNotNull());
  }

  @ParameterizedTest
  @MethodSource("productions")
  void productionSaysAllThatIsRequired(Source source) {
    Map<String, String> given = new HashMap<>(source.settings());
    source.container().getEnv().forEach(env -> given.put(env.getName(), "of the Secret"));
    assertThat(given)
        .containsKeys(
            "QUARKUS_REDIS_HOSTS",
            "QUARKUS_DATASOURCE_REACTIVE_URL",
            "QUARKUS_DATASOURCE_JDBC_URL",
            "QUARKUS_DATASOURCE_USERNAME",
            "QUARKUS_DATASOURCE_PASSWORD",
            "MP_JWT_VERIFY_PUBLICKEY",
            "MP_JWT_VERIFY_ISSUER",
            "MP_JWT_VERIFY_AUDIENCES")
        .containsEntry("FIRSTCOME_IDENTITY", "jwt");
  }

  /** Each step of the end has its time, and all of them less than the kernel's patience. */
  @ParameterizedTest
  @EnumSource
  void aReplicaEndsBeforeItIsKilled(Source source) {
    Map<String, String> settings = source.settings();
    Duration end =
        Stream.of(
                "QUARKUS_SHUTDOWN_DELAY",
                "QUARKUS_SHUTDOWN_TIMEOUT",
                "FIRSTCOME_LEDGER_FLUSH_TIMEOUT")
            .map(name -> Settings.duration(settings.get(name)))
            .reduce(Duration.ZERO, Duration::plus);
    Duration grace = Duration.ofSeconds(source.pod().getTerminationGracePeriodSeconds());
    assertThat(grace).isGreaterThanOrEqualTo(end.plusSeconds(5));
  }

  @ParameterizedTest
  @EnumSource
  void nothingRunsWithRightsItDoesNotNeed(Source source) {
    for (Deployment deployment : source.manifests().all(Deployment.class)) {
      PodSpec pod = deployment.getSpec().getTemplate().getSpec();
      PodSecurityContext ofPod = pod.getSecurityContext();
      assertThat(ofPod.getRunAsNonRoot()).isTrue();
      assertThat(ofPod.getRunAsUser()).isPositive();
      assertThat(ofPod.getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
      assertThat(pod.getAutomountServiceAccountToken()).isFalse();
      for (Container container : pod.getContainers()) {
        SecurityContext context = container.getSecurityContext();
        assertThat(context.getAllowPrivilegeEscalation()).isFalse();
        assertThat(context.getCapabilities().getDrop()).containsExactly("ALL");
        assertThat(container.getResources().getRequests()).containsKeys("cpu", "memory");
        assertThat(container.getResources().getLimits()).containsOnlyKeys("memory");
      }
    }
    assertThat(source.container().getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
    assertThat(source.pod().getVolumes())
        .as("the authorities it trusts, and nothing that it writes")
        .allSatisfy(volume -> assertThat(volume.getConfigMap()).isNotNull());
    assertThat(source.container().getVolumeMounts())
        .allSatisfy(mount -> assertThat(mount.getReadOnly()).isTrue());
    assertThat(source.manifests().one(Namespace.class).getMetadata().getLabels())
        .containsEntry("pod-security.kubernetes.io/enforce", "restricted");
  }

  @ParameterizedTest
  @EnumSource
  void anUpdateTakesNoReplicaAwayBeforeAnotherIsReady(Source source) {
    assertThat(
            source
                .deployment()
                .getSpec()
                .getStrategy()
                .getRollingUpdate()
                .getMaxUnavailable()
                .getIntVal())
        .isZero();
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "DEV")
  void upAtOnceAndDownSlowly(Source source) {
    List<HorizontalPodAutoscalerBehavior> behaviors = behaviors(source);
    assertThat(behaviors)
        .isNotEmpty()
        .allSatisfy(
            behavior -> {
              assertThat(behavior.getScaleUp().getStabilizationWindowSeconds()).isZero();
              assertThat(behavior.getScaleUp().getSelectPolicy()).isEqualTo("Max");
              assertThat(behavior.getScaleDown().getStabilizationWindowSeconds())
                  .isGreaterThanOrEqualTo(300);
              assertThat(behavior.getScaleDown().getPolicies())
                  .allSatisfy(policy -> assertThat(policy.getType()).isEqualTo("Pods"));
            })
        .as("one behaviour, whoever scales")
        .containsOnly(behaviors.get(0));
  }

  private static List<HorizontalPodAutoscalerBehavior> behaviors(Source source) {
    Manifests all = source.manifests();
    return Stream.concat(
            all.all(HorizontalPodAutoscaler.class).stream().map(hpa -> hpa.getSpec().getBehavior()),
            all.all(ScaledObject.class).stream()
                .map(keda -> keda.spec().advanced().horizontalPodAutoscalerConfig().behavior()))
        .toList();
  }

  /** What the alert on too few replicas says are wanted, the autoscaler brings up. */
  @Test
  void claimantsAReplicaAreTheSameWhoeverCountsThem() throws IOException {
    HorizontalPodAutoscaler hpa = Source.FILES.manifests().one(HorizontalPodAutoscaler.class);
    String claimants =
        hpa.getSpec().getMetrics().stream()
            .filter(metric -> metric.getType().equals("External"))
            .map(metric -> metric.getExternal().getTarget().getAverageValue().toString())
            .collect(Collectors.joining());
    assertThat(Source.FILES.manifests().one(ScaledObject.class).spec().triggers())
        .filteredOn(trigger -> "before-the-sale".equals(trigger.name()))
        .singleElement()
        .satisfies(trigger -> assertThat(trigger.metadata()).containsEntry("threshold", claimants));
    assertThat(Files.readString(Watch.RULES))
        .contains("firstcome_expected_claimants{job=\"firstcome\"}) / " + claimants + ")");
  }

  /** A sale of stock needs replicas as a coupon does. */
  @Test
  void requestsAReplicaAreTheSameWhoeverCountsThem() {
    HorizontalPodAutoscaler hpa = Source.FILES.manifests().one(HorizontalPodAutoscaler.class);
    String requests =
        hpa.getSpec().getMetrics().stream()
            .filter(metric -> metric.getType().equals("Pods"))
            .map(metric -> metric.getPods().getTarget().getAverageValue().toString())
            .collect(Collectors.joining());
    Map<String, String> keda =
        Source.FILES.manifests().one(ScaledObject.class).spec().triggers().stream()
            .filter(trigger -> "decisions-per-second".equals(trigger.name()))
            .findAny()
            .orElseThrow()
            .metadata();
    assertThat(keda).containsEntry("threshold", requests);
    assertThat(counted(keda.get("query")))
        .isEqualTo(counted(AdapterRules.all().at("/rules/custom/0/metricsQuery").asText()))
        .isEqualTo(
            "firstcome_claims_total|firstcome_rehearsal_claims_total|firstcome_reservations_total");
  }

  private static String counted(String query) {
    return query.replaceFirst(".*__name__=~\"([^\"]*)\".*", "$1");
  }

  /** Two autoscalers would fight; none, or a fixed number beside one, would not scale. */
  @ParameterizedTest
  @MethodSource("productions")
  void oneAutoscalerScalesTheDeployment(Source source) {
    Manifests all = source.manifests();
    String name = source.deployment().getMetadata().getName();
    Stream<String> targets =
        Stream.concat(
            all.all(HorizontalPodAutoscaler.class).stream()
                .map(hpa -> hpa.getSpec().getScaleTargetRef().getName()),
            all.all(ScaledObject.class).stream().map(keda -> keda.spec().scaleTargetRef().name()));
    assertThat(targets).containsExactly(name);
    assertThat(source.deployment().getSpec().getReplicas()).isNull();
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "FILES")
  void everythingIsInOneNamespace(Source source) {
    String namespace = source.manifests().one(Namespace.class).getMetadata().getName();
    assertThat(source.manifests().all(HasMetadata.class))
        .filteredOn(object -> !(object instanceof Namespace))
        .hasSizeGreaterThan(5)
        .allSatisfy(object -> assertThat(object.getMetadata().getNamespace()).isEqualTo(namespace));
    assertThat(source.manifests().all(ScaledObject.class))
        .allSatisfy(object -> assertThat(object.metadata().getNamespace()).isEqualTo(namespace));
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "FILES")
  void theConfigMapIsTheOneThatThePodsRead(Source source) {
    assertThat(source.container().getEnvFrom())
        .extracting(from -> from.getConfigMapRef().getName())
        .containsExactly(source.manifests().one(ConfigMap.class).getMetadata().getName());
  }

  @ParameterizedTest
  @EnumSource
  void everyImageIsPinned(Source source) {
    assertThat(source.manifests().all(Deployment.class))
        .flatExtracting(deployment -> deployment.getSpec().getTemplate().getSpec().getContainers())
        .extracting(container -> ((Container) container).getImage())
        .allSatisfy(
            image -> {
              boolean builtHere = image.equals("firstcome");
              assertThat(builtHere || image.matches(".+:\\d[^:/]*")).as(image).isTrue();
              assertThat(builtHere && productions().anyMatch(source::equals)).isFalse();
            });
  }

  private static List<Probe> probes(Source source) {
    Container container = source.container();
    return List.of(
        container.getStartupProbe(), container.getReadinessProbe(), container.getLivenessProbe());
  }

  /** Asked of the running service by {@link ServedPathsTest}. */
  static Stream<String> probedPaths() {
    return probes(Source.FILES).stream().map(probe -> probe.getHttpGet().getPath());
  }
}
