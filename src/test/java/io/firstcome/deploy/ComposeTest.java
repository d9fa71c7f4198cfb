package io.firstcome.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.firstcome.http.problem.ProblemType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** {@code deploy/compose.yaml}, of which no Docker is here to say whether it is right. */
class ComposeTest {
  private static final Path FOLDER = Path.of("deploy");

  /** What we use of the Compose specification; anything else is a misspelling or needs a line. */
  record Compose(String name, Map<String, Service> services, Map<String, Object> volumes) {}

  record Service(
      String image,
      Build build,
      Deploy deploy,
      @JsonProperty("read_only") Boolean readOnly,
      @JsonProperty("cap_drop") List<String> capDrop,
      @JsonProperty("security_opt") List<String> securityOpt,
      Map<String, Integer> ulimits,
      @JsonProperty("stop_grace_period") String stopGracePeriod,
      String restart,
      Map<String, String> environment,
      List<String> entrypoint,
      List<String> command,
      List<String> ports,
      List<String> volumes,
      List<String> tmpfs,
      Healthcheck healthcheck,
      @JsonProperty("depends_on") JsonNode dependsOn) {}

  record Build(String context, String dockerfile) {}

  record Deploy(Integer replicas) {}

  record Healthcheck(List<String> test, String interval, String timeout, Integer retries) {}

  private final Compose compose =
      StrictYaml.as(StrictYaml.documents(FOLDER.resolve("compose.yaml")).get(0), Compose.class);
  private final Service firstcome = compose.services().get("firstcome");

  @Test
  void fourReplicasOfTheImageThatIsBuiltHere() {
    assertThat(firstcome.deploy().replicas()).isEqualTo(4);
    assertThat(FOLDER.resolve(firstcome.build().context()).resolve(firstcome.build().dockerfile()))
        .isRegularFile();
    assertThat(firstcome.readOnly()).isTrue();
    assertThat(firstcome.capDrop()).containsExactly("ALL");
    assertThat(firstcome.volumes()).as("it writes no file").isNull();
  }

  @Test
  void everyOtherImageIsPinned() {
    assertThat(compose.services().entrySet())
        .filteredOn(service -> service.getValue().build() == null)
        .hasSize(compose.services().size() - 1)
        .allSatisfy(service -> assertThat(service.getValue().image()).matches(".+:v?\\d[^:/]*"));
  }

  @Test
  void whatIsSetIsASettingAndLeadsToAServer() {
    Map<String, String> environment = firstcome.environment();
    assertThat(Settings.environmentNames()).containsAll(environment.keySet());
    assertThat(environment.get("QUARKUS_REDIS_HOSTS")).isEqualTo("redis://redis:6379");
    Map<String, String> mysql = compose.services().get("mysql").environment();
    String database = "mysql://mysql:3306/" + mysql.get("MYSQL_DATABASE");
    assertThat(environment)
        .containsEntry("QUARKUS_DATASOURCE_REACTIVE_URL", database)
        .containsEntry("QUARKUS_DATASOURCE_JDBC_URL", "jdbc:" + database)
        .containsEntry("QUARKUS_DATASOURCE_USERNAME", mysql.get("MYSQL_USER"))
        .containsEntry("QUARKUS_DATASOURCE_PASSWORD", mysql.get("MYSQL_PASSWORD"));
    assertThat(compose.services().get("mysql").image()).startsWith("mysql:8.4");
  }

  @Test
  void redisKeepsWhatItHasAndForgetsNothing() {
    assertThat(compose.services().get("redis").command())
        .containsSequence("--appendonly", "yes")
        .containsSequence("--maxmemory-policy", "noeviction");
  }

  @Test
  void whatIsMountedIsThere() {
    compose
        .services()
        .forEach(
            (name, service) -> {
              for (String volume : orNone(service.volumes())) {
                String source = volume.substring(0, volume.indexOf(':'));
                if (source.startsWith(".")) {
                  assertThat(FOLDER.resolve(source)).as(name).exists();
                  assertThat(volume).as("nobody writes into the checkout").endsWith(":ro");
                } else {
                  assertThat(compose.volumes()).as(name).containsKey(source);
                }
              }
            });
  }

  @Test
  void whoWaitsForAnotherWaitsForWhatThereIs() {
    compose
        .services()
        .forEach(
            (name, service) -> {
              if (service.dependsOn() == null) {
                return;
              }
              if (service.dependsOn().isArray()) {
                service
                    .dependsOn()
                    .forEach(on -> assertThat(compose.services()).containsKey(on.asText()));
              }
              service
                  .dependsOn()
                  .fields()
                  .forEachRemaining(
                      on -> {
                        assertThat(on.getValue().path("condition").asText())
                            .isEqualTo("service_healthy");
                        assertThat(compose.services().get(on.getKey()).healthcheck())
                            .as("%s waits for the health of %s", name, on.getKey())
                            .isNotNull();
                      });
            });
  }

  /** Its passwords are known to the world. */
  @Test
  void nothingIsPublishedBeyondThisMachine() {
    assertThat(compose.services().values())
        .filteredOn(service -> service.ports() != null)
        .isNotEmpty()
        .allSatisfy(
            service ->
                assertThat(service.ports())
                    .allSatisfy(port -> assertThat(port).startsWith("127.0.0.1:")));
    assertThat(firstcome.ports()).as("through the gateway only").isNull();
  }

  @Test
  void aReplicaEndsBeforeItIsKilled() {
    Duration end =
        Settings.duration(Settings.defaultOf("quarkus.shutdown.timeout"))
            .plus(Settings.duration(Settings.defaultOf("firstcome.ledger.flush-timeout")));
    assertThat(Settings.duration(firstcome.stopGracePeriod()))
        .isGreaterThanOrEqualTo(end.plusSeconds(5));
  }

  @Test
  void theGatewayKnowsTheReplicasAndTheirSecret() throws IOException {
    String upstream = Files.readString(FOLDER.resolve("nginx/upstream.conf"));
    assertThat(upstream)
        .contains("server firstcome:" + Settings.defaultOf("quarkus.http.port") + " ");
    Matcher secret =
        Pattern.compile("X-Gateway-Secret (\\S+);")
            .matcher(Files.readString(FOLDER.resolve("nginx/gateway.conf")));
    assertThat(secret.find()).isTrue();
    assertThat(secret.group(1)).isEqualTo(firstcome.environment().get("FIRSTCOME_GATEWAY_SECRETS"));
    Service gateway = compose.services().get("gateway");
    assertThat(Files.readString(FOLDER.resolve("nginx/nginx.conf")))
        .contains("listen " + gateway.ports().get(0).replaceAll(".*:", "") + " ");
  }

  /** A client of the gateway decides by the same problems, whoever answers. */
  @Test
  void theProblemsOfTheGatewayAreThoseOfTheService() throws IOException {
    Matcher answers =
        Pattern.compile("return (\\d+) '(\\{.*})\\\\n';")
            .matcher(Files.readString(FOLDER.resolve("nginx/gateway.conf")));
    Set<ProblemType> seen = EnumSet.noneOf(ProblemType.class);
    while (answers.find()) {
      JsonNode problem = new ObjectMapper().readTree(answers.group(2));
      ProblemType type =
          Arrays.stream(ProblemType.values())
              .filter(known -> known.uri().toString().equals(problem.path("type").asText()))
              .findAny()
              .orElseThrow();
      seen.add(type);
      assertThat(answers.group(1)).isEqualTo(String.valueOf(type.status()));
      assertThat(problem.path("title").asText()).isEqualTo(type.title());
      assertThat(problem.path("status").asInt()).isEqualTo(type.status());
      assertThat(problem.path("detail").asText()).isEqualTo(type.detail());
      assertThat(problem).hasSize(4);
    }
    assertThat(seen)
        .containsExactly(
            ProblemType.UNAUTHENTICATED, ProblemType.NOT_FOUND, ProblemType.UNKNOWN_OUTCOME);
  }

  /** A stream on which nothing happens says so at each heartbeat, and one may come late. */
  @Test
  void theGatewayWaitsForALiveStreamLongerThanForTwoHeartbeats() throws IOException {
    Matcher live =
        Pattern.compile("location ~ \\S*/live\\$ \\{[^}]*proxy_read_timeout (\\d+)s;")
            .matcher(Files.readString(FOLDER.resolve("nginx/gateway.conf")));
    assertThat(live.find()).isTrue();
    assertThat(Duration.ofSeconds(Long.parseLong(live.group(1))))
        .isGreaterThan(
            Settings.duration(Settings.defaultOf("firstcome.live.heartbeat")).multipliedBy(2));
  }

  @Test
  void grafanaFindsPrometheusAndTheDashboard() {
    Service grafana = compose.services().get("grafana");
    Path provisioning = FOLDER.resolve("grafana/provisioning");
    JsonNode source =
        StrictYaml.documents(provisioning.resolve("datasources/prometheus.yml"))
            .get(0)
            .at("/datasources/0");
    assertThat(source.path("url").asText()).isEqualTo("http://prometheus:9090");
    assertThat(compose.services()).containsKey("prometheus");
    String folder =
        StrictYaml.documents(provisioning.resolve("dashboards/firstcome.yml"))
            .get(0)
            .at("/providers/0/options/path")
            .asText();
    assertThat(grafana.volumes())
        .contains("./grafana/provisioning:/etc/grafana/provisioning:ro")
        .contains("./grafana/firstcome.json:" + folder + "/firstcome.json:ro");
  }

  /** As Grafana exports it: a variable chooses among the data sources that are there. */
  @Test
  void theDashboardIsOfAnyPrometheus() throws IOException {
    JsonNode dashboard =
        new ObjectMapper().readTree(FOLDER.resolve("grafana/firstcome.json").toFile());
    JsonNode chosen = dashboard.at("/templating/list/0");
    assertThat(chosen.path("type").asText()).isEqualTo("datasource");
    assertThat(chosen.path("query").asText()).isEqualTo("prometheus");
    assertThat(chosen.path("current")).as("not one of ours").isEmpty();
    assertThat(dashboard.findValues("datasource"))
        .hasSizeGreaterThan(10)
        .extracting(source -> source.path("uid").asText())
        .containsOnly("${" + chosen.path("name").asText() + "}");
    assertThat(dashboard.path("__inputs").isArray()).isTrue();
    Set<String> required = new HashSet<>();
    dashboard.path("__requires").forEach(part -> required.add(part.path("id").asText()));
    assertThat(required).contains("grafana", "prometheus");
    required.add("row");
    dashboard
        .path("panels")
        .forEach(panel -> assertThat(required).contains(panel.path("type").asText()));
  }

  @Test
  void prometheusScrapesTheReplicas() {
    JsonNode config = StrictYaml.documents(FOLDER.resolve("prometheus/prometheus.yml")).get(0);
    JsonNode job = config.at("/scrape_configs/0");
    assertThat(job.path("metrics_path").asText()).isEqualTo("/q/metrics");
    assertThat(compose.services()).containsKey(job.at("/dns_sd_configs/0/names/0").asText());
    assertThat(job.at("/dns_sd_configs/0/port").asText())
        .isEqualTo(Settings.defaultOf("quarkus.management.port"));
    assertThat(config.path("rule_files"))
        .allSatisfy(
            file -> assertThat(FOLDER.resolve("prometheus").resolve(file.asText())).exists());
  }

  private static List<String> orNone(List<String> list) {
    return list == null ? List.of() : list;
  }
}
