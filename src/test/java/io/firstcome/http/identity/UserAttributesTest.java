package io.firstcome.http.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.runtime.configuration.ConfigurationException;
import io.vertx.core.MultiMap;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a gateway says of a user; tokens are in {@link JwtIdentityTest}. */
class UserAttributesTest {

  private static final UserAttributes ATTRIBUTES =
      AttributeFixture.declared(
          "tier:string", "age:int", "member:bool", "since:timestamp", "regions:list=X-Regions");

  private static Map<String, Object> of(String... headers) {
    MultiMap sent = MultiMap.caseInsensitiveMultiMap();
    for (int i = 0; i < headers.length; i += 2) {
      sent.add(headers[i], headers[i + 1]);
    }
    return ATTRIBUTES.of("alice", sent);
  }

  @Test
  void areReadByTheirTypes() {
    assertThat(
            of(
                "x-user-tier", "gold",
                "X-User-Age", "30",
                "X-User-Member", "true",
                "X-User-Since", "2024-01-01T00:00:00Z",
                "X-Regions", "eu-west, eu-north,",
                "X-User-Groups", "beta, admin",
                "X-User-Other", "ignored"))
        .isEqualTo(
            Map.of(
                "id",
                "alice",
                "groups",
                List.of("beta", "admin"),
                "tier",
                "gold",
                "age",
                30L,
                "member",
                true,
                "since",
                Instant.parse("2024-01-01T00:00:00Z"),
                "regions",
                List.of("eu-west", "eu-north")));
    assertThat(of("X-User-Since", "1700000000"))
        .containsEntry("since", Instant.ofEpochSecond(1_700_000_000));
  }

  @Test
  void onlyIdAndGroupsAreThereWhereNothingIsSaid() {
    assertThat(of()).isEqualTo(Map.of("id", "alice", "groups", List.of()));
  }

  @ParameterizedTest
  @CsvSource({
    "X-User-Age, thirty",
    "X-User-Age, 1.5",
    "X-User-Age, 9223372036854775808",
    "X-User-Member, yes",
    "X-User-Member, 1",
    "X-User-Since, 2024-13-01T00:00:00Z",
    "X-User-Since, 99999999999999999",
    "X-User-Since, yesterday"
  })
  void whatIsOfAnotherTypeIsMissing(String header, String value) {
    assertThat(of(header, value)).containsOnlyKeys("id", "groups");
  }

  @Test
  void whatIsGivenTwiceIsMissing() {
    assertThat(of("X-User-Tier", "bronze", "X-User-Tier", "gold")).doesNotContainKey("tier");
  }

  @Test
  void whatIsTooLongIsMissing() {
    assertThat(of("X-User-Tier", "g".repeat(257))).doesNotContainKey("tier");
    String many = String.join(",", IntStream.range(0, 101).mapToObj(i -> "r" + i).toList());
    assertThat(of("X-Regions", many)).doesNotContainKey("regions");
    assertThat(of("X-User-Groups", many)).doesNotContainKey("groups");
    String large = String.join(",", IntStream.range(0, 10).mapToObj(i -> "r".repeat(240)).toList());
    assertThat(of("X-Regions", large, "X-User-Tier", "gold"))
        .containsEntry("tier", "gold")
        .doesNotContainKey("regions");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tier",
        "tier:text",
        "Tier:string",
        "id:string",
        "groups:list",
        "a b:string",
        "tier:string=two words",
        "tier:string="
      })
  void aDeclarationThatBreaksARuleEndsTheStart(String declaration) {
    assertThatThrownBy(() -> AttributeFixture.declared("tier2:string", declaration))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(UserAttributes.SETTING);
  }

  @Test
  void moreThanTwentyAreRefused() {
    String[] many =
        IntStream.range(0, 21).mapToObj(i -> "a" + i + ":string").toArray(String[]::new);
    assertThatThrownBy(() -> AttributeFixture.declared(many))
        .isInstanceOf(ConfigurationException.class);
  }
}
