package io.firstcome.http.identity;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

import io.firstcome.http.input.UserId;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The gateway's headers, open as in dev and test. */
@QuarkusTest
class HeaderIdentityTest {

  private static final WhoAsks WHO =
      new WhoAsks(() -> WhoAsks.by("op").header("X-User-Groups", "admin"));

  @ParameterizedTest
  @ValueSource(strings = {"alice", "Alice", "a@b.c", "';DROP--", "~!\"#$%&{}"})
  void theHeaderIsTheUser(String id) {
    WHO.is(id, WhoAsks.by(id));
    Problems.is(WHO.claimFor(id + "x", WhoAsks.by(id)).then(), ProblemType.FORBIDDEN);
    Problems.is(WHO.operate(WhoAsks.by(id)).then(), ProblemType.FORBIDDEN);
  }

  @Test
  void groupsAreRoles() {
    for (String groups : new String[] {"admin", "service, admin", "x,admin ,y", ",admin,"}) {
      WHO.operate(WhoAsks.by("op").header("X-User-Groups", groups)).then().statusCode(200);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Admin", "administrator", "service", "a dmin"})
  void otherGroupsAreNotAdmin(String groups) {
    Problems.is(
        WHO.operate(WhoAsks.by("alice").header("X-User-Groups", groups)).then(),
        ProblemType.FORBIDDEN);
  }

  @Test
  void noUserIsUnauthenticated() {
    Response response = WHO.operate(given().header("X-User-Groups", "admin"));
    Problems.is(response.then(), ProblemType.UNAUTHENTICATED);
    assertThat(response.header("WWW-Authenticate")).isNull();
    Problems.is(WHO.claimFor("alice", given()).then(), ProblemType.UNAUTHENTICATED);
  }

  /** The other identity is not looked at, so it cannot fail either. */
  @Test
  void aTokenIsNotLookedAt() {
    Problems.is(
        WHO.claimFor("alice", given().header("Authorization", "Bearer a.b.c")).then(),
        ProblemType.UNAUTHENTICATED);
    WHO.is("alice", WhoAsks.by("alice").header("Authorization", "Bearer a.b.c"));
  }

  @Test
  void aRepeatedUserIsMalformed() {
    Problems.is(
            WHO.claimFor("alice", WhoAsks.by("alice").header("X-User-Id", "mallory")).then(),
            ProblemType.MALFORMED)
        .body("errors[0].field", equalTo("X-User-Id"));
  }

  /** One of them may be the client's own, that the gateway let pass. */
  @ParameterizedTest
  @ValueSource(strings = {"admin", "x", ""})
  void repeatedGroupsAreMalformed(String second) {
    Supplier<RequestSpecification> asked =
        () -> WhoAsks.by("alice").header("X-User-Groups", "x").header("X-User-Groups", second);
    for (Response answer : List.of(WHO.claimFor("alice", asked.get()), WHO.operate(asked.get()))) {
      Problems.is(answer.then(), ProblemType.MALFORMED)
          .body("errors[0].field", equalTo("X-User-Groups"))
          .body("errors[0].message", equalTo("must be given once"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a\tb", "\u00e4", ".", "..", "erased-", "erased-by-me"})
  void anIdThatBreaksTheRuleIsMalformed(String id) {
    Problems.is(WHO.claimFor("alice", WhoAsks.by(id)).then(), ProblemType.MALFORMED)
        .body("errors[0].field", equalTo("X-User-Id"))
        .body("errors[0].message", equalTo(UserId.MESSAGE));
  }

  @Test
  void charactersOfAFederatedSubjectAreWithinTheLimit() {
    WHO.is("a".repeat(128), WhoAsks.by("a".repeat(128)));
    for (int length : new int[] {129, 10_000}) {
      Problems.is(
          WHO.claimFor("alice", WhoAsks.by("a".repeat(length))).then(), ProblemType.MALFORMED);
    }
  }
}
