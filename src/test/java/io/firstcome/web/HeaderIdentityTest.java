package io.firstcome.web;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The gateway's headers, open as in dev and test. */
@QuarkusTest
class HeaderIdentityTest {

  @ParameterizedTest
  @ValueSource(strings = {"alice", "Alice", "a@b.c", "';DROP--", "~!\"#$%&{}"})
  void theHeaderIsTheUser(String id) {
    given()
        .header("X-User-Id", id)
        .get("/test/web/who")
        .then()
        .statusCode(200)
        .body("id", equalTo(id))
        .body("admin", equalTo(false));
  }

  @Test
  void groupsAreRoles() {
    for (String groups : new String[] {"admin", "service, admin", "x,admin ,y", ",admin,"}) {
      given()
          .header("X-User-Id", "op")
          .header("X-User-Groups", groups)
          .get("/test/web/admin")
          .then()
          .statusCode(200)
          .body("admin", equalTo(true));
    }
    given()
        .header("X-User-Id", "op")
        .header("X-User-Groups", "x,service")
        .get("/test/web/service")
        .then()
        .statusCode(200)
        .body("admin", equalTo(false));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Admin", "administrator", "service", "a dmin"})
  void otherGroupsAreNotAdmin(String groups) {
    Problems.is(
        given()
            .header("X-User-Id", "alice")
            .header("X-User-Groups", groups)
            .get("/test/web/admin")
            .then(),
        ProblemType.FORBIDDEN);
  }

  @Test
  void noUserIsUnauthenticated() {
    Response response = given().header("X-User-Groups", "admin").get("/test/web/admin");
    Problems.is(response.then(), ProblemType.UNAUTHENTICATED);
    assertThat(response.header("WWW-Authenticate")).isNull();
    Problems.is(given().get("/test/web/who").then(), ProblemType.UNAUTHENTICATED);
  }

  /** The other identity is not looked at, so it cannot fail either. */
  @Test
  void aTokenIsNotLookedAt() {
    Problems.is(
        given().header("Authorization", "Bearer a.b.c").get("/test/web/who").then(),
        ProblemType.UNAUTHENTICATED);
    given()
        .header("Authorization", "Bearer a.b.c")
        .header("X-User-Id", "alice")
        .get("/test/web/who")
        .then()
        .statusCode(200);
  }

  @Test
  void aRepeatedUserIsMalformed() {
    Problems.is(
            given()
                .header("X-User-Id", "alice")
                .header("X-User-Id", "mallory")
                .get("/test/web/who")
                .then(),
            ProblemType.MALFORMED)
        .body("errors[0].field", equalTo("X-User-Id"));
  }

  /** One of them may be the client's own, that the gateway let pass. */
  @ParameterizedTest
  @ValueSource(strings = {"who", "admin"})
  void repeatedGroupsAreMalformed(String resource) {
    for (String second : new String[] {"admin", "x", ""}) {
      Problems.is(
              given()
                  .header("X-User-Id", "alice")
                  .header("X-User-Groups", "x")
                  .header("X-User-Groups", second)
                  .get("/test/web/" + resource)
                  .then(),
              ProblemType.MALFORMED)
          .body("errors[0].field", equalTo("X-User-Groups"))
          .body("errors[0].message", equalTo("must be given once"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a\tb", "\u00e4"})
  void anIdThatBreaksTheRuleIsMalformed(String id) {
    Problems.is(given().header("X-User-Id", id).get("/test/web/who").then(), ProblemType.MALFORMED)
        .body("errors[0].field", equalTo("X-User-Id"))
        .body("errors[0].message", equalTo(UserId.MESSAGE));
  }

  @Test
  void sixtyFourCharactersAreTheLimit() {
    given().header("X-User-Id", "a".repeat(64)).get("/test/web/who").then().statusCode(200);
    for (int length : new int[] {65, 10_000}) {
      Problems.is(
          given().header("X-User-Id", "a".repeat(length)).get("/test/web/who").then(),
          ProblemType.MALFORMED);
    }
  }
}
