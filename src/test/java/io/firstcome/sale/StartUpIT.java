package io.firstcome.sale;

import static org.assertj.core.api.Assertions.assertThat;

import io.firstcome.local.LocalMySql;
import io.firstcome.local.LocalRedis;
import io.firstcome.local.ServerCertificate;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
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
  private static Replica withoutADataSource;
  private static Replica withoutRedis;
  private static Replica withAWrongPassword;
  private static Replica withoutTheRightToCreateTables;
  private static ServerCertificate certificate;
  private static ServerCertificate stranger;
  private static LocalMySql secured;
  private static Replica withTheAuthorityOfAnotherMySql;
  private static Replica withoutTheTlsThatMySqlDemands;
  private static Replica withRightsToDataAloneByMutualTls;
  private static Replica withAMisspeltVariable;
  private static Replica withSettingsOfSeveralWords;
  private static Replica withACertificateForTheServerOfQuarkus;
  private static Replica withATlsConfigurationThatIsNotThere;
  private static Replica withTlsForManagement;

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
    withoutADataSource =
        site.launch(
            "without-data-source",
            Map.of("quarkus.datasource.reactive.url", "", "quarkus.datasource.jdbc.url", ""));
    withoutRedis = site.launch("without-redis", Map.of("quarkus.redis.hosts", ""));
    withAWrongPassword =
        site.launch("wrong-password", Map.of("quarkus.datasource.password", "wrong"));
    LocalMySql mysql = site.servers().mysql();
    mysql.administer(
        "CREATE DATABASE bare",
        "CREATE USER 'data'@'%' IDENTIFIED BY 'data'",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON bare.* TO 'data'@'%'");
    withoutTheRightToCreateTables =
        site.launch(
            "without-rights",
            Map.of(
                "quarkus.datasource.reactive.url",
                to("bare", mysql.reactiveUrl()),
                "quarkus.datasource.jdbc.url",
                to("bare", mysql.jdbcUrl()),
                "quarkus.datasource.username",
                "data",
                "quarkus.datasource.password",
                "data"));
    launchOnSecuredMySql();
    withSettingsOfSeveralWords =
        site.launch(
            "several-words",
            Map.of("firstcome.reference-route", "true", "firstcome.identity.known-tokens", "9"));
    launchWithTlsForManagement();
    withAMisspeltVariable = site.launch("misspelt", Map.of("firstcome.gate.maxage", "1s"));
  }

  private static void launchWithTlsForManagement() {
    String pem = certificate.certificate().toString();
    String key = certificate.key().toString();
    withACertificateForTheServerOfQuarkus =
        site.launch(
            "management-ssl",
            Map.of(
                "quarkus.management.ssl.certificate.files", pem,
                "quarkus.management.ssl.certificate.key-files", key));
    String name = "quarkus.management.tls-configuration-name";
    withATlsConfigurationThatIsNotThere = site.launch("no-such-tls", Map.of(name, "none"));
    withTlsForManagement =
        site.launch(
            "management-tls",
            Map.of(
                name,
                "manage",
                "quarkus.tls.manage.key-store.pem.a.cert",
                pem,
                "quarkus.tls.manage.key-store.pem.a.key",
                key));
  }

  private static String to(String schema, String url) {
    return url.replace("/firstcome", "/" + schema);
  }

  /** One that wants TLS of all, and a certificate of the user of the service. */
  private static void launchOnSecuredMySql() {
    certificate = new ServerCertificate();
    String pem = certificate.certificate().toString();
    secured =
        LocalMySql.start(
            "--ssl", "--ssl-ca=" + pem, "--ssl-cert=" + pem, "--ssl-key=" + certificate.key());
    secured.administer(
        "CREATE USER 'data'@'%' IDENTIFIED BY 'data' REQUIRE X509",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON firstcome.* TO 'data'@'%'",
        "SET GLOBAL require_secure_transport = ON");
    Map<String, String> settings = new HashMap<>();
    settings.put("quarkus.datasource.reactive.url", secured.reactiveUrl());
    settings.put(
        "quarkus.datasource.jdbc.url",
        "jdbc:"
            + secured.reactiveUrl()
            + "?sslMode=VERIFY_IDENTITY&trustCertificateKeyStoreType=PKCS12"
            + "&trustCertificateKeyStoreUrl=file:"
            + certificate.trustStore()
            + "&trustCertificateKeyStorePassword="
            + ServerCertificate.PASSWORD);
    withoutTheTlsThatMySqlDemands = site.launch("without-tls", settings);
    settings.put("quarkus.datasource.reactive.mysql.ssl-mode", "verify-identity");
    settings.put("quarkus.datasource.reactive.hostname-verification-algorithm", "HTTPS");
    settings.put("quarkus.datasource.reactive.trust-certificate-pem", "true");
    settings.put("quarkus.datasource.reactive.trust-certificate-pem.certs", pem);
    settings.put("quarkus.datasource.reactive.key-certificate-pem", "true");
    settings.put("quarkus.datasource.reactive.key-certificate-pem.certs", pem);
    settings.put(
        "quarkus.datasource.reactive.key-certificate-pem.keys", certificate.key().toString());
    stranger = new ServerCertificate();
    Map<String, String> elsewhere = new HashMap<>(settings);
    elsewhere.put(
        "quarkus.datasource.reactive.trust-certificate-pem.certs",
        stranger.certificate().toString());
    withTheAuthorityOfAnotherMySql = site.launch("other-authority", elsewhere);
    settings.put("quarkus.datasource.username", "data");
    settings.put("quarkus.datasource.password", "data");
    settings.put("quarkus.flyway.username", secured.username());
    settings.put("quarkus.flyway.password", secured.password());
    withRightsToDataAloneByMutualTls = site.launch("by-mutual-tls", settings);
  }

  @AfterAll
  static void close() {
    evicting.close();
    site.close();
    secured.close();
    certificate.close();
    stranger.close();
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
        "Unknown setting FIRSTCOME_GATE_MAXAGE (nearest: FIRSTCOME_GATE_MAX_AGE)\n");
  }

  @Test
  void butWithSettingsOfSeveralWords() {
    withSettingsOfSeveralWords.awaitListening();
  }

  @Test
  void withoutMySql() {
    refuses(
        withoutMySql, "Could not reach MySQL within 5 s. Check quarkus.datasource.reactive.url");
  }

  @Test
  void withoutADataSource() {
    refuses(withoutADataSource, "quarkus.datasource.reactive.url is required");
  }

  @Test
  void withoutRedis() {
    refuses(withoutRedis, "quarkus.redis.hosts is required");
  }

  @Test
  void withAWrongPassword() {
    refuses(withAWrongPassword, "(1045). Check quarkus.datasource.username");
  }

  @Test
  void withoutTheRightToCreateTables() {
    refuses(
        withoutTheRightToCreateTables,
        "The user (quarkus.flyway.username, else quarkus.datasource.username) needs all rights");
  }

  @Test
  void withoutTheTlsThatMySqlDemands() {
    refuses(withoutTheTlsThatMySqlDemands, "Set quarkus.datasource.reactive.mysql.ssl-mode");
  }

  @Test
  void onAMySqlWhoseCertificateIsSignedByAnother() {
    refuses(withTheAuthorityOfAnotherMySql, "Could not reach MySQL within 5 s");
  }

  @Test
  void butWithRightsToDataAloneByMutualTls() {
    withRightsToDataAloneByMutualTls.awaitListening();
    assertThat(withRightsToDataAloneByMutualTls.complaints()).isEmpty();
  }

  @Test
  void withACertificateForTheServerOfQuarkus() {
    refuses(
        withACertificateForTheServerOfQuarkus,
        "quarkus.management.ssl.certificate is not supported. Name a TLS configuration in"
            + " quarkus.management.tls-configuration-name");
  }

  @Test
  void withATlsConfigurationThatIsNotThere() {
    refuses(withATlsConfigurationThatIsNotThere, "Set quarkus.tls.none.key-store.pem.a.cert");
  }

  /** HTTP/2 is off there as it is in clear text, whatever the client offers. */
  @Test
  void butWithTlsForManagementWhichSpeaksHttp11Alone() throws Exception {
    URI management = withTlsForManagement.awaitListening().management();
    assertThat(management.getScheme()).isEqualTo("https");
    SSLContext trusting = certificate.trusting();
    HttpResponse<String> answer =
        HttpClient.newBuilder()
            .sslContext(trusting)
            .build()
            .send(
                HttpRequest.newBuilder(management.resolve("/q/metrics")).build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).contains("firstcome_");
    assertThat(negotiated(trusting, management, "h2", "http/1.1")).isEqualTo("http/1.1");
    assertThat(withTlsForManagement.complaints()).isEmpty();
  }

  private static String negotiated(SSLContext trusting, URI server, String... protocols)
      throws IOException {
    try (SSLSocket socket =
        (SSLSocket) trusting.getSocketFactory().createSocket(server.getHost(), server.getPort())) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setApplicationProtocols(protocols);
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      return socket.getApplicationProtocol();
    }
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
