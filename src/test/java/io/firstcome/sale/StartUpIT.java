package io.firstcome.sale;

import static org.assertj.core.api.Assertions.assertThat;

import io.firstcome.local.LocalRedis;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What refuses to start in production, and says why. */
@Timeout(120)
class StartUpIT {
  private static final Duration ENDS_WITHIN = Duration.ofSeconds(60);

  private static Site site;
  private static LocalRedis evicting;
  private static Replica withoutKey;
  private static Replica withoutSecret;
  private static Replica onEvictingRedis;
  private static Replica withoutMySql;
  private static Replica withAMisspeltVariable;
  private static Replica withSettingsOfSeveralWords;

  /** All at once: each takes seconds. */
  @BeforeAll
  static void launch() {
    site = new Site(StartUpIT.class);
    evicting = LocalRedis.start("--maxmemory-policy", "allkeys-lru");
    withoutKey =
        site.launch(
            "without-key", Map.of("firstcome.identity", "", "firstcome.gateway.secrets", ""));
    withoutSecret = site.launch("without-secret", Map.of("firstcome.gateway.secrets", ""));
    onEvictingRedis =
        site.launch("on-evicting-redis", Map.of("quarkus.redis.hosts", evicting.uri()));
    withoutMySql =
        site.launch(
            "without-mysql",
            Map.of(
                "quarkus.datasource.reactive.url", "mysql://127.0.0.1:1/firstcome",
                "quarkus.datasource.jdbc.url", "jdbc:mysql://127.0.0.1:1/firstcome"));
    withSettingsOfSeveralWords =
        site.launch(
            "several-words",
            Map.of("firstcome.reference-route", "true", "firstcome.identity.known-tokens", "9"));
    withAMisspeltVariable = site.launch("misspelt", Map.of("firstcome.gate.maxage", "1s"));
  }

  @AfterAll
  static void close() {
    evicting.close();
    site.close();
  }

  @Test
  void withoutAKeyForTokens() {
    refuses(
        withoutKey, "mp.jwt.verify.publickey (or mp.jwt.verify.publickey.location) is required");
  }

  @Test
  void withoutASecretOfTheGateway() {
    refuses(withoutSecret, "firstcome.gateway.secrets is required in production");
  }

  @Test
  void onARedisThatEvicts() {
    refuses(onEvictingRedis, "Redis has maxmemory-policy allkeys-lru");
  }

  @Test
  void withASettingThatThereIsNot() {
    refuses(
        withAMisspeltVariable,
        "There is no setting FIRSTCOME_GATE_MAXAGE (nearest: FIRSTCOME_GATE_MAX_AGE)\n");
  }

  @Test
  void butWithSettingsOfSeveralWords() {
    withSettingsOfSeveralWords.awaitListening();
  }

  @Test
  void withoutMySql() {
    ends(withoutMySql);
    assertThat(withoutMySql.output()).contains("Unable to obtain connection from database");
  }

  /** One line for the operator, and no stack trace. */
  private static void refuses(Replica replica, String why) {
    ends(replica);
    assertThat(replica.output()).contains(why).doesNotContain("\tat ");
  }

  private static void ends(Replica replica) {
    assertThat(replica.awaitExit(ENDS_WITHIN)).as(replica::tail).isEqualTo(1);
    assertThat(replica.output()).doesNotContain("Listening on");
  }
}
